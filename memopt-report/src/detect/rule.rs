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
    /// What a call holds at its highest.
    Peak,
    /// Capacity that is not used.
    Slack,
    /// None known: the site is merely where most happens.
    Unknown,
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
