//! What the call paths of one chain of scopes and stack counted together.

use crate::heap::sums::{PARTS, Read};
use crate::report::Lifetimes;

/// Powers of two of a lifetime.
pub(super) const POWERS: usize = 48;

/// Figures of one call path, or of several.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(super) allocated: Read,
    pub(super) live: Read,
    pub(super) at_peak: Read,
    pub(super) peak: u64,
    pub(super) largest_weight: u64,
    pub(super) waste: u64,
    pub(super) lifetimes_ns: f64,
    pub(super) powers: [u64; POWERS],
    pub(super) contents: [u64; 5],
}

impl Figures {
    /// Adds those of another lane.
    pub(in crate::heap) fn add(&mut self, other: &Self) {
        self.allocated.add_all(&other.allocated);
        self.live.add_all(&other.live);
        self.at_peak.add_all(&other.at_peak);
        self.peak = self.peak.max(other.peak);
        self.largest_weight = self.largest_weight.max(other.largest_weight);
        self.waste += other.waste;
        self.lifetimes_ns += other.lifetimes_ns;
        let sums = self.powers.iter_mut().chain(&mut self.contents);
        for (sum, more) in sums.zip(other.powers.iter().chain(&other.contents)) {
            *sum += more;
        }
    }

    /// As the report has them; scopes and stack are for the caller.
    pub(in crate::heap) fn report(&self) -> crate::report::CallPath {
        let used = self.powers.iter().rposition(|parts| *parts > 0).map_or(0, |last| last + 1);
        let whole = |parts: &u64| (parts + PARTS / 2) / PARTS;
        let powers: Vec<u64> = self.powers[..used].iter().map(whole).collect();
        let mut path = crate::report::CallPath::default();
        path.allocated = self.allocated.estimate(self.largest_weight);
        path.live = self.live.estimate(self.largest_weight);
        path.at_peak = self.at_peak.estimate(self.largest_weight);
        // Lanes tell late: what is in use now was in use at once.
        path.peak_bytes = self.peak.max(self.live.bytes);
        path.lifetimes = Lifetimes::new(powers.iter().sum(), self.lifetimes_ns, powers);
        let contents = &mut path.contents;
        [
            contents.looked_at,
            contents.never_written,
            contents.zero,
            contents.duplicate,
            contents.samples,
        ] = self.contents;
        path.usable_bytes = self.live.bytes + self.waste;
        path
    }
}
