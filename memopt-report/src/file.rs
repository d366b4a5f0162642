//! Files that memopt writes by itself: reports, profiles, history. They name functions and paths,
//! so their owner alone reads them.
//!
//! They lie where a setting says, which may be a folder that everybody may write to. Somebody who
//! knows the name can lay a link there first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Options by which a file that is made belongs to its owner alone. One that is there stays as it
/// is.
pub fn owned() -> OpenOptions {
    #[allow(unused_mut, reason = "Windows has no such bits")]
    let mut how = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how
}

/// A new file in place of what is there. A link that stands there is removed, and not followed. A
/// file that is mounted there is written over: nobody can put another in its place.
///
/// # Errors
///
/// Where the folder cannot be written to, or another made a file of that name meanwhile.
pub fn fresh(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy && is_file(path) => {
            return owned().write(true).truncate(true).open(path);
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    owned().write(true).create_new(true).open(path)
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|known| known.is_file())
}

/// A file to be read and written, made where there is none. In a folder that everybody may write to
/// no link is followed.
///
/// # Errors
///
/// Where it cannot be opened, or somebody laid a link there.
pub fn kept(path: &Path) -> io::Result<File> {
    if !is_exposed(path) {
        return owned().read(true).write(true).create(true).truncate(false).open(path);
    }
    match owned().read(true).write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Nothing is made or cut off by this, nor written where it led elsewhere.
            let file = owned().read(true).write(true).open(path)?;
            if is_at(&file, path)? { Ok(file) } else { Err(io::Error::other("it is a link")) }
        }
        opened => opened,
    }
}

/// Whether this is the file of that name, and not one that a link there leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (opened, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    Ok((opened.dev(), opened.ino()) == (named.dev(), named.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(!fs::symlink_metadata(path)?.is_symlink())
}

/// Writes a file whose name a person chose: a link, a pipe or a device is written to. In a folder
/// that everybody may write to a file is replaced, and no link is followed.
///
/// # Errors
///
/// Where it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = if is_exposed(path) {
        fresh(path)?
    } else {
        owned().write(true).create(true).truncate(true).open(path)?
    };
    file.write_all(bytes)
}

/// Tries whether [`write`] can write there, and leaves everything as it was.
///
/// # Errors
///
/// Where it cannot.
pub fn try_write(path: &Path) -> io::Result<()> {
    let known = fs::symlink_metadata(path);
    if known.as_ref().is_ok_and(fs::Metadata::is_symlink) && is_exposed(path) {
        return Ok(());
    }
    let was_there = path.exists();
    owned().append(true).create(true).open(path)?;
    if !was_there {
        // What a link leads to was made, and not the link. What cannot go is written over later.
        let _ = fs::canonicalize(path).and_then(fs::remove_file);
    }
    Ok(())
}

/// Whether everybody may write to the folder, and the name is free, a file's or a link's.
#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::metadata(folder.unwrap_or(Path::new(".")));
    let is_plain = fs::symlink_metadata(path).map_or(true, |it| it.is_file() || it.is_symlink());
    is_plain && folder.is_ok_and(|it| it.mode() & 0o002 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    false
}

#[cfg(all(test, unix, not(miri)))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::PathBuf;

    /// A folder, gone after the test, whose file `link` leads to its file `victim`.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, mode: u32) -> Self {
            let path = std::env::temp_dir().join(format!("memopt-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            fs::write(path.join("victim"), "kept").unwrap();
            symlink("victim", path.join("link")).unwrap();
            Self(path)
        }

        fn text(&self, name: &str) -> String {
            fs::read_to_string(self.0.join(name)).unwrap()
        }

        fn mode(&self, name: &str) -> u32 {
            fs::metadata(self.0.join(name)).unwrap().permissions().mode() & 0o777
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_fresh_file_is_its_owners_alone_and_no_link_is_followed() {
        let folder = Folder::new("fresh", 0o755);
        fresh(&folder.0.join("link")).unwrap().write_all(b"new").unwrap();
        assert_eq!((folder.text("victim"), folder.text("link")), ("kept".into(), "new".into()));
        fs::set_permissions(folder.0.join("link"), fs::Permissions::from_mode(0o644)).unwrap();
        fresh(&folder.0.join("link")).unwrap();
        assert_eq!((folder.mode("link"), folder.text("link")), (0o600, String::new()));
    }

    #[test]
    fn a_link_is_followed_where_nobody_else_could_lay_it() {
        let folder = Folder::new("own", 0o755);
        try_write(&folder.0.join("link")).unwrap();
        assert_eq!(folder.text("victim"), "kept");
        write(&folder.0.join("link"), b"new").unwrap();
        assert_eq!(folder.text("victim"), "new");
        write(&folder.0.join("report"), b"new").unwrap();
        assert_eq!(folder.mode("report"), 0o600);
        // Nothing is left where a link leads to a file that is made later.
        symlink("later", folder.0.join("dangling")).unwrap();
        try_write(&folder.0.join("dangling")).unwrap();
        assert!(!folder.0.join("later").exists());
        write(&folder.0.join("dangling"), b"new").unwrap();
        assert_eq!(folder.text("later"), "new");
    }

    #[test]
    fn a_kept_file_goes_on_and_no_link_of_others_is_followed() {
        let folder = Folder::new("kept", 0o777);
        let error = kept(&folder.0.join("link")).unwrap_err();
        assert_eq!(error.to_string(), "it is a link");
        symlink("later", folder.0.join("dangling")).unwrap();
        kept(&folder.0.join("dangling")).unwrap_err();
        assert!(!folder.0.join("later").exists());
        kept(&folder.0.join("new")).unwrap().write_all(b"one").unwrap();
        kept(&folder.0.join("new")).unwrap();
        assert_eq!((folder.text("new"), folder.mode("new")), ("one".into(), 0o600));
        let own = Folder::new("kept-own", 0o755);
        kept(&own.0.join("link")).unwrap().write_all(b"new!").unwrap();
        assert_eq!(own.text("victim"), "new!");
    }

    #[test]
    fn a_link_is_replaced_where_everybody_may_write() {
        let folder = Folder::new("exposed", 0o777);
        try_write(&folder.0.join("link")).unwrap();
        write(&folder.0.join("link"), b"new").unwrap();
        assert_eq!((folder.text("victim"), folder.text("link")), ("kept".into(), "new".into()));
        assert_eq!(folder.mode("link"), 0o600);
        // A link to nothing is none either, and nothing is made where it leads.
        symlink("later", folder.0.join("dangling")).unwrap();
        try_write(&folder.0.join("dangling")).unwrap();
        assert!(!folder.0.join("later").exists());
    }
}
