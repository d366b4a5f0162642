//! The sites' names for one printout: told apart, and without the path that all of them share.

use crate::label::{below, clean, shared_path};
use crate::model::report::Report;
use crate::model::site::SiteReport;
use std::collections::HashMap;

/// The site's names for one printout, in the order of [`Report::sites`].
#[derive(Debug)]
pub(crate) struct Labels {
    /// The path all names share; left out of them.
    pub(crate) prefix: Option<String>,
    /// One name a site, no two alike.
    pub(crate) names: Vec<String>,
}

impl Labels {
    /// Full names; two sites of one name get their place behind it.
    pub(crate) fn full(sites: &[SiteReport]) -> Self {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for site in sites {
            *seen.entry(&site.name).or_default() += 1;
        }
        let names = sites.iter().map(|site| {
            let name = clean(&site.name);
            if seen.get(site.name.as_str()).is_some_and(|n| *n > 1) {
                format!("{name} ({}:{}:{})", clean(&site.file), site.line, site.column)
            } else {
                name
            }
        });
        Self { prefix: None, names: names.collect() }
    }

    /// As [`full`](Self::full), without the path that all names share (names without `::` do not
    /// count).
    pub(crate) fn below_common_path(report: &Report) -> Self {
        let full = Self::full(&report.sites);
        let Some(prefix) = shared_path(full.names.iter().map(String::as_str)) else { return full };
        let names = full.names.iter().map(|name| below(&prefix, name).to_owned()).collect();
        Self { names, prefix: Some(prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    #[test]
    fn the_shared_path_is_left_out() {
        let report = fixture::named(&["app::io::read", "app::io::json::parse", "ingest"]);
        let labels = Labels::below_common_path(&report);
        assert_eq!(labels.prefix.as_deref(), Some("app::io"));
        assert_eq!(labels.names, ["read", "json::parse", "ingest"]);
    }

    #[test]
    fn two_sites_of_one_name_show_their_place() {
        let mut report = fixture::named(&["app::run", "app::run"]);
        report.sites[1].line = 9;
        assert_eq!(
            Labels::full(&report.sites).names,
            ["app::run (src/lib.rs:1:1)", "app::run (src/lib.rs:9:1)"]
        );
    }
}
