//! The modules of a crate, and where a name they use is defined: re-exports are followed.

use super::parse::{Import, Items, Mention, items};
use std::collections::{BTreeSet, HashSet};

/// A crate as its files declare it, from `lib.rs` on.
#[derive(Debug)]
pub struct Tree {
    /// Paths below `src`.
    pub files: Vec<String>,
    pub modules: Vec<Module>,
}

/// A module; modules and files are known by their places in the tree's lists.
#[derive(Debug)]
pub struct Module {
    pub file: usize,
    pub parent: usize,
    pub imports: Vec<Import>,
    pub mentions: Vec<Mention>,
    children: Vec<(String, usize)>,
    defined: BTreeSet<String>,
    /// Macros at the root, with the file that exports them.
    exported: Vec<(String, usize)>,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Module(usize),
    /// Something that is defined in this module.
    Item(usize),
    /// Something of another crate, or of the language.
    Outside,
}

impl Tree {
    /// Reads a crate whose files `read` gives by their paths below `src`.
    pub fn read(read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut tree = Self { files: Vec::new(), modules: Vec::new() };
        let root = read("lib.rs").expect("each crate has a `lib.rs`");
        tree.add(read, "lib.rs", "", 0, items(&root));
        tree
    }

    /// Adds a module and all below it. Files of its children lie in `folder`.
    fn add(
        &mut self,
        read: &dyn Fn(&str) -> Option<String>,
        file: &str,
        folder: &str,
        parent: usize,
        items: Items,
    ) -> usize {
        let place = self.files.iter().position(|known| known == file).unwrap_or_else(|| {
            self.files.push(file.to_owned());
            self.files.len() - 1
        });
        let at = self.modules.len();
        self.modules.push(Module {
            file: place,
            parent,
            imports: items.imports,
            mentions: items.mentions,
            children: Vec::new(),
            defined: items.defined.into_iter().collect(),
            exported: Vec::new(),
        });
        let exported = items.exported.into_iter().map(|name| (name, at));
        self.modules[0].exported.extend(exported);
        for child in items.modules {
            let below = format!("{folder}{}/", child.name);
            let mut added = Vec::new();
            let usual = format!("{folder}{}.rs", child.name);
            if let Some(inline) = child.inline {
                added.push(self.add(read, file, &below, at, inline));
            } else if child.paths.is_empty() || read(&usual).is_some() {
                // `cfg_attr` may give a path in one case, which leaves the usual file for the
                // other.
                added.push(self.add_file(read, &usual, &below, at));
            }
            for path in child.paths {
                // A file with `#[path]` has its children beside it.
                let name = join(file, &path);
                let beside = name.rfind('/').map_or("", |end| &name[..=end]);
                added.push(self.add_file(read, &name, beside, at));
            }
            let added = added.into_iter().map(|module| (child.name.clone(), module));
            self.modules[at].children.extend(added);
        }
        at
    }

    /// Adds the module of a file that another file declares.
    fn add_file(
        &mut self,
        read: &dyn Fn(&str) -> Option<String>,
        file: &str,
        folder: &str,
        parent: usize,
    ) -> usize {
        let source = read(file).unwrap_or_else(|| panic!("{file} is declared, but there is none"));
        self.add(read, file, folder, parent, items(&source))
    }

    /// The file a module lies in.
    pub fn file_of(&self, module: usize) -> usize {
        self.modules[module].file
    }

    /// Whether `module` is `above` or lies below it.
    pub fn is_within(&self, mut module: usize, above: usize) -> bool {
        loop {
            if module == above {
                return true;
            }
            if module == 0 {
                return false;
            }
            module = self.modules[module].parent;
        }
    }

    /// What `path` leads to from within `module`; nothing where it leaves the crate. Items that
    /// exist in several forms (`cfg`) give several targets.
    pub fn resolve(&self, module: usize, path: &[String]) -> Vec<Target> {
        let mut found = Vec::new();
        for target in self.follow(module, path, &mut HashSet::new()) {
            if target != Target::Outside && !found.contains(&target) {
                found.push(target);
            }
        }
        found
    }

    fn follow(
        &self,
        module: usize,
        path: &[String],
        seen: &mut HashSet<(usize, usize)>,
    ) -> Vec<Target> {
        let mut rest = path.iter().map(String::as_str);
        let mut found = match rest.next() {
            Some("crate") => vec![Target::Module(0)],
            Some("self") => vec![Target::Module(module)],
            Some("super") => vec![Target::Module(self.modules[module].parent)],
            Some(name) => self.lookup(module, name, seen),
            None => Vec::new(),
        };
        if found.is_empty() {
            return vec![Target::Outside];
        }
        for name in rest {
            let of_module = |target: &Target| match target {
                Target::Module(module) => Some(*module),
                Target::Item(_) | Target::Outside => None,
            };
            let modules: Vec<usize> = found.iter().filter_map(of_module).collect();
            if modules.is_empty() {
                // `Type::new` or `Enum::Variant`; a function of the name of a crate has no parts.
                let is_crate = found.contains(&Target::Outside);
                return if is_crate { vec![Target::Outside] } else { found };
            }
            found = Vec::new();
            for module in &modules {
                if name == "super" {
                    found.push(Target::Module(self.modules[*module].parent));
                } else {
                    found.extend(self.lookup(*module, name, seen));
                }
            }
            if found.is_empty() {
                // Made by a macro: the module that has the name answers for it.
                return modules.into_iter().map(Target::Item).collect();
            }
        }
        found
    }

    /// What a name means inside of a module. `seen` holds the imports being followed.
    fn lookup(&self, module: usize, name: &str, seen: &mut HashSet<(usize, usize)>) -> Vec<Target> {
        let here = &self.modules[module];
        let children = here.children.iter().filter(|(child, _)| child == name);
        let mut found: Vec<Target> = children.map(|(_, child)| Target::Module(*child)).collect();
        if here.defined.contains(name) {
            found.push(Target::Item(module));
        }
        let exported = here.exported.iter().filter(|(exported, _)| exported == name);
        found.extend(exported.map(|(_, module)| Target::Item(*module)));
        let mut may_be_outside = false;
        for (at, import) in here.imports.iter().enumerate() {
            let all = import.name == "*";
            if (import.name != name && !all) || !seen.insert((module, at)) {
                continue;
            }
            for target in self.follow(module, &import.path, seen) {
                match target {
                    Target::Module(of) if all => found.extend(self.lookup(of, name, seen)),
                    target if all => may_be_outside |= target == Target::Outside,
                    target => found.push(target),
                }
            }
            seen.remove(&(module, at));
        }
        if found.is_empty() && may_be_outside {
            found.push(Target::Outside);
        }
        found
    }
}

/// `path` as seen from the folder of `file`.
fn join(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else if part != "." {
            parts.push(part);
        }
    }
    parts.join("/")
}
