//! One result, as it is printed with `--json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::Quartiles;

/// A subject in a bench: one JSON object on a line.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was done, for example `alloc64`.
    pub bench: &'static str,
    /// The tool, for example `memopt`.
    pub subject: &'static str,
    /// Profile it was built with: `lto` or `release`; for `compile1000`, `check` or `dev`.
    pub profile: &'static str,
    /// Threads doing it at the same time.
    pub threads: u64,
    /// Nanoseconds an iteration took: the median of all turns.
    pub ns: f64,
    /// Time against the baseline of the bench in the same turn: the median of all turns.
    pub ratio: f64,
    /// Lower quartile of the ratio.
    pub ratio_low: f64,
    /// Upper quartile of the ratio.
    pub ratio_high: f64,
    /// Turns measured.
    pub turns: usize,
    /// Instructions an iteration took, where an instruction counter is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<f64>,
    /// What the subject says of itself that is no time, each a member of its own: `peak_bytes`,
    /// `waste`.
    #[serde(flatten)]
    pub facts: BTreeMap<String, f64>,
}

impl Row {
    /// A result from the nanoseconds of each turn and, beside them, those of the baseline in the
    /// same turn.
    pub fn new(
        bench: &'static str,
        subject: &'static str,
        profile: &'static str,
        threads: u64,
        turns: &[(f64, f64)],
    ) -> Option<Self> {
        let ns = Quartiles::of(&turns.iter().map(|(own, _)| *own).collect::<Vec<_>>())?;
        let ratio =
            Quartiles::of(&turns.iter().map(|(own, baseline)| own / baseline).collect::<Vec<_>>())?;
        Some(Self {
            bench,
            subject,
            profile,
            threads,
            ns: round(ns.median),
            ratio: round(ratio.median),
            ratio_low: round(ratio.low),
            ratio_high: round(ratio.high),
            turns: turns.len(),
            instructions: None,
            facts: BTreeMap::new(),
        })
    }
}

/// To a thousandth: more digits would claim what was not measured.
pub fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::Row;

    #[test]
    fn the_ratio_is_the_median_of_ratios_not_the_ratio_of_medians() {
        let turns = [(2.0, 1.0), (20.0, 10.0), (9.0, 3.0)];
        let row = Row::new("alloc64", "memopt", "lto", 1, &turns).unwrap();
        assert_eq!((row.ns, row.ratio, row.turns), (9.0, 2.0, 3));
    }

    #[test]
    fn facts_are_members_of_the_row() {
        let mut row = Row::new("streamed", "memopt", "lto", 1, &[(1.0, 1.0)]).unwrap();
        assert!(!serde_json::to_string(&row).unwrap().contains("facts"));
        row.facts.insert("peak_bytes".into(), 4096.0);
        assert!(
            serde_json::to_string(&row).unwrap().ends_with("\"turns\":1,\"peak_bytes\":4096.0}")
        );
    }
}
