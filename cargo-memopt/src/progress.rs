//! What long work has done so far: one line that changes, on a terminal alone.

use crate::console::Console;
use indicatif::{ProgressBar, ProgressStyle};
use std::borrow::Cow;
use std::time::Duration;

/// A line that goes when the work is done.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Begins a line. Where people do not read it, nothing is written.
    pub(crate) fn start(console: Console) -> Self {
        if !console.shows_progress() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        // The word of a status ends in column 12; what follows it stands below its text.
        let style = ProgressStyle::with_template("           {spinner} {msg} ({elapsed})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// What is done now.
    pub(crate) fn tell(&self, what: impl Into<Cow<'static, str>>) {
        self.0.set_message(what);
    }

    /// Writes other lines while this one is away.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
