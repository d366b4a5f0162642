//! Files of the store: which names they have, whose they are, and what is left of others.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const DATABASE: &str = "redb";
const TAIL: &str = "tail";
/// How many files one process may have beside each other: those of containers whose processes all
/// have the same number.
const BESIDE: u32 = 16;

/// A store's files, without what they end with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    folder: PathBuf,
    /// `memopt`, or `memopt-4711`.
    pub(super) stem: String,
}

impl Place {
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join(format!("{}.{DATABASE}", self.stem))
    }

    pub(super) fn tail(&self) -> PathBuf {
        self.folder.join(format!("{}.{TAIL}", self.stem))
    }

    /// Sets a damaged file aside, where it stays until retention takes it.
    pub(super) fn set_aside(&self) -> io::Result<()> {
        let damaged = self.folder.join(format!("{}.damaged", self.stem));
        fs::rename(self.database(), damaged)
    }

    /// Bytes that its files take on the disk.
    pub(super) fn bytes(&self) -> u64 {
        let taken = |path: PathBuf| fs::metadata(path).map_or(0, |it| taken(&it));
        taken(self.database()) + taken(self.tail())
    }
}

/// Bytes that a file takes on the disk. The database doubles its length when it is full, and what
/// was never written takes nothing.
fn taken(file: &Metadata) -> u64 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        file.blocks() * 512
    }
    #[cfg(not(unix))]
    file.len()
}

/// The names that a process may take, the best first: the plain one, those with its number.
pub(super) fn places(folder: &Path, name: &str) -> impl Iterator<Item = Place> {
    let pid = std::process::id();
    let stems = std::iter::once(name.to_owned())
        .chain(std::iter::once(format!("{name}-{pid}")))
        .chain((2..BESIDE).map(|n| format!("{name}-{pid}-{n}")))
        .collect::<Vec<_>>();
    let folder = folder.to_owned();
    stems.into_iter().map(move |stem| Place { folder: folder.clone(), stem })
}

/// Removes what other processes left of their own files beside this one, and damaged files, where
/// they are older than `age`, and the oldest of them where they are more than `bytes` together.
/// Files that a living process has open stay. How many were removed.
pub(super) fn clean(folder: &Path, name: &str, own: &Place, age: Duration, bytes: u64) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let mut left: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let Some((stem, end)) = entry.file_name().to_str().and_then(|it| {
            it.rsplit_once('.').map(|(stem, end)| (stem.to_owned(), end.to_owned()))
        }) else {
            continue;
        };
        if !is_beside(&stem, name, &end) || (stem == own.stem && end != "damaged") {
            continue;
        }
        let Ok(known) = entry.metadata() else { continue };
        if end != "damaged" && is_open(&folder.join(format!("{stem}.{TAIL}"))) {
            continue;
        }
        left.push((known.modified().unwrap_or(SystemTime::UNIX_EPOCH), taken(&known), path));
    }
    left.sort_unstable_by(|a, b| b.cmp(a));
    let now = SystemTime::now();
    let (mut sum, mut removed) = (0, 0);
    for (changed, len, path) in left {
        sum += len;
        let is_old = now.duration_since(changed).is_ok_and(|time| time > age);
        if (is_old || sum > bytes) && fs::remove_file(path).is_ok() {
            removed += 1;
        }
    }
    removed
}

/// Whether a file is one of another process with this store's name, or a damaged one.
fn is_beside(stem: &str, name: &str, end: &str) -> bool {
    let Some(rest) = stem.strip_prefix(name) else { return false };
    let is_numbered = rest.strip_prefix('-').is_some_and(|numbers| {
        !numbers.is_empty() && numbers.bytes().all(|it| it.is_ascii_digit() || it == b'-')
    });
    match end {
        DATABASE | TAIL => is_numbered,
        "damaged" => is_numbered || rest.is_empty(),
        _ => false,
    }
}

/// Whether a living process writes this tail: it has the lock.
fn is_open(tail: &Path) -> bool {
    File::open(tail).is_ok_and(|file| file.try_lock().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_this_name_are_taken_for_left_ones() {
        for (stem, end, expected) in [
            ("memopt-4711", "redb", true),
            ("memopt-4711-2", "tail", true),
            ("memopt", "damaged", true),
            ("memopt", "redb", false),
            ("memopt-data", "redb", false),
            ("memopt-", "redb", false),
            ("memopt-1", "toml", false),
            ("other-1", "redb", false),
        ] {
            assert_eq!(is_beside(stem, "memopt", end), expected, "{stem}.{end}");
        }
    }
}
