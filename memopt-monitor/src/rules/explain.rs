//! Why a rule does not act.

use super::limits::Budget;
use crate::config::{Matcher, format_duration};
use memopt_report::units::counted;
use std::fmt;
use std::time::Duration;

/// Why a rule does not act, or what it is doing. Its `Display` is one sentence.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Inaction {
    /// It was not evaluated yet.
    NotEvaluated,
    /// Its mode is `off`.
    Off,
    /// The program does not meet this filter.
    Filtered(Matcher),
    /// Its lifetime is over.
    Over,
    /// Its trigger does not hold, and why.
    NotTriggered(String),
    /// Its trigger holds, but not for long enough.
    NotForLongEnough {
        /// How long it held.
        held: Duration,
        /// How long it must hold.
        needed: Duration,
    },
    /// It acted since its trigger began to hold, and waits for its end.
    Acted,
    /// It acted as often as it may.
    Limited {
        /// How often.
        runs: u32,
        /// In this time.
        window: Duration,
        /// When it may again.
        left: Duration,
    },
    /// It acted a short time ago.
    CoolingDown {
        /// How long still.
        left: Duration,
    },
    /// All rules together used up a budget of the hour.
    Spent {
        /// The key of the budget.
        budget: &'static str,
    },
    /// One of its actions did harm, and nothing has changed since.
    Barred {
        /// The action.
        action: String,
    },
    /// Another rule changed the program, and the effect is being measured.
    Busy {
        /// The other rule.
        other: String,
    },
    /// It proposed its actions, and waits for an answer.
    Asking {
        /// The number of the proposal.
        proposal: u64,
    },
    /// It acts.
    Running {
        /// The action.
        action: String,
    },
}

impl Inaction {
    pub(super) fn spent(budget: Budget) -> Self {
        Self::Spent { budget: budget.key() }
    }
}

impl fmt::Display for Inaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEvaluated => f.write_str("it was not evaluated yet"),
            Self::Off => f.write_str("its mode is `off`"),
            Self::Filtered(filter) => write!(f, "the program does not meet its filter `{filter}`"),
            Self::Over => f.write_str("its lifetime is over"),
            Self::NotTriggered(why) => write!(f, "its trigger does not hold: {why}"),
            Self::NotForLongEnough { held, needed } => write!(
                f,
                "its trigger holds for {} s of the {} that it must hold",
                held.as_secs(),
                format_duration(*needed)
            ),
            Self::Acted => f.write_str("it acted, and waits until its trigger has ended"),
            Self::Limited { runs, window, left } => write!(
                f,
                "it acted {} in {}, as often as it may; the next time in {} s",
                counted(u64::from(*runs), "time"),
                format_duration(*window),
                left.as_secs()
            ),
            Self::CoolingDown { left } => {
                write!(f, "it acted a short time ago, and may again in {} s", left.as_secs())
            }
            Self::Spent { budget } => write!(f, "all rules together used up `{budget}`"),
            Self::Barred { action } => write!(
                f,
                "its action `{action}` did harm; it acts again once its rule or the program \
                 changed, or somebody allows it"
            ),
            Self::Busy { other } => {
                write!(f, "the effect of the rule `{other}` is being measured")
            }
            Self::Asking { proposal } => {
                write!(f, "it waits for an answer to its proposal {proposal}")
            }
            Self::Running { action } => write!(f, "it acts: `{action}`"),
        }
    }
}
