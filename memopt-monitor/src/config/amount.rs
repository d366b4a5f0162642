//! Limits in rules: a number with the unit that says what it is of.

use super::duration::format_duration;
use memopt_units::{format_size, parse_duration, parse_size};
use std::fmt;
use std::time::Duration;

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountUnit {
    /// A bare number.
    Number,
    /// A share of something: 1 is all of it.
    Share,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// A limit: `512 MiB`, `90 %`, `6 h`, `1000`, or one of these in a time: `10 MiB/min`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Amount {
    /// In base units: bytes, seconds, shares of 1; a second where it is a rate.
    pub value: f64,
    /// What it is of.
    pub unit: AmountUnit,
    /// Whether it is a rate.
    pub rate: bool,
}

impl Amount {
    /// A bare number.
    pub fn number(value: f64) -> Self {
        Self { value, unit: AmountUnit::Number, rate: false }
    }

    /// Bytes.
    pub fn bytes(bytes: u64) -> Self {
        Self { value: bytes as f64, unit: AmountUnit::Bytes, rate: false }
    }

    /// A share: 0.9 is 90 %.
    pub fn share(share: f64) -> Self {
        Self { value: share, unit: AmountUnit::Share, rate: false }
    }

    /// A time.
    pub fn time(time: Duration) -> Self {
        Self { value: time.as_secs_f64(), unit: AmountUnit::Seconds, rate: false }
    }

    /// The same in a second.
    #[must_use]
    pub fn a_second(self) -> Self {
        Self { rate: true, ..self }
    }

    /// Reads `512 MiB`, `90 %`, `6 h`, `1000`, `10 MiB/s`.
    ///
    /// # Errors
    ///
    /// Where the text is none of these, with the rule and the remedy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (head, seconds) = match text.rsplit_once('/') {
            None => (text, None),
            Some((head, time)) => {
                let time = time.trim();
                let alone = time.starts_with(|first: char| first.is_ascii_alphabetic());
                let time = if alone { format!("1 {time}") } else { time.to_owned() };
                let time = parse_duration(&time).map_err(|error| error.to_string())?;
                if time.is_zero() {
                    return Err("a rate is in a time above zero, such as `10 MiB/s`".to_owned());
                }
                (head, Some(time.as_secs_f64()))
            }
        };
        let mut amount = Self::plain(head.trim(), seconds.is_some())?;
        if let Some(seconds) = seconds {
            amount.value /= seconds;
            amount.rate = true;
        }
        Ok(amount)
    }

    fn plain(text: &str, is_rate: bool) -> Result<Self, String> {
        if let Some(percent) = text.strip_suffix('%') {
            let share = hundredth(percent).filter(|share| share.is_finite());
            let share = share.ok_or_else(|| format!("`{text}` is no share, such as `90 %`"))?;
            return Ok(Self::share(share));
        }
        if let Some(number) = number(text) {
            return Ok(Self::number(number));
        }
        // Parts of a byte or of a nanosecond mean something in a rate.
        let base = |unit: char| text.strip_suffix(unit).filter(|_| is_rate).and_then(number);
        for (letter, unit) in [('B', AmountUnit::Bytes), ('s', AmountUnit::Seconds)] {
            if let Some(value) = base(letter) {
                return Ok(Self { value, unit, rate: false });
            }
        }
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || "._ +-".contains(c));
        if unit == "m" {
            return Err(format!("`{text}` is a size or a time: write `MiB` or `min` for `m`"));
        }
        match (parse_size(text), parse_duration(text)) {
            (Ok(bytes), _) => Ok(Self::bytes(bytes)),
            (_, Ok(time)) => Ok(Self::time(time)),
            (Err(size), Err(_)) => Err(format!(
                "`{text}` is no limit, such as `1000`, `512 MiB`, `90 %`, `6 h` or `10 MiB/s` \
                 ({size})"
            )),
        }
    }

    /// A value of the same unit, as people write it.
    pub fn format(&self, value: f64) -> String {
        format_value(value, self.unit) + if self.rate { "/s" } else { "" }
    }
}

