use super::*;

#[test]
fn what_is_absent_is_no_factor() {
    let risk = assess(&Inputs::default());
    assert_eq!((risk.score, risk.level, risk.factors.len()), (0.0, Level::Low, 0));
    assert_eq!(risk.to_string(), "low (0.00)");
    let one = assess(&Inputs { leak: Some(0.95), ..Inputs::default() });
    let two = assess(&Inputs { leak: Some(0.95), swap: Some(0.0), ..Inputs::default() });
    // A factor that is fine changes nothing, but is shown.
    assert!((one.score - 0.6).abs() < 1e-12 && (two.score - one.score).abs() < 1e-12);
    assert_eq!((one.factors.len(), two.factors.len()), (1, 2));
}

#[test]
fn factors_add_up_by_what_is_left() {
    let inputs = Inputs { leak: Some(1.0), anomaly: Some(1.0), ..Inputs::default() };
    let risk = assess(&inputs);
    // 1 − (1 − 0.6)(1 − 0.35).
    assert!((risk.score - 0.74).abs() < 1e-12, "{risk:?}");
    assert_eq!(risk.level, Level::High);
    let shares: f64 = risk.factors.iter().map(|factor| factor.share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    assert_eq!(risk.factors[0].cause, Cause::Leak);
}

#[test]
fn little_time_and_little_room_are_critical() {
    let soon = assess(&Inputs { time_to_limit: Some(600.0), ..Inputs::default() });
    assert_eq!(soon.level, Level::Critical);
    let never = assess(&Inputs { time_to_limit: Some(f64::INFINITY), ..Inputs::default() });
    assert_eq!(never.score.total_cmp(&0.0), std::cmp::Ordering::Equal);
    let full = assess(&Inputs { headroom: Some(0.0), ..Inputs::default() });
    assert_eq!(full.level, Level::Critical);
    let half = assess(&Inputs { headroom: Some(0.5), ..Inputs::default() });
    assert_eq!(half.level, Level::Low);
}

#[test]
fn more_is_never_less() {
    let mut before = 0.0;
    for step in 0..=20 {
        let value = f64::from(step) / 20.0;
        let inputs =
            Inputs { pressure: Some(value), headroom: Some(1.0 - value), ..Inputs::default() };
        let score = assess(&inputs).score;
        assert!(score >= before && score <= 1.0, "{score} {before}");
        before = score;
    }
}

#[test]
fn it_reads_as_a_list_with_steps() {
    let inputs = Inputs { headroom: Some(0.03), swap: Some(0.0), ..Inputs::default() };
    let text = assess(&inputs).to_string();
    assert!(text.starts_with("critical (0.90)\n  100 %  3.0 % of the limit is free\n"), "{text}");
    assert!(text.contains("- reclaim: trim pools") && !text.contains("swapped"), "{text}");
}

#[test]
fn numbers_that_are_none_are_left_out() {
    let inputs = Inputs {
        headroom: Some(f64::NAN),
        time_to_limit: Some(-5.0),
        leak: Some(f64::INFINITY),
        ..Inputs::default()
    };
    let risk = assess(&inputs);
    assert!(risk.factors.len() == 2 && risk.score <= 1.0 && risk.score > 0.9, "{risk:?}");
}
