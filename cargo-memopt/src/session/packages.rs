//! Which packages of the workspace a command is about.

use crate::selection::Selection;
use cargo_metadata::{DependencyKind, Metadata, Package};
use std::collections::BTreeSet;
use std::path::Path;

/// Whether the packages that are built, or those of the workspace that they need, depend on memopt:
/// then that memopt is the one that is linked.
/// What tests need is built for `has_tests` alone, and of these packages only.
pub(super) fn depend_on_memopt(
    workspace: &Metadata,
    selection: &Selection,
    here: &Path,
    has_tests: bool,
) -> bool {
    let own = selected(workspace, selection, here);
    let mut next = own.clone();
    let mut seen: BTreeSet<&str> = next.iter().map(|package| package.name.as_str()).collect();
    while let Some(package) = next.pop() {
        let is_own = own.iter().any(|one| std::ptr::eq(*one, package));
        for needed in &package.dependencies {
            let is_linked = match needed.kind {
                DependencyKind::Normal => true,
                DependencyKind::Development => has_tests && is_own,
                _ => false,
            };
            if !is_linked {
                continue;
            }
            if needed.name == "memopt" && !needed.optional {
                return true;
            }
            let own = workspace.packages.iter().find(|other| other.name.as_str() == needed.name);
            if let Some(own) = own.filter(|_| needed.path.is_some())
                && seen.insert(own.name.as_str())
            {
                next.push(own);
            }
        }
    }
    false
}

/// The packages that flags name, else the one in this folder, else all.
fn selected<'a>(workspace: &'a Metadata, selection: &Selection, here: &Path) -> Vec<&'a Package> {
    let all = || workspace.packages.iter();
    let named: Vec<&Package> = all()
        .filter(|package| selection.packages().iter().any(|name| names(name, package)))
        .collect();
    if !named.is_empty() {
        return named;
    }
    if selection.is_workspace() {
        return all().collect();
    }
    let manifest = selection.manifest().and_then(|path| std::path::absolute(path).ok());
    let at = manifest.as_deref().and_then(Path::parent).unwrap_or(here);
    let folder = |package: &Package| {
        let folder = package.manifest_path.parent();
        folder.map_or(0, |folder| if at.starts_with(folder) { folder.as_str().len() } else { 0 })
    };
    let around = all().filter(|package| folder(package) > 0);
    if let Some(own) = around.max_by_key(|package| folder(package)) {
        return vec![own];
    }
    // A program of a virtual workspace is found by its name; else all are built.
    let programs = selection.programs();
    let has = |package: &&Package| {
        package.targets.iter().any(|target| programs.contains(&target.name.as_str()))
    };
    let owners: Vec<&Package> = all().filter(has).collect();
    if owners.is_empty() { all().collect() } else { owners }
}

/// Whether cargo's word for a package is its name: `shop`, `shop@1.2.0`, or a pattern.
fn names(word: &str, package: &Package) -> bool {
    let name = word.split(['@', ':']).next().unwrap_or(word);
    name == package.name.as_str() || word.contains(['*', '?', '[', '/', '#'])
}

#[cfg(test)]
mod tests {
    use super::depend_on_memopt;
    use crate::selection::Selection;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn what_tests_need_is_linked_with_tests_alone() {
        let needs = |kind: Option<&str>, has_tests| {
            let dependency = json!({
                "name": "memopt", "source": null, "req": "*", "kind": kind, "rename": null,
                "optional": false, "uses_default_features": true, "features": [], "target": null,
            });
            let package = json!({
                "name": "shop", "version": "1.0.0", "id": "shop", "targets": [], "features": {},
                "manifest_path": "/w/Cargo.toml", "dependencies": [dependency],
            });
            let workspace = serde_json::from_value(json!({
                "packages": [package], "workspace_members": ["shop"], "resolve": null,
                "workspace_root": "/w", "target_directory": "/w/target", "version": 1,
            }));
            let selection = Selection::default();
            depend_on_memopt(&workspace.unwrap(), &selection, Path::new("/w"), has_tests)
        };
        assert!(needs(None, false));
        assert!(!needs(Some("dev"), false));
        assert!(needs(Some("dev"), true));
        assert!(!needs(Some("build"), true));
    }
}
