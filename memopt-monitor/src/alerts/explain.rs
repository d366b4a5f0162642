//! Why a rule fires, or why it does not.

use crate::config::format_duration;
use std::fmt;
use std::time::Duration;

/// Why a rule fires or does not. Its `Display` is one sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Explanation {
    /// It was not evaluated yet.
    NotEvaluated,
    /// It is switched off.
    Disabled,
    /// What it looks at is not known, and why.
    Absent(String),
    /// No value is on the wrong side of the limit.
    Holds {
        /// The value that is nearest to it.
        shown: String,
        /// `above 512 MiB`.
        limit: String,
    },
    /// Nothing of its kind is wrong.
    NothingWrong,
    /// Its condition holds, but not for long enough.
    NotForLongEnough {
        /// The value.
        shown: String,
        /// How long it held.
        held: Duration,
        /// How long it must hold.
        needed: Duration,
    },
    /// It fired a short time ago, and is silent until then.
    CoolingDown {
        /// How long still.
        left: Duration,
    },
    /// It fires.
    Firing {
        /// The value.
        shown: String,
        /// How long.
        since: Duration,
    },
    /// Its condition ended, and it goes on to fire for a while.
    KeptFiring {
        /// How long still.
        left: Duration,
    },
    /// It fires, though what it looks at is absent for now.
    FiringWithoutValue(String),
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEvaluated => f.write_str("it was not evaluated yet"),
            Self::Disabled => f.write_str("it is switched off"),
            Self::Absent(why) => write!(f, "it cannot fire: {why}"),
            Self::Holds { shown, limit } => write!(f, "{shown}; it fires {limit}"),
            Self::NothingWrong => f.write_str("nothing of its kind is wrong"),
            Self::NotForLongEnough { shown, held, needed } => write!(
                f,
                "{shown} for {} of the {} that it must hold",
                seconds(*held),
                format_duration(*needed)
            ),
            Self::CoolingDown { left } => {
                write!(f, "it fired a short time ago, and is silent for {} more", seconds(*left))
            }
            Self::Firing { shown, since } => write!(f, "it fires for {}: {shown}", seconds(*since)),
            Self::KeptFiring { left } => write!(
                f,
                "its condition ended; it goes on to fire for {} more, unless it holds again",
                seconds(*left)
            ),
            Self::FiringWithoutValue(why) => write!(f, "it fires, and nothing new is known: {why}"),
        }
    }
}

/// A duration in whole seconds.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}
