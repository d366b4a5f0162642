//! `#[memopt::test]` with tracking off: its limits cannot be judged, and the test says so.

use super::switch::says_on;
use std::ffi::OsStr;
use std::io::Write as _;

/// Says on standard error that the limits of the test `name` are not judged.
///
/// # Panics
///
/// Where `MEMOPT_REQUIRE_TRACKING` is on: limits must be judged there.
#[track_caller]
pub fn limits_not_judged(name: &str) {
    match notice(name, std::env::var_os("MEMOPT_REQUIRE_TRACKING").as_deref()) {
        // Not `eprintln!`, which the test harness keeps to itself where a test passes. In one
        // piece, since other tests write beside it.
        Ok(notice) => drop(std::io::stderr().write_all(notice.as_bytes())),
        Err(failure) => panic!("{failure}"),
    }
}

/// What to say, or why the test fails.
fn notice(name: &str, required: Option<&OsStr>) -> Result<String, String> {
    let why = "memopt is built without the feature `track`";
    if says_on(required) {
        return Err(format!(
            "the memory limits of `{name}` cannot be judged: {why}; enable the feature, or unset \
            MEMOPT_REQUIRE_TRACKING"
        ));
    }
    Ok(format!("note: the memory limits of `{name}` were not judged: {why}\n"))
}

#[cfg(test)]
mod tests {
    use super::notice;

    #[test]
    fn limits_are_passed_over_aloud_unless_they_are_required() {
        for unset in [None, Some("".as_ref()), Some("0".as_ref()), Some("off".as_ref())] {
            let said = notice("app::reads", unset).unwrap();
            assert!(said.starts_with("note: the memory limits of `app::reads` were not judged"));
        }
        for set in ["1", "yes", "true"] {
            let failure = notice("app::reads", Some(set.as_ref())).unwrap_err();
            assert!(failure.starts_with("the memory limits of `app::reads` cannot be judged"));
        }
    }
}
