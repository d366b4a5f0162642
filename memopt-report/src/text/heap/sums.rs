//! Call paths added up by their innermost site.

use crate::model::heap::freed_blocks;
use crate::model::heap::stack::Call;
use crate::{Contents, Estimate, HeapReport, Lifetimes};
use std::cmp::Reverse;
use std::collections::HashMap;

/// All call paths of one site.
#[derive(Default)]
pub(super) struct SiteHeap<'a> {
    /// Empty for what was allocated outside every site.
    pub(super) name: &'a str,
    pub(super) live: Estimate,
    pub(super) at_peak: Estimate,
    pub(super) allocated: Estimate,
    pub(super) lifetimes: Lifetimes,
    pub(super) contents: Contents,
    /// The line of the program's own with most live bytes; where nothing is live, with most
    /// allocated ones.
    pub(super) biggest: Option<Call<'a>>,
    /// Those bytes, of all stacks that came there last.
    pub(super) biggest_bytes: u64,
}

impl SiteHeap<'_> {
    /// Blocks that were freed.
    pub(super) fn freed_blocks(&self) -> u64 {
        freed_blocks(&self.allocated, &self.live, &self.lifetimes)
    }

    /// A figure that is estimated, marked as that where others are exact.
    pub(super) fn estimated(&self, figure: String) -> String {
        if self.allocated.largest_weight == 0.0 { format!("≈{figure}") } else { figure }
    }

    /// Live bytes; where there are none, allocated ones.
    pub(super) fn weight(&self) -> u64 {
        if self.live.bytes > 0 { self.live.bytes } else { self.allocated.bytes }
    }
}

/// Most live bytes first, then most allocated ones, then by name.
pub(super) fn by_site(report: &HeapReport) -> Vec<SiteHeap<'_>> {
    let mut sites: HashMap<&str, SiteHeap<'_>> = HashMap::new();
    // Many stacks and chains of sites lead to one line.
    let mut places: HashMap<(&str, Call<'_>), (u64, u64)> = HashMap::new();
    for call_path in &report.call_paths {
        let name = call_path.scopes.last().map_or("", String::as_str);
        let site = sites.entry(name).or_default();
        site.name = name;
        site.live.add(&call_path.live);
        site.at_peak.add(&call_path.at_peak);
        site.allocated.add(&call_path.allocated);
        site.lifetimes.add(&call_path.lifetimes);
        site.contents.add(&call_path.contents);
        if let Some(call) = report.own_call(call_path) {
            let (live, allocated) = places.entry((name, call.place())).or_default();
            *live += call_path.live.bytes;
            *allocated += call_path.allocated.bytes;
        }
    }
    let mut places: Vec<_> = places.into_iter().collect();
    // The order of a map is random: of equal places the first by its name is shown.
    places.sort_by(|((_, a), _), ((_, b), _)| a.cmp(b));
    for ((name, call), (live, allocated)) in places {
        if let Some(site) = sites.get_mut(name) {
            let bytes = if site.live.bytes > 0 { live } else { allocated };
            if site.biggest.is_none() || bytes > site.biggest_bytes {
                (site.biggest, site.biggest_bytes) = (Some(call), bytes);
            }
        }
    }
    let mut sites: Vec<SiteHeap<'_>> = sites.into_values().collect();
    sites.sort_by_key(|site| (Reverse(site.live.bytes), Reverse(site.allocated.bytes), site.name));
    sites
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallPath, Line, StackFrame};

    #[test]
    fn stacks_that_came_to_one_line_are_one_place() {
        let call_path = |scopes: &[&str], stack: &[u32], bytes| CallPath {
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            stack: stack.to_vec(),
            live: Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() },
            ..CallPath::default()
        };
        let frame = |address, function: &str, line| {
            let line = Line { function: function.into(), file: "src/lib.rs".into(), line };
            StackFrame { address, lines: vec![line] }
        };
        let report = HeapReport {
            frames: vec![
                frame(1, "app::key", 7),
                frame(2, "app::key", 7),
                frame(3, "app::key", 9),
                frame(4, "app::main", 1),
            ],
            call_paths: vec![
                call_path(&["a", "x"], &[0, 3], 30),
                call_path(&["b", "x"], &[1, 3], 30),
                call_path(&["a", "x"], &[2, 3], 50),
            ],
            ..HeapReport::default()
        };
        let sites = by_site(&report);
        assert_eq!(sites.len(), 1);
        assert_eq!((sites[0].live.bytes, sites[0].biggest_bytes), (110, 60));
        assert_eq!(sites[0].biggest.as_ref().unwrap().line, 7);
    }
}
