//! The optimizer tries what a finding names beside its own remedy, which only a person can apply,
//! and nothing at calls that are too short to gain by it.

use memopt::optimizer::{Mode, Settings};
use memopt::report::{Remedy, Step};
use memopt::{optimizer, report};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Holds all of its input at once: small blocks, which are gone when the call ends.
#[memopt::track_alloc(name = "lines")]
fn lines(n: usize) -> usize {
    let lines: Vec<String> = (0..n).map(|i| format!("line {i}")).collect();
    lines.iter().map(String::len).sum()
}

/// A block a call: free lists cost such a call more than they save.
#[memopt::track_alloc(name = "key")]
fn key(n: usize) -> usize {
    let digits = (0..40).filter(|bit| std::hint::black_box(n) >> bit & 1 == 1).count();
    digits + n.to_string().len()
}

#[test]
fn an_alternative_is_tried_where_it_may_gain() {
    let work = || {
        assert!((0..20_000).map(key).sum::<usize>() > 20_000);
        for round in 0..40 {
            lines(if round % 20 == 0 { 40_000 } else { 200 });
        }
    };
    let optimizer = optimizer();
    let mut settings = Settings::default();
    settings.min_calls = 100;
    optimizer.configure(settings).unwrap();
    work();
    let findings = report().site_findings();
    let first = findings.iter().find(|finding| finding.site == "lines").unwrap();
    assert!(matches!(first.remedy, Some(Remedy::Batch | Remedy::Stream)), "{first}");
    assert!(first.to_string().contains("= note: or arena: "), "{first}");
    assert!(findings.iter().any(|finding| finding.site == "key" && finding.remedy.is_some()));
    optimizer.set_mode(Mode::Apply);
    for _ in 0..20 {
        work();
        optimizer.tick();
    }
    let log = optimizer.log();
    let tried = log.iter().find(|action| action.step == Step::Tried).expect("something is tried");
    assert_eq!((tried.site.as_str(), tried.remedy), ("lines", Remedy::Arena), "{log:?}");
    assert_eq!(tried.code, "memopt::arena");
    assert!(log.iter().all(|action| action.site != "key"), "{log:?}");
    optimizer.set_mode(Mode::Off);
}
