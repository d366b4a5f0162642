//! Where results go: the standard output stream, or a file that is replaced as a whole.

use crate::console::Console;
use crate::error::Error;
use std::fs::{self, File};
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
        let written = draft_of(&draft, bytes).and_then(|()| fs::rename(&draft, path));
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

/// Writes what gets its name later. A link that somebody laid there is not followed.
fn draft_of(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(path)?.write_all(bytes)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_place_of_a_draft_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("memopt-draft-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (victim, draft) = (folder.join("victim"), folder.join(".out.tmp"));
        fs::write(&victim, "kept").unwrap();
        std::os::unix::fs::symlink(&victim, &draft).unwrap();
        draft_of(&draft, b"new").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        assert_eq!(fs::read_to_string(&draft).unwrap(), "new");
        fs::remove_dir_all(folder).unwrap();
    }
}
