//! The watch: what comes in, and who is asked for a verdict.

use super::moment::Moment;
use super::place::{Key, Now, Place};
use super::process::Process;
use super::series::{Series, Whole};
use super::verdict::{self, Claim, Growth, LeakVerdict};
use super::verdicts::Verdicts;
use super::{growth, idle, limits, retention};
use crate::{HeapReport, SiteReport, Status};
use std::collections::HashMap;
use std::time::Duration;

/// Takes snapshots of the heap, and says of each site whether it leaks, keeps capacity it does not
/// use, or left memory behind in the allocator.
///
/// A place is a site (the innermost open one), or outside of every scope a function of the
/// program's own. A place holds what it allocated and nobody has freed yet, wherever the free
/// should happen.
///
/// # Examples
///
/// ```
/// use memopt::report::leak::{LeakKind, LeakWatch, Moment};
/// use memopt::report::{Estimate, HeapReport, CallPath};
///
/// let mut watch = LeakWatch::new();
/// for second in 0..20u64 {
///     // In a program: `report.heap()` of `memopt::report()`, and
///     // `Moment::of(heap).report(&report)`.
///     let live = Estimate::exact(10 * second, 100_000 * second);
///     let heap = HeapReport::new(vec![CallPath::new(vec!["shop::serve".into()], live, live)]);
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
/// Memory is bounded: at most 1,024 places, each 64 points of 88 bytes and four stacks; about 10
/// MiB if all are taken, 20 with the names of functions. It is not counted. A snapshot takes some
/// microseconds a call path.
///
/// # Limits
///
/// - Of a leak that begins late it is said only when the leak has gone on for about as long as the
///   watch before, but with [`looking_back`](Self::looking_back).
/// - Nothing is said before the twelfth snapshot, and of a place before its twelfth.
/// - Steady growth until now is called a leak, even if it would stop later. Take snapshots over
///   several periods of the load: a rise that is part of a period cannot be told from one that
///   stays.
/// - Small leaks are not reported: less than 64 KiB over the watch, less than 20 % of what the
///   place holds at the end, or less than 2 % of what the process holds.
/// - A sampled heap has to show more than chance: growth of a dozen samples at the least, and of
///   about a hundred to be seen as steady; that is 50 MiB at 512 KiB a sample.
///
/// Guide: [Find a leak](https://docs.rs/memopt/latest/memopt/docs/find_a_leak/).
#[derive(Debug, Default)]
pub struct LeakWatch {
    pub(super) places: HashMap<Key, Place>,
    whole: Series<Whole>,
    process: Process,
    left_out: u64,
    /// How far back is looked beside all that was seen.
    span_ns: Option<u64>,
    now_ns: u64,
}

