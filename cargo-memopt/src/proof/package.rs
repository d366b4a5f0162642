//! The package of a file: the crates that edits in it may name.

use super::rewrite::Crates;
use super::splice::Splice;
use crate::insert;
use cargo_metadata::{DependencyKind, Metadata};
use std::path::{Path, PathBuf};

/// The version of `smallvec` that a package is made to depend on.
const SMALLVEC: &str = "1";

/// What is known of a package.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) crates: Crates,
    /// The manifest, its text, and the line that lets it depend on `smallvec`; nothing where it
    /// does, or must not.
    pub(crate) smallvec: Option<(PathBuf, String, Splice)>,
}

/// The package that a file belongs to. `allowed` are crates that it may depend on from now on.
pub(crate) fn of(workspace: &Metadata, file: &Path, allowed: &[String]) -> Package {
    let folder = |package: &cargo_metadata::Package| {
        package.manifest_path.parent().map(|path| path.as_std_path().to_owned())
    };
    let own = workspace
        .packages
        .iter()
        .filter(|package| folder(package).is_some_and(|folder| file.starts_with(folder)));
    // Packages may lie in each other's folders.
    let own = own.max_by_key(|package| package.manifest_path.as_str().len());
    let Some(own) = own else { return Package::default() };
    let depends_on = |name: &str| {
        own.dependencies.iter().any(|needed| {
            // What tests alone need is no part of the program.
            needed.name == name && !needed.optional && needed.kind == DependencyKind::Normal
        })
    };
    let smallvec = || -> Option<(PathBuf, String, Splice)> {
        let manifest = own.manifest_path.as_std_path();
        // A manifest that cannot be read gets no line.
        let insertion = insert::dependency(manifest, "smallvec", SMALLVEC).ok()??;
        let text = insertion.before.clone()?;
        Some((manifest.to_owned(), text.clone(), line(&text, &insertion)))
    };
    let has_smallvec = depends_on("smallvec");
    let is_allowed = allowed.iter().any(|name| name == "smallvec");
    let smallvec = if is_allowed && !has_smallvec { smallvec() } else { None };
    let crates =
        Crates { memopt: depends_on("memopt"), smallvec: has_smallvec || smallvec.is_some() };
    Package { crates, smallvec }
}

/// Lines that go before one of a text, as a place of it.
fn line(text: &str, insertion: &insert::Insertion) -> Splice {
    let after = insertion.after();
    let at: usize = text.split_inclusive('\n').take(insertion.at).map(str::len).sum();
    let more = after.len() - text.len();
    Splice::insert(at, &after[at..at + more])
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;
    use std::{env, fs};

    #[test]
    fn a_crate_that_is_allowed_is_a_line_of_the_manifest() {
        let folder = env::temp_dir().join(format!("memopt-package-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let manifest = folder.join("Cargo.toml");
        let package = json!({
            "name": "shop", "version": "1.0.0", "id": "shop", "dependencies": [], "targets": [],
            "features": {}, "manifest_path": manifest,
        });
        let workspace = serde_json::from_value(json!({
            "packages": [package], "workspace_members": ["shop"], "resolve": null,
            "workspace_root": folder, "target_directory": "/w/target", "version": 1,
        }))
        .unwrap();
        let allowed = ["smallvec".to_owned()];
        for (text, at, line) in [
            ("[dependencies]\na = \"1\"\nzip = \"1\"\n", 23, "smallvec = \"1\"\n"),
            ("[package]\nname = \"shop\"", 23, "\n\n[dependencies]\nsmallvec = \"1\"\n"),
            ("[package]\r\n", 11, "\r\n[dependencies]\r\nsmallvec = \"1\"\r\n"),
        ] {
            fs::write(&manifest, text).unwrap();
            let found = of(&workspace, &folder.join("src/lib.rs"), &allowed);
            let (path, before, splice) = found.smallvec.unwrap();
            assert_eq!((path.as_path(), before.as_str()), (manifest.as_path(), text));
            assert_eq!((splice.at, splice.after.as_str()), (at..at, line));
            assert!(found.crates.smallvec && !found.crates.memopt);
        }
        let none = of(&workspace, &folder.join("src/lib.rs"), &[]);
        assert!(none.smallvec.is_none() && !none.crates.smallvec);
        fs::remove_dir_all(folder).unwrap();
    }
}
