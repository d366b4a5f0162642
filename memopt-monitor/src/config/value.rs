//! Single settings: how each kind is read, shown and described.

use memopt_units::did_you_mean;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A size in bytes: `64 KiB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// A share from 0 to 1: `25 %`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

/// Names with texts: labels that are added to alerts, arguments of actions.
pub type Labels = BTreeMap<String, String>;

/// What a setting may be, for the template and the schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `25 %`, or a number from 0 to 1.
    Ratio,
    /// `64 KiB`, or a number of bytes.
    Size,
    /// `1.5 s`.
    Duration,
    /// A number, or a text with a unit.
    Amount,
    /// A text.
    Text,
    /// A text of which the host alone is shown.
    Address,
    /// A text that is never shown.
    Secret,
    /// The same, and the file must not hold it.
    Token,
    /// One of these words, each with its meaning.
    Choice(Vec<(&'static str, &'static str)>),
    /// Several of the same.
    List(Box<Shape>),
    /// Names with texts.
    Labels,
    /// A table with these keys.
    Table(Vec<Field>),
    /// A list of tables with these keys.
    Tables(Vec<Field>),
}

/// One key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// What it means, as lines of Markdown.
    pub(crate) doc: Vec<&'static str>,
    /// What it may be.
    pub(crate) shape: Shape,
    /// What it is where nothing is said, as TOML; none where it is unset.
    pub(crate) default: Option<String>,
}

/// A value as it stands in a file or an environment variable.
#[derive(Clone, Debug)]
pub(crate) enum Raw<'a> {
    /// A quoted text.
    Text(&'a str),
    /// A text of which nothing is known: an environment variable, a value of the builder.
    Word(&'a str),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Raw<'a>>),
    Table(Vec<(&'a str, Raw<'a>)>),
}

impl Raw<'_> {
    /// What it is, for messages.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Word(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            _ => None,
        }
    }
}

/// A setting that is one value.
pub(crate) trait Scalar: Sized {
    fn shape() -> Shape;
    fn take(raw: &Raw<'_>) -> Result<Self, String>;
    /// As TOML; none where it is unset.
    fn show(&self) -> Option<String>;
}

/// Something else stands here.
pub(super) fn wanted<T>(what: &str, raw: &Raw<'_>) -> Result<T, String> {
    Err(format!("{what} belongs here, not {}", raw.kind()))
}

/// A text as TOML writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The word of a choice.
pub(crate) fn chosen<T: Copy>(
    raw: &Raw<'_>,
    words: &(impl Iterator<Item = (&'static str, T)> + Clone),
) -> Result<T, String> {
    let names = words.clone().map(|(name, _)| name);
    let listed = || names.clone().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let Some(text) = raw.text() else { return wanted(&format!("one of {}", listed()), raw) };
    words.clone().find(|(name, _)| *name == text).map(|(_, value)| value).ok_or_else(|| {
        let near = did_you_mean(text, names.clone());
        format!("`{text}` is none of {}{near}", listed())
    })
}

/// An enum whose variants are words of the configuration.
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $name:ident {
        $($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// All, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its word in configuration and messages.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl $crate::config::value::Scalar for $name {
            fn shape() -> $crate::config::value::Shape {
                $crate::config::value::Shape::Choice(vec![
                    $(($word, concat!($($doc),+).trim_ascii())),+
                ])
            }

            fn take(raw: &$crate::config::value::Raw<'_>) -> Result<Self, String> {
                let words = Self::ALL.iter().map(|one| (one.word(), *one));
                $crate::config::value::chosen(raw, &words)
            }

            fn show(&self) -> Option<String> {
                Some($crate::config::value::quoted(self.word()))
            }
        }
    };
}
pub(crate) use choice;
