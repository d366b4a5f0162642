//! The heap, as memopt's allocator counts it: exact, in total, by thread and by site.
//!
//! `top` chooses the sites and threads that are reported by name.

mod top;

use self::top::{Counted, Spreading, Top};
use super::root::Root;
use super::{Frame, Source};
use crate::metric::{Metric, Unit};
use crate::series::Key;
use memopt_report::Totals;
use memopt_runtime::{SiteTraffic, ThreadTraffic, Traffic, traffic};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Bytes in use.
pub const LIVE: Metric = Metric::gauge(
    "heap.live",
    Unit::Bytes,
    "Bytes that the program allocated and did not free, exact.",
);
/// Blocks in use.
pub const LIVE_BLOCKS: Metric = Metric::gauge(
    "heap.live.blocks",
    Unit::Count,
    "Blocks that the program allocated and did not free, exact.",
);
/// Bytes allocated.
pub const ALLOCATED: Metric = Metric::counter(
    "heap.allocated",
    Unit::Bytes,
    "Bytes allocated since the process began, growth by realloc included.",
);
/// Blocks allocated.
pub const ALLOCATED_BLOCKS: Metric = Metric::counter(
    "heap.allocated.blocks",
    Unit::Count,
    "Blocks allocated since the process began.",
);
/// Bytes freed.
pub const FREED: Metric = Metric::counter(
    "heap.freed",
    Unit::Bytes,
    "Bytes freed since the process began, shrinking by realloc included.",
);
/// Blocks freed.
pub const FREED_BLOCKS: Metric =
    Metric::counter("heap.freed.blocks", Unit::Count, "Blocks freed since the process began.");
/// Reallocations.
pub const REALLOCATIONS: Metric = Metric::counter(
    "heap.reallocations",
    Unit::Count,
    "Calls of realloc that succeeded since the process began.",
);
/// Bytes moved by reallocations.
pub const COPIED: Metric = Metric::counter(
    "heap.copied",
    Unit::Bytes,
    "Bytes that moved because a realloc could not grow in place.",
);
/// Bytes allocated, by site.
pub const SITE_ALLOCATED: Metric = Metric::counter(
    "site.allocated",
    Unit::Bytes,
    "Bytes that the site's own code allocated; `other` is all sites that are not told by name.",
)
.by("site");
/// Blocks allocated, by site.
pub const SITE_BLOCKS: Metric = Metric::counter(
    "site.allocated.blocks",
    Unit::Count,
    "Blocks that the site's own code allocated; `other` is all sites that are not told by name.",
)
.by("site");
/// Bytes not freed, by site.
pub const SITE_RETAINED: Metric = Metric::gauge(
    "site.retained",
    Unit::Bytes,
    "Bytes that the site's own code allocated less those it freed. What other code freed of them \
     is not taken off, so a site whose blocks are handed on grows here.",
)
.by("site");
/// Calls, by site.
pub const SITE_CALLS: Metric =
    Metric::counter("site.calls", Unit::Count, "Finished calls of the site.").by("site");
/// How many sites there are.
pub const SITES: Metric =
    Metric::gauge("sites", Unit::Count, "Sites that were entered at least once.");
/// How many are in `other`.
pub const SITES_LEFT_OUT: Metric = Metric::gauge(
    "sites.left_out",
    Unit::Count,
    "Sites that are not told by name: they are summed in `other`.",
);
/// Bytes allocated, by thread.
pub const THREAD_ALLOCATED: Metric = Metric::counter(
    "thread.allocated",
    Unit::Bytes,
    "Bytes that the living thread allocated; `other` is all threads that are not told by name.",
)
.by("thread");
/// Bytes not freed, by thread.
pub const THREAD_RETAINED: Metric = Metric::gauge(
    "thread.retained",
    Unit::Bytes,
    "Bytes that the living thread allocated less those it freed itself.",
)
.by("thread");
/// How many threads are in `other`.
pub const THREADS_LEFT_OUT: Metric = Metric::gauge(
    "threads.left_out",
    Unit::Count,
    "Living threads that allocate and are not told by name: they are summed in `other`.",
);

const METRICS: &[Metric] = &[
    LIVE,
    LIVE_BLOCKS,
    ALLOCATED,
    ALLOCATED_BLOCKS,
    FREED,
    FREED_BLOCKS,
    REALLOCATIONS,
    COPIED,
    SITE_ALLOCATED,
    SITE_BLOCKS,
    SITE_RETAINED,
    SITE_CALLS,
    SITES,
    SITES_LEFT_OUT,
    THREAD_ALLOCATED,
    THREAD_RETAINED,
    THREADS_LEFT_OUT,
];

/// Reads the counters of memopt's allocator.
#[derive(Debug)]
pub struct Heap {
    root: Root,
    sites: Top,
    threads: Top,
    /// Numbers of the sites' names, by the addresses of the sites: making a name takes longer than
    /// reading the counters.
    site_ids: HashMap<u64, u64, Spreading>,
    /// Whether several sites have one name.
    has_namesakes: bool,
    /// The names that were told, by their numbers.
    site_names: HashMap<u64, Arc<str>>,
    thread_names: HashMap<u64, Arc<str>>,
}

