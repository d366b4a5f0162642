//! The site tree: which site was entered inside which, with exact traffic.

use super::totals::Totals;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// One node: a site as entered from one particular chain of sites.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TreeNode {
    /// Index of the node it was entered from; `None` for a site entered outside every other.
    pub parent: Option<usize>,
    /// Index into [`Report::sites`](crate::Report::sites).
    pub site: usize,
    /// Finished calls.
    pub calls: u64,
    /// Traffic without the sites entered inside.
    pub own: Totals,
    /// Traffic with all nodes below.
    pub inclusive: Totals,
}

impl TreeNode {
    /// A node of the site with this index, entered from the node `parent`; nothing is counted yet.
    pub fn new(parent: Option<usize>, site: usize) -> Self {
        Self { parent, site, calls: 0, own: Totals::default(), inclusive: Totals::default() }
    }
}

/// The calling-context tree of sites: exact, with no stack unwinding.
///
/// A site entered again below itself is folded into its upper node, so recursion cannot grow the
/// tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tree {
    /// Parents come before their children.
    pub(crate) nodes: Vec<TreeNode>,
}

impl Tree {
    /// A tree of these nodes, parents before their children.
    pub fn new(nodes: Vec<TreeNode>) -> Self {
        Self { nodes }
    }

    /// All nodes, parents before their children.
    pub fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    /// Indices of the nodes entered outside every other scope.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.children_of(None)
    }

    /// Indices of the nodes entered directly from `node`.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.children_of(Some(node))
    }

    fn children_of(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(move |&i| self.nodes[i].parent == parent)
    }

    /// Site indices from the outermost scope down to `node`.
    pub fn path(&self, node: usize) -> Vec<usize> {
        let mut path = vec![self.nodes[node].site];
        let mut at = self.nodes[node].parent;
        while let Some(up) = at {
            path.push(self.nodes[up].site);
            at = self.nodes[up].parent;
        }
        path.reverse();
        path
    }
}
