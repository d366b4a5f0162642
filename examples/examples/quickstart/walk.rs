//! Finds the source files of the packages, and says which it could not take and why.
//!
//! Links to folders are not followed, so a link that leads back up cannot trap the walk.

use memopt_examples::input::Package;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// One file to index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// Name of the package it belongs to.
    pub(crate) package: String,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its path from the package on, for people.
    pub(crate) name: String,
    /// Its size when the walk saw it.
    pub(crate) bytes: u64,
}

/// One thing that was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skipped {
    /// What was left out.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) why: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

/// What the walk found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// The sources, sorted.
    pub(crate) sources: Vec<Source>,
    /// What was left out, sorted.
    pub(crate) skipped: Vec<Skipped>,
}

impl Walk {
    /// Bytes of all sources.
    pub(crate) fn bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.bytes).sum()
    }

    /// Keeps the sources, in order, that fit into `bytes` together. A file too large for what is
    /// left is passed over, so one giant does not end the run.
    pub(crate) fn limit(&mut self, bytes: u64) {
        let mut left = bytes;
        self.sources.retain(|source| {
            let fits = source.bytes <= left;
            if fits {
                left -= source.bytes;
            }
            fits
        });
    }
}

/// Every `.rs` file of `packages`.
#[memopt::track_alloc]
pub(crate) fn walk(packages: &[Package]) -> Walk {
    let mut found = Walk::default();
    for package in packages {
        found.folder(package, &package.folder);
    }
    found.sources.sort();
    found.skipped.sort();
    found
}

impl Walk {
    fn folder(&mut self, package: &Package, folder: &Path) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.skip(folder, &error.to_string()),
        };
        for entry in entries {
            let visited = match &entry {
                Ok(entry) => self.entry(package, entry),
                Err(error) => return self.skip(folder, &error.to_string()),
            };
            if let (Ok(entry), Err(error)) = (&entry, visited) {
                self.skip(&entry.path(), &error.to_string());
            }
        }
    }

    fn entry(&mut self, package: &Package, entry: &fs::DirEntry) -> std::io::Result<()> {
        let path = entry.path();
        let kind = entry.file_type()?;
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if kind.is_dir() {
            if is_source {
                self.skip(&path, "a folder that is named like a source file");
            }
            self.folder(package, &path);
        } else if is_source {
            // `metadata` follows links: a link in a circle or to nothing is an error here.
            let target = fs::metadata(&path)?;
            if target.is_file() {
                let inside = path.strip_prefix(&package.folder).unwrap_or(&path);
                let name = format!("{}/{}", package.name, inside.display());
                self.sources.push(Source {
                    package: package.name.clone(),
                    path,
                    name,
                    bytes: target.len(),
                });
            } else {
                self.skip(&path, "not a regular file");
            }
        } else if kind.is_symlink() && path.is_dir() {
            self.skip(&path, "a link to a folder is not followed");
        }
        Ok(())
    }

    fn skip(&mut self, path: &Path, why: &str) {
        self.skipped.push(Skipped { path: path.to_path_buf(), why: why.to_owned() });
    }
}

#[cfg(test)]
mod tests;
