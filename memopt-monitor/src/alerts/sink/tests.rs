//! What the sinks send, and what they make of answers.

use super::*;
use crate::alerts::group::Reason;
use crate::alerts::model::State;
use crate::config::{Address, Labels, Secret, SinkKind};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

mod queues;

/// How long a test waits at most for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn alert(rule: &str, state: State) -> Alert {
    let labels = [("alertname", rule), ("severity", "warning"), ("site", "parse")];
    let labels: Labels = labels.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    Alert {
        fingerprint: rule.bytes().map(u64::from).sum(),
        rule: rule.to_owned(),
        severity: Severity::Warning,
        state,
        labels,
        annotations: Labels::from([("summary".to_owned(), "it \"grows\"".to_owned())]),
        own_label: Some("site".to_owned()),
        value: 1.0,
        active_since_ms: 951_782_400_000,
        fired_ms: Some(951_782_400_000),
        ended_ms: (state == State::Resolved).then_some(951_782_460_000),
        quiet: None,
    }
}

fn group(alerts: Vec<Alert>) -> Notification {
    let labels = Labels::from([("alertname".to_owned(), "Leak".to_owned())]);
    Notification { key: "{alertname=\"Leak\"}".to_owned(), labels, alerts, reason: Reason::New }
}

fn one() -> Message {
    Message::Group(group(vec![alert("Leak", State::Firing)]))
}

/// What a server got: the first line and the headers, and the body.
type Got = (String, String);

/// A server that answers each request by this. Its address, and what it got.
fn server(
    mut answer: impl FnMut(&mut TcpStream, usize) + Send + 'static,
) -> (String, Receiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let got = read(&mut stream);
            answer(&mut stream, count);
            if send.send(got).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/hook/s3cret"), receive)
}

/// Reads a request.
fn read(stream: &mut TcpStream) -> Got {
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return (head.to_owned(), body.to_owned());
            }
        }
        match stream.read(&mut part) {
            Ok(count) if count > 0 => all.extend_from_slice(&part[..count]),
            _ => return (String::new(), String::new()),
        }
    }
}

