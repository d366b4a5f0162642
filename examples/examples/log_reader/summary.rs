//! What both versions count, and how a line falls into fields.

use std::collections::BTreeMap;

/// Rows that begin with the same field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct First {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

/// What was found in all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) rows: u64,
    pub(crate) fields: u64,
    pub(crate) bytes: u64,
    /// By `extension:first field`.
    pub(crate) firsts: BTreeMap<String, First>,
    /// Lines and files that are no text or cannot be read.
    pub(crate) skipped: Vec<String>,
}

impl Summary {
    /// Adds a row. Its name becomes a key only where it is new.
    pub(crate) fn add(&mut self, name: &str, fields: u64, bytes: u64) {
        self.rows += 1;
        self.fields += fields;
        self.bytes += bytes;
        if !self.firsts.contains_key(name) {
            self.firsts.insert(name.to_owned(), First::default());
        }
        if let Some(first) = self.firsts.get_mut(name) {
            first.rows += 1;
            first.bytes += bytes;
        }
    }

    /// The most frequent first fields; those as frequent in alphabetical order.
    pub(crate) fn top(&self, count: usize) -> Vec<(&str, First)> {
        let mut all: Vec<_> =
            self.firsts.iter().map(|(name, first)| (name.as_str(), *first)).collect();
        all.sort_by_key(|(_, first)| std::cmp::Reverse(first.rows));
        all.truncate(count);
        all
    }
}

/// The fields of a line, whatever separates them.
pub(crate) fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', '\t', ',', ';', '|', '(']).filter(|field| !field.is_empty())
}

/// What is said of a line that is no text.
pub(crate) fn corrupt(file: &str, offset: u64) -> String {
    format!("{file}: not UTF-8 at byte {offset}")
}
