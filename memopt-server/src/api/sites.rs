//! Sites: what each annotated place allocated.

mod item;
mod one;

pub(crate) use self::item::SiteItem;
pub(super) use self::one::{__path_revert, __path_site, revert, site};

use crate::answer::{List, Part, default_limit, now_ms};
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Problem;
use axum::extract::State;
use axum::response::Json;
use memopt_monitor::engine::Published;
use memopt_report::{Report, SiteReport};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// By what sites are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// Bytes allocated, with the sites inside.
    #[default]
    Bytes,
    /// Blocks allocated, with the sites inside.
    Allocs,
    /// Bytes that the site itself allocated.
    SelfBytes,
    /// Blocks that the site itself allocated.
    SelfAllocs,
    /// Bytes that the site itself allocated less those it freed.
    Live,
    /// The highest peak of a call.
    Peak,
    /// Bytes that calls kept.
    Retained,
    /// Calls.
    Calls,
    /// Time of all calls, estimated.
    Time,
    /// Reallocations.
    Reallocs,
    /// What the detectors say of it.
    Findings,
    /// The name.
    Name,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// The smallest.
    Asc,
    /// The largest.
    Desc,
}

/// Which sites.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// A part of the name or the file, whatever the case.
    q: String,
    /// `function`, `async_function`, `block`, `future`, `span`, `request`, `other`.
    kind: Option<String>,
    #[param(inline)]
    sort: Sort,
    /// Absent: the largest first, names from a on.
    #[param(inline)]
    order: Option<Order>,
    /// So many are left out.
    offset: usize,
    /// So many are told, 1000 at most.
    #[param(maximum = 1000)]
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            q: String::new(),
            kind: None,
            sort: Sort::default(),
            order: None,
            offset: 0,
            limit: default_limit(),
        }
    }
}

/// A part of the list of sites, and when the figures were read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sites {
    /// When the figures were read: they are given out for a second at least.
    made_ms: i64,
    #[serde(flatten)]
    list: List<SiteItem>,
}

/// Sites, filtered, sorted and in pages
#[utoipa::path(
    get, path = "/sites", tag = "sites", params(Asked),
    responses(
        (status = 200, body = Sites),
        (status = 422, body = crate::problem::ProblemDocument),
    ),
)]
pub(super) async fn sites(
    State(app): State<Shared>,
    Query(asked): Query<Asked>,
) -> Result<Json<Sites>, Problem> {
    let part = Part::new(asked.offset, asked.limit).check()?;
    let (report, found) = (app.report().await?, Said::of(app.published().ok().as_deref()));
    let (chosen, total) = choose(&report, &asked, part, &found);
    let items = chosen.into_iter().map(|site| SiteItem::of(site, &found)).collect();
    let list = part.cut(&app.identity, items, total);
    let age = app.report.age(&report).as_millis();
    let made_ms = now_ms().saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
    Ok(Json(Sites { made_ms, list }))
}

/// What was said of sites, by name.
#[derive(Debug, Default)]
pub(crate) struct Said {
    findings: HashMap<String, usize>,
    leaks: Vec<String>,
}

impl Said {
    pub(crate) fn of(now: Option<&Published>) -> Self {
        let mut said = Self::default();
        let Some(now) = now else { return said };
        for finding in &now.found.findings {
            *said.findings.entry(finding.site.clone()).or_default() += 1;
        }
        said.leaks = now.found.verdicts.iter().map(|verdict| verdict.site().to_owned()).collect();
        said
    }
}

/// The sites of one page, and how many the filter leaves.
fn choose<'a>(
    report: &'a Report,
    asked: &Asked,
    part: Part,
    said: &Said,
) -> (Vec<&'a SiteReport>, usize) {
    let q = asked.q.to_lowercase();
    let fits = |site: &&SiteReport| {
        asked.kind.as_deref().is_none_or(|kind| kind == site.kind.name())
            && (holds(&site.name, &q) || holds(&site.file, &q))
    };
    let mut all: Vec<(f64, &SiteReport)> = report
        .sites()
        .iter()
        .filter(fits)
        .map(|site| (weight(site, asked.sort, said), site))
        .collect();
    let by_name = asked.sort == Sort::Name;
    let falls = asked.order.map_or(!by_name, |order| order == Order::Desc);
    let order = |a: &(f64, &SiteReport), b: &(f64, &SiteReport)| {
        let order = if by_name { Ordering::Equal } else { a.0.total_cmp(&b.0) };
        let order = order.then_with(|| {
            let names = a.1.name.cmp(&b.1.name);
            // Of equal ones the names rise, whichever end comes first.
            if falls && !by_name { names.reverse() } else { names }
        });
        let order = if falls { order.reverse() } else { order };
        order
            .then_with(|| (&a.1.file, a.1.line, a.1.column).cmp(&(&b.1.file, b.1.line, b.1.column)))
    };
    let total = all.len();
    let end = part.offset.saturating_add(part.limit);
    if end < total && end > 0 {
        all.select_nth_unstable_by(end - 1, order);
        all.truncate(end);
    }
    // PERF: the page alone is sorted. Of 10,000 sites that are alike but for their names, the 5,000
    // before it took most of the time.
    let first = part.offset.min(all.len());
    if first > 0 && first < all.len() {
        all.select_nth_unstable_by(first, order);
    }
    let mut page = all.split_off(first);
    page.sort_unstable_by(order);
    (page.into_iter().take(part.limit).map(|(_, site)| site).collect(), total)
}

