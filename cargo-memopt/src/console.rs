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
    pub(crate) fn new(color: Color, is_quiet: bool) -> Self {
        Self { color, is_quiet }
    }

    /// The same, with results and errors only.
    pub(crate) fn quieter(self) -> Self {
        Self { is_quiet: true, ..self }
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

    /// The word for cargo's `--color`.
    pub(crate) fn color_word(self) -> &'static str {
        match self.color {
            Color::Auto => "auto",
            Color::Always => "always",
            Color::Never => "never",
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

    fn colors(self, is_terminal: bool) -> bool {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if is_set("NO_COLOR") => false,
            Color::Auto => match std::env::var("CARGO_TERM_COLOR").as_deref() {
                Ok("always") => true,
                Ok("never") => false,
                _ => is_terminal,
            },
        }
    }
}
