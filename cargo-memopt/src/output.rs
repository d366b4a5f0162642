//! Where results go: the standard output stream, or a file that is replaced as a whole.

use crate::console::Console;
use crate::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a result. A file is there whole or not at all.
pub(crate) fn write(to: Option<&Path>, bytes: &[u8], console: Console) -> Result<(), Error> {
    let Some(path) = to.filter(|path| path.as_os_str() != "-") else {
        return stdout(bytes);
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
    }
    let Some(name) = path.file_name() else {
        return Err(Error::usage(
            format_args!("`{}` is no name of a file", path.display()),
            "name a file after -o",
        ));
    };
    // A pipe or a device is written to and not replaced.
    let is_special = fs::metadata(path).is_ok_and(|about| !about.is_file());
    let written = if is_special {
        fs::write(path, bytes)
    } else {
        let mut draft = std::ffi::OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}.tmp", std::process::id()));
        let draft = path.with_file_name(draft);
        let written = fs::write(&draft, bytes).and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            // What is left of it is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&draft);
        }
        written
    };
    written.map_err(|error| Error::file("write", path, &error))?;
    console.status("Wrote", path.display());
    Ok(())
}

/// A reader who closes the stream has seen enough: that is no error.
fn stdout(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::file("write", Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}
