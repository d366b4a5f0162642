//! When the program was written that this process runs.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Programs that claim to be older were given a made-up time, so that builds can be repeated: the
/// first of January 2010.
const PLAUSIBLE_NS: u64 = 1_262_304_000_000_000_000;

/// When the file of the program was written last, or that of the library where memopt is in one,
/// nanoseconds since 1970; `None` where that is not known. It is asked for once: a later build
/// writes another.
pub(crate) fn built_at_unix_ns() -> Option<u64> {
    static KNOWN: OnceLock<Option<u64>> = OnceLock::new();
    *KNOWN.get_or_init(|| {
        let file =
            if cfg!(miri) { None } else { library().or_else(|| std::env::current_exe().ok()) };
        plausible(std::fs::metadata(file?).ok()?.modified().ok()?)
    })
}

/// A time that a file may have been built at.
fn plausible(time: SystemTime) -> Option<u64> {
    let ns = u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()?;
    (ns >= PLAUSIBLE_NS).then_some(ns)
}

/// The shared library that this code is in, if it is in one.
#[cfg(all(unix, not(miri)))]
fn library() -> Option<PathBuf> {
    use std::ffi::{CStr, OsStr};
    use std::os::unix::ffi::OsStrExt;

    // SAFETY: zeroes are such a struct: pointers that are null.
    let mut found: libc::Dl_info = unsafe { std::mem::zeroed() };
    let here = (plausible as fn(SystemTime) -> Option<u64>) as *const libc::c_void;
    // SAFETY: any address may be asked for; what is found is written to a struct of ours.
    if unsafe { libc::dladdr(here, &raw mut found) } == 0 || found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: a text that ends in a zero and stays while the library does, whose code this is.
    let name = unsafe { CStr::from_ptr(found.dli_fname) }.to_bytes();
    let path = PathBuf::from(OsStr::from_bytes(name));
    let is_library = path.extension().is_some_and(|end| end == "so" || end == "dylib");
    is_library.then_some(path)
}

#[cfg(not(all(unix, not(miri))))]
fn library() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_made_up_time_is_none() {
        let at = |seconds| plausible(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!([at(0), at(1), at(315_532_800)], [None; 3]);
        assert_eq!(at(1_700_000_000), Some(1_700_000_000_000_000_000));
    }

    #[cfg(all(unix, not(miri)))]
    #[test]
    fn a_program_is_no_library_and_knows_its_time() {
        assert_eq!(library(), None);
        let now = plausible(SystemTime::now()).unwrap();
        assert!(built_at_unix_ns().is_some_and(|built| built <= now));
    }
}
