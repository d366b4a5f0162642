//! The folders of results, one a run: kept for a week, and the last hundred of them.
//!
//! Beside each folder lies a file that the run has locked as long as it lives. A folder whose file
//! is locked is left alone, however old it is. Where the file system knows no locks, it is by its
//! age alone that a folder is nobody's.

use crate::error::Error;
use crate::lock;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long results are kept.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many of them.
const MANY: usize = 100;

/// Makes the folder of this run. It is this run's while the file is open.
pub(super) fn make(runs: &Path) -> Result<(PathBuf, File), Error> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let folder = runs.join(format!("{}-{}", since.as_secs(), std::process::id()));
    let path = lock_of(&folder);
    let create = |error| Error::file("create", &path, &error);
    // The lock first: a folder without one is nobody's.
    let lock = File::create(&path).map_err(create)?;
    lock::wait_for(&lock).map_err(|error| Error::file("lock", &path, &error))?;
    fs::create_dir_all(&folder).map_err(|error| Error::file("create", &folder, &error))?;
    Ok((folder, lock))
}

/// Removes what is old, and what is more than the last hundred.
pub(super) fn forget_old(runs: &Path) {
    forget(runs, WEEK, MANY);
}

fn forget(runs: &Path, age: Duration, many: usize) {
    let mut all: Vec<_> = fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
            Some((about.modified().ok()?, entry.path()))
        })
        .collect();
    all.sort();
    let more = all.len().saturating_sub(many);
    let is_old =
        |time: SystemTime| SystemTime::now().duration_since(time).is_ok_and(|since| since > age);
    for (at, (time, folder)) in all.into_iter().enumerate() {
        if !(is_old(time) || at < more) {
            continue;
        }
        let path = lock_of(&folder);
        let lock = File::open(&path).ok();
        if lock.as_ref().is_some_and(|lock| is_held(lock, is_old(time))) {
            continue;
        }
        // Another command may remove them too.
        let _ = fs::remove_dir_all(&folder);
        let _ = fs::remove_file(&path);
    }
    // A command that was killed, or whose folder another removed, leaves its file. A young one may
    // be that of a run that has not made its folder yet.
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let path = entry.path();
        let time = entry.metadata().and_then(|about| about.modified());
        let is_alone = path.extension().is_some_and(|own| own == "lock")
            && !path.with_extension("").exists()
            && time.is_ok_and(is_old);
        if is_alone && File::open(&path).is_ok_and(|lock| !is_held(&lock, true)) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether the run of a lock is at work. Where there are no locks, what is old is not.
fn is_held(lock: &File, is_old: bool) -> bool {
    match lock.try_lock() {
        Ok(()) => false,
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(error)) => !(is_old && lock::is_for_lack_of_locks(&error)),
    }
}

/// The file that the run of a folder has locked.
fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

#[cfg(test)]
mod tests {
    use super::{forget, make};
    use std::time::Duration;
    use std::{env, fs};

    #[test]
    fn a_run_at_work_keeps_its_folder() {
        let runs = env::temp_dir().join(format!("memopt-runs-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&runs);
        fs::create_dir_all(runs.join("1-2")).unwrap();
        let (own, lock) = make(&runs).unwrap();
        fs::write(own.join("report.json"), "").unwrap();
        // One that is left by a command that was killed has no lock, or one that nobody holds.
        fs::create_dir_all(runs.join("1-3")).unwrap();
        fs::write(runs.join("1-3.lock"), "").unwrap();
        forget(&runs, Duration::ZERO, 0);
        assert!(own.join("report.json").is_file(), "its run is at work");
        assert!(!runs.join("1-2").exists() && !runs.join("1-3").exists());
        assert!(!runs.join("1-3.lock").exists());
        // One that has no folder goes too, but not while a run is about to make its own.
        fs::write(runs.join("1-4.lock"), "").unwrap();
        fs::remove_dir_all(&own).unwrap();
        forget(&runs, Duration::from_secs(60), 0);
        assert!(runs.join("1-4.lock").exists(), "it is young");
        forget(&runs, Duration::ZERO, 0);
        assert!(!runs.join("1-4.lock").exists());
        assert!(own.with_extension("lock").exists(), "somebody holds it");
        fs::create_dir_all(&own).unwrap();
        drop(lock);
        forget(&runs, Duration::from_secs(60), 1);
        assert!(own.exists(), "neither old nor one too many");
        forget(&runs, Duration::from_secs(60), 0);
        assert_eq!(fs::read_dir(&runs).unwrap().count(), 0);
        fs::remove_dir_all(runs).unwrap();
    }
}
