//! What the optimizer did to a site, and what came of it.

use super::edit::Edit;
use super::reclaimable::Remedy;
use crate::units;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};
use std::fmt;

/// A step of the optimizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Step {
    /// It would try the remedy; the mode or a dry run keeps it from doing so.
    Proposed,
    /// A share of the calls is treated and compared with the others.
    Tried,
    /// The effect is proven: most calls are treated.
    #[cfg_attr(feature = "json", serde(alias = "kept"))]
    Adopted,
    /// There was no gain, or harm: no call is treated any more.
    Reverted,
}

impl Step {
    /// The word used in printed reports, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Tried => "tried",
            Self::Adopted => "adopted",
            Self::Reverted => "reverted",
        }
    }
}

/// What a measured call did, on average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PerCall {
    /// Time, geometric mean, ns. By the thread's CPU clock where a call takes 20 µs or more, else
    /// by the monotonic one.
    pub time_ns: f64,
    /// Bytes allocated, mean.
    pub bytes: f64,
    /// Blocks allocated, mean.
    pub blocks: f64,
    /// Highest live bytes above entry, mean.
    pub peak_bytes: f64,
}

/// The effect of a remedy: treated calls against untreated calls of the same period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Effect {
    /// Time of a treated call ÷ time of an untreated one (geometric means, adjusted for what the
    /// calls allocated).
    pub time_ratio: f64,
    /// Lower bound of the interval for that ratio.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
    /// Treated calls measured.
    pub treated: u64,
    /// Untreated calls measured.
    pub untreated: u64,
    /// Mean bytes of a treated call ÷ mean bytes of an untreated one; 1 where neither allocates.
    pub bytes_ratio: f64,
    /// The same of blocks.
    pub blocks_ratio: f64,
    /// The same of the highest live bytes.
    pub peak_ratio: f64,
    /// A treated call. Its time is as measured; only the ratio is adjusted for its bytes.
    #[cfg_attr(feature = "json", serde(default))]
    pub treated_call: PerCall,
    /// An untreated call.
    #[cfg_attr(feature = "json", serde(default))]
    pub untreated_call: PerCall,
}

/// One entry of the optimizer's log.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Action {
    /// When: nanoseconds since the first allocation of the process.
    pub at_ns: u64,
    /// When: milliseconds since 1970, UTC; 0 where the clock is not set.
    #[cfg_attr(feature = "json", serde(default))]
    pub unix_ms: u64,
    /// Who took it: `optimizer`, or `program` if the program asked for it (`revert`, `set_mode`).
    pub by: String,
    /// Whether it only says what would be done: the mode is `suggest`, or a dry run is set.
    #[cfg_attr(feature = "json", serde(default))]
    pub dry_run: bool,
    /// Full name of the site.
    pub site: String,
    /// What was done.
    pub step: Step,
    /// The remedy.
    pub remedy: Remedy,
    /// How it is applied: `arena`, `magazine` or `pre-size`. Printed reports name `magazine` by its
    /// attribute, `arena(reuse)`.
    pub routing: String,
    /// The rule that suggested it, such as `memopt::arena`.
    #[cfg_attr(feature = "json", serde(default))]
    pub code: String,
    /// Why.
    pub evidence: String,
    /// Share (0 to 1) of all blocks, bytes or reallocations that the detector predicted to save.
    pub predicted: f64,
    /// Time of a treated call ÷ time of an untreated one, as predicted by the cost model: what
    /// [`Effect::time_ratio`] then measures. None where calls were not timed.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub predicted_time_ratio: Option<f64>,
    /// What was measured, where it was.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub measured: Option<Effect>,
    /// The permanent change to the source, for steps that are adopted or proposed, if the source
    /// could be read.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub edit: Option<Edit>,
}

impl Action {
    /// An entry of the log; every other field is empty.
    pub fn new(site: impl Into<String>, step: Step, remedy: Remedy) -> Self {
        Self {
            at_ns: 0,
            unix_ms: 0,
            by: String::new(),
            dry_run: false,
            site: site.into(),
            step,
            remedy,
            routing: String::new(),
            code: String::new(),
            evidence: String::new(),
            predicted: 0.0,
            predicted_time_ratio: None,
            measured: None,
            edit: None,
        }
    }

    /// The routing as it is written in sources.
    pub(crate) fn applied_as(&self) -> &str {
        if self.routing == "magazine" { "arena(reuse)" } else { &self.routing }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = units::duration(self.at_ns as f64);
        write!(
            f,
            "{at}: {} {} for `{}`: {}",
            self.step.name(),
            self.applied_as(),
            self.site,
            self.evidence
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn an_entry_of_an_earlier_version_is_read() {
        let old = r#"{"at_ns":1,"by":"optimizer","site":"s","step":"kept","remedy":"arena","routing":"arena","evidence":"e",
            "predicted":0.5,"measured":{"time_ratio":0.9,"low":0.8,"high":0.95,"treated":200,"untreated":210,
            "bytes_ratio":1.0,"blocks_ratio":1.0,"peak_ratio":1.0}}"#;
        let action: Action = serde_json::from_str(old).unwrap();
        assert_eq!(
            (action.unix_ms, action.dry_run, action.code.as_str(), &action.edit),
            (0, false, "", &None)
        );
        assert_eq!(action.measured.unwrap().treated_call, super::PerCall::default());
        let text = serde_json::to_string(&action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&text).unwrap(), action);
    }
}
