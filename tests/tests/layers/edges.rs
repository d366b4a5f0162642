//! Which file imports from which, with the line that says so.

use super::tree::{Module, Target, Tree};
use std::collections::BTreeMap;

/// One file's first import of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub line: usize,
    /// The path as written.
    pub path: String,
    /// The parent of a module passes its names on and does not use them itself.
    pub passes_on: bool,
}

/// Edges by the places of the importing and the imported file. An edge is to the file that defines
/// the name, whatever re-exports it came through.
pub type Edges = BTreeMap<(usize, usize), Edge>;

/// All imports of a crate's files from each other.
///
/// `mod child;` is none, and importing a module (`use super::child;`) is none either: the names
/// that are then taken from it are (`child::run()`).
pub fn edges(tree: &Tree) -> Edges {
    let mut edges = Edges::new();
    for (at, module) in tree.modules.iter().enumerate() {
        for import in &module.imports {
            let targets = tree.resolve(at, &import.path);
            let is_module = targets.iter().any(|target| matches!(target, Target::Module(_)));
            for target in &targets {
                let Target::Item(defining) = *target else { continue };
                // `use crate::report`, a module and a function: the function is mentioned by this
                // name alone.
                if is_module && !mentions_alone(module, &import.name) {
                    continue;
                }
                let own = import.public && tree.is_within(defining, at);
                let passes_on = own && !mentions(module, &import.name);
                add(&mut edges, tree, at, defining, import.line, &import.path, passes_on);
            }
            if import.name == "*" {
                for target in targets {
                    if let Target::Module(of) = target {
                        add(&mut edges, tree, at, of, import.line, &import.path, false);
                    }
                }
            }
        }
        for mention in module.mentions.iter().filter(|mention| mention.path.len() > 1) {
            for target in tree.resolve(at, &mention.path) {
                if let Target::Item(defining) = target {
                    add(&mut edges, tree, at, defining, mention.line, &mention.path, false);
                }
            }
        }
    }
    edges
}

/// Whether the code of a module uses the name by itself.
fn mentions(module: &Module, name: &str) -> bool {
    module.mentions.iter().any(|mention| mention.path[0] == name)
}

/// Whether the code uses it as more than the beginning of a path.
fn mentions_alone(module: &Module, name: &str) -> bool {
    module.mentions.iter().any(|mention| mention.path == [name])
}

fn add(
    edges: &mut Edges,
    tree: &Tree,
    from: usize,
    to: usize,
    line: usize,
    path: &[String],
    passes_on: bool,
) {
    let places = (tree.file_of(from), tree.file_of(to));
    if places.0 == places.1 {
        return;
    }
    let new = Edge { line, path: path.join("::"), passes_on };
    let known = edges.entry(places).or_insert_with(|| new.clone());
    if known.passes_on && !passes_on {
        *known = new;
    }
}

/// The circles among files that import each other, each as the files along it. Each file that is in
/// a circle is in one of those given, the shortest it is in.
pub fn circles(edges: &Edges, files: usize) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); files];
    for ((from, to), _) in edges.iter().filter(|(_, edge)| !edge.passes_on) {
        next[*from].push(*to);
    }
    let mut found: Vec<Vec<usize>> = Vec::new();
    for start in 0..files {
        let Some(circle) = shortest(&next, start) else { continue };
        let least =
            circle.iter().enumerate().min_by_key(|(_, file)| **file).map_or(0, |(at, _)| at);
        let turned = [&circle[least..], &circle[..least]].concat();
        if !found.contains(&turned) {
            found.push(turned);
        }
    }
    found.sort_by_key(|circle| (circle.len(), circle.clone()));
    found
}

/// The shortest way from a file back to itself.
fn shortest(next: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![None; next.len()];
    let mut front = vec![start];
    while !front.is_empty() {
        let mut further = Vec::new();
        for from in front {
            for to in &next[from] {
                if *to == start {
                    let mut way = vec![from];
                    while let Some(before) = came_from[way[way.len() - 1]] {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(way);
                }
                if came_from[*to].is_none() {
                    came_from[*to] = Some(from);
                    further.push(*to);
                }
            }
        }
        front = further;
    }
    None
}
