//! Numbers as people read them. Long forms for sentences, short ones for table cells.

const BINARY: [&str; 7] = ["", "K", "M", "G", "T", "P", "E"];
const DECIMAL: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];

/// `512 B`, `1.50 KiB`, `12.3 MiB`: three significant digits.
pub fn bytes(n: u64) -> String {
    match scaled(n as f64, 1024.0, 1023.5, 3) {
        (_, 0) => format!("{n} B"),
        (text, unit) => format!("{text} {}iB", BINARY[unit]),
    }
}

/// As [`bytes`], with a sign.
pub fn signed_bytes(n: i64) -> String {
    format!("{}{}", if n < 0 { "-" } else { "" }, bytes(n.unsigned_abs()))
}

/// `512`, `1.5K`, `12M` for `digits = 2`; one digit more, `12.3M`, for 3. Never wider
/// than `digits + 2`.
pub fn bytes_short(n: u64, digits: usize) -> String {
    short(n as f64, 1024.0, 1024, &BINARY, digits)
}

/// `12345`, `123k`, `1.23M`: exact up to five digits.
pub fn count_short(n: u64) -> String {
    short(n as f64, 1000.0, 100_000, &DECIMAL, 3)
}

/// `4,567,890`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1,234 blocks`, `1 block`.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// [`mean`] of things: `2.5 blocks`, `1 block`.
pub fn counted_mean(x: f64, noun: &str) -> String {
    let number = mean(x);
    let s = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// A mean: `12`, `1.5`, `0.02`; thousands as [`count`] writes them.
pub fn mean(x: f64) -> String {
    if x >= 100.0 || (x - x.round()).abs() < 0.005 {
        count(x.round().max(0.0) as u64)
    } else if x >= 10.0 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    }
}

/// `250 ns`, `1.20 µs`, `3.45 s`.
pub fn duration(ns: f64) -> String {
    let (text, unit) = time(ns);
    format!("{text} {unit}")
}

/// As [`duration`] without the space: for table cells.
pub fn duration_short(ns: f64) -> String {
    let (text, unit) = time(ns);
    format!("{text}{unit}")
}

/// `42 %`, `3.1 %`, `<0.1 %`; `-` of nothing.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { percent(part as f64 / whole as f64) }
}

/// A share between 0 and 1 in percent, as [`share`] writes it.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p <= 0.0 || p.is_nan() => "0 %".to_owned(),
        p if p < 0.1 => "<0.1 %".to_owned(),
        p if p < 9.95 => format!("{p:.1} %"),
        p if p < 999.5 => format!("{p:.0} %"),
        _ => ">999 %".to_owned(),
    }
}

fn time(ns: f64) -> (String, &'static str) {
    let ns = if ns.is_finite() { ns.max(0.0) } else { 0.0 };
    if ns < 999.5 {
        return (format!("{ns:.0}"), "ns");
    }
    let (value, unit) = match ns {
        n if n < 999.5e3 => (n / 1e3, "µs"),
        n if n < 999.5e6 => (n / 1e6, "ms"),
        n if n < 999.5e9 => (n / 1e9, "s"),
        n => (n / 3600e9, "h"),
    };
    if value >= 1e5 { (format!("{value:.0e}"), unit) } else { (significant(value, 3), unit) }
}

fn short(n: f64, base: f64, exact_below: u64, units: &[&str; 7], digits: usize) -> String {
    if n < exact_below as f64 {
        return format!("{n:.0}");
    }
    let (text, unit) = scaled(n, base, 999.5, digits);
    format!("{text}{}", units[unit])
}

/// Divides by `base` until the value is below `limit`; the digits, and how often it was divided.
fn scaled(n: f64, base: f64, limit: f64, digits: usize) -> (String, usize) {
    let (mut value, mut unit) = (n, 0);
    while value >= limit && unit < BINARY.len() - 1 {
        value /= base;
        unit += 1;
    }
    (significant(value, digits), unit)
}

/// `value` with so many digits in all, never fewer than its integer part has.
fn significant(value: f64, digits: usize) -> String {
    let half_up = |decimals: i32| 0.5 * 10f64.powi(-decimals);
    for decimals in (1..digits).rev() {
        let whole = digits - decimals;
        if value < 10f64.powi(whole as i32) - half_up(decimals as i32) {
            return format!("{value:.decimals$}");
        }
    }
    format!("{value:.0}")
}

/// `part ÷ whole`, 0 of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `line 3`, or `lines 3, 7 and 9`.
pub(crate) fn on_lines(line: u32, others: &[u32]) -> String {
    let mut all: Vec<u32> = others.iter().copied().chain([line]).collect();
    all.sort_unstable();
    all.dedup();
    let number = u32::to_string;
    match all.split_last() {
        Some((last, first @ [_, ..])) => {
            let first: Vec<String> = first.iter().map(number).collect();
            format!("lines {} and {last}", first.join(", "))
        }
        _ => format!("line {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "block"), "1 block");
        assert_eq!(counted(0, "block"), "0 blocks");
        assert_eq!(counted_mean(1.001, "block"), "1 block");
        assert_eq!(counted_mean(1.5, "block"), "1.50 blocks");
    }

    #[test]
    fn bytes_keep_three_digits() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1536, "1.50 KiB"),
            (10_235, "10.0 KiB"),
            (1_048_575, "1.00 MiB"),
            (12_900_000, "12.3 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (n, text) in cases {
            assert_eq!(bytes(n), text, "{n}");
        }
    }

    #[test]
    fn short_bytes_fit_their_cell() {
        assert_eq!(bytes_short(1023, 2), "1023");
        assert_eq!(bytes_short(1536, 2), "1.5K");
        assert_eq!(bytes_short(10_200, 2), "10K");
        assert_eq!(bytes_short(1_023_900, 2), "1.0M");
        assert_eq!(bytes_short(12_900_000, 3), "12.3M");
        for shift in 0..64 {
            for n in [1u64 << shift, (1u64 << shift) - 1, (1u64 << shift) / 10 * 9] {
                assert!(bytes_short(n, 2).len() <= 4, "{n}");
                assert!(bytes_short(n, 3).len() <= 5, "{n}");
                assert!(count_short(n).len() <= 5, "{n}");
            }
        }
    }

    #[test]
    fn counts_and_shares() {
        assert_eq!(count(4_567_890), "4,567,890");
        assert_eq!(count(999), "999");
        assert_eq!(count_short(99_999), "99999");
        assert_eq!(count_short(123_456), "123k");
        assert_eq!(counted(1, "block"), "1 block");
        assert_eq!(share(1, 0), "-");
        assert_eq!(share(42, 100), "42 %");
        assert_eq!(share(1, 10_000), "<0.1 %");
        assert_eq!(mean(3.0), "3");
        assert_eq!(mean(2.345_6), "2.35");
    }

    #[test]
    fn times_take_the_unit_that_fits() {
        assert_eq!(duration(250.0), "250 ns");
        assert_eq!(duration(1_200.0), "1.20 µs");
        assert_eq!(duration(3.45e9), "3.45 s");
        assert_eq!(duration(7.2e12), "2.00 h");
        assert_eq!(duration(f64::NAN), "0 ns");
    }
}