impl LeakWatch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, for a program that runs for days: it judges the newest half to whole of `span`
    /// too, so that a leak that begins late is told within about that time and not after as long as
    /// the program ran before.
    ///
    /// It is judged so once a day was seen, and is a leak where it passes all gates, holds a fifth
    /// more than it ever held for a while in the week before, and the site is not called more and
    /// more often meanwhile. Memory of the watch is half as much again.
    #[must_use]
    pub fn looking_back(mut self, span: Duration) -> Self {
        self.span_ns = Some(span.as_nanos() as u64);
        self
    }

    /// Takes in a snapshot; each later than the one before.
    ///
    /// Outside of scopes a place is a function if there are symbols, else a stack. A snapshot of
    /// this process is given its functions here, one of another process must have them.
    pub fn add(&mut self, heap: &HeapReport, moment: &Moment<'_>) {
        crate::untracked(|| self.take_in(&heap.resolved(), moment));
    }

    /// Places that were left out, counted once a snapshot: they held less than all 1,024 that are
    /// watched.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The verdicts on the snapshots so far: leaks first, then by bytes.
    ///
    /// They are empty if nothing is wrong, or if there are too few snapshots, which
    /// [`snapshots_missing`](Verdicts::snapshots_missing) and the text say.
    pub fn verdicts(&self) -> Verdicts {
        let process = &self.process;
        let mut verdicts: Vec<LeakVerdict> = Vec::new();
        for (key, place) in &self.places {
            let Some(windows) = place.series.windows() else { continue };
            let growth = growth::measure(&windows);
            let found = growth::judge(place, &windows, &growth, process.total, None)
                .map(|claim| (growth, claim))
                .or_else(|| self.lately(place))
                .or_else(|| Some((growth, idle::judge(place, &windows, process.total)?)));
            verdicts.extend(
                found.map(|(growth, claim)| verdict::state(key, place, growth, claim, process)),
            );
        }
        if let Some((key, place, claim)) =
            retention::judge(&self.whole, self.places.iter(), process)
        {
            let growth = place.series.windows().map(|windows| growth::measure(&windows));
            verdicts.push(verdict::state(key, place, growth.unwrap_or_default(), claim, process));
        }
        verdicts.sort_by(|a, b| (a.kind, b.bytes, a.site()).cmp(&(b.kind, a.bytes, b.site())));
        let needed = limits::MIN_WINDOWS * limits::WINDOW_POINTS;
        let snapshots = self.whole.points().len().min(needed);
        Verdicts::new(snapshots as u64, needed as u64, verdicts)
    }

    /// Whether a place leaks by what it did lately.
    fn lately(&self, place: &Place) -> Option<(Growth, Claim)> {
        let mut stretches = place.recent.as_ref()?.stretches(self.now_ns, place.now.live.bytes);
        stretches.find_map(|lately| {
            let growth = growth::measure(&lately.windows);
            let (total, before) = (self.process.total, Some(lately.before));
            let claim = growth::judge(place, &lately.windows, &growth, total, before)?;
            Some((growth, claim))
        })
    }

    fn take_in(&mut self, heap: &HeapReport, moment: &Moment<'_>) {
        let sites: HashMap<&str, &SiteReport> = moment
            .report
            .iter()
            .flat_map(|r| r.sites())
            .map(|site| (site.name.as_str(), site))
            .collect();
        let mut now: HashMap<Key, Now> = HashMap::new();
        for call_path in &heap.call_paths {
            let key = Key::of(call_path, heap);
            if self.find_room(&key, call_path.live.bytes) {
                self.places.entry(key.clone()).or_insert_with_key(Place::new).note(call_path, heap);
                now.entry(key).or_default().add(call_path);
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
            let now = now.remove(key).unwrap_or_default();
            place.add(now, moment.at_ns, site, self.span_ns);
        }
        self.now_ns = moment.at_ns;
        let known = heap.call_paths.iter().map(|call_path| call_path.live.bytes).sum();
        let counted = moment.report.filter(|report| report.status() == Status::Counting);
        // Blocks from before sampling began are in the counts only.
        let counted = counted.map(|r| u64::try_from(r.total().live_bytes()).unwrap_or(0));
        let total = counted.or(moment.live_bytes).unwrap_or(0).max(known);
        let gap = moment.rss_bytes.map(|rss| rss.saturating_sub(total + heap.own_bytes));
        self.whole.push(Whole { most: total, gap });
        let peak = self.process.peak.max(total).max(heap.peak_bytes);
        let built_at_unix_ns = moment
            .report
            .and_then(|report| report.process().built_at_unix_ns)
            .or(self.process.built_at_unix_ns);
        let (rss, limit) = (moment.rss_bytes, moment.limit_bytes);
        self.process = Process { peak, total, rss, limit, built_at_unix_ns };
    }

    /// Whether a place is watched, or can be: in the place of the one that holds least, where that
    /// is less.
    fn find_room(&mut self, key: &Key, bytes: u64) -> bool {
        if self.places.len() < limits::PLACES || self.places.contains_key(key) {
            return true;
        }
        let least = self.places.iter().min_by_key(|(_, place)| place.now.live.bytes);
        let least =
            least.filter(|(_, place)| place.now.live.bytes < bytes).map(|(key, _)| key.clone());
        if least.as_ref().and_then(|least| self.places.remove(least)).is_none() {
            self.left_out += 1;
            return false;
        }
        true
    }
}

impl Drop for LeakWatch {
    fn drop(&mut self) {
        crate::untracked(|| {
            drop(std::mem::take(&mut self.places));
            drop(std::mem::take(&mut self.whole));
        });
    }
}
