//! Names in `no_leaks(except(..))` that no site of the test has.

use crate::report::{Report, ends_on_border};
use memopt_units::nearest;

/// A line for each of these names that excuses nothing, with the name that was probably meant.
pub(super) fn unnamed(report: &Report, may_leak: &[&str]) -> Vec<String> {
    let names: Vec<&str> = report
        .sites()
        .iter()
        .map(|site| site.name.as_str())
        .chain(report.heap().into_iter().flat_map(|heap| &heap.call_paths).flat_map(scopes))
        .collect();
    let is_named = |name: &&&str| names.iter().any(|full| ends_on_border(full, name));
    may_leak
        .iter()
        .filter(|name| !is_named(name))
        .map(|name| match meant(&names, name) {
            Some(meant) => format!("no site is named `{name}`; did you mean `{meant}`?"),
            None => format!("no site is named `{name}` of those that the test entered"),
        })
        .collect()
}

fn scopes(call_path: &crate::report::CallPath) -> impl Iterator<Item = &str> {
    call_path.scopes.iter().map(AsRef::as_ref)
}

/// The end of a site's name that is nearest to a name, a method with its type.
fn meant<'a>(names: &[&'a str], name: &str) -> Option<&'a str> {
    let segments = name.split("::").count();
    let near = nearest(name, names.iter().map(|full| end(full, segments)))?;
    let full = names.iter().find(|full| end(full, segments) == near)?;
    let longer = end(full, segments + 1);
    Some(if longer.starts_with(char::is_uppercase) { longer } else { near })
}

/// The last segments of a path.
fn end(full: &str, segments: usize) -> &str {
    full.rmatch_indices("::")
        .nth(segments - 1)
        .map_or(full, |(at, border)| &full[at + border.len()..])
}

#[cfg(test)]
mod tests {
    use super::unnamed;
    use crate::report::{Report, SiteKind, SiteReport, Status, Tree};

    fn said(name: &str) -> Vec<String> {
        let sites = ["app::Cache::get", "app::index::fill", "main"]
            .map(|name| SiteReport::empty(name, SiteKind::Function));
        let report = Report::empty(Status::Counting).with_sites(sites.into(), Tree::default());
        unnamed(&report, &[name])
    }

    #[test]
    fn a_name_that_no_site_has_is_met_with_the_nearest() {
        assert_eq!(said("geet"), ["no site is named `geet`; did you mean `Cache::get`?"]);
        assert_eq!(
            said("Cahce::get"),
            ["no site is named `Cahce::get`; did you mean `Cache::get`?"]
        );
        assert_eq!(said("fil"), ["no site is named `fil`; did you mean `fill`?"]);
        assert_eq!(said("other"), ["no site is named `other` of those that the test entered"]);
    }

    #[test]
    fn a_name_that_a_site_ends_in_is_right() {
        for name in ["get", "Cache::get", "app::Cache::get", "main"] {
            assert!(said(name).is_empty(), "{name}");
        }
    }
}
