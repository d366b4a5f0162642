//! Variables that are on or off.

use std::ffi::OsStr;

/// Whether a variable of the environment is on.
pub(crate) fn is_on(name: &str) -> bool {
    says_on(std::env::var_os(name).as_deref())
}

/// Whether a value means on: any but nothing, `0`, `off`, `no` and `false`.
pub(super) fn says_on(value: Option<&OsStr>) -> bool {
    let off = ["", "0", "off", "no", "false"];
    value.is_some_and(|value| {
        let value = value.to_string_lossy();
        !off.iter().any(|off| value.trim().eq_ignore_ascii_case(off))
    })
}

#[cfg(test)]
mod tests {
    use super::says_on;

    #[test]
    fn what_people_write_for_off_is_off() {
        for off in ["", "0", "off", "No", "FALSE", " 0 "] {
            assert!(!says_on(Some(off.as_ref())), "{off}");
        }
        assert!(!says_on(None));
        for on in ["1", "yes", "true", "on", "2"] {
            assert!(says_on(Some(on.as_ref())), "{on}");
        }
    }
}
