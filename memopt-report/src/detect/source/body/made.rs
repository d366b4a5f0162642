//! What an expression makes.

use crate::detect::evidence::Evidence;
use crate::units::on_lines;

/// What an expression makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Makes {
    /// An empty collection that is filled later: `Vec::new()`.
    Empty,
    /// A collection of a size that is known: `vec![0; n]`, `with_capacity(n)`, `" ".repeat(n)`.
    Sized,
    /// A list of lists of one length: `vec![vec![0; n]; m]`.
    Grid,
    /// A list of given elements: `vec![a, b]`.
    List,
    /// A new string from parts: `format!`, `.replace(..)`, `.join(..)`.
    Text,
    /// A copy: `.clone()`, `.to_string()`, `.to_vec()`, `String::from(..)`.
    Copy,
    /// A copy in another case: `.to_lowercase()`.
    Case,
    /// A collection from an iterator: `.collect()`.
    Collected,
    /// A whole input: `read_to_string`, `fs::read`.
    Input,
    /// A `String` for each line of a reader: `.lines()`.
    Lines,
    /// One value in a block of its own: `Box::new(..)`.
    Boxed,
    /// One value that several share: `Rc::new(..)`.
    Shared,
}

/// One such expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct Made {
    pub(in crate::detect) makes: Makes,
    /// Line of the source, from 1.
    pub(in crate::detect) line: u32,
    /// The expression, shortened.
    pub(in crate::detect) text: String,
    /// The variable it is bound to.
    pub(in crate::detect) name: Option<String>,
    /// Whether that variable was there before: no `let` stands here.
    pub(super) is_assigned: bool,
    /// Whether that variable is `mut`.
    pub(in crate::detect) mutable: bool,
    /// Whether it stands in a loop or in a closure that an iterator calls.
    pub(in crate::detect) repeated: bool,
    /// In how many of these, one in the other.
    pub(super) depth: usize,
    /// Lines of others that make the same for a variable of this name, as two branches do: which
    /// of them ran the source does not say.
    pub(in crate::detect) also: Vec<u32>,
}

impl Made {
    pub(in crate::detect) fn evidence(&self) -> Evidence {
        Evidence::MadeBy {
            expression: self.text.clone(),
            line: self.line,
            other_lines: self.also.clone(),
        }
    }

    /// As the evidence of a remedy for others that run as often.
    pub(in crate::detect) fn beside(&self) -> Evidence {
        Evidence::Beside { expression: self.text.clone(), line: self.line }
    }

    /// `line 3`, or `lines 3 and 9` where it is one of several.
    pub(in crate::detect) fn lines(&self) -> String {
        on_lines(self.line, &self.also)
    }

    /// Whether another makes the same for a variable of the same name, elsewhere. In a loop and
    /// before it these are two variables, unless one is an assignment.
    fn is_like(&self, other: &Self) -> bool {
        let is_one = self.repeated == other.repeated || self.is_assigned || other.is_assigned;
        let is_same = self.name == other.name && self.makes == other.makes;
        self.name.is_some() && is_same && is_one && self.line != other.line
    }
}

/// Notes of each the others that make the same for a variable of its name.
pub(super) fn note_others(all: &mut [Made]) {
    let also: Vec<Vec<u32>> = all
        .iter()
        .map(|made| all.iter().filter(|other| made.is_like(other)).map(|o| o.line).collect())
        .collect();
    for (made, lines) in all.iter_mut().zip(also) {
        made.also = lines;
    }
}
