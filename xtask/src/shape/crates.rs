//! The packages that the facade brings, with each of its features.

use super::{Row, cargo, files, read};
use crate::Result;
use std::collections::BTreeSet;
use std::path::Path;

/// The rows of packages and of build scripts.
pub(super) fn rows(root: &Path, [off, default, command]: [usize; 3]) -> Result<Vec<Row>> {
    let without = tree(root, FACADE, &["--no-default-features"])?;
    let with = tree(root, FACADE, &[])?;
    let full = tree(root, FACADE, &["--all-features"])?;
    let of_command = tree(root, "cargo-memopt", &[])?;
    let counted = |what: &str, found: &BTreeSet<String>, limit| {
        Row::at_most(what, found.len(), limit).with(found.iter().cloned().collect())
    };
    let mut rows = vec![
        counted("crates, tracking off", &without, off),
        counted("crates, default", &with, default),
    ];
    for feature in features(&read(&root.join("memopt/Cargo.toml"))?) {
        let found = tree(root, FACADE, &["--features", &feature])?;
        let more = found.difference(&with).count();
        rows.push(Row::info(format!("  with `{feature}`"), format!("+{more}")));
    }
    rows.push(Row::info("crates, all features", full.len().to_string()));
    // With the crate itself, as `cargo install` counts.
    let installed = of_command.len() + 1;
    let notes = of_command.iter().cloned().collect();
    rows.push(Row::at_most("crates, `cargo install cargo-memopt`", installed, command).with(notes));
    let is_of_c = |name: &&String| COMPILERS.contains(&name.split(' ').next().unwrap_or_default());
    let of_c: Vec<String> = of_command.iter().filter(is_of_c).cloned().collect();
    rows.push(Row::at_most("  that compile or look for C", of_c.len(), 0).with(of_c));
    let json = if with.iter().any(|name| name.starts_with("serde_json ")) { "yes" } else { "no" };
    rows.push(Row::wanted("serde_json by default", json, "no"));
    let scripts = build_scripts(root, &with)?;
    rows.push(Row::at_most("build scripts of ours, default", scripts.len(), 0).with(scripts));
    Ok(rows)
}

/// The package that users add.
const FACADE: &str = "memopt";
/// What build scripts that compile or look for C are written with.
const COMPILERS: [&str; 5] = ["bindgen", "cc", "cmake", "pkg-config", "vcpkg"];

/// The packages below one, each as `name version`, what is built for the build included.
fn tree(root: &Path, package: &str, features: &[&str]) -> Result<BTreeSet<String>> {
    let output = cargo(root)
        .args(["tree", "--package", package, "--edges", "normal,build"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}"])
        .args(features)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`cargo tree` failed: {said}").into());
    }
    Ok(packages(&String::from_utf8_lossy(&output.stdout), package))
}

/// The packages of a printed tree, without its root.
fn packages(tree: &str, root: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let mut words = line.split_whitespace();
        Some(format!("{} {}", words.next()?, words.next()?))
    };
    let is_other = |name: &String| name.split(' ').next() != Some(root);
    tree.lines().skip(1).filter_map(name).filter(is_other).collect()
}

/// The features of a manifest that are not on by default.
fn features(manifest: &str) -> Vec<String> {
    let section = manifest.split("[features]").nth(1).unwrap_or_default();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()))
        .filter(|name| !name.starts_with('#') && !["default", "track", "full"].contains(name))
        .map(str::to_owned)
        .collect()
}

/// Packages of ours with a `build.rs` beside their manifest, or whose manifest names a script,
/// where they are the facade or among these. (The server packs its pages by one.)
fn build_scripts(root: &Path, built: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for manifest in files(root, &["Cargo.toml"])? {
        let text = read(&manifest)?;
        let mut named_so = text.lines().filter_map(|line| line.strip_prefix("name = \""));
        let name = named_so.next().unwrap_or_default().trim_end_matches('"');
        let is_built = built.iter().any(|one| one.split(' ').next() == Some(name));
        if name != "memopt" && !is_built {
            continue;
        }
        let script = manifest.with_file_name("build.rs").exists();
        let named = text.lines().any(|line| {
            line.split_once('=')
                .is_some_and(|(key, value)| key.trim() == "build" && value.trim() != "false")
        });
        if script || named {
            found.push(manifest.display().to_string());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{features, packages};

    #[test]
    fn packages_are_counted_once_and_without_the_root() {
        let tree = "memopt v0.1.0 (/x)\na v1.0.0\nb v2.0.0 (proc-macro)\na v1.0.0\na v2.0.0\n\n";
        let found: Vec<_> = packages(tree, "memopt").into_iter().collect();
        assert_eq!(found, ["a v1.0.0", "a v2.0.0", "b v2.0.0"]);
    }

    #[test]
    fn features_are_those_that_one_has_to_ask_for() {
        let manifest =
            "[features]\ndefault = [\"track\"]\n# x = y\ntrack = []\nheap = [\n  \"a/b\",\n]\n
            full = [\"heap\"]\nzstd = [\"c/zstd\"]\n[dependencies]\na = \"1\"\n";
        assert_eq!(features(manifest), ["heap", "zstd"]);
    }
}
