//! The sites whose distributions are told by name.
//!
//! What Prometheus counts must not fall. So who is told once stays told, and what all others have
//! together keeps what came from those that are told by name since.

use memopt_report::Stat;
use std::collections::BTreeSet;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Named {
    names: BTreeSet<String>,
    /// Those that are in the sum of the others.
    others: BTreeSet<String>,
    /// What is in that sum of those that have left it, for each kind of distribution.
    pub(crate) left: [Stat; 4],
}

impl Named {
    /// Tells these by name from now on, those in front first, as long as there is room. Those of
    /// them that were in the sum of the others before.
    pub(crate) fn tell<'a>(
        &mut self,
        first: impl Iterator<Item = &'a String>,
        most: usize,
    ) -> BTreeSet<&'a str> {
        let mut leave = BTreeSet::new();
        for name in first {
            if self.names.len() >= most {
                break;
            }
            if self.names.insert(name.clone()) && self.others.remove(name) {
                leave.insert(name.as_str());
            }
        }
        leave
    }

    /// Whether it is told by name; otherwise it is in the sum of the others from now on.
    pub(crate) fn is_told(&mut self, name: &str) -> bool {
        let is_told = self.names.contains(name);
        if !is_told && !self.others.contains(name) {
            self.others.insert(name.to_owned());
        }
        is_told
    }
}
