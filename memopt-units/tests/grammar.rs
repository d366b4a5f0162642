//! What is read and what is refused, as tables, and the way from a size to text and back.

use memopt_units::{ParseError, format_size, parse_duration, parse_size};

#[test]
fn sizes_that_are_read() {
    for (text, bytes) in [
        ("0", 0),
        ("7", 7),
        ("65536", 65_536),
        ("1_000_000", 1_000_000),
        ("7 B", 7),
        ("7b", 7),
        ("4 kB", 4_000),
        ("4 KB", 4_000),
        ("4kb", 4_000),
        ("2 MB", 2_000_000),
        ("2mb", 2_000_000),
        ("3 GB", 3_000_000_000),
        ("1 TB", 1_000_000_000_000),
        ("4KiB", 4_096),
        ("4 kib", 4_096),
        ("4 KIB", 4_096),
        ("4 Ki", 4_096),
        ("64k", 65_536),
        ("64 K", 65_536),
        (" 2 MiB ", 2 << 20),
        ("2m", 2 << 20),
        ("2M", 2 << 20),
        ("3 GiB", 3 << 30),
        ("3g", 3 << 30),
        ("2 TiB", 2 << 40),
        ("2t", 2 << 40),
        ("1_000 KiB", 1_024_000),
        ("1.5 MB", 1_500_000),
        ("1.5 KiB", 1_536),
        ("0.5k", 512),
        ("2.0", 2),
        // Rounded down: 1126.4 and 0.1.
        ("1.1 KiB", 1_126),
        ("0.0001 KiB", 0),
        ("1.000000000000000000000000000001 KiB", 1_024),
        ("18446744073709551615", u64::MAX),
        ("16777215.999999999999 TiB", (1 << 63) + ((1 << 63) - 2)),
    ] {
        assert_eq!(parse_size(text), Ok(bytes), "{text}");
    }
}

#[test]
fn durations_that_are_read() {
    for (text, nanos) in [
        ("0 s", 0),
        ("7 ns", 7),
        ("7us", 7_000),
        ("7 \u{b5}s", 7_000),
        ("7 \u{3bc}s", 7_000),
        ("250 ms", 250_000_000),
        ("250MS", 250_000_000),
        ("1.5 s", 1_500_000_000),
        ("30 sec", 30_000_000_000),
        ("2 min", 120_000_000_000),
        ("2 Min", 120_000_000_000),
        ("5m", 300_000_000_000),
        ("1h", 3_600_000_000_000),
        ("0.5 H", 1_800_000_000_000),
        ("2 d", 172_800_000_000_000),
    ] {
        assert_eq!(parse_duration(text).map(|duration| duration.as_nanos()), Ok(nanos), "{text}");
    }
}

/// A kind of refusal.
type Kind = fn(&ParseError) -> bool;

const NUMBER: Kind = ParseError::is_number;
const UNIT: Kind = ParseError::is_unit;
const RANGE: Kind = ParseError::is_range;

const SIZE_UNITS: &str = "a size takes B, KiB, MiB, GiB, TiB (powers of 1024; k, m, g, t for \
    short) or kB, MB, GB, TB (powers of 1000)";

