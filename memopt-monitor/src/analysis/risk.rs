//! How likely memory ends badly: factors, each from 0 to 1, weighed into one score.
//!
//! `score = 1 − Π (1 − weight · severity)`: the noisy-or of J. Pearl, "Probabilistic Reasoning in
//! Intelligent Systems" (1988), 4.3.2. A factor alone reaches its weight; each further one takes
//! its part of what is left; none takes away. What is not known is not in the product, so it
//! neither frightens nor calms.

mod factor;

pub use self::factor::{Cause, Factor};

use std::fmt;

/// What is known. What is not known is `None`, and no factor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inputs {
    /// Share of the effective limit that is free, 0 to 1.
    pub headroom: Option<f64>,
    /// Seconds until the limit is reached, most likely; infinite if it is not.
    pub time_to_limit: Option<f64>,
    /// Highest confidence of a leak verdict, 0 to 1.
    pub leak: Option<f64>,
    /// Anomaly score of now, 0 to 1.
    pub anomaly: Option<f64>,
    /// Share of time in which some task waited for memory (PSI, some, 10 s), 0 to 1.
    pub pressure: Option<f64>,
    /// Share of what the allocator holds resident that is not in use, 0 to 1.
    pub fragmentation: Option<f64>,
    /// Growth of the count of threads over the window ÷ count at its beginning.
    pub thread_growth: Option<f64>,
    /// The same of tasks.
    pub task_growth: Option<f64>,
    /// Bytes swapped out ÷ bytes resident.
    pub swap: Option<f64>,
    /// Major faults in a second.
    pub major_faults: Option<f64>,
}

/// How a score is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// Below 0.25.
    Low,
    /// Below 0.5.
    Medium,
    /// Below 0.75.
    High,
    /// 0.75 and above.
    Critical,
}

impl Level {
    /// The level of a score.
    pub fn of(score: f64) -> Self {
        match score {
            score if score >= 0.75 => Self::Critical,
            score if score >= 0.5 => Self::High,
            score if score >= 0.25 => Self::Medium,
            _ => Self::Low,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// The risk, and what makes it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Risk {
    /// 0 to 1.
    pub score: f64,
    /// Its name.
    pub level: Level,
    /// All factors that are known, those with the largest share first.
    pub factors: Vec<Factor>,
}

/// Weighs what is known.
///
/// # Cost
///
/// Ten factors.
pub fn assess(inputs: &Inputs) -> Risk {
    let mut factors: Vec<Factor> = factor::all(inputs).collect();
    // Logarithms of a product add up, so shares are of those.
    let part = |factor: &Factor| -(-factor.weight() * factor.severity).ln_1p();
    let whole: f64 = factors.iter().map(part).sum::<f64>() + 0.0;
    for factor in &mut factors {
        factor.share = if whole > 0.0 { part(factor) / whole } else { 0.0 };
    }
    factors.sort_by(|a, b| b.share.total_cmp(&a.share));
    let score = -(-whole).exp_m1();
    Risk { score, level: Level::of(score), factors }
}

impl fmt::Display for Risk {
    /// The level, and a line for each factor with a share.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:.2})", self.level, self.score)?;
        for factor in self.factors.iter().filter(|factor| factor.share > 0.0) {
            write!(f, "\n  {:>3.0} %  {factor}", 100.0 * factor.share)?;
            for step in factor.mitigation() {
                write!(f, "\n         - {step}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
