//! Blocks that arenas and free lists served, so that the allocator was not asked.

use super::reclaimable::Remedy;
use super::report::Report;
use super::tree::TreeNode;

/// The blocks of one site that an attribute treats, with the sites inside that have no remedy of
/// their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) remedy: Remedy,
    /// All of them.
    pub(crate) blocks: u64,
    /// Those that did not come from the inner allocator.
    pub(crate) by_remedy: u64,
}

impl Served {
    /// What every treated site was served, by index; `None` for the others, and where the report
    /// does not tell.
    pub(crate) fn by_site(report: &Report) -> Vec<Option<Self>> {
        let sites = report.sites();
        let mut all: Vec<Option<Self>> = vec![None; sites.len()];
        if sites.iter().all(|site| site.passed_on.is_none()) {
            return all;
        }
        let nodes = report.tree().nodes();
        for (at, node) in nodes.iter().enumerate() {
            let Some((treated, remedy)) = treated(report, nodes, at) else { continue };
            let nothing = Self { remedy, blocks: 0, by_remedy: 0 };
            all[treated].get_or_insert(nothing).blocks += node.own.allocs;
        }
        for (of, site) in all.iter_mut().zip(sites) {
            *of = of.zip(site.passed_on).map(|(of, passed_on)| Self {
                by_remedy: of.blocks.saturating_sub(passed_on),
                ..of
            });
        }
        all
    }
}

impl Report {
    /// Blocks that arenas and free lists served at sites that an attribute treats, without the
    /// inner allocator.
    #[doc(hidden)]
    pub fn served_blocks(&self) -> u64 {
        let served = Served::by_site(self).into_iter().flatten().map(|site| site.by_remedy);
        served.fold(0, u64::saturating_add).min(self.total.allocs)
    }
}

/// The innermost site around a node that an attribute treats, and its remedy.
pub(crate) fn treated(report: &Report, nodes: &[TreeNode], at: usize) -> Option<(usize, Remedy)> {
    up(nodes, at).find_map(|at| {
        let site = nodes[at].site;
        report.sites()[site].treated_by.map(|remedy| (site, remedy))
    })
}

/// A node and those around it, the innermost first.
pub(crate) fn up(nodes: &[TreeNode], at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(at), |at| nodes[*at].parent)
}

#[cfg(test)]
mod tests {
    use super::Served;
    use crate::Remedy;
    use crate::tests::fixture::{Call, nest, report, site};

    #[test]
    fn blocks_of_scopes_inside_are_the_treated_sites() {
        let call = Call { bytes: 640, allocs: 10, peak: 640, retained: 0 };
        let sites = ["run", "generate", "text"].map(|name| site(name).calls(100, call));
        let mut report = report(sites.into(), 0, 0);
        nest(&mut report, 0, 1);
        nest(&mut report, 1, 2);
        report.sites[1].treated_by = Some(Remedy::Reuse);
        assert_eq!(Served::by_site(&report), [None; 3], "an earlier version counted none");
        report.sites[1].passed_on = Some(10);
        let served = Served { remedy: Remedy::Reuse, blocks: 2000, by_remedy: 1990 };
        assert_eq!(Served::by_site(&report), [None, Some(served), None]);
    }
}
