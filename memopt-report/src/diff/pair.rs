//! Which site of one report is which of another.

use crate::SiteReport;
use std::collections::BTreeMap;

type Pair<'a> = (Option<&'a SiteReport>, Option<&'a SiteReport>);

/// Pairs the sites by name; within one name first those at the same place, then those of the same
/// file in their order, then the rest in theirs.
pub(super) fn pairs<'a>(before: &'a [SiteReport], after: &'a [SiteReport]) -> Vec<Pair<'a>> {
    let mut by_name: BTreeMap<&str, [Vec<&SiteReport>; 2]> = BTreeMap::new();
    for (side, sites) in [before, after].into_iter().enumerate() {
        for site in sites {
            by_name.entry(&site.name).or_default()[side].push(site);
        }
    }
    let mut out = Vec::new();
    for (_, [mut before, mut after]) in by_name {
        for side in [&mut before, &mut after] {
            side.sort_by_key(|s| (s.file.as_str(), s.line, s.column));
        }
        let rules: [fn(&SiteReport, &SiteReport) -> bool; 3] = [
            |a, b| (&a.file, a.line, a.column) == (&b.file, b.line, b.column),
            |a, b| a.file == b.file,
            |_, _| true,
        ];
        for same in rules {
            before.retain(|old| {
                let found = after.iter().position(|new| same(old, new));
                if let Some(at) = found {
                    out.push((Some(*old), Some(after.remove(at))));
                }
                found.is_none()
            });
        }
        out.extend(before.into_iter().map(|old| (Some(old), None)));
        out.extend(after.into_iter().map(|new| (None, Some(new))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SiteKind;

    fn at(name: &str, file: &str, line: u32) -> SiteReport {
        let mut site = SiteReport::empty(name, SiteKind::Function);
        (site.file, site.line) = (file.to_owned(), line);
        site
    }

    fn lines(before: &[SiteReport], after: &[SiteReport]) -> Vec<(Option<u32>, Option<u32>)> {
        pairs(before, after).iter().map(|(a, b)| (a.map(|s| s.line), b.map(|s| s.line))).collect()
    }

    #[test]
    fn a_site_that_moved_is_the_same() {
        assert_eq!(lines(&[at("f", "a.rs", 3)], &[at("f", "b.rs", 90)]), [(Some(3), Some(90))]);
    }

    #[test]
    fn of_one_name_the_same_place_goes_first() {
        let before = [at("f", "a.rs", 3), at("f", "a.rs", 9)];
        assert_eq!(lines(&before, &[at("f", "a.rs", 9)]), [(Some(9), Some(9)), (Some(3), None)]);
    }

    #[test]
    fn of_one_name_the_order_in_the_file_decides() {
        let before = [at("f", "a.rs", 3), at("f", "a.rs", 9)];
        let after = [at("f", "a.rs", 14), at("f", "a.rs", 8)];
        assert_eq!(lines(&before, &after), [(Some(3), Some(8)), (Some(9), Some(14))]);
    }
}
