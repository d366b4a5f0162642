//! Which alerts and programs something is about.

use std::collections::BTreeMap;
use std::fmt;

/// A condition on one label: `severity = critical`, `site != parse`, `program = "shop-*"`. A `*`
/// stands for any characters. A label that is absent is the empty text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Matcher {
    /// The name of the label.
    pub label: String,
    /// What its value is compared with.
    pub pattern: String,
    /// Whether the value must be another one.
    pub differs: bool,
}

impl Matcher {
    /// A label with this value.
    pub fn is(label: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self { label: label.into(), pattern: pattern.into(), differs: false }
    }

    /// Reads `severity = critical`.
    ///
    /// # Errors
    ///
    /// Where the text is no such condition.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is no condition on a label, such as `severity = critical` or `site != parse*`"
            )
        };
        let (label, pattern) = text.split_once('=').ok_or_else(fault)?;
        let (label, differs) = match label.strip_suffix('!') {
            Some(label) => (label, true),
            None => (label, false),
        };
        let pattern = pattern.trim();
        if pattern.starts_with('~') {
            return Err(format!(
                "`{text}` has a regular expression, which is not known here: use `*` for any characters"
            ));
        }
        let pattern = pattern
            .strip_prefix('"')
            .and_then(|pattern| pattern.strip_suffix('"'))
            .unwrap_or(pattern);
        let label = label.trim();
        if !is_label(label) {
            return Err(fault());
        }
        Ok(Self { label: label.to_owned(), pattern: pattern.to_owned(), differs })
    }

    /// Whether labels meet it.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.label).map_or("", String::as_str);
        glob(&self.pattern, value) != self.differs
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.differs { "!=" } else { "=" };
        write!(f, "{} {sign} {}", self.label, self.pattern)
    }
}

/// Whether a text may be the name of a label: letters, digits and `_`, no digit first.
pub fn is_label(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether a text is what a pattern says, in which `*` stands for any characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn conditions_are_read_and_met() {
        let labels = BTreeMap::from([("severity".to_owned(), "critical".to_owned())]);
        let met = |text: &str| Matcher::parse(text).unwrap().matches(&labels);
        assert!(met("severity = \"critical\""));
        assert!(!met("severity!=crit*"));
        assert!(met("site != parse"));
        assert!(met("site ="));
        assert!(Matcher::parse("severity").unwrap_err().ends_with("`site != parse*`"));
        assert!(Matcher::parse("a =~ b.*").unwrap_err().ends_with("use `*` for any characters"));
    }
}
