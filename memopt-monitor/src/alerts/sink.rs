//! Where alerts are sent.
//!
//! Each sink has a thread and a bounded queue of its own: the worker that evaluates rules never
//! waits for one, and none waits for another. What is lost is counted.

mod alertmanager;
mod callback;
mod courier;
mod event;
mod http;
mod outbox;
mod rfc3339;
mod webhook;

pub use self::alertmanager::Alertmanager;
pub use self::callback::Callback;
pub use self::event::Event;
#[doc(hidden)]
pub use self::http::{Client, Token as ClientToken, asking};
pub use self::outbox::{Outbox, SinkStatus};
pub use self::webhook::Webhook;

use super::group::Notification;
use super::model::Alert;
use crate::config::{Matcher, Severity, SinkConfig};
use std::fmt;
use std::time::Duration;

/// Ends of alerts that wait for a sink, at most. Older ones are left out: each alert was sent with
/// an end by which it ends without a word.
const MOST_ENDED: usize = 1_000;

/// What a sink gets.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Alerts that belong together, after the waits of the configuration.
    Group(Notification),
    /// All alerts that fire, and those that ended since the last such message: for a sink that
    /// groups by itself.
    Alerts {
        /// All that fire and are told, and those that were told before they became quiet.
        firing: Vec<Alert>,
        /// Those that ended.
        ended: Vec<Alert>,
    },
}

/// Sends alerts. It is called on a thread of its own, and may wait.
pub trait Sink: fmt::Debug + Send {
    /// Its name in messages and counters.
    fn name(&self) -> &str;

    /// Whether it groups alerts by itself, and wants them as they come.
    fn groups_by_itself(&self) -> bool {
        false
    }

    /// Tells a message.
    ///
    /// # Errors
    ///
    /// Why it was not told, and whether it is worth trying again.
    fn send(&mut self, message: &Message) -> Result<(), SinkError>;

    /// How often [`refresh`](Self::refresh) is to be called while nothing changes.
    fn refresh_every(&self) -> Option<Duration> {
        None
    }

    /// Tells again what fires still.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    fn refresh(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkError {
    /// What happened, without secrets.
    pub message: String,
    /// Whether it may go better another time.
    pub again: bool,
    /// The least time to wait, where the other side said so.
    pub after: Option<Duration>,
    /// The status of HTTP, where the other side answered.
    pub status: Option<u16>,
}

impl SinkError {
    /// It may go better another time.
    pub fn again(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: true, after: None, status: None }
    }

    /// It will never go better.
    pub fn never(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: false, after: None, status: None }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SinkError {}

/// Which alerts a sink gets, and how long sending is tried.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// The least urgent ones.
    pub severity: Severity,
    /// Only those that meet all of these.
    pub only: Vec<Matcher>,
    /// Whether the end of an alert is sent.
    pub resolved: bool,
    /// How long a message is tried.
    pub retry_for: Duration,
    /// Messages that wait, at most.
    pub queue: usize,
}

impl Delivery {
    /// What the configuration of a sink says.
    pub fn of(config: &SinkConfig) -> Self {
        Self {
            severity: config.severity,
            only: config.only.clone(),
            resolved: config.resolved,
            retry_for: config.retry_for,
            queue: config.queue as usize,
        }
    }

    /// Whether an alert is told.
    fn wants(&self, alert: &Alert) -> bool {
        alert.severity >= self.severity
            && self.only.iter().all(|matcher| matcher.matches(&alert.labels))
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self::of(&SinkConfig::default())
    }
}

#[cfg(test)]
mod tests;
