use super::{Case, judge};
use crate::gate::policy::{Allow, Limit, Limits, Profile, SiteLimits};
use crate::gate::verdict::Verdict;
use crate::quantity::Quantity;
use memopt_report::{Report, SiteKind, SiteReport, Status, Totals, Tree, TreeNode};

/// A site whose calls all do the same: blocks of 100 bytes, `own` of them its own.
fn site(name: &str, calls: u64, allocs: u64, own: u64) -> SiteReport {
    let mut site = SiteReport::empty(name, SiteKind::Function);
    (site.file, site.line, site.column) = ("src/lib.rs".to_owned(), 7, 4);
    site.calls = calls;
    site.allocs.record(allocs, calls);
    site.bytes.record(allocs * 100, calls);
    site.peak.record(allocs * 100, calls);
    site.retained.record(0, calls);
    site.inclusive = Totals::allocated(allocs * calls, allocs * calls * 100);
    site.own = Totals::allocated(own * calls, own * calls * 100);
    (site.self_allocs, site.self_bytes) = (own * calls, own * calls * 100);
    site
}

/// `main` calls `app::parse`, which calls `app::token`.
fn run(token: u64) -> Report {
    let sites = vec![
        site("main", 1, token * 10 + 2, 1),
        site("app::parse", 1, token * 10 + 1, 1),
        site("app::token", 10, token, token),
    ];
    let nodes = vec![TreeNode::new(None, 0), TreeNode::new(Some(0), 1), TreeNode::new(Some(1), 2)];
    let total = Totals::allocated(token * 10 + 2, (token * 10 + 2) * 100);
    let mut freed = total;
    (freed.frees, freed.freed_bytes) = (total.allocs, total.bytes);
    Report::empty(Status::Counting)
        .with_sites(sites, Tree::new(nodes))
        .with_total(freed, Totals::default())
}

fn check(report: &Report, baseline: Option<&Report>, profile: &Profile) -> Verdict {
    judge(Case { report, baseline, profile, growth: Limits::all(Limit::AtMost(0)) })
}

fn broken(verdict: &Verdict) -> Vec<(String, String)> {
    let pair = |v: &super::Violation| (v.subject().to_owned(), v.rule.clone());
    verdict.violations.iter().map(pair).collect()
}

fn strings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(site, rule)| ((*site).to_owned(), (*rule).to_owned())).collect()
}

#[test]
fn the_same_run_passes() {
    let verdict = check(&run(3), Some(&run(3)), &Profile::default());
    assert!(verdict.is_passed());
    // Five quantities of the run and of each of three sites.
    assert_eq!((verdict.judged, verdict.sites), (20, 3));
}

#[test]
fn growth_is_told_of_the_site_that_grew_and_not_of_its_callers() {
    let verdict = check(&run(4), Some(&run(3)), &Profile::default());
    let expected = [
        ("total", "growth.allocs"),
        ("total", "growth.bytes"),
        ("total", "growth.peak"),
        ("app::token", "growth.allocs"),
        ("app::token", "growth.bytes"),
        ("app::token", "growth.peak"),
    ];
    assert_eq!(broken(&verdict), strings(&expected));
    assert_eq!(verdict.callers, 6);
    assert_eq!(
        verdict.violations[3].message,
        "`app::token`: blocks a call: 3 before, 4 now (+33 %); no growth is allowed"
    );
}

#[test]
fn a_caller_whose_own_code_grew_is_told_too() {
    let mut after = run(4);
    let mut sites = after.sites().to_vec();
    sites[1] = site("app::parse", 1, 42, 2);
    after = after.clone().with_sites(sites, after.tree().clone());
    let verdict = check(&after, Some(&run(3)), &Profile::default());
    let parse = ("app::parse".to_owned(), "growth.allocs".to_owned());
    assert!(broken(&verdict).contains(&parse), "{:?}", broken(&verdict));
}