/// Whether a text holds this one, which is in small letters, whatever the case.
///
/// PERF: without a copy of each text. With one, 10,000 sites took 9 ms.
fn holds(text: &str, q: &str) -> bool {
    let Some((first, _)) = q.as_bytes().split_first() else { return true };
    if !q.is_ascii() || !text.is_ascii() {
        return text.to_lowercase().contains(q);
    }
    let fits = |part: &[u8]| {
        part[0].to_ascii_lowercase() == *first && part.eq_ignore_ascii_case(q.as_bytes())
    };
    text.as_bytes().windows(q.len()).any(fits)
}

fn weight(site: &SiteReport, sort: Sort, said: &Said) -> f64 {
    match sort {
        Sort::Bytes => site.inclusive.bytes as f64,
        Sort::Allocs => site.inclusive.allocs as f64,
        Sort::SelfBytes => site.self_bytes as f64,
        Sort::SelfAllocs => site.self_allocs as f64,
        Sort::Live => site.own.live_bytes() as f64,
        Sort::Peak => site.peak.max() as f64,
        Sort::Retained => site.retained.total() as f64,
        Sort::Calls => site.calls as f64,
        Sort::Time => site.time.map_or(0.0, |time| time.estimated_total_ns(site.calls)),
        Sort::Reallocs => site.reallocs as f64,
        Sort::Findings => said.findings.get(&site.name).copied().unwrap_or(0) as f64,
        Sort::Name => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::{SiteKind, Status, Tree};

    fn report() -> Report {
        let site = |name: &str, bytes: u64| {
            let mut site = SiteReport::empty(name, SiteKind::Function);
            site.inclusive.bytes = bytes;
            site
        };
        let sites = vec![site("a::x", 5), site("b::X", 9), site("c::y", 5), site("d::z", 1)];
        Report::empty(Status::Counting).with_sites(sites, Tree::default())
    }

    fn names(query: &str) -> (Vec<String>, usize) {
        let asked: Asked = serde_urlencoded::from_str(query).unwrap();
        let part = Part::new(asked.offset, asked.limit);
        let report = report();
        let (sites, total) = choose(&report, &asked, part, &Said::default());
        (sites.into_iter().map(|site| site.name.clone()).collect(), total)
    }

    #[test]
    fn a_text_is_found_whatever_its_case() {
        assert!(holds("src/Main.rs", "main") && holds("x", "") && holds("", ""));
        assert!(holds("ÄPFEL::zählen", "äpfel") && holds("shop::Äpfel", "shop"));
        assert!(!holds("mai", "main") && !holds("", "x") && !holds("apfel", "äpfel"));
    }

    #[test]
    fn sites_are_filtered_sorted_and_cut() {
        assert_eq!(names("").0, ["b::X", "a::x", "c::y", "d::z"]);
        assert_eq!(names("order=asc").0, ["d::z", "a::x", "c::y", "b::X"]);
        assert_eq!(names("sort=name").0, ["a::x", "b::X", "c::y", "d::z"]);
        assert_eq!(names("sort=name&order=desc").0, ["d::z", "c::y", "b::X", "a::x"]);
        assert_eq!(names("q=x"), (vec!["b::X".to_owned(), "a::x".to_owned()], 2));
        assert_eq!(names("q=A%3a%3aX").0, ["a::x"]);
        assert_eq!(names("q=a%3a%3axy").1, 0);
        assert_eq!(names("offset=1&limit=2"), (vec!["a::x".to_owned(), "c::y".to_owned()], 4));
        assert_eq!(names("offset=9"), (Vec::new(), 4));
        assert_eq!(names("limit=0"), (Vec::new(), 4));
        assert_eq!(names("kind=block").1, 0);
    }
}
