//! Sites of one type that waste in the same way, as one finding.

use super::evidence::Evidence;
use super::finding::{Finding, sort};
use super::limits;
use crate::Remedy;
use crate::label::{clean, shorten};
use crate::units::percent;
use std::collections::HashMap;

/// The findings with those of one type and remedy put together, where they are at least three and
/// none of them alone is most of it.
pub(super) fn by_type(findings: Vec<Finding>, cpu_is_known: bool) -> Vec<Finding> {
    let mut groups: Vec<Vec<Finding>> = Vec::new();
    // PERF: looking through the groups took 0.6 s of a report of 10,000 sites.
    let mut of_type: HashMap<(String, Option<Remedy>), usize> = HashMap::new();
    for finding in findings {
        let next = groups.len();
        let at = match type_of(&finding.site) {
            Some(owner) => *of_type.entry((owner.to_owned(), finding.remedy)).or_insert(next),
            None => next,
        };
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    for group in groups {
        let sum: f64 = group.iter().map(|finding| finding.share).sum();
        if group.len() >= limits::GROUP && group[0].share < sum / 2.0 {
            findings.push(together(group, sum));
        } else {
            findings.extend(group);
        }
    }
    sort(&mut findings, cpu_is_known);
    findings
}

/// The type that a method's path names: what stands before the last `::`, where it is one.
fn type_of(site: &str) -> Option<&str> {
    let (path, _) = site.rsplit_once("::")?;
    let name = path.rsplit("::").next()?;
    let begins = name.trim_start_matches(['<', '&']).chars().next()?;
    (begins.is_uppercase() || name.starts_with('<')).then_some(path)
}

/// One finding of several, on the site with the largest share.
fn together(group: Vec<Finding>, sum: f64) -> Finding {
    let sites = group.iter().map(|finding| (finding.site.clone(), finding.share)).collect();
    let number = group.len();
    let mut members = group.into_iter();
    let Some(mut finding) = members.next() else { return Finding::new("", "") };
    let saving = &mut finding.saving;
    for other in members.map(|member| member.saving) {
        saving.bytes += other.bytes;
        saving.allocs += other.allocs;
        saving.reallocs += other.reallocs;
        saving.copied_bytes += other.copied_bytes;
        // Peaks have moments of their own: the highest is what is sure.
        saving.peak_bytes = saving.peak_bytes.max(other.peak_bytes);
        saving.retained_bytes += other.retained_bytes;
        saving.share = (saving.share + other.share).min(1.0);
        saving.share_of = saving.share_of.filter(|of| other.share_of == Some(*of));
        saving.cpu_ns += other.cpu_ns;
        saving.cpu_share = (saving.cpu_share + other.cpu_share).min(1.0);
        saving.memory_share = saving.memory_share.max(other.memory_share);
    }
    let owner = shorten(&clean(type_of(&finding.site).unwrap_or_default()), 32);
    let what = finding.remedy.map_or("allocate", |_| "waste in the same way");
    finding.title = format!("{number} methods of `{owner}` {what}: {} together", percent(sum));
    finding.share = sum.min(1.0);
    finding.evidence.insert(0, Evidence::Members { sites });
    finding
}

#[cfg(test)]
mod tests {
    use super::by_type;
    use crate::{Finding, Remedy};

    fn found(site: &str, share: f64) -> Finding {
        let mut finding = Finding::new("memopt::reuse", site);
        finding.remedy = Some(Remedy::Reuse);
        finding.share = share;
        finding.saving.allocs = 10;
        finding
    }

    #[test]
    fn five_methods_with_seven_per_cent_each_are_one_finding() {
        let methods = ["a", "b", "c", "d", "e"];
        let all = methods.map(|name| found(&format!("app::Parser::{name}"), 0.07));
        let one = by_type(all.into_iter().chain([found("app::other", 0.1)]).collect(), true);
        assert_eq!(one.len(), 2);
        assert_eq!(one[0].title, "5 methods of `app::Parser` waste in the same way: 35 % together");
        assert_eq!((one[0].saving.allocs, one[1].site.as_str()), (50, "app::other"));
    }

    #[test]
    fn two_methods_and_functions_of_a_module_stay_apart() {
        let two = ["app::Parser::a", "app::Parser::b", "app::x", "app::y", "app::z"];
        assert_eq!(by_type(two.map(|site| found(site, 0.07)).into_iter().collect(), true).len(), 5);
        // One that is most of it is told by itself.
        let led = [("app::P::a", 0.5), ("app::P::b", 0.05), ("app::P::c", 0.05)];
        assert_eq!(
            by_type(led.map(|(s, share)| found(s, share)).into_iter().collect(), true).len(),
            3
        );
    }
}
