//! A program before and after, and what was said of it.

use memopt::report::{Findings, Floor, Report, Severity};
use std::fmt;

#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The rule that must speak first.
    pub(crate) code: &'static str,
    /// The end of the site's name.
    pub(crate) site: &'static str,
    pub(crate) before: fn(),
    pub(crate) after: fn(),
    /// Whether `after` differs by that remedy alone, so that its saving can be measured.
    pub(crate) measured: bool,
}

/// The report of one run, and its findings.
pub(crate) struct Said {
    report: Report,
    findings: Findings,
}

impl Said {
    pub(crate) fn of(program: fn()) -> Self {
        let report = memopt::record(program).report;
        let findings = report.findings();
        Self { report, findings }
    }

    /// Of a program that wastes. In a debug build its own code is slow, so that its waste may be
    /// less than the 1 % of the time from which on findings are told.
    pub(crate) fn of_waste(program: fn()) -> Self {
        let report = memopt::record(program).report;
        let findings = report.findings_above(Floor::new(0.001, 1 << 20));
        Self { report, findings }
    }

    /// The first finding that names a remedy: its code, and the last part of the site's name.
    pub(crate) fn first(&self) -> Option<(String, String)> {
        let first = self.findings.iter().find(|finding| finding.remedy.is_some())?;
        let name = first.site.rsplit("::").next().unwrap_or_default();
        Some((first.code.clone(), name.to_owned()))
    }

    pub(crate) fn warnings(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning).count()
    }

    /// Calls that ask the allocator for memory.
    pub(crate) fn requests(&self) -> u64 {
        self.report.total().allocs + self.report.total().reallocs
    }

    pub(crate) fn predicted_requests(&self) -> u64 {
        self.findings.first().map_or(0, |first| first.saving.allocs + first.saving.reallocs)
    }

    /// Blocks and reallocations that need not be.
    pub(crate) fn predicted_blocks(&self) -> (u64, u64) {
        self.findings.first().map_or((0, 0), |first| (first.saving.allocs, first.saving.reallocs))
    }

    /// The time that is saved, in pairs of 64 bytes.
    pub(crate) fn predicted_pairs(&self) -> f64 {
        let ns = self.findings.first().map_or(0, |first| first.saving.cpu_ns);
        ns as f64 / self.report.costs().pair_ns(64)
    }

    /// CPU time of the run, µs.
    pub(crate) fn us(&self) -> f64 {
        self.report.process().cpu_ns.unwrap_or(0) as f64 / 1e3
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.report, self.findings)
    }
}

/// Lines of words: 40 letters each, of a small alphabet, the same in every run.
pub(crate) fn lines(count: usize) -> String {
    let mut text = String::with_capacity(count * 41);
    let mut state = 7u32;
    for _ in 0..count {
        for place in 0..40 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let letter = b'a' + (state >> 24) as u8 % 26;
            text.push(if place % 8 == 7 { ' ' } else { letter as char });
        }
        text.push('\n');
    }
    text
}
