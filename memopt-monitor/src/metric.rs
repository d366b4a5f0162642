//! What can be measured: a name, a unit, a kind and a line that says what it is.

/// The unit of a metric. All are base units: bytes, seconds, ratios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// A share: 0 to 1.
    Ratio,
    /// Things that are counted: blocks, threads, calls.
    Count,
}

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows while its process lives. Charts and rules use its rate.
    Counter,
}

/// The definition of a metric. Sources provide them; history, rules, the API and `/metrics` use its
/// name.
///
/// Names are words joined by dots, general to special: `process.resident`, `heap.allocated`. Units
/// and `_total` are no part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// `process.resident`
    pub name: &'static str,
    /// What its values are in.
    pub unit: Unit,
    /// How it moves.
    pub kind: Kind,
    /// The name of its label, if it has a value for each of several things: `site`, `thread`,
    /// `pool`.
    pub label: Option<&'static str>,
    /// One sentence that defines it. `/metrics`, the API and the pages show this one.
    pub help: &'static str,
}

impl Metric {
    /// A value that goes up and down.
    pub const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, unit, kind: Kind::Gauge, label: None, help }
    }

    /// A sum that only grows.
    pub const fn counter(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, unit, kind: Kind::Counter, label: None, help }
    }

    /// The same metric, with a value for each of several things.
    #[must_use]
    pub const fn by(self, label: &'static str) -> Self {
        Self { label: Some(label), ..self }
    }
}
