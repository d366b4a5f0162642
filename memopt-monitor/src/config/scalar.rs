//! How each kind of value is read and shown.

use super::amount::{Amount, AmountUnit};
use super::duration::format_duration;
use super::listen::Listen;
use super::matcher::{Matcher, is_label};
use super::secret::{Address, Secret, Token};
use super::value::{Labels, Ratio, Raw, Scalar, Shape, Size, quoted, wanted};
use memopt_units::{format_size, parse_duration, parse_size};
use std::path::PathBuf;
use std::time::Duration;

impl Scalar for bool {
    fn shape() -> Shape {
        Shape::Bool
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Bool(value) => Ok(*value),
            Raw::Word("true" | "1" | "on" | "yes") => Ok(true),
            Raw::Word("false" | "0" | "off" | "no") => Ok(false),
            Raw::Word(word) => Err(format!("`{word}` is neither `true` nor `false`")),
            raw => wanted("`true` or `false`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Scalar for u64 {
    fn shape() -> Shape {
        Shape::Integer
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Integer(value) => {
                u64::try_from(*value).map_err(|_| format!("`{value}` is below 0"))
            }
            Raw::Word(word) => word
                .replace('_', "")
                .parse()
                .map_err(|_| format!("`{word}` is no whole number of 0 or more")),
            raw => wanted("a whole number", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Scalar for u32 {
    fn shape() -> Shape {
        Shape::Integer
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        let value = u64::take(raw)?;
        value.try_into().map_err(|_| format!("`{value}` is above {}", u32::MAX))
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Scalar for f64 {
    fn shape() -> Shape {
        Shape::Number
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        let value = match raw {
            Raw::Integer(value) => *value as f64,
            Raw::Float(value) => *value,
            Raw::Word(word) => word.parse().map_err(|_| format!("`{word}` is no number"))?,
            raw => return wanted("a number", raw),
        };
        if value.is_finite() { Ok(value) } else { Err(format!("`{value}` is no finite number")) }
    }

    fn show(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Scalar for Ratio {
    fn shape() -> Shape {
        Shape::Ratio
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        let value = match raw {
            Raw::Integer(value) => *value as f64,
            Raw::Float(value) => *value,
            Raw::Text(text) | Raw::Word(text) => {
                let amount = Amount::parse(text)?;
                match amount.unit {
                    _ if amount.rate => f64::NAN,
                    AmountUnit::Share | AmountUnit::Number => amount.value,
                    _ => f64::NAN,
                }
            }
            raw => return wanted("a share such as `25 %`", raw),
        };
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err("a share is from `0 %` to `100 %`".to_owned())
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&Amount::share(self.0).to_string()))
    }
}

impl Scalar for Size {
    fn shape() -> Shape {
        Shape::Size
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Integer(value) => {
                u64::try_from(*value).map(Self).map_err(|_| format!("`{value}` is below 0"))
            }
            Raw::Text(text) | Raw::Word(text) => {
                parse_size(text).map(Self).map_err(|error| error.to_string())
            }
            raw => wanted("a size such as `64 KiB`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&format_size(self.0)))
    }
}

impl Scalar for Duration {
    fn shape() -> Shape {
        Shape::Duration
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Integer(value) => Err(format!("a duration has a unit: write `\"{value} s\"`")),
            Raw::Text(text) | Raw::Word(text) => {
                parse_duration(text).map_err(|error| error.to_string())
            }
            raw => wanted("a duration such as `1.5 s`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&format_duration(*self)))
    }
}

impl Scalar for Amount {
    fn shape() -> Shape {
        Shape::Amount
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::Integer(value) => Ok(Self::number(*value as f64)),
            Raw::Float(value) if value.is_finite() => Ok(Self::number(*value)),
            Raw::Text(text) | Raw::Word(text) => Self::parse(text),
            raw => wanted("a limit such as `512 MiB` or `90 %`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Scalar for String {
    fn shape() -> Shape {
        Shape::Text
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        raw.text().map_or_else(|| wanted("a text", raw), |text| Ok(text.to_owned()))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Scalar for PathBuf {
    fn shape() -> Shape {
        Shape::Text
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("") => Err("a path is not empty".to_owned()),
            Some(text) => Ok(text.into()),
            None => wanted("a path", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl Scalar for Secret {
    fn shape() -> Shape {
        Shape::Secret
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw.text() {
            Some("") => Err("a token is not empty".to_owned()),
            // It ends up in a header of a request.
            Some(text) if text.chars().any(char::is_control) => {
                Err("a token has no line breaks and no control characters".to_owned())
            }
            Some(text) => Ok(Self::new(text)),
            None => wanted("a text", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(Self::SHOWN))
    }
}

impl Scalar for Token {
    fn shape() -> Shape {
        Shape::Token
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        let Raw::Word(_) = raw else {
            return Err("a token does not stand in this file: name a file that holds it, with \
                        `_file` at the end of the key, or set it by the environment"
                .to_owned());
        };
        Secret::take(raw).map(|secret| Self::new(secret.expose()))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(Secret::SHOWN))
    }
}

impl Scalar for Listen {
    fn shape() -> Shape {
        Shape::Text
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        raw.text().map_or_else(|| wanted("an address", raw), str::parse)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Scalar for Address {
    fn shape() -> Shape {
        Shape::Address
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        String::take(raw).map(Self::new)
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Scalar for Matcher {
    fn shape() -> Shape {
        Shape::Text
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw.text() {
            Some(text) => Self::parse(text),
            None => wanted("a condition such as `severity = critical`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Scalar for Labels {
    fn shape() -> Shape {
        Shape::Labels
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        let pair = |name: &str, value: &Raw<'_>| {
            // Which of them may have dots is the table's matter.
            if !name.split('.').all(is_label) {
                return Err(NO_NAME.replace("{}", name));
            }
            let value = match value {
                Raw::Integer(value) => value.to_string(),
                Raw::Float(value) => value.to_string(),
                Raw::Bool(value) => value.to_string(),
                value => String::take(value)?,
            };
            Ok((name.to_owned(), value))
        };
        match raw {
            Raw::Table(pairs) => pairs.iter().map(|(name, value)| pair(name, value)).collect(),
            Raw::Word(word) => parts(word)
                .map(|part| match part.split_once('=') {
                    Some((name, value)) => pair(name.trim(), &Raw::Word(value.trim())),
                    None => Err(format!("`{part}` is no `name=value`")),
                })
                .collect(),
            raw => wanted("a table such as `{ team = \"web\" }`", raw),
        }
    }

    fn show(&self) -> Option<String> {
        let key = |name: &str| if is_label(name) { name.to_owned() } else { quoted(name) };
        let pairs: Vec<String> =
            self.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value))).collect();
        Some(if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) })
    }
}

/// What is said of a name that is none.
pub(super) const NO_NAME: &str = "`{}` is no name: letters, digits and `_`, no digit first";

/// What stands between commas.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    word.split(',').map(str::trim).filter(|part| !part.is_empty())
}

impl<T: Scalar> Scalar for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        match raw {
            Raw::List(items) => items.iter().map(T::take).collect(),
            Raw::Word(word) => parts(word).map(|part| T::take(&Raw::Word(part))).collect(),
            raw => wanted("a list", raw),
        }
    }

    fn show(&self) -> Option<String> {
        let items: Vec<String> = self.iter().filter_map(T::show).collect();
        Some(format!("[{}]", items.join(", ")))
    }
}

impl<T: Scalar> Scalar for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn take(raw: &Raw<'_>) -> Result<Self, String> {
        T::take(raw).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(T::show)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shown_exactly() {
        for share in [0.0, 0.25, 1.0 / 3.0, 0.333_33, 0.001_234_5, 1e-9, 0.7 + 0.1, 1.0] {
            let shown = Ratio(share).show().unwrap();
            assert_eq!(Ratio::take(&Raw::Text(shown.trim_matches('"'))), Ok(Ratio(share)));
        }
    }

    #[test]
    fn refusals_name_the_remedy() {
        fn told<T: Scalar>(raw: &Raw<'_>) -> String {
            T::take(raw).err().expect("refused")
        }
        assert_eq!(told::<Duration>(&Raw::Integer(5)), "a duration has a unit: write `\"5 s\"`");
        assert_eq!(told::<u64>(&Raw::Integer(-5)), "`-5` is below 0");
        assert_eq!(told::<bool>(&Raw::Text("yes")), "`true` or `false` belongs here, not a text");
        assert_eq!(told::<Ratio>(&Raw::Float(1.5)), "a share is from `0 %` to `100 %`");
        assert!(told::<Size>(&Raw::Text("4 KiBi")).ends_with("did you mean `KiB`?"));
        assert_eq!(told::<Secret>(&Raw::Text("")), "a token is not empty");
        assert!(told::<Secret>(&Raw::Text("a\nb")).starts_with("a token has no line breaks"));
        assert!(told::<Labels>(&Raw::Word("a-b=c")).starts_with("`a-b` is no name"));
    }

    #[test]
    fn words_of_the_environment_are_read_too() {
        assert_eq!(bool::take(&Raw::Word("on")), Ok(true));
        assert_eq!(u32::take(&Raw::Word("1_000")), Ok(1_000));
        assert_eq!(Ratio::take(&Raw::Word("0.5")), Ok(Ratio(0.5)));
        assert_eq!(Vec::<String>::take(&Raw::Word("a, b,")), Ok(vec!["a".into(), "b".into()]));
        let labels = Labels::take(&Raw::Word("team=web,env=test")).unwrap();
        assert_eq!(labels.show().unwrap(), r#"{ env = "test", team = "web" }"#);
    }
}
