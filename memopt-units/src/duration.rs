//! Durations.

use std::time::Duration;

use crate::error::ParseError;
use crate::quantity::Quantity;

const SECOND: u64 = 1_000_000_000;

const DURATION: Quantity = Quantity {
    name: "a duration",
    example: "1.5 s",
    smallest: "nanosecond",
    units: &[
        ("ns", 1),
        ("us", 1_000),
        // The micro sign and the Greek letter.
        ("\u{b5}s", 1_000),
        ("\u{3bc}s", 1_000),
        ("ms", 1_000_000),
        ("s", SECOND),
        ("sec", SECOND),
        ("min", 60 * SECOND),
        ("m", 60 * SECOND),
        ("h", 3_600 * SECOND),
        ("d", 86_400 * SECOND),
    ],
    // A month.
    ambiguous: &["M"],
    listed: "ns, us, ms, s, min, h or d",
    suggested: &["ns", "us", "ms", "s", "min", "h", "d"],
    unit_is_optional: false,
};

/// The duration that a text such as `250 ms`, `1.5 s`, `2 min` or `1h` says. The page of the crate
/// has all units. A duration always has a unit, and is below 584 years.
///
/// # Errors
///
/// Where the text is not a duration, with the rule and the remedy.
///
/// # Examples
///
/// ```
/// use memopt_units::parse_duration;
/// use std::time::Duration;
///
/// assert_eq!(parse_duration("1.5 s"), Ok(Duration::from_millis(1500)));
/// assert!(parse_duration("30").unwrap_err().is_unit());
/// ```
pub fn parse_duration(text: &str) -> Result<Duration, ParseError> {
    DURATION.parse(text).map(Duration::from_nanos)
}
