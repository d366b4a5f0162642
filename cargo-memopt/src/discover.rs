//! The servers of this user's programs: each writes a file into the user's run-time folder, named
//! by its process.

use crate::error::Error;
use memopt_report::label::clean;
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A server that was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Found {
    /// Its process.
    pub(crate) pid: u32,
    /// Where it listens.
    pub(crate) addr: String,
    /// The program's name.
    #[serde(default)]
    pub(crate) program: String,
    /// The version of memopt in it.
    #[serde(default)]
    pub(crate) version: String,
}

/// The servers whose processes are alive, by their processes.
pub(crate) fn servers() -> Vec<Found> {
    folder().map_or_else(Vec::new, |folder| of_folder(&folder))
}

/// The address of a process, or the one that is given.
pub(crate) fn address(target: Option<&str>, found: &[Found]) -> Result<String, Error> {
    let Some(target) = target else {
        return match found {
            [one] => Ok(one.addr.clone()),
            [] => Err(Error::usage(
                "no program of this user has a server",
                "start one with the feature `server`, or give its address",
            )),
            several => Err(Error::usage(
                format_args!("{} programs have a server", several.len()),
                format_args!("name one by its process:\n{}", list(several).trim_end()),
            )),
        };
    };
    let Ok(pid) = target.parse::<u32>() else { return Ok(target.to_owned()) };
    found.iter().find(|found| found.pid == pid).map(|found| found.addr.clone()).ok_or_else(|| {
        Error::usage(
            format_args!("process {pid} has no server, or is another user's"),
            "`cargo memopt top --find` lists those that have one",
        )
    })
}

/// A line each.
pub(crate) fn list(found: &[Found]) -> String {
    if found.is_empty() {
        return "no program of this user has a server\n".to_owned();
    }
    let mut out = format!("{:>8}  {:<20}  {:<30}  {}\n", "process", "program", "address", "memopt");
    for found in found {
        let (program, address) = (clean(&found.program), clean(&found.addr));
        let version = clean(&found.version);
        let _ = writeln!(out, "{:>8}  {program:<20}  {address:<30}  {version}", found.pid);
    }
    out
}

fn of_folder(folder: &Path) -> Vec<Found> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<Found> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            if path.extension()? != "json" || path.metadata().ok()?.len() > 64 << 10 {
                return None;
            }
            serde_json::from_slice(&std::fs::read(path).ok()?).ok()
        })
        .filter(|found: &Found| is_alive(found.pid))
        .collect();
    found.sort_by_key(|found| found.pid);
    found
}

fn is_alive(pid: u32) -> bool {
    // Where the system does not tell, asking the server will.
    !Path::new("/proc/self").exists() || Path::new(&format!("/proc/{pid}")).exists()
}

#[cfg(unix)]
fn folder() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let named = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    if let Some(folder) = named {
        return Some(PathBuf::from(folder).join("memopt"));
    }
    let temporary = std::env::temp_dir();
    // Each user has a folder for temporary files there.
    if cfg!(target_os = "macos") {
        let known = std::fs::metadata(&temporary).ok()?;
        return (known.mode() & 0o022 == 0).then(|| temporary.join("memopt"));
    }
    let user = std::fs::metadata("/proc/self").ok()?.uid();
    let folder = temporary.join(format!("memopt-{user}"));
    // Another user may have made it, to lead us elsewhere.
    (std::fs::symlink_metadata(&folder).ok()?.uid() == user).then_some(folder)
}

/// Each user has a folder for temporary files.
#[cfg(not(unix))]
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    Some(named.map_or_else(std::env::temp_dir, PathBuf::from).join("memopt"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ended_programs_and_of_others_are_passed_over() {
        let folder = std::env::temp_dir().join(format!("memopt-discover-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let file = |pid: u32, name: &str| {
            let text = format!("{{\"pid\":{pid},\"addr\":\"127.0.0.1:7\",\"program\":\"shop\"}}");
            std::fs::write(folder.join(name), text).unwrap();
        };
        let own = std::process::id();
        file(own, "own.json");
        file(own, "own.new");
        if Path::new("/proc/self").exists() {
            file(u32::MAX, "ended.json");
        }
        std::fs::write(folder.join("other.json"), "{}").unwrap();
        let found = of_folder(&folder);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].pid, found[0].program.as_str()), (own, "shop"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn found(pid: u32) -> Found {
        Found {
            pid,
            addr: format!("127.0.0.1:{pid}"),
            program: "shop".to_owned(),
            version: "0.1.0".to_owned(),
        }
    }

    #[test]
    fn a_program_is_found_by_its_process_or_where_there_is_one() {
        assert_eq!(address(None, &[found(7)]).unwrap(), "127.0.0.1:7");
        assert_eq!(address(Some("9"), &[found(7), found(9)]).unwrap(), "127.0.0.1:9");
        assert_eq!(address(Some("http://x"), &[]).unwrap(), "http://x");
        let error = address(None, &[found(7), found(9)]).unwrap_err().to_string();
        assert!(
            error.starts_with("2 programs have a server; name one by its process:\n"),
            "{error}"
        );
        assert!(address(Some("8"), &[found(7)]).unwrap_err().to_string().contains("--find"));
        assert!(address(None, &[]).unwrap_err().to_string().contains("feature `server`"));
    }
}
