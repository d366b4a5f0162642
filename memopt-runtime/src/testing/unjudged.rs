//! Tests whose limits are not judged, since memopt is built without its feature `track`.

use std::io::Write as _;
use std::sync::Once;

/// The variable that makes a failure of it.
const REQUIRE: &str = "MEMOPT_REQUIRE_TRACKING";

/// Says that a test's limits are not judged: once a process, on the standard error stream, where `cargo test` does not hide it.
///
/// # Panics
///
/// Where `MEMOPT_REQUIRE_TRACKING=1` asks for tracking; that is how the test fails.
#[track_caller]
pub fn limits_not_judged(test: &str) {
    assert!(
        !is_required(std::env::var_os(REQUIRE).as_deref()),
        "the limits of `{test}` are not judged: memopt is built without its feature `track`, and {REQUIRE} asks for it; \
         depend on memopt with `features = [\"track\"]`"
    );
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        // Not `eprintln!`: the test harness would keep it to itself. Where nobody reads there is nobody to tell.
        let _ = writeln!(
            std::io::stderr(),
            "memopt: built without its feature `track`: the limits of `{test}` and of other tests are not judged \
             (set {REQUIRE}=1 to make that a failure)"
        );
    });
}

fn is_required(value: Option<&std::ffi::OsStr>) -> bool {
    value.is_some_and(|value| !value.is_empty() && value != "0")
}

#[cfg(test)]
mod tests {
    use super::is_required;

    #[test]
    fn nothing_and_0_do_not_ask_for_tracking() {
        let cases =
            [(None, false), (Some(""), false), (Some("0"), false), (Some("1"), true), (Some("yes"), true)];
        for (value, required) in cases {
            assert_eq!(is_required(value.map(AsRef::as_ref)), required, "{value:?}");
        }
    }
}
