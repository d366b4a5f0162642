//! Errors of independent parts, reported together: one build shows all of them.

use syn::{Error, Result};

/// What has gone wrong so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.add(error);
        }
    }

    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
