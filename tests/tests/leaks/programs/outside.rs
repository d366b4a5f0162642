//! A list of recent errors that is never cut, in code nobody annotated.

use crate::harness::{Leaking, Program};

/// Errors a round, and what is kept of each.
const ERRORS: usize = 40;
const CONTEXT: usize = 600;

pub(crate) const LEAK: Leaking = Leaking { per_second: (ERRORS * CONTEXT) as u64, per_call: None };

struct Recent {
    errors: Vec<Vec<u8>>,
}

impl Recent {
    #[inline(never)]
    fn note_error(&mut self, code: u8) {
        self.errors.push(vec![code; CONTEXT]);
    }
}

pub(crate) fn program() -> Program {
    let mut recent = Recent { errors: Vec::new() };
    Box::new(move |round| (0..ERRORS).for_each(|_| recent.note_error(round as u8)))
}
