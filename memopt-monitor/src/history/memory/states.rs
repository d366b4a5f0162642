//! Small values that others keep here: limits, silences, what was learned.

use crate::history::store::database::StateName as Name;
use std::collections::{BTreeMap, BTreeSet};

/// All states together take at most so many bytes.
const MOST: usize = 4 << 20;

/// States by area and key.
#[derive(Debug, Default)]
pub(in crate::history) struct States {
    all: BTreeMap<Name, Vec<u8>>,
    bytes: usize,
    /// Not in the tail yet.
    new: BTreeMap<Name, Option<Vec<u8>>>,
    /// Not in the database yet.
    unsaved: BTreeMap<Name, Option<Vec<u8>>>,
    /// Put by this run before the store was open.
    own: BTreeSet<Name>,
    /// Whether a store was opened once. What it has after that is of this run.
    is_loaded: bool,
    /// What an earlier run kept, as the store and its tail had it when they were opened first.
    earlier: BTreeMap<Name, Vec<u8>>,
}

impl States {
    pub(in crate::history) fn get(&self, area: &str, key: &str) -> Option<&Vec<u8>> {
        self.all.get(&(area.to_owned(), key.to_owned()))
    }

    pub(in crate::history) fn keys(&self, area: &str) -> Vec<String> {
        let all = self.all.keys().filter(|(one, _)| one == area);
        all.map(|(_, key)| key.clone()).collect()
    }

    /// Whether a value of this length still fits.
    pub(in crate::history) fn fits(&self, area: &str, key: &str, value: &[u8]) -> bool {
        let before = self.get(area, key).map_or(0, Vec::len);
        self.bytes - before + value.len() <= MOST
    }

    pub(in crate::history) fn put(&mut self, area: String, key: String, value: Option<Vec<u8>>) {
        let name = (area, key);
        self.set(name.clone(), value.clone());
        self.new.insert(name.clone(), value.clone());
        self.unsaved.insert(name, value);
    }

    fn set(&mut self, name: Name, value: Option<Vec<u8>>) {
        self.bytes += value.as_ref().map_or(0, Vec::len);
        let before = match value {
            Some(value) => self.all.insert(name, value),
            None => self.all.remove(&name),
        };
        self.bytes -= before.map_or(0, |before| before.len());
    }

    /// What was stored by an earlier run. What was put since is newer.
    pub(super) fn load(&mut self, stored: Vec<(Name, Vec<u8>)>) {
        self.own = self.unsaved.keys().cloned().collect();
        if !std::mem::replace(&mut self.is_loaded, true) {
            self.earlier = stored.iter().cloned().collect();
        }
        for (name, value) in stored {
            if !self.own.contains(&name) {
                self.set(name, Some(value));
            }
        }
    }

    /// What the tail of an earlier run had: newer than what was [loaded](Self::load).
    pub(in crate::history) fn load_newer(&mut self, name: Name, value: Option<Vec<u8>>) {
        match &value {
            Some(value) => self.earlier.insert(name.clone(), value.clone()),
            None => self.earlier.remove(&name),
        };
        if !self.own.contains(&name) {
            self.put(name.0, name.1, value);
        }
    }

    /// What an earlier run kept under this name, also where this run put another value before the
    /// store was open. Once.
    pub(in crate::history) fn take_earlier(&mut self, area: &str, key: &str) -> Option<Vec<u8>> {
        self.earlier.remove(&(area.to_owned(), key.to_owned()))
    }

    /// Another file is to have all of them.
    pub(super) fn save_all(&mut self) {
        let all = self.all.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
        self.unsaved.extend(all);
    }

    pub(in crate::history) fn take_new(&mut self) -> BTreeMap<Name, Option<Vec<u8>>> {
        std::mem::take(&mut self.new)
    }

    pub(super) fn unsaved(&self) -> Vec<(Name, Option<Vec<u8>>)> {
        self.unsaved.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// These are in the database now. What was put meanwhile is not, nor is it in a tail that was
    /// begun anew.
    pub(super) fn saved(&mut self, batch: &[(Name, Option<Vec<u8>>)]) {
        for (name, value) in batch {
            if self.unsaved.get(name) == Some(value) {
                self.unsaved.remove(name);
                self.new.remove(name);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.earlier.values().map(Vec::len).sum::<usize>()
    }
}
