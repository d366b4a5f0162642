//! Looking up one site by a part of its name.

use super::report::Report;
use super::site::SiteReport;
use super::status::Status;
use std::fmt;

impl Report {
    /// The one site whose name ends in `name`, matched on `::` borders: `parse` and `json::parse`
    /// find `app::json::parse`, `arse` does not.
    ///
    /// # Errors
    ///
    /// If no site or more than one matches; the error lists the candidates. An exact full name wins
    /// over longer names that end in it.
    pub fn site(&self, name: &str) -> Result<&SiteReport, SiteError> {
        let matching = |exact: bool| {
            self.sites
                .iter()
                .filter(
                    |site| if exact { site.name == name } else { ends_on_border(&site.name, name) },
                )
                .collect::<Vec<_>>()
        };
        let exact = matching(true);
        let found = if exact.is_empty() { matching(false) } else { exact };
        match found[..] {
            [site] => Ok(site),
            [] => Err(SiteError {
                name: name.to_owned(),
                status: self.status,
                ambiguous: false,
                candidates: nearest(&self.sites, name),
            }),
            _ => Err(SiteError {
                name: name.to_owned(),
                status: self.status,
                ambiguous: true,
                candidates: found.into_iter().map(place).collect(),
            }),
        }
    }
}

fn place(site: &SiteReport) -> String {
    format!("{} ({}:{}:{})", site.name, site.file, site.line, site.column)
}

/// Whether a path ends in a name, on a `::` border.
pub fn ends_on_border(full: &str, name: &str) -> bool {
    !name.is_empty()
        && full.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
}

/// The sites whose last segment shares most with the last segment asked for, at most five.
fn nearest(sites: &[SiteReport], name: &str) -> Vec<String> {
    let last = |full: &str| full.rsplit("::").next().unwrap_or_default().to_owned();
    let wanted = last(name);
    let mut ranked: Vec<_> = sites
        .iter()
        .map(|site| (memopt_units::distance(&last(&site.name), &wanted), site))
        .collect();
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().take(5).map(|(_, site)| place(site)).collect()
}

/// No site, or more than one, has the name asked for. `Debug`, which `unwrap` prints, gives the
/// same text as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteError {
    name: String,
    /// Of the report that was asked.
    status: Status,
    ambiguous: bool,
    candidates: Vec<String>,
}

impl SiteError {
    /// Whether several sites match (else none does).
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// The sites that match, or those with the nearest names if none does:
    /// `name (file:line:column)`.
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, status, ambiguous, candidates } = self;
        if *ambiguous {
            write!(
                f,
                "`{name}` names more than one site; give more of the path or set `name = \"..\"`:"
            )?;
        } else if !candidates.is_empty() {
            write!(f, "no site `{name}` was entered; the nearest are:")?;
        } else if let (Status::Off, Some(notice)) = (status, status.notice()) {
            return write!(f, "no site `{name}`: {notice}");
        } else {
            return write!(
                f,
                "no site `{name}`: the report has no sites, as no annotated code ran while it was \
                 recorded\nhelp: put `#[memopt::track_alloc]` on the function, and ask when it has \
                 run"
            );
        }
        for candidate in candidates {
            write!(f, "\n  {candidate}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SiteError {}

#[cfg(test)]
mod tests {
    use crate::{Report, SiteKind, SiteReport, Status};

    fn report(names: &[&str]) -> Report {
        let mut report = Report::empty(Status::Counting);
        report.sites = names.iter().map(|n| SiteReport::empty(n, SiteKind::Function)).collect();
        report
    }

    #[test]
    fn matches_on_segment_borders_only() {
        let report = report(&["app::json::parse", "app::reparse"]);
        assert_eq!(report.site("parse").unwrap().name, "app::json::parse");
        assert_eq!(report.site("json::parse").unwrap().name, "app::json::parse");
        assert!(report.site("arse").is_err());
    }

    #[test]
    fn ambiguity_lists_the_candidates() {
        let report = report(&["app::A::parse", "app::B::parse"]);
        let error = report.site("parse").unwrap_err();
        assert!(error.is_ambiguous());
        assert_eq!(error.candidates().len(), 2);
        assert!(report.site("B::parse").is_ok());
    }

    #[test]
    fn a_full_name_wins_over_a_suffix() {
        let report = report(&["parse", "app::parse"]);
        assert_eq!(report.site("parse").unwrap().name, "parse");
    }

    #[test]
    fn a_report_without_sites_says_why_where_unwrap_prints_it() {
        let off = Report::empty(Status::Off).site("parse").unwrap_err();
        let said = "no site `parse`: memopt is built without its feature `track`: nothing was";
        assert!(off.to_string().starts_with(said), "{off}");
        assert!(
            off.to_string().contains("\nhelp: depend on memopt with default features"),
            "{off}"
        );
        let idle = report(&[]).site("parse").unwrap_err();
        assert!(idle.to_string().starts_with("no site `parse`: the report has no sites, as no"));
        let misspelt = report(&["app::parse"]).site("prase").unwrap_err();
        for error in [off, idle, misspelt] {
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }

    #[test]
    fn a_misspelt_name_is_met_with_the_nearest() {
        let error = report(&["app::tokenise", "app::parse"]).site("prase").unwrap_err();
        assert!(!error.is_ambiguous());
        assert!(error.candidates()[0].starts_with("app::parse"));
    }
}
