//! Many sites without writing them one by one.

/// An array of ten times the same expression. The expression is expanded ten times, so a macro that
/// defines a `static` defines ten.
#[macro_export]
macro_rules! ten {
    ($($item:tt)*) => {
        [
            $($item)*, $($item)*, $($item)*, $($item)*, $($item)*,
            $($item)*, $($item)*, $($item)*, $($item)*, $($item)*
        ]
    };
}
