//! A copy of the workspace in `target/memopt`, in which files are edited and tests run.
//!
//! Files are copies, as tests write beside their sources and over them. A file of more than 1 GiB
//! is a link: what a test writes to it, the original gets.

use crate::error::{Error, at};
use crate::instrument::mirror::is_target;
use crate::instrument::settings::{link, replace};
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// The copy.
#[derive(Debug)]
pub(crate) struct Tree {
    original: PathBuf,
    copy: PathBuf,
}

/// A file of more bytes is the same as another where size and time are: it is not read each time.
const LARGE: u64 = 1 << 20;
/// .. and of more than these a link: no source, and a disk may not have room for two of each. On
/// file systems that can, a copy shares the room of its original until one of them is written to.
const HUGE: u64 = 1 << 30;

impl Tree {
    /// Makes `copy` what `original` is. What is the same stays, so that cargo need not compile it
    /// again; what is another has a new time, so that cargo does.
    pub(crate) fn make(original: &Path, copy: &Path) -> Result<Self, Error> {
        let tree = Self { original: original.to_owned(), copy: copy.to_owned() };
        let made = tree.folder(Path::new(""));
        made.map_err(|error| Error::file("copy to", copy, &error))?;
        Ok(tree)
    }

    /// Where the copy is.
    pub(crate) fn path(&self) -> &Path {
        &self.copy
    }

    /// A path of the original in the copy, if it is below the original.
    pub(crate) fn in_copy(&self, path: &Path) -> Option<PathBuf> {
        let below = path.strip_prefix(&self.original).ok()?;
        let is_plain = below.components().all(|part| matches!(part, Component::Normal(_)));
        is_plain.then(|| self.copy.join(below))
    }

    /// A path of the copy in the original; another stays as it is.
    pub(crate) fn in_original(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.copy)
            .map_or_else(|_| path.to_owned(), |below| self.original.join(below))
    }

    /// Whether a file of the original is a file of its own in the copy: neither it nor a folder on
    /// the way to it is a link.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let Some(own) = self.in_copy(path) else { return false };
        let mut on_the_way = own.ancestors().take_while(|at| *at != self.copy);
        own.is_file() && on_the_way.all(|at| !at.is_symlink())
    }

    /// Writes a file of the copy; the original stays as it is.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<(), Error> {
        let written = || -> io::Result<()> {
            let own = self.in_copy(path).filter(|_| self.holds(path));
            let own = own.ok_or_else(|| io::Error::other("it is no file of the copy"))?;
            replace(&own, text.as_bytes())
        };
        written().map_err(|error| Error::file("write", path, &error))
    }

    /// Makes a folder of the copy what that of the original is. What cargo built and git keeps is
    /// left out.
    fn folder(&self, below: &Path) -> io::Result<()> {
        let own = self.copy.join(below);
        if own.symlink_metadata().is_ok_and(|about| !about.is_dir()) {
            fs::remove_file(&own).map_err(at(&own))?;
        }
        fs::create_dir_all(&own).map_err(at(&own))?;
        let mut names = BTreeSet::new();
        let original = self.original.join(below);
        for entry in fs::read_dir(&original).map_err(at(&original))? {
            let entry = entry.map_err(at(&original))?;
            let (name, from) = (entry.file_name(), entry.path());
            if name == ".git" || is_target(&from) || from == self.copy {
                continue;
            }
            let (kind, path) = (entry.file_type().map_err(at(&from))?, below.join(&name));
            names.insert(name);
            if kind.is_dir() {
                self.folder(&path)?;
            } else if kind.is_symlink() {
                self.link(&path).map_err(at(&from))?;
            } else if kind.is_file() {
                let about = entry.metadata().map_err(at(&from))?;
                self.file(&path, &about).map_err(at(&from))?;
            }
        }
        // What tests left, and what is no longer there.
        for entry in fs::read_dir(&own).map_err(at(&own))? {
            let entry = entry.map_err(at(&own))?;
            if !names.contains(&entry.file_name()) {
                let gone = entry.path();
                let is_folder = entry.file_type().map_err(at(&gone))?.is_dir();
                remove(&gone, is_folder).map_err(at(&gone))?;
            }
        }
        Ok(())
    }

    fn file(&self, below: &Path, about: &Metadata) -> io::Result<()> {
        let (from, to) = (self.original.join(below), self.copy.join(below));
        if about.len() > HUGE {
            return lead(&from, &to);
        }
        if let Ok(known) = to.symlink_metadata() {
            if known.is_file() && is_same(&from, about, &to, &known)? {
                return Ok(());
            }
            remove(&to, known.is_dir())?;
        }
        match fs::copy(&from, &to) {
            // Nobody reads it from here, as nobody does there.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return lead(&from, &to);
            }
            copied => copied?,
        };
        // The time of a large one says whether it is the same. Another one is new for cargo, on
        // systems too that copy the time.
        let time =
            if about.len() > LARGE { about.modified().ok() } else { Some(SystemTime::now()) };
        if let Some(time) = time {
            // Where it cannot be set the file is copied again the next time.
            let _ = File::open(&to).and_then(|file| file.set_modified(time));
        }
        Ok(())
    }

    /// A link to what is in the original leads to what is in the copy.
    fn link(&self, below: &Path) -> io::Result<()> {
        let (from, to) = (self.original.join(below), self.copy.join(below));
        // One that leads nowhere leads nowhere from here too.
        let Ok(real) = fs::canonicalize(&from) else { return Ok(()) };
        let root = fs::canonicalize(&self.original)?;
        let inner = real.strip_prefix(&root).ok().map(|inner| self.copy.join(inner));
        lead(&inner.unwrap_or(real), &to)
    }
}

