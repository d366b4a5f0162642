//! Which functions of a crate reach an allocation, by the names of what they call.
//!
//! No types are known. A call of `take` may be one of every function of the crate with that name,
//! and reaches an allocation if one of them does; a name that the crate has no function for is
//! taken to allocate, unless std's conventions say otherwise. So a function that is left out calls
//! nothing that allocates, as far as its crate goes.

use super::source::calls::Calls;
use memopt_units::allocates_nothing;
use std::collections::{BTreeMap, BTreeSet};

/// Functions of a crate by what they are called, and what they call.
#[derive(Debug, Default)]
pub(super) struct Reach {
    functions: Vec<(String, Calls)>,
}

impl Reach {
    /// Adds a function: its path in its file, `pool::Pool::take`.
    pub(super) fn add(&mut self, path: &str, calls: &Calls) {
        self.functions.push((path.to_owned(), calls.clone()));
    }

    /// The names that are called without reaching an allocation, and those that are not known.
    pub(super) fn free(&self) -> Free {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, (path, _)) in self.functions.iter().enumerate() {
            let (whole, name) = names(path);
            by_name.entry(name).or_default().push(at);
            if whole != name {
                by_name.entry(whole).or_default().push(at);
            }
        }
        let mut reaches: Vec<bool> =
            self.functions.iter().map(|(_, calls)| calls.certain).collect();
        let is_free = |name: &str, reaches: &[bool]| {
            let known = by_name.get(name).map(|all| all.iter().all(|at| !reaches[*at]));
            known.unwrap_or(false)
        };
        let is_known = |name: &str| by_name.contains_key(name);
        loop {
            let mut is_changed = false;
            for at in 0..reaches.len() {
                let calls = &self.functions[at].1;
                if !reaches[at] && reach(calls, is_known, |name| is_free(name, &reaches)) {
                    (reaches[at], is_changed) = (true, true);
                }
            }
            if !is_changed {
                break;
            }
        }
        let (free, others) =
            by_name.keys().map(|name| (*name).to_owned()).partition(|name| is_free(name, &reaches));
        Free { free, others }
    }
}

/// Names of functions of a crate.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Free {
    /// Those that reach no allocation.
    free: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Free {
    /// Whether a function that calls these reaches an allocation.
    pub(super) fn reaches(&self, calls: &Calls) -> bool {
        let is_known = |name: &str| self.free.contains(name) || self.others.contains(name);
        calls.certain || reach(calls, is_known, |name| self.free.contains(name))
    }
}

/// Whether one of the names reaches an allocation.
fn reach(calls: &Calls, is_known: impl Fn(&str) -> bool, is_free: impl Fn(&str) -> bool) -> bool {
    let reaches = |called: &String| {
        // Of a type that the crate has no such function for (a parameter, a trait) the name alone
        // tells.
        let name = if is_known(called) { called } else { names(called).1 };
        if is_known(name) { !is_free(name) } else { !allocates_nothing(name) }
    };
    calls.names.iter().any(reaches)
        || calls.handed.iter().any(|name| is_known(name) && !is_free(name))
}

/// The last two names of a path, and the last.
fn names(path: &str) -> (&str, &str) {
    let Some(at) = path.rfind("::") else { return (path, path) };
    let whole = path[..at].rfind("::").map_or(path, |before| &path[before + 2..]);
    (whole, &path[at + 2..])
}

#[cfg(test)]
mod tests {
    use super::{Calls, Reach, names};

    fn calls(names: &[&str]) -> Calls {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Calls { names, ..Calls::default() }
    }

    #[test]
    fn a_function_reaches_what_it_calls_reaches() {
        let mut reach = Reach::default();
        reach.add("Graph::edge", &calls(&["Graph::index"]));
        reach.add("Graph::index", &calls(&["to_index", "first"]));
        reach.add("to_index", &calls(&[]));
        reach.add("Graph::grow", &Calls::unknown());
        reach.add("Graph::add", &calls(&["Graph::edge", "Graph::grow"]));
        reach.add("walk", &calls(&["walk", "edge"]));
        let free = reach.free();
        for (called, reaches) in [
            (&["Graph::edge"][..], false),
            (&["edge", "walk"], false),
            (&["Graph::add"], true),
            (&["add"], true),
            // Of another type, which has no `edge` of its own.
            (&["T::edge"], false),
            (&["T::grow"], true),
            (&["foreign"], true),
            (&["len"], false),
        ] {
            assert_eq!(free.reaches(&calls(called)), reaches, "{called:?}");
        }
    }

    #[test]
    fn functions_of_one_name_are_taken_together() {
        let mut reach = Reach::default();
        reach.add("One::next", &calls(&[]));
        reach.add("Other::next", &Calls::unknown());
        let free = reach.free();
        assert!(free.reaches(&calls(&["next"])));
        assert!(!free.reaches(&calls(&["One::next"])));
        let handed = ["next", "value"].map(str::to_owned).into();
        assert!(free.reaches(&Calls { handed, ..Calls::default() }));
    }

    #[test]
    fn the_last_two_names_tell() {
        assert_eq!(names("pool::Pool::take"), ("Pool::take", "take"));
        assert_eq!(names("Pool::take"), ("Pool::take", "take"));
        assert_eq!(names("take"), ("take", "take"));
    }
}
