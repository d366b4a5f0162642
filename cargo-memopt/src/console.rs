//! Where people read: lines on the standard error stream, in colour where that helps.

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use std::fmt;
use std::io::{self, IsTerminal, Write};

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` or `CARGO_TERM_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    color: Color,
    is_quiet: bool,
}

impl Console {
    /// What the command line says; where it is silent, cargo's own variables.
    pub(crate) fn new(color: Color, is_quiet: bool) -> Self {
        let is_quiet = is_quiet || variable("CARGO_TERM_QUIET").as_deref() == Some("true");
        Self { color, is_quiet }
    }

    /// For what is not printed but read: results and errors only, without colours.
    pub(crate) fn captured() -> Self {
        Self { color: Color::Never, is_quiet: true }
    }

    /// Whether only results and errors are wanted.
    pub(crate) fn is_quiet(self) -> bool {
        self.is_quiet
    }

    /// Whether what is printed on the standard output stream has colours.
    pub(crate) fn colors_stdout(self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Whether what is printed on the standard error stream has colours.
    pub(crate) fn colors_stderr(self) -> bool {
        self.colors(io::stderr().is_terminal())
    }

    /// The word for cargo's `--color`. None where cargo is to decide by its own settings, which a
    /// flag would overrule.
    pub(crate) fn color_word(self) -> Option<&'static str> {
        match self.color {
            Color::Auto => None,
            Color::Always => Some("always"),
            Color::Never => Some("never"),
        }
    }

    /// Whether a line on the progress of long work is wanted. A pipe or a file gets one only where
    /// `CARGO_TERM_PROGRESS_WHEN` is `always`.
    pub(crate) fn shows_progress(self) -> bool {
        !self.is_quiet
            && match variable("CARGO_TERM_PROGRESS_WHEN").as_deref() {
                Some("never") => false,
                Some("always") => true,
                _ => io::stderr().is_terminal(),
            }
    }

    /// A line on what is done, as cargo writes them: a word in twelve columns, and the rest.
    pub(crate) fn status(self, word: &str, rest: impl fmt::Display) {
        if !self.is_quiet {
            self.line(AnsiColor::Green.on_default().bold(), format_args!("{word:>12}"), rest);
        }
    }

    /// What went not as asked, and the command goes on.
    pub(crate) fn warn(self, rest: impl fmt::Display) {
        self.line(AnsiColor::Yellow.on_default().bold(), format_args!("warning:"), rest);
    }

    /// Why the command ends.
    pub(crate) fn error(self, rest: impl fmt::Display) {
        self.line(AnsiColor::Red.on_default().bold(), format_args!("error:"), rest);
    }

    fn line(self, style: Style, word: fmt::Arguments<'_>, rest: impl fmt::Display) {
        // Nobody reads a closed stream.
        let _ = if self.colors_stderr() {
            writeln!(io::stderr(), "{style}{word}{style:#} {rest}")
        } else {
            writeln!(io::stderr(), "{word} {rest}")
        };
    }

    /// The same for what the parser of the command line prints.
    pub(crate) fn of_parser(self) -> clap::ColorChoice {
        match (self.colors(false), self.colors(true)) {
            (true, _) => clap::ColorChoice::Always,
            (_, false) => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        }
    }

    fn colors(self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if variable("NO_COLOR").is_some() => false,
            Color::Auto => match variable("CARGO_TERM_COLOR").as_deref() {
                Some("always") => true,
                Some("never") => false,
                _ => is_terminal,
            },
        }
    }
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(value.to_string_lossy().into_owned())
}
