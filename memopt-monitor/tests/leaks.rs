//! Leak verdicts on series that are made from a seed, of kinds that leak and kinds that do not. The
//! larger suite is `leaks --generated` in the workspace of measurements.

use memopt_monitor::analysis::leak::{self, Verdict};
use memopt_monitor::analysis::sample::Sample;

mod memory;

/// Of 40 leaks and 40 healthy series no more may be judged wrongly: precision 0.97, recall 0.9.
#[test]
fn leaks_are_told_and_others_are_not() {
    let cases = memory::suite(memory::USUAL, 2_026, 40);
    let wrong = |leaks: bool| -> Vec<String> {
        let of = cases.iter().filter(|case| case.leaks == leaks);
        let judged = of.filter_map(|case| {
            let found = leak::judge(&Sample::even(case.step, &case.values), None);
            let told = matches!(found.verdict, Verdict::Leaking);
            assert_eq!(told, found.confidence >= 0.5, "{found:?}");
            (told != leaks).then(|| format!("{}: {}", case.kind, found.verdict))
        });
        judged.collect()
    };
    let (missed, false_alarms) = (wrong(true), wrong(false));
    assert!(missed.len() <= 4, "missed: {missed:#?}");
    assert!(false_alarms.len() <= 1, "false alarms: {false_alarms:#?}");
}

/// The clock's unit, the unit of the values and their sampling are no evidence.
#[test]
fn units_do_not_matter() {
    for (at, case) in memory::suite(memory::USUAL, 5, 5).iter().enumerate() {
        let told = |step: f64, scale: f64| {
            let values: Vec<f64> = case.values.iter().map(|value| value * scale).collect();
            leak::judge(&Sample::even(step, &values), None).verdict.name()
        };
        assert_eq!(told(1.0, 1.0), told(0.001, 1_024.0), "#{at} {}", case.kind);
    }
}
