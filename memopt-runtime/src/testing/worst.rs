//! Where to look first when a limit was broken.

use crate::report::{Report, SiteReport};
use std::fmt::Write as _;

/// Sites that are named.
const SHOWN: usize = 3;

/// The three sites with most of something, a line each. Where it adds up over the sites to a
/// `total`, a line each for what the other sites have, where there are several, and for what no
/// site has.
pub(super) fn worst(
    report: &Report,
    total: Option<u64>,
    by: impl Fn(&SiteReport) -> u64,
) -> String {
    let mut sites: Vec<(u64, &SiteReport)> =
        report.sites().iter().map(|site| (by(site), site)).filter(|(n, _)| *n > 0).collect();
    sites.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    if sites.is_empty() {
        return "\n    no annotated site took part; put #[memopt::track_alloc] on the functions it \
                calls"
            .to_owned();
    }
    let mut text = String::new();
    // One other has its name in place of a line that counts one.
    let most = if total.is_some() && sites.len() == SHOWN + 1 { SHOWN + 1 } else { SHOWN };
    let (shown, others) = sites.split_at(most.min(sites.len()));
    for (n, site) in shown {
        let _ = write!(
            text,
            "\n    {n} in `{}` ({}:{}:{})",
            site.name, site.file, site.line, site.column
        );
    }
    let Some(total) = total else { return text };
    let sum = |sites: &[(u64, &SiteReport)]| sites.iter().map(|(n, _)| n).sum::<u64>();
    if !others.is_empty() {
        let _ = write!(text, "\n    {} in {} other sites", sum(others), others.len());
    }
    let outside = total.saturating_sub(sum(&sites));
    if outside > 0 {
        let _ = write!(text, "\n    {outside} outside of all sites");
    }
    text
}
