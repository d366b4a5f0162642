//! The frame of all answers: whose they are, and lists in pages.

use crate::problem::{Field, Problem};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::{IntoParams, ToSchema};

/// Whose answer it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Identity {
    /// The process.
    pub(crate) pid: u32,
    /// When its server was made, ms since 1970. With another one it is another run.
    pub(crate) started_ms: i64,
    /// What tells this instance of the program from others.
    pub(crate) instance: String,
}

/// An answer of state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    #[serde(flatten)]
    pub(crate) of: Identity,
    #[serde(flatten)]
    pub(crate) body: T,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    #[serde(flatten)]
    pub(crate) of: Identity,
    /// The part.
    pub(crate) items: Vec<T>,
    /// How many there are, of those that the filter leaves.
    pub(crate) total: usize,
    /// How many come before the part.
    pub(crate) offset: usize,
    /// How many the part may have.
    pub(crate) limit: usize,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Part {
    /// So many are left out.
    pub(crate) offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    pub(crate) limit: usize,
}

impl Default for Part {
    fn default() -> Self {
        Self { offset: 0, limit: LIMIT }
    }
}

/// Entries of a list where no number is given, and the most.
const LIMIT: usize = 50;
const MOST: usize = 1000;

/// The limit where none is given, for the queries that have more members.
pub(crate) fn default_limit() -> usize {
    LIMIT
}

impl Part {
    pub(crate) fn new(offset: usize, limit: usize) -> Self {
        Self { offset, limit }
    }

    /// Refuses a part that is too large.
    pub(crate) fn check(self) -> Result<Self, Problem> {
        if self.limit > MOST {
            let detail = format!("{} is more than {MOST}", self.limit);
            return Err(Problem::parameter(Field::new("limit", detail)));
        }
        Ok(self)
    }

    /// Takes the part of a whole list.
    pub(crate) fn of<T>(self, identity: &Identity, all: Vec<T>) -> List<T> {
        let total = all.len();
        let items = all.into_iter().skip(self.offset).take(self.limit).collect();
        self.cut(identity, items, total)
    }

    /// A list whose part was taken already.
    pub(crate) fn cut<T>(self, identity: &Identity, items: Vec<T>, total: usize) -> List<T> {
        List { of: identity.clone(), items, total, offset: self.offset, limit: self.limit }
    }
}

/// Now, ms since 1970.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
