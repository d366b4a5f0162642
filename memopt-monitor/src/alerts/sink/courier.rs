//! Takes messages to one sink: one at a time, again after a wait, and gives up in the end. It knows
//! no clock and no thread.

use super::{Message, Sink};
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
        self.carried = Some(Carried { message, since: now, failures: 0, again: now });
    }

    /// Whether a message is waiting that a newer one makes useless: the state of all alerts.
    pub(super) fn drop_outdated(&mut self) -> Option<Message> {
        let outdated = |carried: &mut Carried| matches!(carried.message, Message::Alerts { .. });
        self.carried.take_if(outdated).map(|carried| carried.message)
    }

    /// The time at which there is something to do, without a new message.
    pub(super) fn next(&self) -> Option<Duration> {
        let refresh = self.sink.refresh_every().map(|every| self.refreshed + every);
        self.carried.as_ref().map_or(refresh, |carried| Some(carried.again))
    }

    /// Does what is due.
    pub(super) fn step(&mut self, now: Duration) -> Step {
        let Some(carried) = &mut self.carried else {
            let due = |every| now >= self.refreshed + every;
            if !self.sink.refresh_every().is_some_and(due) {
                return Step::Idle;
            }
            // The next one is due after an interval, whatever came of this.
            self.refreshed = now;
            return match self.sink.refresh() {
                Ok(()) => Step::Refreshed,
                Err(error) => Step::Failed(error.message),
            };
        };
        if now < carried.again {
            return Step::Idle;
        }
        match self.sink.send(&carried.message) {
            Ok(()) => {
                self.carried = None;
                self.refreshed = now;
                Step::Sent
            }
            Err(error) => {
                let wait = FIRST_WAIT.saturating_mul(1 << carried.failures.min(10));
                let wait = jitter(&mut self.seed, wait.min(LONGEST_WAIT));
                carried.failures += 1;
                carried.again = now + wait.max(error.after.unwrap_or_default());
                if !error.again || carried.again > carried.since + self.retry_for {
                    self.carried = None;
                    return Step::GivenUp(error.message);
                }
                Step::Failed(error.message)
            }
        }
    }
}

/// From half to all of a wait, so that many programs do not come at once.
fn jitter(seed: &mut u64, wait: Duration) -> Duration {
    // xorshift64.
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    wait / 2 + wait.mul_f64((*seed >> 11) as f64 / (1u64 << 53) as f64) / 2
}
