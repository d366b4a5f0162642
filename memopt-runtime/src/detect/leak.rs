//! Leak verdicts: snapshots of the heap one after another, and what they say of each place that allocates.
//!
//! Rooms: `moment` (what is known beside the heap), `place` (where memory is allocated), `series` (what was seen, in bounded
//! memory), `trend` (rank statistics), `growth`, `idle` and `retention` (one file a verdict), `limits` (every threshold),
//! `verdict` and `text`. Nothing here reads a counter: snapshots are plain values, also those of another process.

mod growth;
mod idle;
mod limits;
mod moment;
mod place;
mod retention;
mod series;
mod text;
mod trend;
mod verdict;

pub use self::moment::Moment;
pub use self::text::render_verdicts;
pub use self::trend::{Slope, Trend};
pub use self::verdict::{Growth, LeakKind, LeakVerdict};

use self::place::{Key, Now, Place};
use self::series::{Series, Whole};
use self::verdict::Claim;
use super::{Finding, Remedy, Saving};
use crate::report::label::{clean, shorten};
use crate::report::{HeapReport, SiteReport, Status};
use std::collections::HashMap;

/// Takes snapshots of the heap, and says of each site whether it leaks, keeps room it does not use, or left memory behind in
/// the allocator.
///
/// A place is a site (the innermost open one), or outside of every scope a function of the program's own. What a place
/// holds is what it allocated and nobody freed, whoever should have.
///
/// # Examples
///
/// ```
/// use memopt_runtime::detect::leak::{LeakKind, LeakWatch, Moment};
/// use memopt_runtime::report::{Estimate, HeapReport, Spot};
///
/// let mut watch = LeakWatch::new();
/// for second in 0..20u64 {
///     // In a program: `memopt::heap::snapshot()`, and `Moment::of(&heap).report(&memopt::report())`.
///     let live = Estimate { blocks: 10 * second, bytes: 100_000 * second, ..Estimate::default() };
///     let spot = Spot { scopes: vec!["shop::serve".into()], allocated: live, live, ..Spot::default() };
///     let heap = HeapReport { spots: vec![spot], ..HeapReport::default() };
///     watch.add(&heap, &Moment::at(second * 1_000_000_000));
/// }
/// let verdicts = watch.verdicts();
/// assert_eq!(verdicts[0].kind, LeakKind::Leak);
/// assert_eq!(verdicts[0].site(), "shop::serve");
/// assert_eq!(verdicts[0].growth.bytes_per_second.value.round(), 100_000.0);
/// println!("{}", verdicts[0]);
/// ```
///
/// # Cost
///
/// Memory is bounded: 64 points a place and at most 1,024 places, about 10 MiB if all are taken; it is not counted. A
/// snapshot takes some microseconds a spot.
///
/// # Limits
///
/// - Nothing is said before the twelfth snapshot, and of a place before its twelfth.
/// - What has risen steadily until now is called a leak; that it would have stopped cannot be seen. Take snapshots over
///   several periods of the load: a rise that is part of a period is not told from one that stays.
/// - Small leaks in a large heap (below 2 % of it, or 64 KiB over the watch) are not told.
/// - A sampled heap has to show more than chance: at 512 KiB a sample some MiB of growth.
#[derive(Debug, Default)]
pub struct LeakWatch {
    places: HashMap<Key, Place>,
    whole: Series<Whole>,
    /// Bytes the process held at its peak.
    peak: u64,
    /// Bytes the process holds now.
    total: u64,
    rss: Option<u64>,
    limit: Option<u64>,
    left_out: u64,
}

