//! The command line of `peers`.

use crate::Result;

/// How the results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for people, and the bars.
    Text,
    /// One JSON object a line.
    Json,
    /// The tables of the README.
    Markdown,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// How to print.
    pub format: Format,
    /// The one bench to run; all without.
    pub only: Option<String>,
    /// The one profile to measure; both without.
    pub profile: Option<String>,
    /// Time for turns, in percent of the usual.
    pub effort: u64,
}

/// The text of `--help`.
pub const HELP: &str = "\
measures memopt beside its peers

usage: cargo run --release --manifest-path benches/Cargo.toml --bin peers -- [options]

  --json           one JSON object a line
  --markdown       the tables of the README
  --only NAME      one bench or group: alloc64, alloc64_in_scope, json1m, scope, poll, pool4k, \
  arena1000, scope_arena,
                   sampled, exact, hook_idle_arena, magazine64, presize, lazy_read, unwind40, \
                   streamed, compile1000, or one of
                   their variants
  --profile NAME   one profile: lto or release
  --effort N       time for turns, in percent of the usual (100)";

impl Options {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    ///
    /// When an argument is unknown, or its value is missing or is not of its kind.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut options = Self { format: Format::Text, only: None, profile: None, effort: 100 };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value =
                || arguments.next().ok_or_else(|| format!("`{argument}` needs a value behind it"));
            match argument.as_str() {
                "--json" => options.format = Format::Json,
                "--markdown" => options.format = Format::Markdown,
                "--only" => options.only = Some(value()?),
                "--profile" => options.profile = Some(value()?),
                "--effort" => {
                    let text = value()?;
                    let bad = |_| format!("`--effort {text}` is not a whole number of percent");
                    options.effort = text.parse().map_err(bad)?;
                }
                _ => return Err(format!("`{argument}` is not an option\n\n{HELP}").into()),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Options};

    fn parse(text: &str) -> crate::Result<Options> {
        Options::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_any_order() {
        let expected =
            Options { format: Format::Json, only: Some("poll".into()), profile: None, effort: 20 };
        assert_eq!(parse("--only poll --json --effort 20").unwrap(), expected);
        assert_eq!(parse("--effort 20 --json --only poll").unwrap(), expected);
    }

    #[test]
    fn a_value_that_is_missing_or_wrong_is_named() {
        assert_eq!(parse("--only").unwrap_err().to_string(), "`--only` needs a value behind it");
        assert_eq!(
            parse("--effort x").unwrap_err().to_string(),
            "`--effort x` is not a whole number of percent"
        );
    }
}
