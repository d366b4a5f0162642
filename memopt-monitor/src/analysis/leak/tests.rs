use super::*;

fn sample(n: usize, of: impl Fn(f64) -> f64) -> Sample {
    let values: Vec<f64> = (0..n).map(|i| of(i as f64)).collect();
    Sample::even(1.0, &values)
}

#[test]
fn a_line_leaks_and_reaches_its_limit() {
    let leak = judge(&sample(1_000, |t| 100.0 + t), Some(2_100.0));
    assert_eq!(leak.verdict, Verdict::Leaking);
    assert!(leak.confidence > 0.5);
    assert!((leak.slope.unwrap().slope - 1.0).abs() < 1e-9);
    // 1,100 at its end, and 1 a second.
    let time = leak.time_to_limit.unwrap();
    assert!((time.likely - 1_000.0).abs() < 15.0, "{time:?}");
    assert!(time.earliest <= time.likely && time.likely <= time.latest);
}

#[test]
fn what_stops_is_no_leak() {
    let filled = judge(&sample(1_000, |t| 100.0 + (t / 4.0).min(100.0)), None);
    assert!(matches!(filled.verdict, Verdict::Growing(_)), "{filled:?}");
    assert!(filled.verdict.to_string().starts_with("growing, but not a leak: "));
    let step = judge(&sample(1_000, |t| if t < 700.0 { 100.0 } else { 150.0 }), None);
    assert!(!matches!(step.verdict, Verdict::Leaking), "{step:?}");
}

#[test]
fn a_sawtooth_and_a_constant_are_healthy() {
    let saw = judge(&sample(1_000, |t| 100.0 + t % 90.0), None);
    assert!(matches!(saw.verdict, Verdict::Healthy(_)), "{saw:?}");
    let flat = judge(&sample(1_000, |_| 5.0), None);
    assert!(matches!(flat.verdict, Verdict::Healthy(_)), "{flat:?}");
    let zero = judge(&sample(1_000, |_| 0.0), None);
    assert!(matches!(zero.verdict, Verdict::Healthy(_)), "{zero:?}");
}

#[test]
fn few_points_are_not_enough() {
    for n in [0, 1, 2, NEEDED - 1] {
        let leak = judge(&sample(n, |t| t), Some(9.0));
        assert_eq!(leak.verdict, Verdict::NotEnough { seen: n, needed: NEEDED });
    }
    let text = judge(&Sample::default(), None).verdict.to_string();
    assert_eq!(text, "not enough yet: 0 of 120 points");
}

#[test]
fn a_floor_of_few_whole_cycles_is_enough() {
    // Twelve to fourteen days: as many blocks, with little place for shifts of level.
    for days in [13.5, 14.5, 15.5] {
        let period = 3_000.0 / days;
        let day = |t: f64| 20.0 * (std::f64::consts::TAU * t / period).sin();
        let leak = judge(&sample(3_000, |t| 100.0 + 0.02 * t + day(t)), None);
        assert_eq!(leak.verdict, Verdict::Leaking, "{days}: {leak:?}");
    }
}

#[test]
fn nothing_makes_it_panic() {
    for values in [vec![f64::NAN; 300], vec![f64::MAX; 300], vec![-1.0; 300], vec![1e-300; 300]] {
        judge(&Sample::even(1.0, &values), Some(f64::NAN));
        judge(&Sample::even(0.0, &values), Some(-1.0));
    }
    let wild: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { 1e149 } else { -1e149 }).collect();
    judge(&Sample::even(1.0, &wild), Some(0.0));
    judge(&Sample::even(1e-9, &wild), None);
}
