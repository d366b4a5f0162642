//! Durations as people write them.

use std::time::Duration;

/// A duration as a person writes it, and exactly.
pub fn format_duration(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let units = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("min", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
    ];
    for (unit, factor) in units {
        if ns >= factor && ns.is_multiple_of(factor) {
            return format!("{} {unit}", ns / factor);
        }
    }
    if ns == 0 { "0 s".to_owned() } else { format!("{ns} ns") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_units::parse_duration;

    #[test]
    fn durations_read_back() {
        for (duration, text) in [
            (Duration::ZERO, "0 s"),
            (Duration::from_secs(90), "90 s"),
            (Duration::from_secs(7_200), "2 h"),
            (Duration::from_millis(1_500), "1500 ms"),
            (Duration::from_nanos(7), "7 ns"),
        ] {
            assert_eq!(format_duration(duration), text);
            assert_eq!(parse_duration(text), Ok(duration));
        }
    }
}
