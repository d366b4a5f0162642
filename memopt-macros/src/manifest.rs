//! What the package that is compiled calls memopt, as its `Cargo.toml` says.
//!
//! Read as lines, not as TOML: where they do not tell, nothing is known.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a package calls memopt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// `memopt`, or it is not known.
    Memopt,
    /// Another name, as in paths.
    Renamed(String),
    /// It does not depend on it.
    Missing,
}

/// The answer for the package that is compiled now. An editor compiles many in one process, each
/// again and again.
pub(crate) fn called() -> Called {
    static LAST: Mutex<Option<(PathBuf, Called)>> = Mutex::new(None);
    let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
        return Called::Memopt;
    };
    let Ok(mut last) = LAST.lock() else { return Called::Memopt };
    match &*last {
        Some((known, called)) if *known == folder => called.clone(),
        _ => {
            let called = look(&folder);
            *last = Some((folder, called.clone()));
            called
        }
    }
}

fn look(folder: &Path) -> Called {
    let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { return Called::Memopt };
    let of_workspace = || {
        let above = folder.ancestors().skip(1).take(8);
        above
            .filter_map(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok())
            .find(|manifest| manifest.contains("[workspace"))
            .unwrap_or_default()
    };
    read(&manifest, &of_workspace)
}

fn read(manifest: &str, of_workspace: &dyn Fn() -> String) -> Called {
    let own = Names::read(manifest);
    if own.all.iter().any(|name| name == "memopt") || manifest.contains("name = \"memopt\"") {
        return Called::Memopt;
    }
    if let Some(name) = own.renamed.first() {
        return Called::Renamed(name.replace('-', "_"));
    }
    let shared = Names::read(&of_workspace()).renamed;
    match shared.iter().find(|name| own.all.contains(name)) {
        Some(name) => Called::Renamed(name.replace('-', "_")),
        None if manifest.contains("memopt\"") => Called::Memopt,
        None => Called::Missing,
    }
}

/// The names that a manifest gives to dependencies.
#[derive(Default)]
struct Names {
    all: Vec<String>,
    /// Those of `package = "memopt"`.
    renamed: Vec<String>,
}

impl Names {
    fn read(manifest: &str) -> Self {
        let mut names = Self::default();
        // `[dependencies]`, and the name in `[dependencies.name]`.
        let (mut listed, mut table) = (false, None::<String>);
        for line in manifest.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
                listed = header.ends_with("dependencies");
                table = header
                    .rsplit_once("dependencies.")
                    .map(|(_, name)| name.trim_matches(['"', '\'']).to_owned());
                names.all.extend(table.clone());
                continue;
            }
            let renames = line.replace(' ', "").contains("package=\"memopt\"");
            let key = line.split(['=', '.', ' ']).next().unwrap_or_default().trim_matches('"');
            match &table {
                Some(name) if renames => names.renamed.push(name.clone()),
                None if listed && !key.is_empty() && !key.starts_with('#') => {
                    names.all.push(key.to_owned());
                    if renames {
                        names.renamed.push(key.to_owned());
                    }
                }
                _ => {}
            }
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::{Called, read};

    fn called(manifest: &str) -> Called {
        read(manifest, &|| "[workspace.dependencies]\nmem = { package = \"memopt\" }".to_owned())
    }

    #[test]
    fn a_dependency_is_found_by_its_name() {
        for manifest in [
            "[dependencies]\nmemopt = \"1\"",
            "[dev-dependencies]\nmemopt.workspace = true",
            "[target.'cfg(unix)'.dependencies]\nmemopt = { path = \"..\" }",
            "[dependencies.memopt]\nversion = \"1\"",
            "[package]\nname = \"memopt\"",
            // Not understood.
            "dependencies = { memory = { package = \"memopt\" } }",
        ] {
            assert_eq!(called(manifest), Called::Memopt, "{manifest}");
        }
    }

    #[test]
    fn a_renamed_one_by_its_package() {
        for manifest in [
            "[dependencies]\nserde = \"1\"\nour-mem = { version = \"1\", package = \"memopt\" }",
            "[dependencies.our-mem]\npackage = \"memopt\"\nversion = \"1\"",
        ] {
            assert_eq!(called(manifest), Called::Renamed("our_mem".to_owned()), "{manifest}");
        }
        let inherited = "[dependencies]\nmem.workspace = true";
        assert_eq!(called(inherited), Called::Renamed("mem".to_owned()));
    }

    #[test]
    fn one_that_is_not_there_is_missing() {
        assert_eq!(called("[dependencies]\nfacade = \"1\""), Called::Missing);
    }
}
