//! The sites whose distributions are told by name.
//!
//! What Prometheus counts must not fall. So who is told once stays told, and what all others have
//! together keeps what came from those that are told by name since.

use memopt_report::{Report, Stat};
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Named {
    names: BTreeSet<String>,
    /// Those that are in the sum of the others.
    others: BTreeSet<String>,
    /// What is in that sum of those that have left it, for each kind of distribution.
    pub(crate) left: [Stat; 4],
    /// The distributions of the last report, as they were written.
    written: Option<(Weak<Report>, Arc<[u8]>)>,
}

impl Named {
    /// The distributions of a report, written once: a report is given out for a while.
    pub(crate) fn written(
        &mut self,
        report: &Arc<Report>,
        write: impl FnOnce(&mut Self) -> Vec<u8>,
    ) -> Arc<[u8]> {
        match &self.written {
            Some((of, written)) if Weak::as_ptr(of) == Arc::as_ptr(report) => Arc::clone(written),
            _ => {
                let written = Arc::from(write(self));
                // Its address is no other's while somebody has a `Weak`.
                self.written = Some((Arc::downgrade(report), Arc::clone(&written)));
                written
            }
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::Status;

    #[test]
    fn the_distributions_of_a_report_are_written_once() {
        let mut named = Named::default();
        let [first, second] = [(); 2].map(|()| Arc::new(Report::empty(Status::Counting)));
        assert_eq!(*named.written(&first, |_| vec![1]), [1]);
        assert_eq!(*named.written(&first, |_| vec![2]), [1]);
        assert_eq!(*named.written(&second, |_| vec![3]), [3]);
        drop(first);
        assert_eq!(*named.written(&Arc::new(Report::empty(Status::Counting)), |_| vec![4]), [4]);
    }
}
