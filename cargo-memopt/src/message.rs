//! A verdict as text: for people, for programs, and for the services that run checks.

mod github;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;

use crate::gate::verdict::Verdict;
use crate::paint::Look;
use clap::ValueEnum;
use std::fmt::Write as _;

/// How a verdict is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for a terminal.
    #[default]
    Human,
    /// One object, for programs.
    Json,
    /// Lines that GitHub Actions shows beside the source.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// `JUnit` XML, for test reports.
    Junit,
    /// A comment for a pull request.
    Markdown,
}

impl Format {
    /// The verdict in this form, with a line break at its end.
    pub(crate) fn write(self, verdict: &Verdict, look: Look) -> String {
        match self {
            Self::Human => human::text(verdict, look),
            Self::Json => json::text(verdict),
            Self::Github => github::text(verdict),
            Self::Sarif => sarif::text(verdict),
            Self::Junit => junit::text(verdict),
            Self::Markdown => markdown::text(verdict),
        }
    }
}

/// One line that says what came of it.
fn summary(verdict: &Verdict) -> String {
    use memopt_report::units::counted;
    let judged = format!(
        "{} of {}",
        counted(verdict.judged as u64, "comparison"),
        counted(verdict.sites as u64, "site")
    );
    let mut text = match verdict.violations.len() {
        0 => format!("passed: {judged}"),
        n => format!("failed: {} broken in {judged}", counted(n as u64, "limit")),
    };
    if !verdict.allowed.is_empty() {
        let _ = write!(text, ", {} allowed", verdict.allowed.len());
    }
    if let Some(baseline) = &verdict.baseline {
        let _ = write!(text, ", against `{baseline}`");
    }
    text
}

/// What was left out, a line each.
fn notes(verdict: &Verdict) -> Vec<String> {
    use memopt_report::units::counted;
    let mut notes = Vec::new();
    if verdict.callers > 0 {
        let limits = counted(verdict.callers as u64, "limit");
        notes.push(format!("{limits} of callers not listed, broken by what they call"));
    }
    for site in &verdict.unused {
        notes
            .push(format!("the allow-list names `{site}`, which breaks nothing; remove the entry"));
    }
    notes
}

#[cfg(test)]
mod tests;
