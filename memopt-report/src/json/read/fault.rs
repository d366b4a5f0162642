//! What is wrong with a text: the message, and the way out of the value, on which the path grows.

use serde::de;
use std::fmt;

/// Letters of what is said of a fault, at most.
const LONGEST_MESSAGE: usize = 160;

/// What is wrong, and where in the text and in the value.
#[derive(Debug)]
pub(in crate::json) struct Fault {
    message: String,
    line: usize,
    column: usize,
    path: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, line, column, path } = self;
        write!(f, "{message} at line {line} column {column}")?;
        if path.is_empty() { Ok(()) } else { write!(f, ", in `{path}`") }
    }
}

/// A fault on its way out: the path grows from its end.
#[derive(Debug)]
pub(in crate::json) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    /// In bytes; none where a type refused a value and the reader has not yet said where.
    offset: Option<usize>,
    path: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Step {
    Member(String),
    Item(usize),
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let mut message = message.to_string();
        // What it quotes may be as long as the text.
        if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        Self(Box::new(Inner { message, offset: None, path: Vec::new() }))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    pub(super) fn within(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    pub(in crate::json) fn locate(self, text: &str) -> Fault {
        let Inner { message, offset, path } = *self.0;
        // The last character that was looked at; at the end of the text its last one.
        let offset = offset.unwrap_or(0).min(text.len().saturating_sub(1));
        let before = &text.as_bytes()[..offset];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + text[..start].lines().count();
        // All but the continuations of UTF-8.
        let column = 1 + before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let mut written = String::new();
        for step in path.iter().rev() {
            match step {
                Step::Member(name) if written.is_empty() => written.clone_from(name),
                Step::Member(name) => written.extend([".", name]),
                Step::Item(index) => written.extend(["[", &index.to_string(), "]"]),
            }
        }
        Fault { message, line, column, path: written }
    }
}
