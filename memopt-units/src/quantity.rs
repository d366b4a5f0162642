//! The grammar that sizes and durations share: a number, perhaps with a fraction, and a unit.

use crate::error::{Kind, ParseError};
use crate::near::did_you_mean;

/// One kind of quantity.
pub(crate) struct Quantity {
    /// In messages: `a size`.
    pub(crate) name: &'static str,
    /// In messages: a text that is right.
    pub(crate) example: &'static str,
    /// The smallest unit, in messages: a fraction of it is refused.
    pub(crate) smallest: &'static str,
    /// Each unit with the number of smallest ones it is, in any case.
    pub(crate) units: &'static [(&'static str, u64)],
    /// Spellings that mean something else elsewhere, as they are written.
    pub(crate) ambiguous: &'static [&'static str],
    /// The units as a message lists them.
    pub(crate) listed: &'static str,
    /// Those that may be suggested.
    pub(crate) suggested: &'static [&'static str],
    /// Whether a number alone counts the smallest unit.
    pub(crate) unit_is_optional: bool,
}

impl Quantity {
    /// The number of smallest units.
    pub(crate) fn parse(&self, text: &str) -> Result<u64, ParseError> {
        let trimmed = text.trim();
        let end =
            trimmed.find(|c: char| !matches!(c, '0'..='9' | '_' | '.')).unwrap_or(trimmed.len());
        let (number, unit) = (&trimmed[..end], trimmed[end..].trim_start());
        let number = Number::read(number).ok_or_else(|| self.not_a_number(text))?;
        let factor = self.factor(text, unit)?;
        if number.has_fraction() && factor == 1 {
            let Self { smallest, example, .. } = self;
            let message = format!(
                "`{text}` is a fraction of a {smallest}; write a whole number, or a larger unit as \
                in `{example}`"
            );
            return Err(ParseError::new(Kind::Range, message));
        }
        number.times(factor).ok_or_else(|| {
            let message = format!("`{text}` does not fit in 64 bits; write a smaller number");
            ParseError::new(Kind::Range, message)
        })
    }

    fn factor(&self, text: &str, unit: &str) -> Result<u64, ParseError> {
        let Self { name, listed, example, .. } = self;
        if unit.is_empty() {
            if self.unit_is_optional {
                return Ok(1);
            }
            let message = format!("`{text}` has no unit; {name} takes {listed}, as in `{example}`");
            return Err(ParseError::new(Kind::Unit, message));
        }
        let same = |(known, _): &&(&str, u64)| {
            known.eq_ignore_ascii_case(unit) && !self.ambiguous.contains(&unit)
        };
        self.units.iter().find(same).map(|(_, factor)| *factor).ok_or_else(|| {
            let hint = did_you_mean(unit, self.suggested.iter().copied());
            ParseError::new(
                Kind::Unit,
                format!("unknown unit `{unit}`; {name} takes {listed}{hint}"),
            )
        })
    }

    fn not_a_number(&self, text: &str) -> ParseError {
        let Self { name, example, .. } = self;
        let message =
            format!("`{text}` is not {name}; write a number and a unit, as in `{example}`");
        ParseError::new(Kind::Number, message)
    }
}

/// A number with a fraction, in decimal digits.
struct Number<'a> {
    whole: u128,
    /// Digits behind the point; empty where there is no point.
    fraction: &'a str,
}

/// More digits of a fraction than this say nothing about a whole number of bytes or nanoseconds.
const FRACTION_DIGITS: usize = 18;

impl<'a> Number<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let begins = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        if !begins(whole) || fraction.is_some_and(|part| !begins(part) || part.contains('.')) {
            return None;
        }
        // A number that is too large here is too large in any unit.
        let whole =
            digits(whole).fold(0u128, |sum, digit| sum.saturating_mul(10).saturating_add(digit));
        Some(Self { whole, fraction: fraction.unwrap_or_default() })
    }

    fn has_fraction(&self) -> bool {
        digits(self.fraction).any(|digit| digit != 0)
    }

    /// The product, rounded down; `None` where it does not fit.
    fn times(&self, factor: u64) -> Option<u64> {
        let (mut part, mut scale) = (0u128, 1u128);
        for digit in digits(self.fraction).take(FRACTION_DIGITS) {
            part = part * 10 + digit;
            scale *= 10;
        }
        let part = part * u128::from(factor) / scale;
        let whole = self.whole.checked_mul(u128::from(factor))?;
        u64::try_from(whole.checked_add(part)?).ok()
    }
}

fn digits(text: &str) -> impl Iterator<Item = u128> {
    text.chars().filter_map(|c| c.to_digit(10)).map(u128::from)
}
