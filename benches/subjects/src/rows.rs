//! Ten million rows out of a small text that repeats: what reads them is timed, and not a disk.

use std::hint::black_box;
use std::str::Lines;
use std::time::Duration;

use crate::bench::on_core;

/// Rows in one turn.
pub const ROWS: u64 = 10_000_000;

/// The text: numbers of one to seven digits, one a line.
pub const TEXT: &str =
    "7\n1024\n365\n86400\n12\n9999999\n250\n31\n4096\n600000\n18\n770\n5280\n3\n144000\n99\n";

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which one it is.
    pub number: u64,
    /// What stands in it.
    pub value: u64,
}

/// Reads the rows of the text, beginning again at its end.
#[derive(Clone, Debug)]
pub struct Reader {
    lines: Lines<'static>,
    number: u64,
}

impl Reader {
    /// A reader at the first row.
    pub fn new() -> Self {
        Self { lines: TEXT.lines(), number: 0 }
    }

    /// The next row.
    ///
    /// # Panics
    ///
    /// Never: every line is a number.
    #[inline(always)]
    pub fn next_row(&mut self) -> Row {
        let line = loop {
            match self.lines.next() {
                Some(line) => break line,
                None => self.lines = black_box(TEXT).lines(),
            }
        };
        self.number += 1;
        Row { number: self.number, value: line.parse().expect("every line is a number") }
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

/// Times the rows that `make` gives, each looked at once, and all that `make` does before the
/// first.
#[inline(always)]
pub fn consume<I: IntoIterator<Item = Row>>(rows: u64, make: impl FnOnce(u64) -> I) -> Duration {
    let start = on_core();
    for row in make(rows) {
        black_box((row.number, row.value));
    }
    on_core().saturating_sub(start)
}
