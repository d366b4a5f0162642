//! A site over all threads: its records added up and made into a `SiteReport`.

use super::buckets::{self, BUCKETS};
use super::histograms::{ALLOCS, BOTH, BYTES, GREW_FROM, GREW_TO, PEAK, RETAINED};
use super::pieces::seen;
use super::shard::Shard;
use super::site_record::Record;
use super::sizes;
use super::times::AllTimes;
use crate::report::{BudgetReport, CallTime, CapacityUse, Remedy, SiteReport};
use crate::site::Site;
use crate::thread::route::Route;

/// A site over all threads.
pub(super) struct Gathered {
    site: &'static Site,
    pub(super) report: SiteReport,
    /// The two ends of growing reallocations, by bucket; empty where there were none.
    to: Vec<u64>,
    from: Vec<u64>,
    /// Calls that did nothing.
    pub(super) idle: u64,
    retained: u64,
    /// Smallest (to its bucket) and largest value of each histogram.
    extremes: [Option<(u64, u64)>; 4],
    time: (u64, u64, u64, u64),
    first: (u64, u64),
    times: AllTimes,
    capacity: CapacityUse,
    exceeded: u64,
}

/// The remedy that all calls of a site are under; a trial of the optimizer is none.
fn treated_by(site: &Site) -> Option<Remedy> {
    let routing = site.routing();
    match routing.route() {
        _ if routing.is_tried() => None,
        Route::Bump if site.is_refused() => None,
        Route::Bump => Some(Remedy::Arena),
        Route::Slab => Some(Remedy::Reuse),
        Route::Plain | Route::PreSize => None,
    }
}

/// Whether the arena that a person chose is no longer used, as its blocks stay.
fn has_given_up(site: &Site) -> bool {
    let routing = site.routing();
    routing.route() == Route::Bump && !routing.is_tried() && site.is_refused()
}

impl Gathered {
    pub(super) fn new(site: &'static Site) -> Self {
        let mut report = SiteReport::empty(&site.full_name(), site.kind());
        let place = site.place();
        place.file.clone_into(&mut report.file);
        (report.line, report.column) = (place.line, place.column);
        report.manifest_dir = place.manifest_dir.map(str::to_owned);
        report.treated_by = treated_by(site);
        report.passed_on = report.treated_by.map(|_| 0);
        report.arena_given_up = has_given_up(site);
        report.untracked = site.is_untracked();
        report.switched_off = site.rests() && !report.untracked;
        Self {
            site,
            report,
            to: Vec::new(),
            from: Vec::new(),
            idle: 0,
            retained: 0,
            extremes: [None; 4],
            time: (0, 0, 0, 0),
            first: (0, 0),
            times: AllTimes::new(),
            capacity: CapacityUse::default(),
            exceeded: 0,
        }
    }

