//! Where the servers of this machine are: a file for each in the run-time folder of the user, named
//! by its process. The command line reads them.

use crate::app::Shared;
use memopt_report::untracked;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A server that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Found {
    /// Its process.
    pub pid: u32,
    /// Where it listens: `127.0.0.1:7700`, `https://127.0.0.1:7700` or `unix:/path`.
    pub addr: String,
    /// The program.
    pub program: String,
    /// The name of this instance among others of the program.
    pub instance: String,
    /// When it was started, ms since 1970.
    pub started_ms: i64,
    /// The version of memopt.
    pub version: String,
}

/// The servers of this user's living processes. Files that ended processes left behind are removed.
pub fn discover() -> Vec<Found> {
    folder().map_or_else(Vec::new, |folder| of_folder(&folder))
}

fn of_folder(folder: &Path) -> Vec<Found> {
    // Another user may have made it, to lead us elsewhere.
    if check(folder).is_err() {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let read = |path: &Path| -> Option<Found> {
        let found: Found = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        if is_alive(found.pid) {
            return Some(found);
        }
        let _ = fs::remove_file(path);
        None
    };
    let mut all: Vec<Found> = entries.filter_map(|entry| read(&entry.path())).collect();
    all.sort_by_key(|found| found.pid);
    all
}

fn is_alive(pid: u32) -> bool {
    !Path::new("/proc/self").exists() || Path::new(&format!("/proc/{pid}")).exists()
}

/// `$XDG_RUNTIME_DIR/memopt`, or a folder in the one for temporary files that belongs to the user
/// alone.
fn folder() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR").filter(|it| !it.is_empty()) {
        return Some(PathBuf::from(folder).join("memopt"));
    }
    let temporary = std::env::temp_dir();
    // Windows and macOS give each user a folder for temporary files.
    if cfg!(any(windows, target_os = "macos")) {
        let is_own = fs::metadata(&temporary).is_ok_and(|known| !is_open(&known));
        return is_own.then(|| temporary.join("memopt"));
    }
    owner(&fs::metadata("/proc/self").ok()?).map(|own| temporary.join(format!("memopt-{own}")))
}

/// The user that a file belongs to, where the system has such.
#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "other systems have none"))]
fn owner(known: &fs::Metadata) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::MetadataExt::uid(known));
    #[cfg(not(unix))]
    {
        let _ = known;
        None
    }
}

/// Whether users that it does not belong to may write to it.
fn is_open(known: &fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::mode(known) & 0o022 != 0;
    #[cfg(not(unix))]
    {
        let _ = known;
        false
    }
}

/// Makes the folder, for this user alone. Whoever made it before must be the same user.
fn make(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "there are no such bits"))]
    let mut how = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut how, 0o700);
    match how.recursive(true).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    check(folder)
}

/// Whether the folder is there, this user's, and no other may write to it.
fn check(folder: &Path) -> io::Result<()> {
    let made = fs::symlink_metadata(folder)?;
    let own = fs::metadata("/proc/self").map_or(owner(&made), |it| owner(&it));
    if made.is_dir() && owner(&made) == own && !is_open(&made) {
        return Ok(());
    }
    Err(io::Error::other("the folder belongs to another user, or others may write it"))
}

/// Writes the file of a server. Where that fails it is not found, and serves all the same.
pub(crate) fn write(app: &Shared, address: &str) {
    let found = Found {
        pid: app.identity.pid,
        addr: known(app, address),
        program: app.program_name.clone(),
        instance: app.identity.instance.clone(),
        started_ms: app.identity.started_ms,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let outcome = folder().ok_or(io::ErrorKind::NotFound.into()).and_then(|folder| {
        make(&folder)?;
        let (path, new) = (file(&folder, found.pid), folder.join(format!("{}.new", found.pid)));
        let mut made = memopt_report::file::fresh(&new)?;
        made.write_all(&serde_json::to_vec(&found)?)?;
        fs::rename(new, path)
    });
    if let Err(error) = outcome {
        tracing::warn!(target: "memopt", "the command line does not find the server: {error}");
    }
}

/// The address as the command line gets it: with the scheme, where it is not plain HTTP.
fn known(app: &Shared, address: &str) -> String {
    let scheme = if app.settings.tls.is_some() { "https://" } else { "" };
    format!("{scheme}{address}")
}

/// Removes the file of the server at this address. A file that tells of a later server of the same
/// process stays.
pub(crate) fn remove(app: &Shared, address: &str) {
    untracked(|| {
        let (pid, address) = (app.identity.pid, known(app, address));
        let Some(path) = folder().map(|folder| file(&folder, pid)) else { return };
        let found = fs::read(&path).ok().and_then(|it| serde_json::from_slice::<Found>(&it).ok());
        if found.is_some_and(|found| found.addr == address) {
            let _ = fs::remove_file(path);
        }
    });
}

fn file(folder: &Path, pid: u32) -> PathBuf {
    folder.join(format!("{pid}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_folder_that_others_may_write_to_is_not_believed() {
        let folder = std::env::temp_dir().join(format!("memopt-found-{}", std::process::id()));
        make(&folder).unwrap();
        let pid = std::process::id();
        let text = format!(
            r#"{{"pid":{pid},"addr":"127.0.0.1:1","program":"","instance":"","started_ms":0,
                "version":""}}"#
        );
        fs::write(file(&folder, pid), text).unwrap();
        assert_eq!(of_folder(&folder).len(), 1);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(of_folder(&folder), []);
        fs::remove_dir_all(folder).unwrap();
    }
}
