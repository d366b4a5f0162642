//! A list of recent errors that is never cut, in code nobody annotated.

use crate::harness::Program;

struct Recent {
    errors: Vec<Vec<u8>>,
}

impl Recent {
    #[inline(never)]
    fn note_error(&mut self, code: u8) {
        self.errors.push(vec![code; 300]);
    }
}

pub(crate) fn program() -> Program {
    let mut recent = Recent { errors: Vec::new() };
    Box::new(move |round| (0..40).for_each(|_| recent.note_error(round as u8)))
}
