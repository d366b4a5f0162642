//! A copy of the workspace in `target/memopt` in which files are edited: all else is links.

use crate::error::Error;
use crate::instrument::settings::{link, replace};
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// The copy.
#[derive(Debug)]
pub(crate) struct Tree {
    original: PathBuf,
    copy: PathBuf,
}

impl Tree {
    /// A fresh copy of `original` at `copy`.
    pub(crate) fn make(original: &Path, copy: &Path) -> Result<Self, Error> {
        let mut edited = Vec::new();
        let mut made = || -> io::Result<()> {
            if copy.symlink_metadata().is_ok() {
                files(copy, Path::new(""), &mut edited)?;
                fs::remove_dir_all(copy)?;
            }
            fs::create_dir_all(copy)?;
            link_all(original, copy)
        };
        made().map_err(|error| Error::file("copy to", copy, &error))?;
        let tree = Self { original: original.to_owned(), copy: copy.to_owned() };
        // What was built of an edit is older than the edit, and newer than the original: without a
        // new time cargo would take it for what the original makes.
        for path in edited {
            let path = tree.original.join(path);
            if let Ok(text) = fs::read_to_string(&path) {
                tree.write(&path, &text)?;
            }
        }
        Ok(tree)
    }

    /// Where the copy is.
    pub(crate) fn path(&self) -> &Path {
        &self.copy
    }

    /// A path of the original in the copy, if it is below the original.
    pub(crate) fn in_copy(&self, path: &Path) -> Option<PathBuf> {
        Some(self.copy.join(path.strip_prefix(&self.original).ok()?))
    }

    /// Writes a file of the copy; the original stays as it is.
    pub(crate) fn write(&self, path: &Path, text: &str) -> Result<(), Error> {
        let written = || -> io::Result<()> {
            let below = path.strip_prefix(&self.original).map_err(io::Error::other)?;
            let mut at = PathBuf::new();
            for part in below.parent().unwrap_or(Path::new("")).components() {
                let Component::Normal(name) = part else { continue };
                at.push(name);
                let own = self.copy.join(&at);
                if own.symlink_metadata()?.is_symlink() {
                    fs::remove_file(&own)?;
                    fs::create_dir(&own)?;
                    link_all(&self.original.join(&at), &own)?;
                }
            }
            replace(&self.copy.join(below), text.as_bytes())
        };
        written().map_err(|error| Error::file("write", path, &error))
    }
}

/// The files of a copy that are no links: those that were edited.
fn files(copy: &Path, below: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(copy.join(below))? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, below.join(entry.file_name()));
        if kind.is_dir() {
            files(copy, &path, found)?;
        } else if kind.is_file() && entry.file_name() != "Cargo.lock" {
            found.push(path);
        }
    }
    Ok(())
}

/// Links to all that is in a folder but what cargo built and git keeps. `Cargo.lock` is copied:
/// cargo writes it.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if name == ".git" || path.join("CACHEDIR.TAG").is_file() {
            continue;
        }
        if name == "Cargo.lock" {
            fs::copy(&path, to.join(name))?;
        } else {
            link(&path, &to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::Tree;
    use std::{env, fs};

    #[test]
    fn the_original_stays_as_it_is() {
        let folder = env::temp_dir().join(format!("memopt-tree-{}", std::process::id()));
        let original = folder.join("original");
        fs::create_dir_all(original.join("src/deep")).unwrap();
        fs::write(original.join("src/deep/a.rs"), "one").unwrap();
        fs::write(original.join("src/b.rs"), "b").unwrap();
        let tree = Tree::make(&original, &folder.join("copy")).unwrap();
        let file = original.join("src/deep/a.rs");
        tree.write(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        assert_eq!(fs::read_to_string(tree.in_copy(&file).unwrap()).unwrap(), "two");
        assert_eq!(fs::read_to_string(tree.path().join("src/b.rs")).unwrap(), "b");
        // Made anew it is the original, with a time of its own where it was edited.
        let tree = Tree::make(&original, &folder.join("copy")).unwrap();
        let again = tree.in_copy(&file).unwrap();
        assert_eq!(fs::read_to_string(&again).unwrap(), "one");
        assert!(!again.symlink_metadata().unwrap().is_symlink());
        assert!(tree.path().join("src/b.rs").symlink_metadata().unwrap().is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }
}