impl LeakWatch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a snapshot; each later than the one before.
    pub fn add(&mut self, heap: &HeapReport, moment: &Moment<'_>) {
        crate::quiet(|| self.take_in(heap, moment));
    }

    /// Places that found no room, counted once a snapshot: they held less than all that did.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// What is to be said of the snapshots so far: leaks first, then the most bytes.
    ///
    /// Empty where nothing is wrong, and where too little was seen to tell.
    pub fn verdicts(&self) -> Vec<LeakVerdict> {
        let mut verdicts: Vec<LeakVerdict> = Vec::new();
        for (key, place) in &self.places {
            let Some(windows) = place.series.windows() else { continue };
            let growth = growth::measure(place, &windows);
            let claim = growth::judge(place, &windows, &growth, self.total)
                .or_else(|| idle::judge(place, &windows, self.total));
            verdicts.extend(claim.map(|claim| self.verdict(key, place, growth, claim)));
        }
        let kept = self.rss.and_then(|rss| retention::judge(&self.whole, self.places.iter(), self.peak, rss));
        if let Some((key, place, claim)) = kept {
            let growth = place.series.windows().map(|windows| growth::measure(place, &windows));
            verdicts.push(self.verdict(key, place, growth.unwrap_or_default(), claim));
        }
        verdicts.sort_by(|a, b| (a.kind, b.bytes, a.site()).cmp(&(b.kind, a.bytes, b.site())));
        verdicts
    }

    fn take_in(&mut self, heap: &HeapReport, moment: &Moment<'_>) {
        let sites: HashMap<&str, &SiteReport> =
            moment.report.iter().flat_map(|r| r.sites()).map(|site| (site.name.as_str(), site)).collect();
        let mut now: HashMap<Key, Now> = HashMap::new();
        for spot in &heap.spots {
            let key = Key::of(spot, heap);
            if self.find_room(&key, spot.live.bytes) {
                self.places.entry(key.clone()).or_insert_with_key(Place::new).follow(spot, heap);
                now.entry(key).or_default().add(spot);
            }
        }
        // A collection may be shown elsewhere than it is allocated.
        for site in sites.values().filter(|site| site.capacity.is_some()) {
            let key = Key::Site(site.name.clone());
            if self.find_room(&key, 0) {
                self.places.entry(key).or_insert_with_key(Place::new);
            }
        }
        for (key, place) in &mut self.places {
            let site = match key {
                Key::Site(name) => sites.get(name.as_str()).copied(),
                Key::Function(..) | Key::Stack(_) => None,
            };
            place.add(now.remove(key).unwrap_or_default(), moment.at_ns, site);
        }
        let followed = heap.spots.iter().map(|spot| spot.live.bytes).sum();
        let counted = moment.report.filter(|report| report.status() == Status::Counting);
        self.total = counted.map_or(followed, |r| u64::try_from(r.total().live_bytes()).unwrap_or_default());
        self.peak = self.peak.max(self.total).max(heap.peak_bytes);
        (self.rss, self.limit) = (moment.rss_bytes, moment.limit_bytes);
        let held = self.total + heap.own_bytes;
        self.whole.push(Whole { most: self.total, gap: self.rss.map(|rss| rss.saturating_sub(held)) });
    }

    /// Whether a place is followed, or can be: in the stead of the one that holds least, where that is less.
    fn find_room(&mut self, key: &Key, bytes: u64) -> bool {
        if self.places.len() < limits::PLACES || self.places.contains_key(key) {
            return true;
        }
        let least = self.places.iter().min_by_key(|(_, place)| place.now.live.bytes);
        match least.filter(|(_, place)| place.now.live.bytes < bytes).map(|(key, _)| key.clone()) {
            Some(least) => self.places.remove(&least).is_some(),
            None => {
                self.left_out += 1;
                false
            }
        }
    }

    fn verdict(&self, key: &Key, place: &Place, growth: Growth, mut claim: Claim) -> LeakVerdict {
        let (name, outside) = match key {
            Key::Site(name) => (name.clone(), false),
            Key::Function(name, ..) => (name.clone(), true),
            Key::Stack(addresses) => (format!("{:#x}", addresses.first().unwrap_or(&0)), true),
        };
        let grows = claim.kind == LeakKind::Leak && growth.bytes_per_second.value > 0.0;
        let seconds_to_limit = self
            .limit
            .zip(self.rss)
            .filter(|_| grows)
            .map(|(limit, rss)| limit.saturating_sub(rss) as f64 / growth.bytes_per_second.value);
        text::context(&mut claim, place.main_trail(), seconds_to_limit, self.limit);
        let share = if self.total == 0 { 0.0 } else { claim.bytes as f64 / self.total as f64 };
        let bloat = claim.kind == LeakKind::Bloat;
        let saving = Saving {
            held_bytes: if bloat { claim.bytes } else { 0 },
            share: if bloat { share.min(1.0) } else { 0.0 },
            ..Saving::default()
        };
        let shown = if outside && name.is_empty() {
            "(outside every scope)".to_owned()
        } else {
            shorten(&clean(&name), 40)
        };
        let location = place.location.clone();
        let finding = Finding {
            code: format!("memopt::{}", claim.kind.name()),
            site: name,
            file: location.file,
            line: location.line,
            column: location.column,
            manifest_dir: location.manifest_dir,
            title: format!("`{shown}` {}", claim.what),
            label: claim.label,
            evidence: claim.evidence,
            help: claim.help,
            remedy: bloat.then_some(Remedy::Shrink),
            saving,
            share: share.min(1.0),
        };
        let trail = place.main_trail();
        LeakVerdict {
            kind: claim.kind,
            finding,
            scopes: trail.map(|trail| trail.scopes.clone()).unwrap_or_default(),
            stack: trail.iter().flat_map(|t| &t.functions).map(|(name, _)| name.clone()).collect(),
            bytes: claim.bytes,
            live_bytes: place.now.live.bytes,
            live_blocks: place.now.live.blocks,
            growth,
            seconds_to_limit,
            confidence: claim.confidence.clamp(0.0, 1.0),
        }
    }
}

impl Drop for LeakWatch {
    fn drop(&mut self) {
        crate::quiet(|| {
            drop(std::mem::take(&mut self.places));
            drop(std::mem::take(&mut self.whole));
        });
    }
}

#[cfg(test)]
mod tests;
