//! Locks of files. Some file systems have none, as some of a network: there nobody waits for
//! another, as with cargo.

use std::fs::File;
use std::io;

/// Waits until no other process has a file locked, and locks it.
pub(crate) fn wait_for(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if is_for_lack_of_locks(&error) => Ok(()),
        locked => locked,
    }
}

/// Whether an error says that the file system has no locks, or none left.
pub(crate) fn is_for_lack_of_locks(error: &io::Error) -> bool {
    /// `ENOLCK`, which has no kind of its own.
    const NONE_LEFT: Option<i32> = if cfg!(any(target_os = "linux", target_os = "android")) {
        Some(37)
    } else if cfg!(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd")) {
        Some(77)
    } else {
        None
    };
    let is_code = || NONE_LEFT.is_some() && error.raw_os_error() == NONE_LEFT;
    error.kind() == io::ErrorKind::Unsupported || is_code()
}

#[cfg(test)]
mod tests {
    use super::is_for_lack_of_locks;
    use std::io::{Error, ErrorKind};

    #[test]
    fn a_file_system_without_locks_is_told_from_other_errors() {
        assert!(is_for_lack_of_locks(&ErrorKind::Unsupported.into()));
        assert!(!is_for_lack_of_locks(&ErrorKind::PermissionDenied.into()));
        assert_eq!(is_for_lack_of_locks(&Error::from_raw_os_error(37)), cfg!(target_os = "linux"));
    }
}
