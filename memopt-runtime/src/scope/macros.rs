//! `scope!` and `site!`.

/// The static site of this place in the source: `site!("fetch")`. For
/// [`TrackAlloc::track_alloc`](crate::TrackAlloc::track_alloc).
#[macro_export]
macro_rules! site {
    ($name:literal) => {
        $crate::__site!($crate::__private::SiteKind::Future, $name)
    };
}

/// Enters a scope that lasts to the end of the block: `let _scope = scope!("decode");`
#[macro_export]
macro_rules! scope {
    ($name:literal) => {
        $crate::__private::enter($crate::__site!($crate::__private::SiteKind::Block, $name))
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($kind:expr, $name:literal) => {{
        static __MEMOPT_SITE: $crate::__private::Site = {
            fn __memopt_path() -> &'static str {
                ::core::any::type_name_of_val(&__memopt_path)
            }
            $crate::__private::Site::new(
                $kind,
                $name,
                __memopt_path,
                $crate::__private::Place {
                    file: ::core::file!(),
                    line: ::core::line!(),
                    column: ::core::column!(),
                    manifest_dir: ::core::option_env!("CARGO_MANIFEST_DIR"),
                },
            )
        };
        &__MEMOPT_SITE
    }};
}
