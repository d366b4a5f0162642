//! Limits in rules: a number with the unit that says what it is of.

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
        let mut amount = Self::plain(head.trim())?;
        if let Some(seconds) = seconds {
            amount.value /= seconds;
            amount.rate = true;
        }
        Ok(amount)
    }

    fn plain(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok();
        if let Some(share) = text.strip_suffix('%') {
            let share = number(share).filter(|share| share.is_finite());
            let share = share.ok_or_else(|| format!("`{text}` is no share, such as `90 %`"))?;
            return Ok(Self::share(share / 100.0));
        }
        if let Some(number) = number(text).filter(|number| number.is_finite()) {
            return Ok(Self::number(number));
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unit == AmountUnit::Bytes && !self.rate && self.value.fract() == 0.0 {
            return f.write_str(&format_size(self.value as u64));
        }
        f.write_str(&self.format(self.value))
    }
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
}
