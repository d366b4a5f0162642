use super::Source;
use crate::instrument::reach::Reach;
use std::path::Path;

/// With a short name for what is put in.
fn annotated(text: &str) -> String {
    let source = Source::read(text).expect("items");
    let written = source.annotated(text, |_| true, true, Path::new("/w/src"));
    written.replace("track_alloc(crate = ::memopt, may_rest)", "track_alloc")
}

fn marks(text: &str) -> Vec<String> {
    Source::read(text).unwrap().functions.into_iter().map(|function| function.path).collect()
}

#[test]
fn the_attribute_stands_behind_the_token_before() {
    let text = "use std::fmt;\n\n/// Doc.\n#[inline]\npub fn f() {}\n\n    fn g() {}\n";
    assert_eq!(
        annotated(text),
        "use std::fmt; #[::memopt::track_alloc] \n\n/// Doc.\n#[inline]\npub fn f() {} \
         #[::memopt::track_alloc] \n\n    fn g() {}\n"
    );
}

#[test]
fn a_comment_swallows_no_attribute() {
    let text = "//! Inner.\n// Plain.\nfn f() {} // f\nfn g() {}\n";
    assert_eq!(
        annotated(text),
        "//! Inner.\n// Plain.\n #[::memopt::track_alloc] fn f() {} #[::memopt::track_alloc]  // \
         f\nfn g() {}\n"
    );
    assert!(Source::read(&annotated(text)).is_some());
    let text = "//! Inner.\n\n/// Doc.\nfn f() {}\n";
    let expected = "//! Inner.\n #[::memopt::track_alloc] \n/// Doc.\nfn f() {}\n";
    assert_eq!(annotated(text), expected);
}

#[test]
fn words_before_fn_stay_behind_the_attribute() {
    for text in [
        "mod m { pub(crate) async fn f() {} }",
        "impl A { pub unsafe extern \"C\" fn f() {} }",
        "trait T { #[cfg(x)] unsafe fn f() {} }",
        "#[a] #[b] /* c */ fn f() {}",
        "\u{feff}fn f() {}",
        "#!/bin/sh\nfn f() {}",
        "#![allow(dead_code)]\nfn f() {}",
        "fn ü() {}\nfn f() { fn g() {} }",
    ] {
        let once = annotated(text);
        let again = Source::read(&once).unwrap_or_else(|| panic!("{once}"));
        assert!(again.functions.is_empty(), "{once}");
        assert_eq!(once.matches('\n').count(), text.matches('\n').count());
    }
}

#[test]
fn what_cannot_carry_it_stays_plain() {
    let text = "const fn a() {}\n#[proc_macro] pub fn b() {}\n#[memopt::track_alloc] fn c() {}\n\
                #[memopt::track_alloc] impl X { fn d() {} }\n#[unsafe(naked)] extern \"C\" fn e() \
                {}\nunsafe impl GlobalAlloc for A { unsafe fn alloc() {} }\nmacro_rules! m { () => \
                { fn g() {} } }\ntrait T { fn h(); }\nextern \"C\" { fn i(); }\nfn kept() {}\n";
    assert_eq!(marks(text), ["kept"]);
}

#[test]
fn paths_name_modules_types_and_functions() {
    let text = "mod m { impl<T> Pool<T> { fn take(&self) { fn inner() {} } } }\ntrait Go { fn go() \
                {} }\nimpl Go for &mut x::Cart { fn go() {} }";
    assert_eq!(marks(text), ["m::Pool::take", "m::Pool::take::inner", "Go::go", "Cart::go"]);
    let lines = Source::read("\n#[a]\nfn f() {\n}\n").unwrap().functions[0].lines.clone();
    assert_eq!(lines, 2..5);
}

