//! Takes messages to one sink: one at a time, again after a wait, and gives up in the end. It knows
//! no clock and no thread.

use super::{Message, Sink, SinkError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// The wait after the first failure. It doubles with each.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One sink, and the message that it is to be told.
#[derive(Debug)]
pub(super) struct Courier {
    sink: Box<dyn Sink>,
    retry_for: Duration,
    carried: Option<Carried>,
    refreshed: Duration,
    seed: u64,
}

#[derive(Debug)]
struct Carried {
    message: Message,
    since: Duration,
    failures: u32,
    again: Duration,
    /// Whether this very message was tried.
    is_tried: bool,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There was nothing to do.
    Idle,
    /// It was sent.
    Sent,
    /// Firing alerts were sent again.
    Refreshed,
    /// It was not sent, and will be tried again.
    Failed(String),
    /// It was given up.
    GivenUp(String),
}

impl Courier {
    pub(super) fn new(sink: Box<dyn Sink>, retry_for: Duration, seed: u64) -> Self {
        Self { sink, retry_for, carried: None, refreshed: Duration::ZERO, seed: seed | 1 }
    }

    /// Whether it can take another message.
    pub(super) fn is_free(&self) -> bool {
        self.carried.is_none()
    }

    pub(super) fn take(&mut self, message: Message, now: Duration) {
        let (failures, again) = (0, now);
        self.carried = Some(Carried { message, since: now, failures, again, is_tried: false });
    }

    /// The state of all alerts that is carried, which a newer one makes useless.
    pub(super) fn state(&self) -> Option<&Message> {
        let message = self.carried.as_ref().map(|carried| &carried.message);
        message.filter(|message| matches!(message, Message::Alerts { .. }))
    }

    /// Carries a newer message in the place of the one that it has. What the other side was like
    /// stays: it gets the new message no earlier than it would have got the old one.
    pub(super) fn renew(&mut self, message: Message, now: Duration) {
        let before = self.carried.as_ref().map(|carried| (carried.failures, carried.again));
        let (failures, again) = before.unwrap_or((0, now));
        self.carried = Some(Carried { message, since: now, failures, again, is_tried: false });
    }

    /// There is no later: what was never tried is due now.
    pub(super) fn hurry(&mut self, now: Duration) {
        if let Some(carried) = self.carried.as_mut().filter(|carried| !carried.is_tried) {
            carried.again = carried.again.min(now);
        }
    }

    /// The time at which there is something to do, without a new message.
    pub(super) fn next(&self) -> Option<Duration> {
        let refresh = self.sink.refresh_every().map(|every| self.refreshed.saturating_add(every));
        self.carried.as_ref().map_or(refresh, |carried| Some(carried.again))
    }

    /// Does what is due.
    pub(super) fn step(&mut self, now: Duration) -> Step {
        let Some(carried) = &mut self.carried else {
            let due = |every| now >= self.refreshed.saturating_add(every);
            if !self.sink.refresh_every().is_some_and(due) {
                return Step::Idle;
            }
            // The next one is due after an interval, whatever came of this.
            self.refreshed = now;
            return match guarded(|| self.sink.refresh()) {
                Ok(()) => Step::Refreshed,
                Err(error) => Step::Failed(error.message),
            };
        };
        if now < carried.again {
            return Step::Idle;
        }
        carried.is_tried = true;
        match guarded(|| self.sink.send(&carried.message)) {
            Ok(()) => {
                self.carried = None;
                self.refreshed = now;
                Step::Sent
            }
            Err(error) => {
                let wait = FIRST_WAIT.saturating_mul(1 << carried.failures.min(10));
                let wait = jitter(&mut self.seed, wait.min(LONGEST_WAIT));
                carried.failures = carried.failures.saturating_add(1);
                carried.again = now.saturating_add(wait.max(error.after.unwrap_or_default()));
                if !error.again || carried.again > carried.since.saturating_add(self.retry_for) {
                    self.carried = None;
                    return Step::GivenUp(error.message);
                }
                Step::Failed(error.message)
            }
        }
    }
}

/// Calls a sink. One that panics would panic at the same message again, so it is given up; the next
/// message is told all the same.
fn guarded(call: impl FnOnce() -> Result<(), SinkError>) -> Result<(), SinkError> {
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let why = text.map_or_else(String::new, |text| format!(": {text}"));
        SinkError::never(format!("the sink panicked{why}"))
    };
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(panic)))
}

/// From half to all of a wait, so that many programs do not come at once.
fn jitter(seed: &mut u64, wait: Duration) -> Duration {
    // xorshift64.
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    wait / 2 + wait.mul_f64((*seed >> 11) as f64 / (1u64 << 53) as f64) / 2
}
