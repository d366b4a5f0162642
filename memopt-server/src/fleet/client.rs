//! Asks one Prometheus: a query at a time, of an address that may fail, be slow or answer wrongly.

use super::source::FleetSource;
use memopt_monitor::alerts::sink::asking;
use memopt_monitor::config::Secret;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer at most: one value of 10,000 instances takes 2 MB.
const LARGEST: u64 = 8 << 20;
/// Letters of a label at most.
const LONGEST: usize = 300;
/// Rows of an answer at most.
const ROWS: usize = 40_000;
/// The labels that are asked for; others are dropped.
const LABELS: [&str; 9] = [
    "alertname",
    "exported_version",
    "instance",
    "job",
    "program",
    "service",
    "severity",
    "site",
    "version",
];
/// Letters that are told of what an address says in an error.
const TOLD: usize = 200;

/// One series of an answer, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    labels: Vec<(&'static str, Arc<str>)>,
    pub(super) value: f64,
}

impl Row {
    /// The value of a label; empty where there is none.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody answers there, or somebody else: further queries are in vain.
    Gone(String),
    /// This query was refused.
    Refused(String),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<Secret>,
}

impl Client {
    pub(super) fn new(source: &FleetSource) -> Self {
        Self {
            agent: ureq::Agent::new_with_config(asking(&source.address).build()),
            base: source.address.trim().trim_end_matches('/').to_owned(),
            token: source.token.clone(),
        }
    }

    /// The address, without what is secret.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// What the query gives now, within this time.
    pub(super) fn query(&self, text: &str, time: Duration) -> Result<Vec<Row>, Fault> {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", text)
            .append_pair("timeout", &format!("{}ms", time.as_millis()))
            .finish();
        let url = format!("{}/api/v1/query?{query}", self.base);
        let mut request = self.agent.get(&url).config().timeout_global(Some(time)).build();
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {}", token.expose()));
        }
        let mut answer = request.call().map_err(|error| {
            // Some errors quote the address.
            let error = error.to_string().replace(&url, &self.base);
            Fault::Gone(self.said(&format!("it was not reached: {error}")))
        })?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => Fault::Refused(format!(
                "an answer is larger than {} MiB: ask a Prometheus that knows fewer programs",
                LARGEST >> 20
            )),
            error => Fault::Gone(self.said(&error.to_string())),
        })?;
        self.read(status, &body)
    }

    fn read(&self, status: u16, body: &[u8]) -> Result<Vec<Row>, Fault> {
        let document = match serde_json::from_slice::<Document>(body) {
            Ok(document) => document,
            Err(_) if (200..300).contains(&status) => {
                let what = "what it answers is not of Prometheus's HTTP API: see the address";
                return Err(Fault::Gone(what.to_owned()));
            }
            Err(_) => return Err(Fault::Gone(Self::refusal(status))),
        };
        match (document.data, document.error) {
            (Some(data), None) => {
                let mut texts = HashSet::new();
                let rows = data.result.into_iter().take(ROWS);
                Ok(rows.filter_map(|given| row(&given, &mut texts)).collect())
            }
            (_, Some(error)) => Err(Fault::Refused(self.said(&error))),
            (None, None) => Err(Fault::Gone(Self::refusal(status))),
        }
    }

    fn refusal(status: u16) -> String {
        let remedy = match status {
            401 | 403 => ": set a token that it takes",
            300..=399 => ": it sends requests elsewhere, set the address that it means",
            404 => ": set the address whose `/api/v1/query` is Prometheus's",
            _ => "",
        };
        format!("it answered {status}{remedy}")
    }

    /// A text of elsewhere, short, in one line, and without the token.
    fn said(&self, text: &str) -> String {
        let mut text = text.replace(|letter: char| letter.is_control(), " ");
        if let Some(token) = &self.token {
            text = text.replace(token.expose(), Secret::SHOWN);
        }
        text.chars().take(TOLD).collect()
    }
}

#[derive(Deserialize)]
struct Document {
    data: Option<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Given>,
}

#[derive(Deserialize)]
struct Given {
    metric: HashMap<String, String>,
    value: (f64, String),
}

/// A row with a value; what is no number says nothing. Equal texts are kept once.
fn row(given: &Given, texts: &mut HashSet<Arc<str>>) -> Option<Row> {
    let value = given.value.1.parse::<f64>().ok().filter(|value| value.is_finite())?;
    let mut kept = |value: &str| {
        let end = value.char_indices().nth(LONGEST).map_or(value.len(), |(end, _)| end);
        let value = &value[..end];
        if let Some(known) = texts.get(value) {
            return Arc::clone(known);
        }
        let new = Arc::<str>::from(value);
        texts.insert(Arc::clone(&new));
        new
    };
    let labels =
        LABELS.into_iter().filter_map(|name| Some((name, kept(given.metric.get(name)?)))).collect();
    Some(Row { labels, value })
}

#[cfg(test)]
pub(super) fn rows(text: &str) -> Vec<Row> {
    Client::new(&FleetSource::new("http://a")).read(200, text.as_bytes()).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client::new(&FleetSource::new("http://a/").with_token("secret-token"))
    }

    #[test]
    fn rows_have_labels_and_numbers() {
        let long = "x".repeat(500);
        let text = format!(
            r#"{{"status":"success","data":{{"resultType":"vector","result":[
               {{"metric":{{"instance":"a:1","site":"{long}"}},"value":[1.5,"2.5"]}},
               {{"metric":{{}},"value":[1.5,"NaN"]}},{{"metric":{{}},"value":[1.5,"+Inf"]}}]}}}}"#
        );
        let rows = rows(&text);
        assert_eq!((rows.len(), rows[0].value), (1, 2.5));
        assert_eq!((rows[0].label("instance"), rows[0].label("site").len()), ("a:1", 300));
        assert_eq!(rows[0].label("none"), "");
    }

    #[test]
    fn what_is_wrong_is_told_with_a_remedy_and_without_the_token() {
        let client = client();
        let error = br#"{"status":"error","errorType":"bad_data","error":"no secret-token"}"#;
        assert_eq!(client.read(422, error), Err(Fault::Refused("no ***".to_owned())));
        let fault = |status, body: &[u8]| match client.read(status, body) {
            Err(Fault::Gone(what)) => what,
            other => panic!("{other:?}"),
        };
        assert!(fault(200, b"<html>").contains("not of Prometheus's HTTP API"));
        assert!(fault(200, br#"{"status":"success","data":{"result":{}}}"#).contains("not of"));
        assert!(fault(401, b"who?").ends_with("set a token that it takes"));
        assert!(fault(302, b"").contains("set the address that it means"));
        assert!(fault(503, b"{}").contains("it answered 503"));
    }
}
