//! Where to look first when a limit was broken.

use crate::report::{Report, SiteReport};
use std::fmt::Write as _;

/// The three sites with most of something, a line each.
pub(super) fn worst(report: &Report, by: fn(&SiteReport) -> u64) -> String {
    let mut sites: Vec<&SiteReport> = report.sites().iter().filter(|site| by(site) > 0).collect();
    sites.sort_by_key(|site| std::cmp::Reverse(by(site)));
    let mut text = String::new();
    for site in sites.iter().take(3) {
        let _ = write!(
            text,
            "\n    {} in `{}` ({}:{}:{})",
            by(site),
            site.name,
            site.file,
            site.line,
            site.column
        );
    }
    if sites.is_empty() {
        text.push_str(
            "\n    no annotated site took part; put #[memopt::track_alloc] on the functions it \
             calls",
        );
    }
    text
}