impl fmt::Display for Amount {
    /// As people write it, and exactly: [`parse`](Amount::parse) reads the same amount back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_time = |value: String, time: &str| {
            if self.rate { format!("{value}/{time}") } else { value }
        };
        let times = if self.rate { &TIMES[..] } else { &TIMES[..1] };
        let texts = times.iter().flat_map(|(time, seconds)| {
            rounded(self.value * seconds, self.unit).map(|value| in_time(value, time))
        });
        for text in texts {
            if Self::parse(&text) == Ok(*self) {
                return f.write_str(&text);
            }
        }
        f.write_str(&in_time(in_full(self.value, self.unit), "s"))
    }
}

/// The times in which a rate is told, with their seconds.
const TIMES: [(&str, f64); 4] = [("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// What people would write for a value. It may be another value by a little.
fn rounded(value: f64, unit: AmountUnit) -> [String; 2] {
    let other = match unit {
        AmountUnit::Number | AmountUnit::Share => String::new(),
        AmountUnit::Bytes => format_size(value.round() as u64),
        AmountUnit::Seconds => {
            Duration::try_from_secs_f64(value).map_or_else(|_| String::new(), format_duration)
        }
    };
    [format_value(value, unit), other]
}

/// All digits of a value, in its base unit.
fn in_full(value: f64, unit: AmountUnit) -> String {
    match unit {
        AmountUnit::Number => digits(value),
        AmountUnit::Share => hundredfold(value) + " %",
        AmountUnit::Bytes => digits(value) + " B",
        AmountUnit::Seconds => digits(value) + " s",
    }
}

/// The fewest digits that are read as this number.
fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-12..1e16).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A number a hundred times as large, in digits from which [`hundredth`] makes this one. A product
/// of two numbers may not: one in five has no such product.
fn hundredfold(value: f64) -> String {
    let text = format!("{value:e}");
    let (letters, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let shifted = format!("{letters}e{}", exponent.parse::<i32>().unwrap_or_default() + 2);
    let plain = shifted.parse::<f64>().map_or_else(|_| String::new(), digits);
    if hundredth(&plain) == Some(value) { plain } else { shifted }
}

/// The hundredth of a number in digits, rounded once.
fn hundredth(text: &str) -> Option<f64> {
    let text = text.trim().replace('_', "");
    let (letters, exponent) = match text.split_once(['e', 'E']) {
        Some((letters, exponent)) => (letters, exponent.parse::<i32>().ok()?),
        None => (&*text, 0),
    };
    format!("{letters}e{}", exponent.checked_sub(2)?).parse().ok()
}

fn number(text: &str) -> Option<f64> {
    text.trim().replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

/// A value in base units, as people write it: `1.5 MiB`, `93.1 %`, `2.5 h`.
pub fn format_value(value: f64, unit: AmountUnit) -> String {
    let scaled = |units: &[(f64, &str)]| {
        let (factor, name) = units
            .iter()
            .find(|(factor, _)| value.abs() >= *factor)
            .or(units.last())
            .copied()
            .unwrap_or((1.0, ""));
        format!("{} {name}", short(value / factor))
    };
    match unit {
        AmountUnit::Number => short(value),
        AmountUnit::Share => format!("{} %", short(value * 100.0)),
        AmountUnit::Bytes => scaled(&[
            (1024f64.powi(4), "TiB"),
            (1024f64.powi(3), "GiB"),
            (1024f64.powi(2), "MiB"),
            (1024.0, "KiB"),
            (1.0, "B"),
        ]),
        AmountUnit::Seconds => scaled(&[
            (86_400.0, "d"),
            (3_600.0, "h"),
            (60.0, "min"),
            (1.0, "s"),
            (1e-3, "ms"),
            (1e-6, "us"),
            (1e-9, "ns"),
        ]),
    }
}

/// At most two decimals, and none that are zero.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        let read = |text| Amount::parse(text).unwrap();
        assert_eq!(read("90 %"), Amount::share(0.9));
        assert_eq!(read("512 MiB"), Amount::bytes(512 << 20));
        assert_eq!(read("6 h"), Amount::time(Duration::from_secs(6 * 3_600)));
        assert_eq!(read("-1_000.5"), Amount::number(-1_000.5));
        assert_eq!(read("60 KiB/min"), Amount::bytes(1024).a_second());
        assert_eq!(read("1 MiB / 2 s"), Amount::bytes(512 << 10).a_second());
    }

    #[test]
    fn what_is_no_limit_is_told() {
        let told = |text| Amount::parse(text).unwrap_err();
        assert_eq!(told("5 m"), "`5 m` is a size or a time: write `MiB` or `min` for `m`");
        assert!(told("many").starts_with("`many` is no limit, such as `1000`"), "{}", told("many"));
        assert_eq!(told("x %"), "`x %` is no share, such as `90 %`");
        assert_eq!(told("1/0 s"), "a rate is in a time above zero, such as `10 MiB/s`");
    }

    #[test]
    fn values_read_as_people_write_them() {
        assert_eq!(Amount::bytes(512 << 20).to_string(), "512 MiB");
        assert_eq!(Amount::bytes(1024).a_second().to_string(), "1 KiB/s");
        assert_eq!(Amount::share(0.5).format(0.9312), "93.12 %");
        assert_eq!(Amount::time(Duration::from_secs(90)).to_string(), "1.5 min");
        assert_eq!(Amount::number(100.0).to_string(), "100");
    }

    #[test]
    fn what_people_wrote_is_shown_so() {
        for text in [
            "0.001",
            "1e-20",
            "100 s",
            "90.125 %",
            "0.0004 %",
            "65537 B",
            "1.5 MB",
            "10 KiB/min",
            "1 GiB/d",
            "0.5 B/s",
            "1 %/h",
            "7/min",
            "7 s/min",
        ] {
            let amount = Amount::parse(text).unwrap();
            assert_eq!(amount.to_string(), text);
        }
        assert!(Amount::parse("0.5 B").is_err(), "a part of a byte is no size");
    }

    /// Numbers that look random, and are the same each time.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        /// Of any size.
        fn float(&mut self) -> f64 {
            let float = f64::from_bits(self.next());
            if float.is_finite() { float } else { 0.1 }
        }

        /// From 0 to 1.
        fn part(&mut self) -> f64 {
            (self.next() >> 11) as f64 / (1u64 << 53) as f64
        }

        /// As many bits as come.
        fn whole(&mut self) -> u64 {
            self.next() >> (self.next() % 64)
        }
    }

    #[test]
    fn every_amount_that_is_shown_is_read_back() {
        let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
        let same = |amount: Amount| {
            let shown = amount.to_string();
            assert_eq!(Amount::parse(&shown).as_ref(), Ok(&amount), "{shown}");
        };
        for _ in 0..5_000 {
            let longest = 500 * 365 * 86_400 * 1_000_000_000;
            for amount in [
                Amount::number(numbers.float()),
                Amount::number(numbers.part()),
                Amount::share(numbers.float()),
                Amount::share(numbers.part()),
                Amount::bytes(numbers.whole()),
                Amount::time(Duration::from_nanos(numbers.whole() % longest)),
                Amount::time(Duration::from_secs(numbers.whole() % 100_000)),
            ] {
                same(amount);
                same(amount.a_second());
                let (seconds, part) = (numbers.whole() % 1_000_000 + 1, numbers.part());
                same(Amount { value: amount.value / seconds as f64, rate: true, ..amount });
                same(Amount { value: amount.value * part, rate: true, ..amount });
            }
        }
    }
}
