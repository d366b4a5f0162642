//! The rules, and what breaks them, each as one line with file and line number.

use super::edges::{Edge, Edges, circles, edges};
use super::tree::Tree;
use std::collections::BTreeMap;

/// What a crate of this workspace may import.
#[derive(Debug)]
pub struct Crate {
    /// Its folder.
    pub name: &'static str,
    /// Its rooms from bottom to top, one row a floor.
    pub floors: &'static [&'static [&'static str]],
    /// Rooms that may import from all others and from which none imports, beside `lib.rs`.
    pub facades: &'static [&'static str],
    /// How a path to another crate of this workspace may begin.
    pub below: &'static [&'static str],
    /// Whether a child that imports what its own parent defines may close a circle. Where not, a
    /// parent stands above its children, and `super::NAME` in a child is no import.
    pub strict: bool,
}

/// The names under which crates of this workspace are imported.
const OURS: [&str; 7] = [
    "memopt",
    "memopt_macros",
    "memopt_monitor",
    "memopt_report",
    "memopt_runtime",
    "memopt_server",
    "memopt_units",
];

impl Crate {
    /// What breaks a rule in a crate whose files and `Cargo.toml` `read` gives.
    pub fn violations(&self, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let tree = Tree::read(&|path| read(&format!("src/{path}")));
        let edges = edges(&tree);
        let mut found = self.unknown_rooms(&tree);
        found.extend(self.upward(&tree, &edges));
        found.extend(self.in_circles(&tree, &edges));
        found.extend(self.crates_above(&tree));
        found.extend(self.dependencies_above(&read("Cargo.toml").unwrap_or_default()));
        found
    }

    fn floor(&self, room: &str) -> Option<usize> {
        self.floors.iter().position(|rooms| rooms.contains(&room))
    }

    fn is_facade(&self, room: &str) -> bool {
        room == "lib" || self.facades.contains(&room)
    }

    /// Rooms without a floor, and floors without their room.
    fn unknown_rooms(&self, tree: &Tree) -> Vec<String> {
        let mut found = Vec::new();
        let mut rooms: Vec<&str> = tree.files.iter().map(|file| room(file)).collect();
        rooms.sort_unstable();
        rooms.dedup();
        for room in &rooms {
            if self.floor(room).is_none() && !self.is_facade(room) {
                found.push(format!(
                    "{}/src/{room} stands on no floor; give it one in FLOORS",
                    self.name
                ));
            }
        }
        for room in self.floors.iter().flat_map(|floor| floor.iter()) {
            if !rooms.contains(room) {
                found.push(format!("{}/src/{room} is in FLOORS, but no module", self.name));
            }
        }
        found
    }

    /// Imports of a room above or beside the importing one.
    fn upward(&self, tree: &Tree, edges: &Edges) -> Vec<String> {
        let mut found = Vec::new();
        for (places, edge) in edges {
            let (from, to) = (&tree.files[places.0], &tree.files[places.1]);
            let (low, high) = (room(from), room(to));
            if low == high || self.is_facade(low) {
                continue;
            }
            if high == "lib" {
                found.push(format!(
                    "{} imports {}, which lib.rs defines; move it into a room",
                    self.place(from, edge.line),
                    edge.path
                ));
                continue;
            }
            if let (Some(low_floor), Some(high_floor)) = (self.floor(low), self.floor(high))
                && low_floor <= high_floor
            {
                found.push(format!(
                    "{} imports {} ({high}, floor {high_floor}) from floor {low_floor} ({low})",
                    self.place(from, edge.line),
                    edge.path
                ));
            }
        }
        found
    }

    /// Files that import each other, directly or through others.
    fn in_circles(&self, tree: &Tree, edges: &Edges) -> Vec<String> {
        let is_room = |file: usize| !self.is_facade(room(&tree.files[file]));
        let rooms: Edges = edges
            .iter()
            .filter(|((from, to), _)| is_room(*from) && is_room(*to))
            .filter(|((from, to), _)| {
                self.strict || !is_child(&tree.files[*from], &tree.files[*to])
            })
            .map(|(places, edge)| (*places, edge.clone()))
            .collect();
        let mut found = Vec::new();
        for circle in circles(&rooms, tree.files.len()) {
            let mut text = format!("{} files of {} in a circle:", circle.len(), self.name);
            for (at, from) in circle.iter().enumerate() {
                let to = circle[(at + 1) % circle.len()];
                let Edge { line, path, .. } = &rooms[&(*from, to)];
                text += &format!(
                    "\n    {} imports {path}, defined in {}",
                    self.place(&tree.files[*from], *line),
                    tree.files[to]
                );
            }
            found.push(text);
        }
        found
    }

    /// Paths that begin with a crate of this workspace that stands above this one.
    fn crates_above(&self, tree: &Tree) -> Vec<String> {
        let mut found = BTreeMap::new();
        for module in &tree.modules {
            let imports = module.imports.iter().map(|import| (&import.path, import.line));
            let mentions = module.mentions.iter().map(|mention| (&mention.path, mention.line));
            for (path, line) in imports.chain(mentions) {
                let path: Vec<&str> =
                    path.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
                let path = path.join("::");
                let below = self.below.iter().any(|below| begins(&path, below));
                if OURS.iter().any(|ours| begins(&path, ours)) && path.contains("::") && !below {
                    let place = self.place(&tree.files[module.file], line);
                    found.insert(
                        (module.file, line),
                        format!("{place} imports the crate above: {path}"),
                    );
                }
            }
        }
        found.into_values().collect()
    }

    /// Dependencies on crates of this workspace that stand above this one, tests left out.
    fn dependencies_above(&self, manifest: &str) -> Vec<String> {
        let mut section = "";
        let mut found = Vec::new();
        for (at, line) in manifest.lines().enumerate() {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            }
            let runs = section.ends_with("dependencies") && !section.ends_with("dev-dependencies");
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default().replace('-', "_");
            // `memopt::__private` in `below` is a path that macros write, not a dependency.
            if runs && OURS.contains(&&*name) && !self.below.contains(&&*name) {
                found.push(format!("{}/Cargo.toml:{} depends on {name}", self.name, at + 1));
            }
        }
        found
    }

    fn place(&self, file: &str, line: usize) -> String {
        format!("{}/src/{file}:{line}", self.name)
    }
}

/// The room of a file: the first folder of its path, or its own name.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// Whether a file lies in the folder of the other, at whatever depth.
fn is_child(file: &str, parent: &str) -> bool {
    let folder = parent.trim_end_matches(".rs");
    file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the names of `path` begin with those of `front`.
fn begins(path: &str, front: &str) -> bool {
    path.strip_prefix(front).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
