//! Events of `tracing`.

use super::{Message, Sink, SinkError};
use crate::alerts::model::{Alert, State};
use crate::config::Severity;

/// Writes an event for each alert of a message, target `memopt::alerts`: critical ones as errors,
/// warnings as warnings, all others and what ended as information.
#[derive(Debug)]
pub struct Event {
    name: String,
}

impl Event {
    /// A sink with this name.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl Sink for Event {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, message: &Message) -> Result<(), SinkError> {
        if let Message::Group(group) = message {
            group.alerts.iter().for_each(write);
        }
        Ok(())
    }
}

fn write(alert: &Alert) {
    /// The level is a part of the place of an event, and no value.
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: "memopt::alerts",
                tracing::Level::$level,
                alertname = %alert.rule,
                severity = alert.severity.word(),
                state = alert.state.word(),
                fingerprint = %alert.id(),
                value = alert.annotations.get("value").map_or("", String::as_str),
                remedy = alert.annotations.get("remedy").map_or("", String::as_str),
                labels = ?alert.labels,
                "{}",
                alert.annotations.get("summary").unwrap_or(&alert.rule)
            )
        };
    }
    match (alert.state, alert.severity) {
        (State::Firing, Severity::Critical) => event!(ERROR),
        (State::Firing, Severity::Warning) => event!(WARN),
        _ => event!(INFO),
    }
}
