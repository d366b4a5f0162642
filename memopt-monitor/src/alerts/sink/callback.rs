//! A function of the program.

use super::{Message, Sink, SinkError};
use crate::alerts::group::Notification;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function for each message, on the thread of the sink.
pub struct Callback {
    name: String,
    call: Box<dyn FnMut(&Notification) + Send>,
}

impl Callback {
    /// A sink that calls this.
    pub fn new(name: &str, call: impl FnMut(&Notification) + Send + 'static) -> Self {
        Self { name: name.to_owned(), call: Box::new(call) }
    }
}

impl Sink for Callback {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, message: &Message) -> Result<(), SinkError> {
        let Message::Group(group) = message else { return Ok(()) };
        // What it left half done is its own, and it is told the next message all the same.
        catch_unwind(AssertUnwindSafe(|| (self.call)(group)))
            .map_err(|_| SinkError::never("the function of the program panicked"))
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("name", &self.name).finish_non_exhaustive()
    }
}
