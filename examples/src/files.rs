//! The files below packages, and what of them had to be left out.
//!
//! Links are not followed, so a link that leads back up cannot trap the walk.

use crate::input::Packages;
use std::fs;
use std::path::{Path, PathBuf};

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Its path from the package on, for people.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its size when the walk saw it.
    pub bytes: u64,
    /// Place of its package in the list.
    pub package: usize,
}

/// What a walk found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// The files, in the order of their packages and then of their names.
    pub list: Vec<Source>,
    /// What was left out, each with the reason.
    pub skipped: Vec<String>,
}

impl Files {
    /// Every file below the packages whose path is `wanted`. A package may be a file itself, which
    /// is always taken.
    pub fn below(packages: &Packages, wanted: fn(&Path) -> bool) -> Self {
        let mut files = Self::default();
        for (at, package) in packages.list.iter().enumerate() {
            let walk = Walk { at, base: &package.folder, name: &package.name, wanted };
            if package.folder.is_file() {
                files.take(&walk, &package.folder);
            } else {
                files.folder(&walk, &package.folder);
            }
        }
        files.list.sort_by(|a, b| (a.package, &a.name).cmp(&(b.package, &b.name)));
        files.skipped.sort();
        files
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.list.iter().map(|source| source.bytes).sum()
    }

    /// Keeps the files, in order, that fit into `bytes` together. One too large for what is left is
    /// passed over.
    pub fn limit(&mut self, bytes: u64) {
        let mut left = bytes;
        self.list.retain(|source| {
            let fits = source.bytes <= left;
            if fits {
                left -= source.bytes;
            }
            fits
        });
    }

    fn folder(&mut self, walk: &Walk, folder: &Path) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.skipped.push(format!("{}: {error}", folder.display())),
        };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(walk, &path),
                Ok(kind) if kind.is_file() && (walk.wanted)(&path) => self.take(walk, &path),
                Ok(_) => {}
                Err(error) => self.skipped.push(format!("{}: {error}", path.display())),
            }
        }
    }

    fn take(&mut self, walk: &Walk, path: &Path) {
        match fs::metadata(path) {
            Ok(met) => {
                let inside = path.strip_prefix(walk.base).unwrap_or(path).display().to_string();
                let name = if inside.is_empty() {
                    walk.name.to_owned()
                } else {
                    format!("{}/{inside}", walk.name)
                };
                let (path, bytes, package) = (path.to_path_buf(), met.len(), walk.at);
                self.list.push(Source { name, path, bytes, package });
            }
            Err(error) => self.skipped.push(format!("{}: {error}", path.display())),
        }
    }
}

/// What the walk through one package goes by.
struct Walk<'a> {
    at: usize,
    base: &'a Path,
    name: &'a str,
    wanted: fn(&Path) -> bool,
}

/// Whether the file's extension is one of these.
pub fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
}

#[cfg(test)]
mod tests {
    use super::{Files, has_extension};
    use crate::input::named;
    use std::path::PathBuf;
    use std::{env, fs, process};

    #[test]
    fn folders_and_files_are_walked_in_order_and_what_is_not_there_is_told() {
        let base = env::temp_dir().join(format!("memopt-files-{}", process::id()));
        fs::create_dir_all(base.join("one/deep")).unwrap();
        fs::write(base.join("one/deep/b.csv"), "1234").unwrap();
        fs::write(base.join("one/a.csv"), "12").unwrap();
        fs::write(base.join("one/a.bin"), "12").unwrap();
        let given: Vec<PathBuf> = vec![base.join("one"), base.join("one/a.bin"), base.join("none")];
        let mut files = Files::below(&named(&given), |path| has_extension(path, &["csv"]));
        fs::remove_dir_all(&base).unwrap();
        let found: Vec<_> =
            files.list.iter().map(|s| (s.package, s.name.as_str(), s.bytes)).collect();
        assert_eq!(found, [(0, "one/a.csv", 2), (0, "one/deep/b.csv", 4), (1, "a.bin", 2)]);
        assert_eq!(files.skipped.len(), 1);
        assert!(files.skipped[0].contains("none"), "{:?}", files.skipped);
        files.limit(5);
        assert_eq!(files.bytes(), 4); // the file of 4 bytes no longer fits, the next does
    }
}
