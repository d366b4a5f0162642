//! The API v2 of an Alertmanager, which groups, silences and sends by itself.
//!
//! An alert is sent when it begins to fire, again and again while it does, and with its end. Each
//! sending carries an end in the future, so that an alert of a program that is gone ends too.

use super::http::Client;
use super::webhook::client;
use super::{MOST_ENDED, Message, Sink, SinkError, rfc3339};
use crate::alerts::model::Alert;
use crate::config::SinkConfig;
use crate::json::Json;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An alert that is not sent again ends after so many intervals.
const VALID_FOR: u32 = 4;

/// The end of an alert is sent so many times, in case a peer of the Alertmanager missed one.
const ENDS_SENT: u32 = 3;

/// Alerts in one request, at most.
const MOST: usize = 64;

/// Sends alerts to an Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    name: String,
    client: Client,
    resend: Duration,
    firing: BTreeMap<u64, Alert>,
    /// Alerts that ended, and how often that is to be sent still.
    ended: BTreeMap<u64, (Alert, u32)>,
}

impl Alertmanager {
    /// What the configuration of a sink says.
    pub fn of(config: &SinkConfig) -> Self {
        Self {
            name: config.name.clone(),
            client: client(config, "/api/v2/alerts"),
            resend: config.resend,
            firing: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }

    fn post(&mut self) -> Result<(), SinkError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let ends = now.saturating_add(self.resend.saturating_mul(VALID_FOR));
        let ends_ms = i64::try_from(ends.as_millis()).unwrap_or(i64::MAX);
        let firing = self.firing.values().map(|alert| body(alert, ends_ms));
        let ended = self.ended.values().map(|(alert, _)| {
            // It began before it ended, whatever was done to the clock.
            let began = alert.fired_ms.unwrap_or(alert.active_since_ms);
            body(alert, alert.ended_ms.unwrap_or(began).max(began + 1))
        });
        let all: Vec<Json> = firing.chain(ended).collect();
        for some in all.chunks(MOST) {
            self.client.post(&Json::List(some.to_vec()).line())?;
        }
        self.ended.retain(|_, (_, left)| {
            *left = left.saturating_sub(1);
            *left > 0
        });
        Ok(())
    }
}

impl Sink for Alertmanager {
    fn name(&self) -> &str {
        &self.name
    }

    fn groups_by_itself(&self) -> bool {
        true
    }

    fn send(&mut self, message: &Message) -> Result<(), SinkError> {
        let Message::Alerts { firing, ended } = message else { return Ok(()) };
        self.firing = firing.iter().map(|alert| (alert.fingerprint, alert.clone())).collect();
        for alert in ended {
            self.ended.entry(alert.fingerprint).or_insert_with(|| (alert.clone(), ENDS_SENT));
        }
        self.ended.retain(|fingerprint, _| !self.firing.contains_key(fingerprint));
        while self.ended.len() > MOST_ENDED {
            let when = |(_, (alert, _)): &(&u64, &(Alert, u32))| alert.ended_ms;
            let oldest = self.ended.iter().min_by_key(when).map(|(fingerprint, _)| *fingerprint);
            let Some(oldest) = oldest else { break };
            self.ended.remove(&oldest);
        }
        self.post()
    }

    fn refresh_every(&self) -> Option<Duration> {
        Some(self.resend)
    }

    fn refresh(&mut self) -> Result<(), SinkError> {
        if self.firing.is_empty() && self.ended.is_empty() { Ok(()) } else { self.post() }
    }
}

fn body(alert: &Alert, ends_ms: i64) -> Json {
    Json::object([
        ("labels", Json::texts(&alert.labels)),
        ("annotations", Json::texts(&alert.annotations)),
        ("startsAt", Json::text(rfc3339::format(alert.fired_ms.unwrap_or(alert.active_since_ms)))),
        ("endsAt", Json::text(rfc3339::format(ends_ms))),
    ])
}
