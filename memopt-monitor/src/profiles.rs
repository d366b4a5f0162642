//! Profiles kept on disk: what the heap held, who ran and waited, what each site allocated.
//!
//! Each is two files: the profile itself, as the JSON that `memopt::report` reads and writes, and
//! what is known of it, as TOML. A profile is there when its second file is: a process that is
//! killed between them leaves one that is cleaned up. Several processes may share a folder.
//!
//! Rooms: `meta` (what is known of a profile), `profile` (what is in it), `difference` (two
//! of them compared).

mod difference;
mod meta;
mod profile;

pub use self::difference::{Difference, Row};
pub use self::meta::{Kind, Meta};
pub use self::profile::Profile;

use crate::clock::{Stamp, Steady};
use memopt_report::{file, untracked};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Why a profile could not be kept or found.
#[derive(Debug)]
pub struct Error {
    message: String,
    is_missing: bool,
}

impl Error {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_missing: false }
    }

    fn missing(what: fmt::Arguments<'_>) -> Self {
        Self { message: what.to_string(), is_missing: true }
    }

    /// Whether there is no such profile.
    pub fn is_missing(&self) -> bool {
        self.is_missing
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// How many profiles are kept. Baselines count towards bytes, but stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of each kind.
    pub count: usize,
    /// For how long.
    pub age: Duration,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { count: 50, age: Duration::from_secs(14 * 86_400), bytes: 64 << 20 }
    }
}

/// The profiles in one folder. It keeps none in memory: what is there is what the folder has.
#[derive(Clone, Debug)]
pub struct Profiles {
    folder: PathBuf,
    limits: Limits,
    /// Whether their dates may be compared with the wall clock.
    steady: Arc<Mutex<Steady>>,
}

impl Profiles {
    /// The profiles in this folder, which is made when the first is kept.
    pub fn new(folder: impl Into<PathBuf>, limits: Limits) -> Self {
        Self { folder: folder.into(), limits, steady: Arc::default() }
    }

    /// Keeps a profile, and removes what is over the limits then. `why` is a sentence for people;
    /// labels are for programs.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written, or the profile alone is larger than all may be.
    pub fn keep(
        &self,
        profile: &Profile,
        at: Stamp,
        why: &str,
        labels: &[(&str, &str)],
    ) -> Result<Meta, Error> {
        untracked(|| {
            let text = profile.to_json();
            if text.len() as u64 > self.limits.bytes {
                return Err(Error::new(format!(
                    "the profile has {} bytes and all of them may have {}: raise the limit",
                    text.len(),
                    self.limits.bytes
                )));
            }
            let kept = self.write(profile.kind(), &text, at, why, labels).map_err(|error| {
                Error::new(format!(
                    "cannot keep a profile in {}: {error}: make the folder writable or name \
                     another",
                    self.folder.display()
                ))
            });
            if let Ok(kept) = &kept {
                self.clean_but(Some(&kept.id), at);
            }
            kept
        })
    }

