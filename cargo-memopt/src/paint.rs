//! Colours as an aid: every word that has one says the same without it.

use anstyle::{AnsiColor, Style};
use std::fmt;

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A heading.
    Strong,
    /// What is beside the point.
    Faint,
    /// What got worse, or is forbidden.
    Bad,
    /// What got better, or is in order.
    Good,
    /// What asks for attention.
    Warn,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
        }
    }
}

/// Whether a text gets colours, and how many columns it may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// With escapes of a terminal.
    pub(crate) color: bool,
    /// Columns.
    pub(crate) width: usize,
}

/// The widest that texts are laid out for: longer lines are hard to read.
const WIDEST: usize = 140;
/// The width where there is no terminal.
const PLAIN: usize = 100;
/// No table fits into less.
const NARROWEST: usize = 60;

impl Look {
    /// That of the standard output stream. `COLUMNS` replaces the width of the terminal.
    pub(crate) fn of_stdout(color: bool) -> Self {
        let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = asked.or_else(terminal).unwrap_or(PLAIN);
        Self { color, width: width.clamp(NARROWEST, WIDEST) }
    }

    /// The text in this tone.
    pub(crate) fn paint<T: fmt::Display>(self, tone: Tone, text: T) -> Painted<T> {
        Painted { style: self.color.then(|| tone.style()), text }
    }
}

/// A text with its escapes.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{style}{}{style:#}", self.text),
            None => self.text.fmt(f),
        }
    }
}
