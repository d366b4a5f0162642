use super::*;
use crate::analysis::risk;
use memopt_report::leak::{LeakWatch, Moment};
use memopt_report::{CallPath, Estimate, HeapReport, Remedy};

fn inputs<'a>(
    findings: &'a [Finding],
    leaks: &'a [LeakVerdict],
    risk: &'a Risk,
    reclaimable: &'a [ReclaimableReport],
) -> Inputs<'a> {
    Inputs { findings, leaks, growth: None, risk, reclaimable }
}

fn finding(site: &str, share: f64) -> Finding {
    let mut finding = Finding::new("memopt::arena", site);
    (finding.share, finding.remedy) = (share, Some(Remedy::Arena));
    finding.help = "put `#[memopt::arena]` on it".to_owned();
    finding
}

fn leaks() -> Vec<LeakVerdict> {
    let mut watch = LeakWatch::new();
    for second in 0..30_u64 {
        let live = Estimate::exact(second, 1_000_000 * second);
        let heap = HeapReport::new(vec![CallPath::new(vec!["hoard".into()], live, live)]);
        watch.add(&heap, &Moment::at(second * 1_000_000_000));
    }
    watch.verdicts().to_vec()
}

#[test]
fn a_leak_stands_before_what_can_wait() {
    let (leaks, risk) = (leaks(), risk::assess(&risk::Inputs::default()));
    let findings = [finding("parse", 0.9), finding("print", 0.1)];
    let list = rank(&inputs(&findings, &leaks, &risk, &[]));
    let sites: Vec<&str> = list.iter().filter_map(|one| one.site.as_deref()).collect();
    assert_eq!(sites, ["hoard", "parse", "print"]);
    assert!(list[0].urgency > 0.8 && list[1].urgency == FINDING, "{list:?}");
}

#[test]
fn one_site_is_told_once_with_all_evidence() {
    let (leaks, risk) = (leaks(), risk::assess(&risk::Inputs::default()));
    let list = rank(&inputs(&[finding("hoard", 0.2)], &leaks, &risk, &[]));
    assert_eq!(list.len(), 1);
    assert!(list[0].evidence.iter().any(|line| line.starts_with("memopt::arena")), "{list:?}");
    assert!(list[0].acts.contains(&Act::Optimize));
}

#[test]
fn a_risk_tells_its_factors_with_steps() {
    let risk = risk::assess(&risk::Inputs { headroom: Some(0.04), ..risk::Inputs::default() });
    let mut cache = ReclaimableReport::new("pages", Remedy::Lazy);
    cache.idle_bytes = 64 << 20;
    let list = rank(&inputs(&[], &[], &risk, &[cache]));
    let from: Vec<&str> = list.iter().map(|one| &*one.from).collect();
    assert_eq!(from, ["risk", "reclaim"]);
    assert!(list.iter().all(|one| !one.acts.is_empty()));
    assert_eq!(list[1].memory_bytes, 64 << 20);
}

#[test]
fn nothing_is_recommended_where_nothing_is() {
    let risk = risk::assess(&risk::Inputs::default());
    assert_eq!(rank(&inputs(&[], &[], &risk, &[])), []);
}