impl Heap {
    /// Reports this many sites and threads by name, and the sum of the rest.
    pub fn new(root: Root, sites: usize, threads: usize) -> Self {
        Self {
            root,
            sites: Top::new(sites),
            threads: Top::new(threads),
            site_ids: HashMap::default(),
            has_namesakes: false,
            site_names: HashMap::new(),
            thread_names: HashMap::new(),
        }
    }

    fn sites(&mut self, frame: &mut Frame, sites: &[SiteTraffic]) {
        let counted = self.by_name(sites);
        let chosen = self.sites.choose(counted);
        for one in &chosen.told {
            let name = self.site_names.entry(one.id).or_insert_with(|| {
                let is_it =
                    |site: &&SiteTraffic| self.site_ids.get(&address(site)) == Some(&one.id);
                let site = sites.iter().find(is_it);
                let name = site.map_or_else(String::new, |site| site.site.full_name());
                // The site of what came when records were full has the name of the sum here.
                if name == "other" { "other (records full)".into() } else { name.into() }
            });
            add_site(frame, name, &one.totals, one.calls);
        }
        add_site(frame, &Arc::from("other"), &chosen.other, chosen.other_calls);
        frame.add(Key::new(SITES.name), sites.len() as f64);
        frame.add(Key::new(SITES_LEFT_OUT.name), chosen.left_out as f64);
    }

    /// What the sites of each name counted: one name is one series.
    fn by_name(&mut self, sites: &[SiteTraffic]) -> Vec<Counted> {
        let known = self.site_ids.len();
        let counted = sites.iter().map(|site| {
            let id = self.site_ids.entry(address(site)).or_insert_with(|| {
                let mut hasher = DefaultHasher::new();
                site.site.full_name().hash(&mut hasher);
                hasher.finish()
            });
            Counted { id: *id, totals: site.own, calls: site.calls }
        });
        let counted: Vec<Counted> = counted.collect();
        if self.site_ids.len() > known {
            let names: HashSet<u64, Spreading> = self.site_ids.values().copied().collect();
            self.has_namesakes = names.len() < self.site_ids.len();
        }
        if self.has_namesakes { summed(counted) } else { counted }
    }

    fn threads(&mut self, frame: &mut Frame, threads: &[ThreadTraffic]) {
        let counted =
            threads.iter().map(|one| Counted { id: one.number, totals: one.totals, calls: 0 });
        let chosen = self.threads.choose(counted.collect());
        self.thread_names.retain(|number, _| threads.iter().any(|one| one.number == *number));
        for one in &chosen.told {
            let root = &self.root;
            let name = self.thread_names.entry(one.id).or_insert_with(|| {
                let os_id = threads.iter().find(|it| it.number == one.id).map_or(0, |it| it.os_id);
                let name = root.read(&format!("proc/self/task/{os_id}/comm"));
                // Several threads may have one name.
                format!("{}#{}", name.as_deref().unwrap_or("thread").trim(), one.id).into()
            });
            add_thread(frame, name, &one.totals);
        }
        add_thread(frame, &Arc::from("other"), &chosen.other);
        frame.add(Key::new(THREADS_LEFT_OUT.name), chosen.left_out as f64);
    }
}

impl Source for Heap {
    fn name(&self) -> &'static str {
        "heap"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn read(&mut self, frame: &mut Frame) {
        let Traffic { is_counting, total, sites, threads, .. } = traffic();
        if !is_counting {
            return frame.lacks("heap", "memopt's allocator is not the global allocator");
        }
        for (metric, value) in [
            (LIVE, total.live_bytes().max(0) as f64),
            (LIVE_BLOCKS, total.live_blocks().max(0) as f64),
            (ALLOCATED, total.bytes as f64),
            (ALLOCATED_BLOCKS, total.allocs as f64),
            (FREED, total.freed_bytes as f64),
            (FREED_BLOCKS, total.frees as f64),
            (REALLOCATIONS, total.reallocs as f64),
            (COPIED, total.copied_bytes as f64),
        ] {
            frame.add(Key::new(metric.name), value);
        }
        self.sites(frame, &sites);
        self.threads(frame, &threads);
    }
}

fn address(site: &SiteTraffic) -> u64 {
    std::ptr::from_ref(site.site) as usize as u64
}

/// Those of one id as one.
fn summed(mut all: Vec<Counted>) -> Vec<Counted> {
    all.sort_unstable_by_key(|one| one.id);
    all.dedup_by(|next, first| {
        let is_same = next.id == first.id;
        if is_same {
            first.totals.add(&next.totals);
            first.calls += next.calls;
        }
        is_same
    });
    all
}

fn add_site(frame: &mut Frame, name: &Arc<str>, totals: &Totals, calls: u64) {
    for (metric, value) in [
        (SITE_ALLOCATED, totals.bytes as f64),
        (SITE_BLOCKS, totals.allocs as f64),
        (SITE_RETAINED, totals.live_bytes() as f64),
        (SITE_CALLS, calls as f64),
    ] {
        frame.add(Key::new(metric.name).of("site", Arc::clone(name)), value);
    }
}

fn add_thread(frame: &mut Frame, name: &Arc<str>, totals: &Totals) {
    let key = |metric: Metric| Key::new(metric.name).of("thread", Arc::clone(name));
    frame.add(key(THREAD_ALLOCATED), totals.bytes as f64);
    frame.add(key(THREAD_RETAINED), totals.live_bytes() as f64);
}
