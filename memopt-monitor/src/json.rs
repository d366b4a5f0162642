//! JSON as it is written: a few shapes, without a crate whose traits users would see.

use std::fmt::Write as _;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// A text.
    Text(String),
    /// Written as it is.
    Raw(String),
    List(Vec<Json>),
    /// Its members, in this order.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn raw(text: impl std::fmt::Display) -> Self {
        Self::Raw(text.to_string())
    }

    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// An object of texts.
    pub(crate) fn texts<'a>(pairs: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let pair = |(name, value): (&String, &String)| (name.clone(), Self::text(value));
        Self::Object(pairs.into_iter().map(pair).collect())
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// A member a line.
    pub(crate) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: Option<usize>) {
        let wide = depth.is_some();
        let line = |out: &mut String, depth: Option<usize>| {
            if let Some(depth) = depth {
                out.push('\n');
                out.extend(std::iter::repeat_n("  ", depth));
            }
        };
        match self {
            Self::Text(text) => quote(out, text),
            Self::Raw(raw) => out.push_str(raw),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(match (index, wide) {
                        (0, _) => "",
                        (_, true) => ", ",
                        (_, false) => ",",
                    });
                    item.write(out, depth);
                }
                out.push(']');
            }
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Object(members) => {
                let inner = depth.map(|depth| depth + 1);
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push(if index == 0 { '{' } else { ',' });
                    line(out, inner);
                    quote(out, name);
                    out.push_str(if wide { ": " } else { ":" });
                    value.write(out, inner);
                }
                line(out, depth);
                out.push('}');
            }
        }
    }
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_reads_the_same() {
        let value = Json::object([
            ("a\"\n\u{7f}日", Json::text("\\\u{1}")),
            ("n", Json::raw(1.5)),
            ("empty", Json::Object(Vec::new())),
            ("list", Json::List(vec![Json::raw(true), Json::text("x")])),
        ]);
        for text in [value.line(), value.pretty()] {
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["a\"\n\u{7f}日"], "\\\u{1}");
            assert_eq!(read["n"], 1.5);
            assert_eq!(read["list"][1], "x");
            assert!(read["empty"].as_object().unwrap().is_empty());
        }
        assert_eq!(
            Json::object([("a", Json::raw(1)), ("b", Json::raw(2))]).line(),
            r#"{"a":1,"b":2}"#
        );
    }
}