#[test]
fn fewer_blocks_and_new_sites_are_no_growth() {
    assert!(check(&run(2), Some(&run(3)), &Profile::default()).is_passed());
    let profile = Profile { total_growth: Limits::all(Limit::Any), ..Profile::default() };
    let before = run(3).with_sites(Vec::new(), Tree::default());
    assert!(check(&run(3), Some(&before), &profile).is_passed());
}

#[test]
fn a_share_of_growth_is_allowed() {
    // 3 blocks a call become 4: a third more.
    let most = Limits::all(Limit::AtMost(340_000));
    let mut profile = Profile { total_growth: most, call_growth: most, ..Profile::default() };
    assert!(check(&run(4), Some(&run(3)), &profile).is_passed());
    profile.call_growth = Limits::all(Limit::AtMost(330_000));
    let verdict = check(&run(4), Some(&run(3)), &profile);
    assert_eq!(verdict.violations.len(), 3);
    assert!(verdict.violations[0].message.ends_with("+33 % is allowed"));
}

#[test]
fn limits_hold_without_a_baseline() {
    let mut profile = Profile::default();
    profile.total.set(Quantity::Allocs, Limit::AtMost(32));
    assert!(check(&run(3), None, &profile).is_passed());
    profile.total.set(Quantity::Allocs, Limit::AtMost(31));
    let verdict = check(&run(3), None, &profile);
    assert_eq!(broken(&verdict), strings(&[("total", "budget.allocs")]));
    assert_eq!(verdict.violations[0].message, "blocks of the whole run: 32; the limit is 31");
}

#[test]
fn the_first_rule_that_names_a_site_holds() {
    let rule = |site: &str, allocs| {
        let mut rule = SiteLimits { site: site.to_owned(), ..SiteLimits::default() };
        rule.call.set(Quantity::Allocs, Limit::AtMost(allocs));
        rule
    };
    let mut profile = Profile::default();
    profile.call.set(Quantity::Allocs, Limit::AtMost(1));
    profile.sites = vec![rule("token", 2), rule("app::*", 50), rule("main", 50)];
    let verdict = check(&run(3), None, &profile);
    assert_eq!(broken(&verdict), strings(&[("app::token", "budget.allocs")]));
    assert_eq!(
        verdict.violations[0].message,
        "`app::token`: blocks in its largest call: 3; the limit is 2"
    );
}

#[test]
fn what_is_allowed_passes_with_its_reason_and_what_is_not_needed_is_told() {
    let allow = |site: &str, rules: &[&str], reason: &str| Allow {
        site: site.to_owned(),
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        reason: reason.to_owned(),
    };
    let profile = Profile {
        allow: vec![
            allow("total", &["growth"], "a new field"),
            allow("token", &["growth.allocs", "growth.bytes"], "a new field"),
            allow("app::gone", &[], "nothing"),
        ],
        ..Profile::default()
    };
    let verdict = check(&run(4), Some(&run(3)), &profile);
    assert_eq!(broken(&verdict), strings(&[("app::token", "growth.peak")]));
    assert_eq!(verdict.allowed.len(), 5);
    assert_eq!(verdict.allowed[0].1, "a new field");
    assert_eq!(verdict.unused, ["app::gone"]);
}

#[test]
fn a_budget_in_the_source_is_judged_without_a_word_in_the_settings() {
    let mut sites = vec![site("app::slug", 9, 7, 7)];
    let mut budget = memopt_report::BudgetReport::default();
    (budget.max_allocs, budget.exceeded) = (Some(3), 2);
    sites[0].budget = Some(budget);
    let report = Report::empty(Status::Counting).with_sites(sites, Tree::default());
    let verdict = check(&report, None, &Profile::default());
    assert_eq!(broken(&verdict), strings(&[("app::slug", "budget.declared")]));
    assert_eq!(
        verdict.violations[0].message,
        "`app::slug`: 2 of 9 calls broke the budget declared in the source"
    );
}