#[test]
fn sizes_that_are_refused() {
    for (text, kind, message) in [
        ("", NUMBER, "`` is not a size; write a number and a unit, as in `64 KiB`"),
        ("KiB", NUMBER, "`KiB` is not a size; write a number and a unit, as in `64 KiB`"),
        ("-5", NUMBER, "`-5` is not a size; write a number and a unit, as in `64 KiB`"),
        ("_5", NUMBER, "`_5` is not a size; write a number and a unit, as in `64 KiB`"),
        (".5 KiB", NUMBER, "`.5 KiB` is not a size; write a number and a unit, as in `64 KiB`"),
        ("5. KiB", NUMBER, "`5. KiB` is not a size; write a number and a unit, as in `64 KiB`"),
        (
            "1.2.3 KiB",
            NUMBER,
            "`1.2.3 KiB` is not a size; write a number and a unit, as in `64 KiB`",
        ),
        ("4 kbi", UNIT, &format!("unknown unit `kbi`; {SIZE_UNITS}; did you mean `KiB`?")),
        ("4 Mb", UNIT, &format!("unknown unit `Mb`; {SIZE_UNITS}; did you mean `MB`?")),
        ("4 parsecs", UNIT, &format!("unknown unit `parsecs`; {SIZE_UNITS}")),
        ("1e6", UNIT, &format!("unknown unit `e6`; {SIZE_UNITS}")),
        ("1,5 KiB", UNIT, &format!("unknown unit `,5 KiB`; {SIZE_UNITS}")),
        (
            "1.5",
            RANGE,
            "`1.5` is a fraction of a byte; write a whole number, or a larger unit as in `64 KiB`",
        ),
        (
            "1.5 B",
            RANGE,
            "`1.5 B` is a fraction of a byte; write a whole number, or a larger unit as in `64 \
            KiB`",
        ),
        (
            "18446744073709551616",
            RANGE,
            "`18446744073709551616` does not fit in 64 bits; write a smaller number",
        ),
        (
            "99999999999999999999999999999999999999999 B",
            RANGE,
            "`99999999999999999999999999999999999999999 B` does not fit in 64 bits; write a \
            smaller number",
        ),
        (
            "99999999999 GiB",
            RANGE,
            "`99999999999 GiB` does not fit in 64 bits; write a smaller number",
        ),
    ] {
        let error = parse_size(text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(kind(&error), "{text}: {error:?}");
    }
}

#[test]
fn durations_that_are_refused() {
    for (text, kind, message) in [
        ("soon", NUMBER, "`soon` is not a duration; write a number and a unit, as in `1.5 s`"),
        (
            "30",
            UNIT,
            "`30` has no unit; a duration takes ns, us, ms, s, min, h or d, as in `1.5 s`",
        ),
        ("5 M", UNIT, "unknown unit `M`; a duration takes ns, us, ms, s, min, h or d"),
        (
            "5 mins",
            UNIT,
            "unknown unit `mins`; a duration takes ns, us, ms, s, min, h or d; did you mean `min`?",
        ),
        ("1h 30min", UNIT, "unknown unit `h 30min`; a duration takes ns, us, ms, s, min, h or d"),
        (
            "0.5 ns",
            RANGE,
            "`0.5 ns` is a fraction of a nanosecond; write a whole number, or a larger unit as in \
            `1.5 s`",
        ),
        ("600 000 h", UNIT, "unknown unit `000 h`; a duration takes ns, us, ms, s, min, h or d"),
        ("9999999 h", RANGE, "`9999999 h` does not fit in 64 bits; write a smaller number"),
    ] {
        let error = parse_duration(text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(kind(&error), "{text}: {error:?}");
    }
}

#[test]
fn sizes_are_written_as_people_write_them() {
    for (bytes, text) in [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1_000, "1 kB"),
        (1_024, "1 KiB"),
        (1_536, "1.5 KiB"),
        (1_280, "1.25 KiB"),
        (1_230, "1.23 kB"),
        (1_234, "1234 B"),
        (1_024_000, "1000 KiB"),
        (1_500_000, "1.5 MB"),
        (3 << 30, "3 GiB"),
        (u64::MAX, "18446744073709551615 B"),
        (1 << 63, "8388608 TiB"),
    ] {
        assert_eq!(format_size(bytes), text);
    }
}

/// Numbers of all magnitudes: xorshift with 64 bits, cut to a random length.
fn numbers() -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    std::iter::repeat_with(move || next() >> (next() % 64)).take(20_000)
}

#[test]
fn what_is_written_is_read_back() {
    const STEPS: [u64; 5] = [1, 10, 1 << 10, 25 << 18, 500_000];
    for number in numbers() {
        for bytes in STEPS.map(|step| number.saturating_mul(step)) {
            let text = format_size(bytes);
            assert_eq!(parse_size(&text), Ok(bytes), "{text}");
            assert_eq!(parse_size(&text.replace(' ', "")), Ok(bytes), "{text}");
        }
    }
}

#[test]
fn a_whole_number_of_a_unit_is_its_multiple() {
    for (unit, factor) in
        [("k", 1u64 << 10), ("mb", 1_000_000), ("GiB", 1 << 30), ("TB", 1_000_000_000_000)]
    {
        for number in numbers() {
            let text = format!("{number} {unit}");
            assert_eq!(parse_size(&text).ok(), number.checked_mul(factor), "{text}");
        }
    }
}
