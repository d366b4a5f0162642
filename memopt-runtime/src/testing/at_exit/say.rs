//! Lines on the standard error stream, also while the process ends.

use std::fs::File;
use std::io::Write;

/// Writes a text and the end of a line, without the stream's lock: a thread that runs on while the
/// process ends may hold it for ever. That nobody can read it is no reason to fail.
pub(in crate::testing) fn say(text: &str) {
    let line = format!("{text}\n");
    #[cfg(unix)]
    let stream = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned().map(File::from);
    #[cfg(windows)]
    let stream = std::os::windows::io::AsHandle::as_handle(&std::io::stderr())
        .try_clone_to_owned()
        .map(File::from);
    #[cfg(not(any(unix, windows)))]
    let stream = Err::<File, _>(());
    let _ = match stream {
        Ok(mut stream) => stream.write_all(line.as_bytes()),
        Err(_) => std::io::stderr().write_all(line.as_bytes()),
    };
}