#[test]
fn a_function_that_reaches_no_allocation_is_told() {
    for (body, reaches) in [
        ("self.len", false),
        ("Some(self.items.len() + 1)", false),
        ("assert!(x > 0); x.get(1)", false),
        ("self.items.push(1)", true),
        ("vec![1]", true),
        ("let f = || make(); 1", true),
        ("a + &b", true),
        ("a + 1", false),
        ("fn inner() { make() } 1", false),
        // By what the crate's own functions of these names do.
        ("half(len)", false),
        ("Self::twice(1)", false),
        ("self.items.iter().map(half).max()", false),
        ("self.items.iter().map(text).max()", true),
        ("text(1)", true),
        ("self.list()", true),
        ("u32::from(1u8) + Cell::new(1).get()", false),
        ("(self.make)()", true),
        ("Vec::new()", false),
        ("T::half(1) + Half::half(1)", false),
        ("Text::text(1)", true),
        ("Vec::from(x)", true),
        ("Box::new(1)", true),
        ("foreign::make()", true),
    ] {
        let text = format!(
            "impl Own {{ fn f(&self) {{ {body} }} fn twice(n: u8) -> u8 {{ half(n) }} \
             fn list(&self) -> Vec<u8> {{ self.items.to_vec() }} }}\n\
             impl Half for u8 {{ fn half(n: u8) -> u8 {{ n / 2 }} }}\n\
             impl Text for u8 {{ fn text(n: u8) -> String {{ n.to_string() }} }}\n\
             const fn half(n: u8) -> u8 {{ n / 2 }}\nfn text(n: u8) -> String {{ n.to_string() }}"
        );
        let source = Source::read(&text).unwrap();
        let mut reach = Reach::default();
        source.calls().for_each(|(path, calls)| reach.add(path, calls));
        assert_eq!(reach.free().reaches(&source.functions[0].calls), reaches, "{body}");
    }
}

#[test]
fn an_allocator_under_a_condition_is_one_only_then() {
    let text = r#"#[cfg(all(target_env = "musl", feature = "x"))]
#[global_allocator]
static A: x::Jem = x::Jem;
#[cfg_attr(unix, global_allocator)]
static B: y::Mi = y::Mi;
#[cfg(unix)]
static C: u8 = 0;
"#;
    let source = Source::read(text).unwrap();
    assert!(!source.has_allocator);
    assert_eq!(source.allocator_cfgs.len(), 2);
    assert!(source.allocator_cfgs[0].starts_with("all(all (target_env"), "{source:?}");
    assert_eq!(source.allocator_cfgs[1], "all(unix)");
    assert!(annotated(text).contains("static B: ::memopt::Alloc<y::Mi>"));
    assert!(Source::read("#[global_allocator] static A: X = X;").unwrap().has_allocator);

    // What is in a module under a condition is under it too.
    let text = "#[cfg(unix)] mod a { mod b { #[cfg(test)] #[global_allocator] static A: X = X; } }
                mod c { #[cfg_attr(windows, global_allocator)] static B: X = X; }";
    let source = Source::read(text).unwrap();
    assert!(!source.has_allocator);
    assert_eq!(source.allocator_cfgs, ["all(unix, test)", "all(windows)"]);
}

#[test]
fn a_source_that_is_read_as_text_is_the_users_own() {
    let text = r#"fn f() {
    println!("{}", include_str!("a b.rs"));
    g(include_bytes!("../c.rs"));
    h(include_str!("notes.txt"));
    include!("d.rs");
}"#;
    let written = annotated(text);
    assert!(written.contains("include_str!(\"/w/src/a b.rs\")"), "{written}");
    assert!(written.contains("include_bytes!(\"/w/src/../c.rs\")"), "{written}");
    assert!(written.contains("include_str!(\"notes.txt\")"), "{written}");
    assert!(written.contains("include!(\"d.rs\")"), "{written}");
}

#[test]
fn another_allocator_is_wrapped() {
    let text = "#[global_allocator]\nstatic A: x::Jem = x::Jem::new();\n";
    assert_eq!(
        annotated(text),
        "#[global_allocator]\nstatic A: ::memopt::Alloc<x::Jem> = \
         ::memopt::Alloc::new(x::Jem::new());\n"
    );
    let own = "#[global_allocator]\nstatic A: memopt::Alloc = memopt::Alloc::system();\n";
    assert_eq!(annotated(own), own);
}
