//! What the walk makes of folders with broken things in them.

use super::{Walk, walk};
use memopt_examples::input::{Package, named};
use std::{env, fs, path::PathBuf, process};

struct Temp(PathBuf);

impl Temp {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("memopt-walk-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn packages(&self) -> Vec<Package> {
        named(std::slice::from_ref(&self.0)).list
    }

    fn names(&self, found: &Walk) -> Vec<String> {
        let inside = |path: &PathBuf| path.strip_prefix(&self.0).unwrap().display().to_string();
        found.sources.iter().map(|source| inside(&source.path)).collect()
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn takes_rust_files_only_and_sorts_them() {
    let temp = Temp::new("plain");
    fs::create_dir(temp.0.join("src")).unwrap();
    for (name, text) in [("src/lib.rs", "fn a() {}"), ("build.rs", ""), ("README.md", "text")] {
        fs::write(temp.0.join(name), text).unwrap();
    }
    let found = walk(&temp.packages());
    assert_eq!(temp.names(&found), ["build.rs", "src/lib.rs"]);
    assert_eq!((found.bytes(), found.skipped.len()), (9, 0));
}

#[test]
fn a_folder_named_like_a_source_is_reported_and_its_files_taken() {
    let temp = Temp::new("folder");
    fs::create_dir(temp.0.join("odd.rs")).unwrap();
    fs::write(temp.0.join("odd.rs/inner.rs"), "x").unwrap();
    let found = walk(&temp.packages());
    assert_eq!(found.sources.len(), 1);
    assert_eq!(found.skipped[0].why, "a folder that is named like a source file");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_and_to_nothing_are_reported() {
    use std::os::unix::fs::symlink;
    let temp = Temp::new("links");
    symlink("b.rs", temp.0.join("a.rs")).unwrap();
    symlink("a.rs", temp.0.join("b.rs")).unwrap();
    symlink("nowhere", temp.0.join("gone.rs")).unwrap();
    symlink(".", temp.0.join("up")).unwrap();
    let found = walk(&temp.packages());
    assert_eq!(found.sources, []);
    assert_eq!(found.skipped.len(), 4);
    assert_eq!(found.skipped[3].why, "a link to a folder is not followed");
}

#[test]
fn a_missing_folder_is_reported() {
    let found = walk(&named(&[PathBuf::from("no-such-folder")]).list);
    assert_eq!((found.sources.len(), found.skipped.len()), (0, 1));
}

#[test]
fn a_limit_passes_over_what_does_not_fit() {
    let temp = Temp::new("limit");
    for (name, size) in [("a.rs", 3), ("b.rs", 50), ("c.rs", 2)] {
        fs::write(temp.0.join(name), "x".repeat(size)).unwrap();
    }
    let mut found = walk(&temp.packages());
    found.limit(10);
    assert_eq!(temp.names(&found), ["a.rs", "c.rs"]);
}