fn says(text: &'static str) -> impl FnMut(&mut TcpStream, usize) + Send {
    move |stream, _| _ = stream.write_all(text.as_bytes())
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

fn webhook(url: &str) -> Webhook {
    within(url, PATIENCE)
}

/// One that waits so long for an answer.
fn within(url: &str, timeout: Duration) -> Webhook {
    Webhook::new("hook", url, timeout, Some(Secret::new("hunter2")))
}

#[test]
fn a_webhook_gets_what_alertmanager_sends() {
    let (url, got) = server(says(FINE));
    let both = vec![alert("Leak", State::Firing), alert("Gone", State::Resolved)];
    webhook(&url).send(&Message::Group(group(both))).unwrap();
    let (head, body) = got.recv().unwrap();
    assert!(head.starts_with("POST /hook/s3cret HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(head.contains("authorization: bearer hunter2"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["version"], "4");
    assert_eq!(body["status"], "firing");
    assert_eq!(body["receiver"], "hook");
    assert_eq!(body["groupLabels"]["alertname"], "Leak");
    assert_eq!(body["commonLabels"].as_object().unwrap().len(), 2);
    assert_eq!(body["commonAnnotations"]["summary"], "it \"grows\"");
    assert_eq!(body["truncatedAlerts"], 0);
    let alerts = body["alerts"].as_array().unwrap();
    assert_eq!(alerts[0]["status"], "firing");
    assert_eq!(alerts[0]["startsAt"], "2000-02-29T00:00:00.000Z");
    assert_eq!(alerts[0]["endsAt"], "0001-01-01T00:00:00Z");
    assert_eq!(alerts[1]["status"], "resolved");
    assert_eq!(alerts[1]["endsAt"], "2000-02-29T00:01:00.000Z");
    assert_eq!(alerts[0]["fingerprint"].as_str().unwrap().len(), 16);
}

/// Waits until the client has gone.
fn has_gone(stream: &mut TcpStream) {
    while stream.read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
}

/// Each way to misbehave, whether it is tried again, and a part of what is said. None of it holds a
/// secret, and none takes longer than the sink waits.
#[test]
fn servers_that_lie_are_found_out() {
    type Answer = Box<dyn FnMut(&mut TcpStream, usize) + Send>;
    let cases: Vec<(&str, Answer, bool, &str)> = vec![
        (
            "an error",
            Box::new(says("HTTP/1.1 500 Oops\r\nContent-Length: 12\r\n\r\nhunter2\x07oops")),
            true,
            "answered 500: *** oops",
        ),
        (
            "a refusal",
            Box::new(says("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")),
            false,
            "answered 400",
        ),
        (
            "too many",
            Box::new(says("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")),
            true,
            "answered 429",
        ),
        (
            "elsewhere",
            Box::new(says(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            )),
            false,
            "answered 302: it sends requests elsewhere",
        ),
        ("garbage", Box::new(says("\x00\x01garbage\r\n\r\n")), true, "was not reached"),
        (
            "it closes",
            Box::new(|stream, _| _ = stream.shutdown(std::net::Shutdown::Both)),
            true,
            "was not reached",
        ),
        ("silence", Box::new(|stream, _| has_gone(stream)), true, "was not reached"),
        (
            "a body without end",
            Box::new(|stream, _| {
                let _ = stream.write_all(b"HTTP/1.1 503 No\r\n\r\n");
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(ms(50));
                }
            }),
            true,
            "answered 503",
        ),
    ];
    for (name, answer, again, said) in cases {
        let (url, _got) = server(answer);
        let began = Instant::now();
        // Where no end comes, it is the sink that makes one. The head of an answer must have come.
        let timeout = match name {
            "silence" => ms(400),
            "a body without end" => ms(4_000),
            _ => PATIENCE,
        };
        let error = within(&url, timeout).send(&one()).unwrap_err();
        assert!(began.elapsed() < PATIENCE, "{name} took {:?}", began.elapsed());
        assert_eq!(error.again, again, "{name}: {error}");
        assert!(error.message.contains(said), "{name}: {error}");
        assert!(!error.message.contains("s3cret"), "{name}: {error}");
        assert!(!error.message.contains("hunter2"), "{name}: {error}");
        assert_eq!(error.after, (name == "too many").then_some(ms(7_000)));
    }
}

#[test]
fn a_dead_server_is_told() {
    // No program has this port by chance.
    let url = "http://127.0.0.1:1/s3cret";
    let error = webhook(url).send(&one()).unwrap_err();
    assert!(error.again && error.message.contains("was not reached"), "{error}");
    assert!(!error.message.contains("s3cret"), "{error}");
    assert!(!format!("{:?}", webhook(url)).contains("hunter2"));
}

#[test]
fn a_token_in_a_file_is_read_each_time() {
    let (url, got) = server(says(FINE));
    let path = std::env::temp_dir().join(format!("memopt-token-{}", std::process::id()));
    let config = SinkConfig {
        name: "hook".to_owned(),
        kind: SinkKind::Webhook,
        url: Some(Address::new(url)),
        token_file: Some(path.clone()),
        timeout: PATIENCE,
        ..SinkConfig::default()
    };
    let mut hook = Webhook::of(&config);
    for token in ["first", "second"] {
        std::fs::write(&path, format!("{token}\n")).unwrap();
        hook.send(&one()).unwrap();
        assert!(got.recv().unwrap().0.contains(&format!("Bearer {token}")));
    }
    std::fs::write(&path, "two\nlines").unwrap();
    let error = hook.send(&one()).unwrap_err();
    assert!(error.again && error.message.ends_with("it is no single line of text"), "{error}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn an_alertmanager_is_told_again_and_of_the_end() {
    let (url, got) = server(says(FINE));
    let config = SinkConfig {
        name: "am".to_owned(),
        kind: SinkKind::Alertmanager,
        url: Some(Address::new(url.replace("hook/s3cret", ""))),
        resend: Duration::from_secs(60),
        timeout: PATIENCE,
        ..SinkConfig::default()
    };
    let mut sink = Alertmanager::of(&config);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let began = rfc3339::format(now.as_millis() as i64);
    let told = |firing, ended| Message::Alerts { firing, ended };
    sink.send(&told(vec![alert("Leak", State::Firing)], vec![])).unwrap();
    sink.refresh().unwrap();
    for _ in 0..2 {
        let (head, body) = got.recv().unwrap();
        assert!(head.starts_with("POST /api/v2/alerts HTTP/1.1"), "{head}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body[0]["labels"]["alertname"], "Leak");
        assert_eq!(body[0]["startsAt"], "2000-02-29T00:00:00.000Z");
        // Its end lies in the future, in case it is never sent again.
        assert!(body[0]["endsAt"].as_str().unwrap() > began.as_str(), "{body}");
    }
    sink.send(&told(vec![], vec![alert("Leak", State::Resolved)])).unwrap();
    sink.refresh().unwrap();
    sink.refresh().unwrap();
    for _ in 0..3 {
        let body: Value = serde_json::from_str(&got.recv().unwrap().1).unwrap();
        assert_eq!(body[0]["endsAt"], "2000-02-29T00:01:00.000Z");
    }
    sink.refresh().unwrap();
    assert!(got.try_recv().is_err(), "nothing is left to be told");
}

#[test]
fn an_alertmanager_that_was_down_is_told_of_the_newest_ends() {
    let (url, got) = server(says(FINE));
    let config = SinkConfig {
        kind: SinkKind::Alertmanager,
        url: Some(Address::new(url.replace("hook/s3cret", ""))),
        // Nobody waits for so long, and nothing overflows.
        resend: Duration::MAX,
        ..SinkConfig::default()
    };
    let mut sink = Alertmanager::of(&config);
    let ended: Vec<Alert> = (0..1_100)
        .map(|number| Alert {
            fingerprint: number,
            ended_ms: Some(951_782_460_000 + number as i64),
            ..alert("Leak", State::Resolved)
        })
        .collect();
    sink.send(&Message::Alerts { firing: vec![], ended }).unwrap();
    let bodies = std::iter::from_fn(|| got.try_recv().ok());
    let bodies: Vec<Value> = bodies.map(|(_, body)| serde_json::from_str(&body).unwrap()).collect();
    assert_eq!(bodies.iter().map(|body| body.as_array().unwrap().len()).sum::<usize>(), 1_000);
    // The hundred oldest are left out.
    assert_eq!(bodies[0][0]["endsAt"], "2000-02-29T00:01:00.100Z");
}
