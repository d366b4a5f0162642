//! What a profile holds.

use super::meta::Kind;
use memopt_report::{Concurrency, HeapReport, Report};

/// A profile.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// What is live, by site and stack.
    Heap(Box<HeapReport>),
    /// Threads and tasks: who runs, who waits where.
    Activity(Box<Concurrency>),
    /// What each site allocated.
    Allocation(Box<Report>),
}

impl Profile {
    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Heap(_) => Kind::Heap,
            Self::Activity(_) => Kind::Activity,
            Self::Allocation(_) => Kind::Allocation,
        }
    }

    /// The text that its file holds.
    pub fn to_json(&self) -> String {
        match self {
            Self::Heap(profile) => profile.to_json(),
            Self::Activity(profile) => profile.to_json(),
            Self::Allocation(profile) => profile.to_json(),
        }
    }

    pub(super) fn from_json(kind: Kind, text: &str) -> Result<Self, memopt_report::Error> {
        Ok(match kind {
            Kind::Heap => Self::Heap(Box::new(HeapReport::from_json(text)?)),
            Kind::Activity => Self::Activity(Box::new(Concurrency::from_json(text)?)),
            Kind::Allocation => Self::Allocation(Box::new(Report::from_json(text)?)),
        })
    }
}