/// Makes `to` a link to `target`.
fn lead(target: &Path, to: &Path) -> io::Result<()> {
    if fs::read_link(to).is_ok_and(|known| known == target) {
        return Ok(());
    }
    if let Ok(known) = to.symlink_metadata() {
        remove(to, known.is_dir())?;
    }
    link(target, to)
}

fn remove(path: &Path, is_folder: bool) -> io::Result<()> {
    if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// Whether two files are the same: by what is in them, and large ones by their times.
fn is_same(from: &Path, about: &Metadata, to: &Path, known: &Metadata) -> io::Result<bool> {
    if about.len() != known.len() || about.permissions() != known.permissions() {
        return Ok(false);
    }
    if about.len() > LARGE {
        return Ok(about.modified()? == known.modified()?);
    }
    let read = |path| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(about.len() as usize);
        File::open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Ok(read(from)? == read(to)?)
}

#[cfg(all(test, unix))]
mod tests {
    use super::Tree;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;
    use std::{env, fs};

    /// A folder with `original` in it.
    fn folder(name: &str) -> (PathBuf, PathBuf) {
        let folder = env::temp_dir().join(format!("memopt-tree-{name}-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&folder);
        let original = folder.join("original");
        fs::create_dir_all(original.join("src/deep")).unwrap();
        fs::write(original.join("src/deep/a.rs"), "one").unwrap();
        fs::write(original.join("src/b.rs"), "b").unwrap();
        (folder, original)
    }

    #[test]
    fn the_original_stays_as_it_is() {
        let (folder, original) = folder("stays");
        let tree = Tree::make(&original, &folder.join("copy")).unwrap();
        let file = original.join("src/deep/a.rs");
        tree.write(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        let own = tree.in_copy(&file).unwrap();
        assert_eq!(fs::read_to_string(&own).unwrap(), "two");
        // A test writes beside its sources and over one.
        let other = tree.path().join("src/b.rs");
        let is_old = other.metadata().unwrap().modified().unwrap();
        fs::write(tree.path().join("src/b.snap.new"), "").unwrap();
        fs::write(tree.path().join("src/deep/c"), "").unwrap();
        assert!(!original.join("src/b.snap.new").exists());
        // Made anew it is the original; what was the same is not written again.
        let edited = own.metadata().unwrap().modified().unwrap();
        let tree = Tree::make(&original, &folder.join("copy")).unwrap();
        assert_eq!(fs::read_to_string(&own).unwrap(), "one");
        assert!(own.metadata().unwrap().modified().unwrap() >= edited);
        assert_eq!(other.metadata().unwrap().modified().unwrap(), is_old);
        assert!(!tree.path().join("src/b.snap.new").exists());
        assert!(!tree.path().join("src/deep/c").exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn no_way_leads_out_of_the_copy() {
        let (folder, original) = folder("out");
        fs::create_dir_all(folder.join("outside")).unwrap();
        fs::write(folder.join("outside/o.rs"), "o").unwrap();
        symlink("../outside", original.join("shared")).unwrap();
        symlink("src/deep", original.join("inner")).unwrap();
        let tree = Tree::make(&original, &folder.join("copy")).unwrap();
        for path in ["../outside/o.rs", "src/../../outside/o.rs", "shared/o.rs", "inner/a.rs"] {
            assert!(tree.write(&original.join(path), "x").is_err(), "{path}");
        }
        assert_eq!(fs::read_to_string(folder.join("outside/o.rs")).unwrap(), "o");
        // A link within the original leads to the copy.
        fs::write(tree.path().join("inner/a.rs"), "x").unwrap();
        assert_eq!(fs::read_to_string(original.join("src/deep/a.rs")).unwrap(), "one");
        fs::remove_dir_all(folder).unwrap();
    }
}
