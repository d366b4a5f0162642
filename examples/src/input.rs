//! Finds Rust packages on this machine: real input that every machine which built this one has.
//!
//! First choice are the sources that cargo unpacked (`registry/src/*/*` below `CARGO_HOME`). A
//! machine that is offline or works from vendored crates has none; then this workspace and the
//! toolchain's own library sources have to do, and [`Packages::origin`] says so.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// One package: a name to show and the folder that holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Name of the folder: `serde-1.0.219` for an unpacked crate.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
}

/// The packages found, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    /// The packages.
    pub list: Vec<Package>,
    /// Where they come from, for people.
    pub origin: String,
}

/// The cargo registry's packages, else what [`fallback`] finds.
pub fn packages() -> Packages {
    cargo_home().and_then(|home| registry(&home)).unwrap_or_else(fallback)
}

/// The packages unpacked below `cargo_home`, if there are any.
pub fn registry(cargo_home: &Path) -> Option<Packages> {
    let sources = cargo_home.join("registry").join("src");
    let list =
        sorted(folders(&sources).iter().flat_map(|index| folders(index)).map(package).collect());
    (!list.is_empty())
        .then(|| Packages { list, origin: format!("the cargo registry, {}", sources.display()) })
}

/// This workspace, its `vendor` folder and the library sources of the toolchain, as far as they
/// exist.
pub fn fallback() -> Packages {
    let here = env!("CARGO_MANIFEST_DIR");
    let workspace = Path::new(here).parent().filter(|path| path.is_dir()).unwrap_or(Path::new("."));
    let mut found = folders(workspace);
    found.retain(|folder| folder.join("Cargo.toml").is_file());
    found.extend(folders(&workspace.join("vendor")));
    let mut origin =
        format!("no unpacked crates under CARGO_HOME, so this workspace, {}", workspace.display());
    if let Some(library) = library_sources() {
        origin = format!("{origin}, and the standard library's sources, {}", library.display());
        found.extend(folders(&library));
    }
    Packages { list: sorted(found.into_iter().map(package).collect()), origin }
}

/// Folders the user named instead.
pub fn named(paths: &[PathBuf]) -> Packages {
    Packages {
        list: paths.iter().cloned().map(package).collect(),
        origin: "the paths given".to_owned(),
    }
}

fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    set.or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// The `rust-src` component, present where it was installed (rust-analyzer asks for it).
fn library_sources() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = process::Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    let sysroot = String::from_utf8(output.stdout).ok()?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    library.is_dir().then_some(library)
}

/// The folders directly inside `folder`; none where it cannot be read.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

fn package(folder: PathBuf) -> Package {
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
    Package { name, folder }
}

fn sorted(mut list: Vec<Package>) -> Vec<Package> {
    list.sort();
    list
}

#[cfg(test)]
mod tests {
    use super::{fallback, named, registry};
    use std::{env, fs, path::PathBuf, process};

    #[test]
    fn a_registry_gives_its_packages_by_name() {
        let home = env::temp_dir().join(format!("memopt-input-{}", process::id()));
        let index = home.join("registry/src/index.example-1");
        fs::create_dir_all(index.join("zeta-1.0.0")).unwrap();
        fs::create_dir_all(index.join("alpha-0.1.0")).unwrap();
        fs::write(index.join("a-file"), "").unwrap();
        let found = registry(&home).unwrap();
        fs::remove_dir_all(&home).unwrap();
        let names: Vec<_> = found.list.iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["alpha-0.1.0", "zeta-1.0.0"]);
    }

    #[test]
    fn a_home_without_unpacked_crates_gives_none() {
        assert!(registry(&PathBuf::from("no-such-folder")).is_none());
    }

    #[test]
    fn the_fallback_finds_this_workspace_and_says_so() {
        let found = fallback();
        assert!(found.list.iter().any(|package| package.name == "memopt"), "{:?}", found.list);
        assert!(
            found.origin.starts_with("no unpacked crates under CARGO_HOME"),
            "{}",
            found.origin
        );
    }

    #[test]
    fn named_paths_keep_their_order() {
        let found = named(&[PathBuf::from("/b/two"), PathBuf::from("/a/one")]);
        assert_eq!(found.list[0].name, "two");
        assert_eq!(found.list[1].name, "one");
    }
}