    fn write(
        &self,
        kind: Kind,
        text: &str,
        at: Stamp,
        why: &str,
        labels: &[(&str, &str)],
    ) -> io::Result<Meta> {
        fs::create_dir_all(&self.folder)?;
        let labels: BTreeMap<String, String> =
            labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        // Two in one millisecond, or of two processes, have names of their own.
        let pid = std::process::id();
        for n in 0..1_000 {
            let id = format!("{:013}-{}-{pid}-{n}", at.unix_ms.max(0), kind.name());
            let path = self.file(&id, "json");
            match file::owned().write(true).create_new(true).open(&path) {
                Ok(mut made) => {
                    let meta = Meta {
                        id,
                        kind,
                        unix_ms: at.unix_ms,
                        run: at.run,
                        why: why.to_owned(),
                        labels,
                        bytes: text.len() as u64,
                        baseline: None,
                    };
                    let written =
                        made.write_all(text.as_bytes()).and_then(|()| self.write_meta(&meta));
                    if let Err(error) = written {
                        let _ = fs::remove_file(path);
                        return Err(error);
                    }
                    return Ok(meta);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("there are a thousand of this millisecond"))
    }

    /// Writes it whole or not at all.
    fn write_meta(&self, meta: &Meta) -> io::Result<()> {
        let new = self.file(&meta.id, "new");
        file::fresh(&new)?.write_all(meta.to_toml().as_bytes())?;
        fs::rename(new, self.file(&meta.id, "toml"))
    }

    /// The file that holds the text of a profile.
    pub fn path(&self, id: &str) -> PathBuf {
        self.file(id, "json")
    }

    fn file(&self, id: &str, end: &str) -> PathBuf {
        self.folder.join(format!("{id}.{end}"))
    }

    /// All profiles, the newest first.
    pub fn list(&self) -> Vec<Meta> {
        let mut all: Vec<Meta> = self
            .files()
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .filter_map(|path| Meta::from_toml(&fs::read_to_string(path).ok()?))
            .collect();
        all.sort_by(|a, b| (b.unix_ms, &b.id).cmp(&(a.unix_ms, &a.id)));
        all
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// What is known of a profile.
    ///
    /// # Errors
    ///
    /// If there is none of this id.
    pub fn meta(&self, id: &str) -> Result<Meta, Error> {
        let text = meta::is_id(id).then(|| fs::read_to_string(self.file(id, "toml")).ok());
        let meta = text.flatten().and_then(|text| Meta::from_toml(&text));
        meta.ok_or_else(|| Error::missing(format_args!("there is no profile {id:?}")))
    }

    /// A profile.
    ///
    /// # Errors
    ///
    /// If there is none of this id, or its file cannot be read.
    pub fn read(&self, id: &str) -> Result<Profile, Error> {
        let meta = self.meta(id)?;
        let cannot = |what: &dyn fmt::Display| Error::new(format!("cannot read {id}: {what}"));
        let text = fs::read_to_string(self.file(id, "json")).map_err(|error| cannot(&error))?;
        Profile::from_json(meta.kind, &text).map_err(|error| cannot(&error))
    }

    /// Removes a profile, a baseline too. Whether there was one.
    pub fn remove(&self, id: &str) -> bool {
        if !meta::is_id(id) {
            return false;
        }
        let known = fs::remove_file(self.file(id, "toml")).is_ok();
        fs::remove_file(self.file(id, "json")).is_ok() || known
    }

    /// Names a profile, so that later ones are compared with it. It stays until it is removed or
    /// the name goes to another of its kind.
    ///
    /// # Errors
    ///
    /// If there is no such profile, or the folder cannot be written.
    pub fn set_baseline(&self, name: &str, id: &str) -> Result<(), Error> {
        let mut meta = self.meta(id)?;
        let cannot = |error: io::Error| Error::new(format!("cannot name {id}: {error}"));
        for mut other in self.list() {
            if other.kind == meta.kind && other.baseline.as_deref() == Some(name) {
                other.baseline = None;
                self.write_meta(&other).map_err(cannot)?;
            }
        }
        meta.baseline = Some(name.to_owned());
        self.write_meta(&meta).map_err(cannot)
    }

    /// The profile of this kind that has this name.
    pub fn baseline(&self, kind: Kind, name: &str) -> Option<Meta> {
        let is_it = |meta: &Meta| meta.kind == kind && meta.baseline.as_deref() == Some(name);
        self.list().into_iter().find(is_it)
    }

    /// Two profiles of one kind compared.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read, or they are of different kinds.
    pub fn diff(&self, before: &str, after: &str) -> Result<Difference, Error> {
        Difference::between(&self.read(before)?, &self.read(after)?).ok_or_else(|| {
            Error::new("the profiles are of different kinds: compare two of one kind")
        })
    }

    /// Removes what is over the limits, the oldest first, and files that belong to no profile. How
    /// many profiles were removed.
    ///
    /// None is removed for its age in the ten minutes after the clock was set, or after the first
    /// look at it. A profile whose date is still to come counts as the oldest: its clock was wrong.
    pub fn clean(&self, now: Stamp) -> usize {
        self.clean_but(None, now)
    }

    /// Whether what lies here and beside it may be judged by its age now.
    pub(crate) fn trusts(&self, now: Stamp) -> bool {
        let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        steady.look(now);
        steady.trusts(now)
    }

    /// The one that was just kept stays, whatever the limits say: its path was given away.
    fn clean_but(&self, kept: Option<&str>, now: Stamp) -> usize {
        let trusts = self.trusts(now);
        let oldest = now.unix_ms.saturating_sub(self.limits.age.as_millis() as i64);
        let latest = now.unix_ms.saturating_add(Steady::STEP_MS);
        let is_kept = |meta: &Meta| kept == Some(&*meta.id);
        let mut all = self.list();
        all.sort_by_key(|meta| (!is_kept(meta), meta.unix_ms > latest));
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut bytes: u64 =
            all.iter().filter(|meta| meta.baseline.is_some()).map(|meta| meta.bytes).sum();
        let mut removed = 0;
        for meta in all.iter().filter(|meta| meta.baseline.is_none()) {
            let count = counts.entry(meta.kind).or_default();
            *count += 1;
            bytes += meta.bytes;
            let is_over = *count > self.limits.count
                || (trusts && meta.unix_ms < oldest)
                || bytes > self.limits.bytes;
            if is_over && !is_kept(meta) {
                bytes -= meta.bytes;
                *count -= 1;
                removed += usize::from(self.remove(&meta.id));
            }
        }
        self.files().iter().for_each(|path| remove_orphan(path));
        removed
    }
}

/// Removes a profile's text without what is known of it, and what a rename left, when they are a
/// minute old: another process may be about to add to them.
fn remove_orphan(path: &Path) {
    let is_own = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(meta::is_id);
    let is_part = match path.extension().and_then(|end| end.to_str()) {
        Some("json") => !path.with_extension("toml").exists(),
        Some("new") => true,
        _ => false,
    };
    let changed = fs::metadata(path).and_then(|known| known.modified());
    let age = changed.ok().and_then(|at| at.elapsed().ok());
    if is_own && is_part && age.is_some_and(|age| age > Duration::from_secs(60)) {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests;
