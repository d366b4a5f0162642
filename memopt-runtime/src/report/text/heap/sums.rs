//! Spots added up by their innermost site.

use crate::report::{Contents, Estimate, HeapReport, Lifetimes, Spot};
use std::cmp::Reverse;
use std::collections::HashMap;

/// All spots of one site.
#[derive(Default)]
pub(super) struct SiteHeap<'a> {
    /// Empty for what was allocated outside every scope.
    pub(super) name: &'a str,
    pub(super) live: Estimate,
    pub(super) at_peak: Estimate,
    pub(super) allocated: Estimate,
    pub(super) lifetimes: Lifetimes,
    pub(super) contents: Contents,
    /// The spot with most live bytes; where nothing is live, with most allocated ones.
    pub(super) biggest: Option<&'a Spot>,
    /// Those bytes, of all spots with that stack.
    pub(super) biggest_bytes: u64,
}

impl SiteHeap<'_> {
    /// Live bytes; where there are none, allocated ones.
    pub(super) fn weight(&self) -> u64 {
        if self.live.bytes > 0 { self.live.bytes } else { self.allocated.bytes }
    }
}

/// Most live bytes first, then most allocated ones, then by name.
pub(super) fn by_site(report: &HeapReport) -> Vec<SiteHeap<'_>> {
    let mut sites: HashMap<&str, SiteHeap<'_>> = HashMap::new();
    // A site can be entered in more than one chain of scopes: its stacks are told apart without it.
    let mut stacks: HashMap<(&str, &[u32]), (Estimate, Estimate, &Spot)> = HashMap::new();
    for spot in &report.spots {
        let name = spot.scopes.last().map_or("", String::as_str);
        let site = sites.entry(name).or_default();
        site.name = name;
        site.live.add(&spot.live);
        site.at_peak.add(&spot.at_peak);
        site.allocated.add(&spot.allocated);
        site.lifetimes.add(&spot.lifetimes);
        site.contents.add(&spot.contents);
        let (live, allocated, _) =
            stacks.entry((name, &spot.stack)).or_insert((Estimate::default(), Estimate::default(), spot));
        live.add(&spot.live);
        allocated.add(&spot.allocated);
    }
    let mut stacks: Vec<_> = stacks.into_iter().collect();
    // The order of a map is random: of equal stacks the first by its frames is shown.
    stacks.sort_by_key(|((_, stack), _)| *stack);
    for ((name, _), (live, allocated, spot)) in stacks {
        if let Some(site) = sites.get_mut(name) {
            let bytes = if site.live.bytes > 0 { live.bytes } else { allocated.bytes };
            if site.biggest.is_none() || bytes > site.biggest_bytes {
                (site.biggest, site.biggest_bytes) = (Some(spot), bytes);
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

    #[test]
    fn a_stack_entered_by_two_chains_counts_once() {
        let spot = |scopes: &[&str], stack: u32, bytes| Spot {
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            stack: vec![stack],
            live: Estimate { samples: 1, blocks: 1, bytes, ..Estimate::default() },
            ..Spot::default()
        };
        let spots = vec![spot(&["a", "x"], 1, 30), spot(&["b", "x"], 1, 30), spot(&["a", "x"], 2, 50)];
        let report = HeapReport { spots, ..HeapReport::default() };
        let sites = by_site(&report);
        assert_eq!(sites.len(), 1);
        assert_eq!((sites[0].live.bytes, sites[0].biggest_bytes), (110, 60));
        assert_eq!(sites[0].biggest.unwrap().stack, [1]);
    }
}
