//! Which packages of the workspace a command is about.

use crate::selection::Selection;
use cargo_metadata::{Metadata, Package};
use std::collections::BTreeSet;
use std::path::Path;

/// Whether the packages that are built, or those of the workspace that they need, depend on memopt:
/// then that memopt is the one that is linked.
pub(super) fn depend_on_memopt(workspace: &Metadata, selection: &Selection, here: &Path) -> bool {
    let mut next = selected(workspace, selection, here);
    let mut seen: BTreeSet<&str> = next.iter().map(|package| package.name.as_str()).collect();
    while let Some(package) = next.pop() {
        for needed in &package.dependencies {
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
