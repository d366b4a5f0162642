//! What is wrong with the monitor itself.

use crate::clock::Stamp;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something that may be the program's own. A panic of it becomes a fault, in one sentence.
pub(crate) fn caught<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(what)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.map_or_else(|| "it panicked".to_owned(), |text| format!("it panicked: {text}"))
    })
}

/// A part of the monitor that does not do its work, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The part: `store`, `configuration`, `sink webhook`, `source cgroup`, `worker`.
    pub part: String,
    /// When it began.
    pub since: Stamp,
    /// What is wrong and what is done about it, in one sentence.
    pub detail: String,
}

/// The faults that last. A part reports after each attempt; a success ends its fault.
#[derive(Clone, Debug, Default)]
pub struct Health {
    faults: BTreeMap<String, Fault>,
}

impl Health {
    /// Takes in how the last attempt of a part went.
    pub fn report(&mut self, part: &str, at: Stamp, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => {
                self.faults.remove(part);
            }
            Err(detail) => {
                let since = self.faults.get(part).map_or(at, |fault| fault.since);
                let fault = Fault { part: part.to_owned(), since, detail };
                self.faults.insert(part.to_owned(), fault);
            }
        }
    }

    /// The faults, by their parts.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.values()
    }

    /// Whether all parts work.
    pub fn is_well(&self) -> bool {
        self.faults.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_its_words() {
        assert_eq!(caught(|| 7), Ok(7));
        let number = 7;
        let told = caught(|| panic!("the sensor {number} is unplugged"));
        assert_eq!(told, Err::<(), _>("it panicked: the sensor 7 is unplugged".to_owned()));
        let told = caught(|| std::panic::panic_any(number));
        assert_eq!(told, Err::<(), _>("it panicked".to_owned()));
    }

    #[test]
    fn a_fault_lasts_until_a_success() {
        let mut health = Health::default();
        let at = |ms: u64| Stamp { run: 0, monotonic_ns: ms * 1_000_000, unix_ms: 0 };
        health.report("store", at(1), Err("the disk is full".to_owned()));
        health.report("store", at(2), Err("the disk is still full".to_owned()));
        let faults: Vec<&Fault> = health.faults().collect();
        assert_eq!((faults[0].since, &*faults[0].detail), (at(1), "the disk is still full"));
        health.report("sink", at(2), Ok(()));
        assert!(!health.is_well());
        health.report("store", at(3), Ok(()));
        assert!(health.is_well());
    }
}
