//! The full name of a site, read from the type name of an item beside it.

mod types;

pub(super) use self::types::Detail;
use self::types::{plain_characters, readable};
use crate::report::SiteKind;

/// `app::parser::Parser::parse` from the type name of a function nested in `parse`.
///
/// The item lies in the initialiser of a static in the annotated body, so its type name is the path
/// of the annotated item and a tail of ours. What the compiler adds for implementations, parameters
/// and closures is taken out or written as a person would: `<app::A as app::T>::go::{{closure}}` is
/// `app::A::go`.
pub(super) fn full(kind: SiteKind, name: &str, type_name: &str, detail: Detail) -> String {
    let mut path = readable(&plain_characters(type_name), detail);
    let name = name.strip_prefix("r#").unwrap_or(name);
    let is_item = matches!(kind, SiteKind::Function | SiteKind::AsyncFunction);
    let last = path.rsplit("::").next().unwrap_or_default();
    if !(is_item && last.strip_prefix("r#").unwrap_or(last) == name) {
        if !path.is_empty() {
            path.push_str("::");
        }
        path.push_str(name);
    }
    path
}

#[cfg(feature = "tokio")]
/// `app::serve` from the type name of the future that `serve` makes, `app::serve::{{closure}}`,
/// boxed or not.
pub(super) fn of_type(type_name: &str) -> String {
    readable(&plain_characters(unboxed(type_name)), Detail::Short)
}

#[cfg(feature = "tokio")]
fn unboxed(mut type_name: &str) -> &str {
    for boxes in ["core::pin::Pin<", "alloc::boxed::Box<"] {
        let inner = type_name.strip_prefix(boxes).and_then(|rest| rest.strip_suffix('>'));
        type_name = inner.unwrap_or(type_name);
    }
    type_name
}

#[cfg(test)]
mod tests {
    use super::{Detail, full};
    use crate::report::SiteKind;

    fn check(cases: &[(&str, &str, &str)]) {
        for (type_name, name, expected) in cases {
            let type_name = format!("{type_name}::__MEMOPT_SITE::__memopt_path");
            assert_eq!(
                full(SiteKind::Function, name, &type_name, Detail::Short),
                *expected,
                "{type_name}"
            );
        }
    }

    #[test]
    fn names_are_the_path_of_the_annotated_item() {
        check(&[
            ("app::parse", "parse", "app::parse"),
            ("app::json::Parser::parse", "parse", "app::json::Parser::parse"),
            ("app::Stack<T>::push", "push", "app::Stack::push"),
            ("app::Stack<_>::push", "push", "app::Stack::push"),
            ("<app::A as app::Go>::go", "go", "app::A::go"),
            ("<app::L<'_> as app::Go>::go", "go", "app::L::go"),
            ("app::fetch::{{closure}}", "fetch", "app::fetch"),
            ("app::A::own::{{closure}}::inner", "inner", "app::A::own::inner"),
        ]);
    }

    #[test]
    fn implementations_of_one_name_are_told_apart() {
        check(&[
            ("app::S<u8>::put", "put", "app::S<u8>::put"),
            ("<app::S<alloc::string::String> as app::Go>::go", "go", "app::S<String>::go"),
            ("<app::A as app::Load<u8>>::load", "load", "app::A::Load<u8>::load"),
            (
                "<app::A as app::Load<alloc::vec::Vec<_>>>::load",
                "load",
                "app::A::Load<Vec<_>>::load",
            ),
            ("<app::A as core::convert::From<u8>>::from", "from", "app::A::From<u8>::from"),
            ("<app::A as core::fmt::Display>::fmt", "fmt", "app::A::Display::fmt"),
            ("<app::A as core::fmt::Debug>::fmt", "fmt", "app::A::Debug::fmt"),
        ]);
    }

    #[test]
    fn types_that_are_not_the_users_are_named_below_the_trait() {
        check(&[
            ("<alloc::vec::Vec<u8> as app::Go>::go", "go", "app::Go for Vec<u8>::go"),
            ("app::m::<impl app::Go for alloc::vec::Vec<u16>>::go", "go", {
                "app::Go for Vec<u16>::go"
            }),
            ("<(u8, app::A) as app::Go>::go", "go", "app::Go for (u8, A)::go"),
            ("<fn(u8) -> app::A as app::Go>::go", "go", "app::Go for fn(u8) -> A::go"),
            ("<str as app::Go>::go", "go", "app::Go for str::go"),
            ("<&mut [app::A; 3] as app::Go>::go", "go", "app::Go for &mut [A; 3]::go"),
            ("<dyn app::Run as app::Load<u8>>::load", "load", "app::Load<u8> for dyn Run::load"),
            (
                "<alloc::boxed::Box<dyn core::ops::function::Fn(u8) -> alloc::vec::Vec<app::A> + \
                 core::marker::Send> as app::Go>::go",
                "go",
                "app::Go for Box<dyn Fn(u8) -> Vec<A> + Send>::go",
            ),
            ("app::m::<impl app::A>::own", "own", "app::A::own"),
        ]);
    }

    #[test]
    fn characters_in_names_are_no_brackets() {
        check(&[
            ("<app::C<'<'> as app::Go>::go", "go", "app::C<'\\u{3c}'>::go"),
            ("<app::C<':'> as app::Go>::go", "go", "app::C<'\\u{3a}'>::go"),
            ("<app::C<'\\''> as app::Go>::go", "go", "app::C<'\\''>::go"),
            ("<app::C<'a'> as app::Go>::go", "go", "app::C<'a'>::go"),
            ("<app::B<60> as app::Go>::go", "go", "app::B<60>::go"),
        ]);
    }

    #[test]
    fn a_block_is_named_below_its_function() {
        let path = "app::load::__MEMOPT_SITE::__memopt_path";
        assert_eq!(full(SiteKind::Block, "decode", path, Detail::Short), "app::load::decode");
    }
}
