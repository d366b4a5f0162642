//! The plots of the page. They are defined here, so that a further metric needs no change of the
//! page.

use super::history::As;
use crate::answer::{List, Part};
use crate::app::{Metrics, Shared};
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::engine::own;
use memopt_monitor::metric::Kind;
use memopt_monitor::source::{
    allocator, cgroup, heap, host, pressure, process, reclaimable, tasks,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A plot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plot {
    id: &'static str,
    /// The page that it belongs to: `overview`, `heap`, `sites`, `activity`, `system`, `monitor`.
    page: &'static str,
    title: &'static str,
    /// What it shows, in one sentence.
    hint: &'static str,
    /// `bytes`, `seconds`, `ratio`, `count`; of rates a second.
    unit: &'static str,
    /// Whether its series are laid on each other.
    stack: bool,
    series: Vec<PlotSeries>,
}

/// A series of a plot.
#[derive(Debug, Serialize, ToSchema)]
struct PlotSeries {
    metric: &'static str,
    /// A value of its label; `*` is a series for each; null for the process.
    label: Option<&'static str>,
    title: &'static str,
    r#as: As,
}

/// A plot as it is written down: its series are metrics with their titles.
struct Row(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const ROWS: &[Row] = &[
    Row(
        "memory",
        "overview",
        "Memory",
        "What the process has in memory, what its code holds, and \
         the limit in force.",
        &[
            (process::RESIDENT.name, "resident"),
            (heap::LIVE.name, "heap"),
            (cgroup::LIMIT.name, "limit"),
            (cgroup::WORKING_SET.name, "working set of the group"),
        ],
    ),
    Row(
        "allocation",
        "overview",
        "Allocation",
        "Bytes that the program allocates and frees in a \
         second.",
        &[(heap::ALLOCATED.name, "allocated"), (heap::FREED.name, "freed")],
    ),
    Row(
        "cost",
        "overview",
        "Own cost",
        "CPU time that watching takes, as a share of one core.",
        &[(own::CPU.name, "monitor"), (own::HOOK_CPU.name, "in the program:")],
    ),
    Row(
        "heap-live",
        "heap",
        "Live bytes",
        "Bytes that the program allocated and did not free.",
        &[(heap::LIVE.name, "live")],
    ),
    Row(
        "heap-blocks",
        "heap",
        "Live blocks",
        "Blocks that the program allocated and did not free.",
        &[(heap::LIVE_BLOCKS.name, "live")],
    ),
    Row(
        "heap-calls",
        "heap",
        "Calls",
        "Calls of the allocator in a second.",
        &[
            (heap::ALLOCATED_BLOCKS.name, "allocations"),
            (heap::FREED_BLOCKS.name, "frees"),
            (heap::REALLOCATIONS.name, "reallocations"),
        ],
    ),
    Row(
        "heap-copied",
        "heap",
        "Copied",
        "Bytes that reallocations move in a second.",
        &[(heap::COPIED.name, "copied")],
    ),
    Row(
        "allocator",
        "heap",
        "Allocator",
        "What the allocator holds: in use, and kept for later.",
        &[
            (allocator::ALLOCATED.name, "in use"),
            (allocator::ACTIVE.name, "active"),
            (allocator::RESIDENT.name, "resident"),
            (allocator::RETAINED.name, "kept"),
        ],
    ),
    Row(
        "fragmentation",
        "heap",
        "Fragmentation",
        "The share of what the allocator holds that is \
         not in use.",
        &[(allocator::FRAGMENTATION.name, "not in use")],
    ),
    Row(
        "held",
        "heap",
        "Held for reuse",
        "Bytes that pools, caches and arenas keep.",
        &[(reclaimable::IDLE.name, "held")],
    ),
    Row(
        "site-allocated",
        "sites",
        "Allocated by site",
        "Bytes that the code of each site \
         allocates in a second.",
        &[(heap::SITE_ALLOCATED.name, "allocated")],
    ),
    Row(
        "site-retained",
        "sites",
        "Not freed by site",
        "Bytes that the code of each site allocated \
         less those that it freed.",
        &[(heap::SITE_RETAINED.name, "not freed")],
    ),
    Row(
        "site-calls",
        "sites",
        "Calls by site",
        "Finished calls of each site in a second.",
        &[(heap::SITE_CALLS.name, "calls")],
    ),
    Row(
        "threads",
        "activity",
        "Threads",
        "Threads of the process.",
        &[(process::THREADS.name, "threads")],
    ),
    Row("tasks", "activity", "Tasks", "Tasks that are alive.", &[(tasks::LIVE.name, "tasks")]),
    Row(
        "tasks-by-site",
        "activity",
        "Tasks by site",
        "Tasks that are alive, by where they were \
         made.",
        &[(tasks::LIVE_OF.name, "tasks")],
    ),
    Row(
        "thread-allocated",
        "activity",
        "Allocated by thread",
        "Bytes that each thread allocates \
         in a second.",
        &[(heap::THREAD_ALLOCATED.name, "allocated")],
    ),
    Row(
        "process",
        "system",
        "Memory of the process",
        "Of what the process's memory is.",
        &[
            (process::ANONYMOUS.name, "anonymous"),
            (process::FILE.name, "file"),
            (process::SHARED.name, "shared"),
            (process::SWAPPED.name, "swapped out"),
        ],
    ),
    Row(
        "cpu",
        "system",
        "CPU",
        "CPU time of the process, as a share of one core.",
        &[(process::CPU.name, "process")],
    ),
    Row(
        "faults",
        "system",
        "Page faults",
        "Page faults in a second.",
        &[(process::MINOR_FAULTS.name, "minor"), (process::MAJOR_FAULTS.name, "major")],
    ),
    Row(
        "descriptors",
        "system",
        "Descriptors",
        "Open files and sockets.",
        &[(process::DESCRIPTORS.name, "open")],
    ),
    Row(
        "group",
        "system",
        "Control group",
        "Memory of the control group.",
        &[
            (cgroup::USAGE.name, "used"),
            (cgroup::PAGE_CACHE.name, "page cache"),
            (cgroup::ANONYMOUS.name, "anonymous"),
            (cgroup::LIMIT.name, "limit"),
        ],
    ),
    Row(
        "machine",
        "system",
        "Machine",
        "Main memory of the machine.",
        &[(host::MEMORY.name, "all"), (host::AVAILABLE.name, "available")],
    ),
    Row(
        "pressure",
        "system",
        "Memory pressure",
        "Share of time in which tasks wait for memory.",
        &[(pressure::HOST_SOME.name, "some"), (pressure::HOST_FULL.name, "all")],
    ),
    Row(
        "monitor-cpu",
        "monitor",
        "CPU",
        "CPU time of the monitor's own thread, as a share of one \
         core.",
        &[(own::CPU.name, "monitor")],
    ),
    Row(
        "monitor-bytes",
        "monitor",
        "Memory",
        "Bytes that the monitor keeps.",
        &[(own::BYTES.name, "kept")],
    ),
    Row(
        "monitor-tick",
        "monitor",
        "Reading",
        "Time that a reading takes.",
        &[(own::TICK.name, "reading")],
    ),
];

/// Plots whose series are laid on each other.
const STACKED: [&str; 5] = ["cost", "process", "held", "tasks-by-site", "site-retained"];

/// The plots of the page
#[utoipa::path(get, path = "/plots", tag = "now", responses((status = 200, body = List<Plot>)))]
pub(super) async fn plots(State(app): State<Shared>) -> Result<Json<List<Plot>>, Problem> {
    let metrics = app.metrics();
    let plots = ROWS.iter().filter_map(|row| plot(row, metrics)).collect();
    app.list(Part::new(0, ROWS.len()), plots).map(Json)
}

/// A plot of the metrics that there are; none where there are none of them.
fn plot(row: &Row, metrics: &Metrics) -> Option<Plot> {
    let Row(id, page, title, hint, series) = *row;
    let known = |(name, title): &(&'static str, &'static str)| {
        let metric = metrics.get(name)?;
        let r#as = if metric.kind == Kind::Counter { As::Rate } else { As::Value };
        let label = metric.label.map(|_| "*");
        Some(PlotSeries { metric: metric.name, label, title, r#as })
    };
    let series: Vec<PlotSeries> = series.iter().filter_map(known).collect();
    let unit = super::metrics::unit(metrics.get(series.first()?.metric)?.unit);
    let stack = STACKED.contains(&id);
    Some(Plot { id, page, title, hint, unit, stack, series })
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_monitor::source::{Most, Root, standard};
    use std::time::Duration;

    #[test]
    fn each_plot_has_series_of_one_unit() {
        let most = Most { sites: 10, threads: 10, holders: 10 };
        let sources =
            standard(&Root::default(), most, Duration::from_secs(1), Duration::from_secs(1));
        let all = sources.iter().flat_map(|source| source.metrics()).chain(own::METRICS);
        let metrics: Metrics = all.map(|metric| (metric.name, *metric)).collect();
        for row in ROWS {
            let plot = plot(row, &metrics).unwrap_or_else(|| panic!("{} has no series", row.0));
            assert_eq!(plot.series.len(), row.4.len(), "{}", row.0);
            for series in &plot.series {
                let metric = metrics[series.metric];
                assert_eq!(super::super::metrics::unit(metric.unit), plot.unit, "{}", row.0);
            }
        }
        let mut ids: Vec<&str> = ROWS.iter().map(|row| row.0).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ROWS.len());
    }
}
