//! What the command tells the wrapper: a file beside the name that cargo calls the wrapper by.
//!
//! Cargo takes the path of a workspace's wrapper into what tells builds apart. So each set of
//! settings has a folder of its own, and builds with other settings, and plain ones, stay fresh.

use super::choice::Choice;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What is instrumented and with what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) choice: Choice,
    /// `libmemopt.rlib`.
    pub(crate) rlib: PathBuf,
    /// Size and time of its last change: in memopt's own repository it is compiled anew when its
    /// sources change, and what is linked with it has to be then.
    pub(crate) rlib_stamp: (u64, u64),
    /// The folder of what it needs.
    pub(crate) deps: PathBuf,
    /// That of its macros.
    pub(crate) macros: PathBuf,
    /// The triple that is built for, where it is not the host.
    pub(crate) target: Option<String>,
    /// Crates of the registry that are instrumented too; then rustc is wrapped for all crates.
    pub(crate) crates: Vec<String>,
    /// The program or one of its crates depends on memopt: that one is linked.
    pub(crate) has_memopt: bool,
    /// A wrapper of the user's, called where this one leaves a crate as it is.
    pub(crate) inner: Option<PathBuf>,
    /// The workspace: several may share a target folder.
    pub(crate) workspace: PathBuf,
    /// The command and memopt it was built with.
    pub(crate) version: String,
}

const FILE: &str = "settings.json";

/// A folder with the wrapper's name and its settings in it.
#[derive(Clone, Debug)]
pub(crate) struct Place(PathBuf);

impl Place {
    /// Writes the settings to a folder in `folder` that is named after them.
    pub(crate) fn make(folder: &Path, settings: &Settings) -> Result<Self, Error> {
        let text = serde_json::to_string(settings)
            .map_err(|error| Error::internal(format_args!("settings: {error}")))?;
        let path = folder.join(format!("{:016x}", fnv(text.as_bytes())));
        let place = Self(path.clone());
        let made = || -> io::Result<()> {
            fs::create_dir_all(&path)?;
            replace(&path.join(FILE), text.as_bytes())?;
            let (own, wrapper) = (std::env::current_exe()?, place.wrapper());
            if fs::canonicalize(&wrapper).ok() != fs::canonicalize(&own).ok() {
                match fs::remove_file(&wrapper) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
                if let Err(error) = link(&own, &wrapper) {
                    // Another run was first.
                    if error.kind() != io::ErrorKind::AlreadyExists {
                        return Err(error);
                    }
                }
            }
            Ok(())
        };
        made().map_err(|error| Error::file("write", &path, &error))?;
        Ok(place)
    }

    /// The folder that a process was called from, where it is such a one: cargo calls by the whole
    /// path, and the folder is named after its settings. A file that lies where somebody calls the
    /// command is none of ours.
    pub(crate) fn of_process(called: &Path) -> Option<(Self, Settings)> {
        let place = Self(called.is_absolute().then(|| called.parent())??.to_owned());
        let text = fs::read_to_string(place.0.join(FILE)).ok()?;
        let named = place.0.file_name()?.to_str()?;
        if named != format!("{:016x}", fnv(text.as_bytes())) {
            return None;
        }
        Some((place, serde_json::from_str(&text).ok()?))
    }

    /// What cargo calls.
    pub(crate) fn wrapper(&self) -> PathBuf {
        self.0.join(format!("cargo-memopt{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where cargo keeps what it compiles with these settings alone.
    pub(crate) fn units(&self) -> PathBuf {
        self.0.join("units")
    }

    /// Where packages are mirrored.
    pub(crate) fn mirrors(&self) -> PathBuf {
        self.0.join("mirror")
    }

    /// Where the wrapper says what became of each crate.
    pub(crate) fn outcomes(&self) -> PathBuf {
        self.0.join("outcome")
    }
}

/// Writes a file whole or not at all.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = path.with_file_name(name);
    fs::write(&fresh, bytes)?;
    fs::rename(&fresh, path)
}

/// A link, or a copy where the system has no links for everybody.
pub(crate) fn link(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(from, to);
    #[cfg(not(unix))]
    return copy(from, to);
}

#[cfg(not(unix))]
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A number of a text that stays the same from run to run (Fowler, Noll and Vo, 64 bits, 1a).
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
