//! What came of a check: what is broken, what is allowed, and what was compared.

use crate::quantity::Quantity;
use memopt_report::SiteReport;

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Full name of the site.
    pub(crate) site: String,
    /// As the compiler saw it; empty where it is not known.
    pub(crate) file: String,
    /// From 1; 0 where it is not known.
    pub(crate) line: u32,
    /// From 1; 0 where it is not known.
    pub(crate) column: u32,
}

impl Place {
    /// That of a site.
    pub(crate) fn of(site: &SiteReport) -> Self {
        let SiteReport { name, line, column, .. } = site;
        let file = relative(&site.file);
        Self { site: name.clone(), file, line: *line, column: *column }
    }

    /// The place as compilers write it; none where the file is not known.
    pub(crate) fn show(&self) -> Option<String> {
        match (self.file.as_str(), self.line) {
            ("", _) => None,
            (file, 0) => Some(file.to_owned()),
            (file, line) => Some(format!("{file}:{line}")),
        }
    }
}

/// A path below the current folder, with `/` between its parts: what other programs look up.
pub(crate) fn relative(file: &str) -> String {
    let below = std::env::current_dir().ok().and_then(|here| {
        let rest = std::path::Path::new(file).strip_prefix(here).ok()?;
        Some(rest.to_string_lossy().into_owned())
    });
    let path = below.unwrap_or_else(|| file.to_owned());
    // A path of Windows, which the compiler there wrote.
    if path.contains('\\') && !path.contains('/') { path.replace('\\', "/") } else { path }
}

/// One limit that is broken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Violation {
    /// What kind of limit: `budget.bytes`, `growth.allocs`, `finding.pool`.
    pub(crate) rule: String,
    /// Where; none for the whole run.
    pub(crate) place: Option<Place>,
    /// What is so, in one sentence.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: String,
    /// What is limited; none for findings.
    pub(crate) quantity: Option<Quantity>,
    /// What was measured.
    pub(crate) actual: f64,
    /// The most that is allowed.
    pub(crate) limit: f64,
    /// In the baseline, where the limit rests on it.
    pub(crate) before: Option<f64>,
}

impl Violation {
    /// What it concerns: a site's name, or `total`.
    pub(crate) fn subject(&self) -> &str {
        self.place.as_ref().map_or(TOTAL, |place| &place.site)
    }
}

/// What the whole run is called where a site's name could stand.
pub(crate) const TOTAL: &str = "total";

/// A quantity of the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    /// What is counted.
    pub(crate) quantity: Quantity,
    /// In the baseline.
    pub(crate) before: Option<u64>,
    /// In the report.
    pub(crate) after: u64,
}

/// What came of a check.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    /// The report that was judged.
    pub(crate) report: String,
    /// The profile whose limits held.
    pub(crate) profile: String,
    /// The baseline it was compared with.
    pub(crate) baseline: Option<String>,
    /// Sites of the report.
    pub(crate) sites: usize,
    /// Comparisons that were made.
    pub(crate) judged: usize,
    /// The whole run.
    pub(crate) totals: Vec<Total>,
    /// What is broken and not allowed.
    pub(crate) violations: Vec<Violation>,
    /// What is broken and allowed, and why.
    pub(crate) allowed: Vec<(Violation, String)>,
    /// Sites that broke a limit only because a site inside did.
    pub(crate) callers: usize,
    /// Entries of the allow-list that allowed nothing.
    pub(crate) unused: Vec<String>,
}

impl Verdict {
    /// Whether nothing is broken but what is allowed.
    pub(crate) fn is_passed(&self) -> bool {
        self.violations.is_empty()
    }
}