    pub(super) fn add(&mut self, shard: &Shard, record: &Record) {
        let report = &mut self.report;
        let histograms = &record.histograms;
        let stats: [(&[usize], _); 4] = [
            (&[BOTH, BYTES], &mut report.bytes),
            (&[ALLOCS], &mut report.allocs),
            (&[BOTH, PEAK], &mut report.peak),
            (&[RETAINED], &mut report.retained),
        ];
        for ((parts, stat), extremes) in stats.into_iter().zip(&mut self.extremes) {
            for &which in parts {
                let mut low = None;
                histograms.each_bucket(shard, which, |bucket, count| {
                    low.get_or_insert(buckets::lowest(bucket));
                    stat.record(middle(bucket), count);
                });
                if let Some(low) = low {
                    let high = histograms.largest(which);
                    let extremes = extremes.get_or_insert((low, high));
                    *extremes = (extremes.0.min(low), extremes.1.max(high));
                }
            }
        }
        for (which, counts) in [(GREW_TO, &mut self.to), (GREW_FROM, &mut self.from)] {
            histograms.each_bucket(shard, which, |bucket, count| {
                counts.resize(BUCKETS, 0);
                counts[bucket] += count;
            });
        }
        self.retained += histograms.retained_total();
        report.panics += record.panics.get();
        report.cancelled += record.cancelled.get();
        report.out_of_order += record.out_of_order.get();
        report.unplaced += histograms.unplaced.get();
        if let Some(passed_on) = &mut report.passed_on {
            *passed_on += record.passed_on.get();
        }
        report.grows += record.grows.get();
        report.shrinks += record.shrinks.get();
        report.shrunk_bytes += record.shrunk_bytes.get();
        sizes::read_classes(shard, record, &mut report.size_classes);
        self.time.0 += record.samples.get();
        self.time.1 += record.sampled_weight.get();
        self.time.2 += record.weighted_ns.get();
        self.time.3 = self.time.3.max(record.max_ns.get());
        self.first.0 += record.first.calls.get();
        self.first.1 += record.first.ns.get();
        if let Some(times) = seen(&record.times) {
            self.times.add(times);
        }
        self.capacity.count += record.observed.get();
        self.capacity.held_bytes += record.held.get();
        self.capacity.used_bytes += record.used.get();
        self.capacity.max_slack_bytes = self.capacity.max_slack_bytes.max(record.max_slack.get());
        self.exceeded += record.exceeded.get();
    }

    pub(super) fn finish(self) -> SiteReport {
        let mut report = self.report;
        let totals = [
            Some(report.inclusive.bytes),
            Some(report.inclusive.allocs),
            None,
            Some(self.retained),
        ];
        let stats = [&mut report.bytes, &mut report.allocs, &mut report.peak, &mut report.retained];
        for ((stat, extremes), total) in stats.into_iter().zip(self.extremes).zip(totals) {
            stat.record(0, self.idle);
            let (low, high) = extremes.unwrap_or_default();
            // Where sum and largest value agree, all values are that one.
            let low = match total {
                _ if self.idle > 0 => 0,
                Some(total) if total == high.saturating_mul(stat.count()) => high,
                _ => low,
            };
            stat.set_exact(total, low, high);
        }
        for (bucket, to) in self.to.iter().enumerate() {
            // What grew on is no final capacity.
            let from = self.from.get(bucket).copied().unwrap_or(0);
            report.final_capacity.record(middle(bucket), to.saturating_sub(from));
        }
        report.size_classes.sort_by_key(|class| class.low);
        (report.self_bytes, report.self_allocs) = (report.own.bytes, report.own.allocs);
        report.reallocs = report.own.reallocs;
        let (samples, weight, ns, max_ns) = self.time;
        if samples > 0 {
            let mut time = CallTime::new(samples, ns as f64 / weight.max(1) as f64, max_ns);
            let (calls, ns) = self.first;
            time.first_calls = calls;
            time.first_mean_ns = if calls > 0 { ns as f64 / calls as f64 } else { 0.0 };
            // Where every timed call was the first of its thread there is no other.
            let only_first = || (calls > 0).then_some(time.first_mean_ns);
            time.median_ns = self.times.median_ns().or_else(only_first);
            report.time = Some(time);
        }
        report.capacity = (self.capacity.count > 0).then_some(self.capacity);
        let limits = self.site.limits();
        let set = |limit: u64| (limit != u64::MAX).then_some(limit);
        report.budget = self.site.has_budget().then(|| {
            let mut budget = BudgetReport::default();
            budget.max_allocs = set(limits.max_allocs);
            budget.max_bytes = set(limits.max_bytes);
            budget.max_peak = set(limits.max_peak);
            budget.max_retained = set(limits.max_retained);
            budget.exceeded = self.exceeded;
            budget
        });
        report
    }
}

/// A value in the middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let low = buckets::lowest(bucket);
    low + (buckets::lowest(bucket + 1) - low) / 2
}
