//! Blocks that a remedy serves already, in the scope that has it and in those inside: they cost
//! less than the allocator's.

use crate::Report;
use crate::model::costs::CostModel;
use crate::model::reclaimable::Remedy;
use crate::model::served::{treated, up};
use crate::units::ratio;

/// What is saved already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    /// Of a pair of the site's own blocks, on average: 0 to 1.
    pub(super) saved: f64,
    /// Blocks from arenas, of the site and of the sites inside.
    pub(super) from_arenas: u64,
}

/// What is saved already at every site, by index.
pub(super) fn of_sites(report: &Report) -> Vec<Served> {
    let mut served = vec![Served::default(); report.sites().len()];
    if report.sites().iter().all(|site| site.treated_by.is_none()) {
        return served;
    }
    let nodes = report.tree().nodes();
    for (at, node) in nodes.iter().enumerate() {
        let (blocks, saved) = match treated(report, nodes, at).map(|(_, remedy)| remedy) {
            Some(Remedy::Arena) => (node.own.allocs, CostModel::ARENA),
            Some(_) => (0, CostModel::LISTS),
            None => continue,
        };
        let of = report.sites()[node.site].own.allocs;
        served[node.site].saved += saved * ratio(node.own.allocs, of);
        // A site that is entered again inside itself has the blocks once.
        let mut seen = Vec::new();
        for outer in up(nodes, at).map(|at| nodes[at].site) {
            if !seen.contains(&outer) {
                served[outer].from_arenas += blocks;
                seen.push(outer);
            }
        }
    }
    for site in &mut served {
        site.saved = site.saved.min(1.0);
    }
    served
}

#[cfg(test)]
mod tests {
    use super::of_sites;
    use crate::Remedy;
    use crate::tests::fixture::{Call, nest, report, site};

    #[test]
    fn what_is_called_under_an_arena_is_served_by_it() {
        let call = Call { bytes: 640, allocs: 10, peak: 640, retained: 0 };
        let sites = ["run", "parse", "text"].map(|name| site(name).calls(100, call));
        let mut report = report(sites.into(), 0, 0);
        nest(&mut report, 0, 1);
        nest(&mut report, 1, 2);
        report.sites[1].treated_by = Some(Remedy::Arena);
        let served = of_sites(&report);
        let saved: Vec<f64> = served.iter().map(|site| site.saved).collect();
        assert_eq!(saved, [0.0, 0.5, 0.5]);
        let own = |site: usize| report.tree.nodes[site].own.allocs;
        assert_eq!(served[0].from_arenas, own(1) + own(2));
        assert_eq!(served[2].from_arenas, own(2));
    }
}
