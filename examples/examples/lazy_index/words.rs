//! The identifiers of sources, with their numbers.

use memopt::remedy::HeldBytes;
use memopt_examples::files::Source;
use std::collections::HashMap;
use std::fs;

/// How often each identifier stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(HashMap<String, u32>);

impl Words {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// Where it cannot be read or is no UTF-8: a line that names it.
    pub(crate) fn read(source: &Source) -> Result<Self, String> {
        let text = fs::read_to_string(&source.path)
            .map_err(|error| format!("{}: {error}", source.name))?;
        Ok(Self::of(&text))
    }

    pub(crate) fn of(text: &str) -> Self {
        let mut words = Self::default();
        let found = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        for word in found.filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_')) {
            words.count(word, 1);
        }
        words
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (word, count) in &other.0 {
            self.count(word, *count);
        }
    }

    fn count(&mut self, word: &str, by: u32) {
        match self.0.get_mut(word) {
            Some(count) => *count += by,
            None => {
                self.0.insert(word.to_owned(), by);
            }
        }
    }

    /// The most frequent as `name 3, other 2`; those as frequent in alphabetical order.
    pub(crate) fn top(&self, count: usize) -> String {
        let mut all: Vec<(&str, u32)> =
            self.0.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        all.sort_by_key(|&(word, count)| (std::cmp::Reverse(count), word));
        let top: Vec<String> =
            all.iter().take(count).map(|(word, count)| format!("{word} {count}")).collect();
        format!("{} of {}", top.join(", "), all.len())
    }
}

impl HeldBytes for Words {
    fn held_bytes(&self) -> usize {
        self.0.held_bytes()
    }
}
