//! What a rule is, and what it says of a subject.

use super::evidence::Evidence;
use super::saving::Saving;
use super::subject::Subject;
use crate::model::reclaimable::Remedy;

/// What a rule is about; one finding of each a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waste {
    /// Blocks that live shorter than the call.
    ShortLived,
    /// Buffers that grow step by step.
    Growth,
    /// Small values that stay.
    Kept,
    /// What a call holds at its highest.
    Peak,
    /// Capacity that is not used.
    Slack,
    /// None known: the site is merely where most happens.
    Unknown,
}

impl Waste {
    /// Whether it is about blocks that are made, so that another such waste is about the same ones.
    pub(super) fn is_of_blocks(self) -> bool {
        matches!(self, Self::ShortLived | Self::Growth | Self::Kept)
    }
}

/// One detector.
pub(super) struct Rule {
    pub(super) code: &'static str,
    pub(super) waste: Waste,
    pub(super) remedy: Option<Remedy>,
    pub(super) check: fn(&Subject<'_>) -> Option<Claim>,
}

/// What a rule says of a subject; a finding is made of it.
#[derive(Default)]
pub(super) struct Claim {
    pub(super) title: String,
    pub(super) label: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) help: String,
    pub(super) saving: Saving,
    /// Share of the total the claim is about; for a remedy the share it saves.
    pub(super) share: f64,
}

impl Claim {
    /// What claims and findings are ordered by.
    pub(super) fn worth(&self) -> f64 {
        if self.saving.share > 0.0 { self.saving.worth() } else { self.share }
    }
}
