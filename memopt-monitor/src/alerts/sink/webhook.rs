//! Webhooks: the JSON that receivers of Alertmanager know, version 4.

use super::http::{Client, Token};
use super::{Message, Sink, SinkError, rfc3339};
use crate::alerts::group::Notification;
use crate::alerts::model::{Alert, State};
use crate::config::{Labels, Secret, SinkConfig};
use crate::json::Json;
use std::time::Duration;

/// Alerts in one message, at most.
const MOST: usize = 100;

/// What stands for "not yet" in times.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Posts each message to an address.
#[derive(Debug)]
pub struct Webhook {
    name: String,
    client: Client,
}

impl Webhook {
    /// A webhook at `http://host:port/path`.
    pub fn new(name: &str, url: &str, timeout: Duration, token: Option<Secret>) -> Self {
        let client = Client::new(url, timeout, token.map(Token::Text));
        Self { name: name.to_owned(), client }
    }

    /// What the configuration of a sink says.
    pub fn of(config: &SinkConfig) -> Self {
        let client = client(config, "");
        Self { name: config.name.clone(), client }
    }
}

/// The client of a sink; `path` comes after its address.
pub(super) fn client(config: &SinkConfig, path: &str) -> Client {
    let url = config.url.as_ref().map_or("", |url| url.expose());
    let url = if path.is_empty() {
        url.to_owned()
    } else {
        format!("{}{path}", url.trim_end_matches('/'))
    };
    let file = config.token_file.clone().map(Token::File);
    Client::new(&url, config.timeout, config.token.clone().map(Token::Text).or(file))
}

impl Sink for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, message: &Message) -> Result<(), SinkError> {
        match message {
            Message::Group(group) => self.client.post(&body(&self.name, group).line()),
            Message::Alerts { .. } => Ok(()),
        }
    }
}

/// The names and texts that all have alike.
fn common<'a>(mut each: impl Iterator<Item = &'a Labels>) -> Labels {
    let mut common = each.next().cloned().unwrap_or_default();
    for labels in each {
        common.retain(|name, value| labels.get(name) == Some(value));
    }
    common
}

fn body(receiver: &str, group: &Notification) -> Json {
    let alerts = &group.alerts;
    let told = &alerts[..alerts.len().min(MOST)];
    let status = if group.fires() { "firing" } else { "resolved" };
    Json::object([
        ("version", Json::text("4")),
        ("groupKey", Json::text(&group.key)),
        ("truncatedAlerts", Json::raw(alerts.len() - told.len())),
        ("status", Json::text(status)),
        ("receiver", Json::text(receiver)),
        ("groupLabels", Json::texts(&group.labels)),
        ("commonLabels", Json::texts(&common(told.iter().map(|alert| &alert.labels)))),
        ("commonAnnotations", Json::texts(&common(told.iter().map(|alert| &alert.annotations)))),
        ("externalURL", Json::text("")),
        ("alerts", Json::List(told.iter().map(alert).collect())),
    ])
}

fn alert(alert: &Alert) -> Json {
    let ended = alert.state == State::Resolved;
    let ends = alert.ended_ms.filter(|_| ended).map_or_else(|| NEVER.to_owned(), rfc3339::format);
    Json::object([
        ("status", Json::text(if ended { "resolved" } else { "firing" })),
        ("labels", Json::texts(&alert.labels)),
        ("annotations", Json::texts(&alert.annotations)),
        ("startsAt", Json::text(rfc3339::format(alert.fired_ms.unwrap_or(alert.active_since_ms)))),
        ("endsAt", Json::text(ends)),
        ("generatorURL", Json::text("")),
        ("fingerprint", Json::text(alert.id())),
    ])
}
