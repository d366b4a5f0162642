//! What a detector says: scores, and the words for them.

/// Evidence at which a score is 0.5.
///
/// NOTE: set where labelled series of machines score best; docs/architecture/monitor.md has the
/// figures. Anything from 0.25 to 0.45 costs less than four points of the benchmark's hundred.
pub(super) const BOUNDARY: f64 = 0.35;

/// Evidence, 0 to 2, as a score, 0 to 1: 0.5 at the boundary.
pub(super) fn score(evidence: f64) -> f64 {
    evidence / (evidence + BOUNDARY)
}

/// One of the looks at a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// The form of the readings was not seen before.
    Shape,
    /// No block went so far from a slow mean before, or none to this distance.
    Deviation,
    /// Robust z: a spike.
    Robust,
    /// EWMA chart: a drift.
    Ewma,
    /// Cumulative sums: a change point.
    Change,
    /// Residual of the season: a bump that fails to come, or comes at the wrong time.
    Seasonal,
}

impl Model {
    /// All of them, in the order of [`Score::models`].
    pub const ALL: [Self; 6] =
        [Self::Shape, Self::Deviation, Self::Robust, Self::Ewma, Self::Change, Self::Seasonal];
}

/// How unusual, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Below the boundary.
    None,
    /// A value of 0.5: at the boundary.
    Info,
    /// A value of 0.65: evidence of 0.65. One model is nearly certain, or two are fairly.
    Warning,
    /// A value of 0.8: evidence of 1.4. Two models are nearly certain.
    Critical,
}

impl Severity {
    /// The word for this value.
    pub fn of(value: f64) -> Self {
        match value {
            0.8.. => Self::Critical,
            0.65.. => Self::Warning,
            0.5.. => Self::Info,
            _ => Self::None,
        }
    }
}

/// What a detector says of one reading.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// How newly unusual: 0 to 1. The boundary is 0.5.
    pub value: f64,
    /// How unusual, reported before or not: 0 to 1. The boundary is 0.5. Stays for a block.
    pub standing: f64,
    /// `value` in words; none while the detector learns.
    pub severity: Severity,
    /// The model that speaks loudest of this reading. Where nothing is new, the one that spoke
    /// loudest last.
    pub leader: Option<Model>,
    /// The score of each model alone, in the order of [`Model::ALL`]. The boundary is 0.5.
    pub models: [f64; 6],
    /// Whether these are among the first 150 readings.
    pub learning: bool,
}

impl Score {
    /// The score of one model alone.
    pub fn of(&self, model: Model) -> f64 {
        self.models[model as usize]
    }
}
