//! A real Alertmanager receives alerts, silences them and learns of their end.
//!
//! `cargo test -p memopt-monitor --test alertmanager -- --ignored`, where Debian's
//! `prometheus-alertmanager` is installed.

use memopt_monitor::alerts::sink::Outbox;
use memopt_monitor::alerts::{Alerts, Inputs, Limit, Unknown, Verdict};
use memopt_monitor::clock::{Clock as _, SystemClock};
use memopt_monitor::config::{Labels, Layers, Watch};
use memopt_monitor::metric::Metric;
use memopt_monitor::series::{Key, Point, Series};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An Alertmanager of this test alone.
struct Server {
    child: Child,
    folder: PathBuf,
    address: String,
}

impl Server {
    fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("memopt-am-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let config = folder.join("alertmanager.yml");
        std::fs::write(&config, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
        // The port is free until the server takes it, but for another program that is as quick.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=")
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus-alertmanager is installed");
        let server = Self { child, folder, address };
        until("it is ready", || server.ask("GET", "/-/ready", "").starts_with("HTTP/1.0 200"));
        server
    }

    /// What it answers, with the head. HTTP/1.0, so that nothing comes in chunks.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return String::new() };
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            self.address
        );
        let mut answer = String::new();
        if stream.write_all(request.as_bytes()).is_ok() {
            let _ = stream.read_to_string(&mut answer);
        }
        answer
    }

    /// The name and the state of each alert that has not ended.
    fn alerts(&self) -> Vec<(String, String)> {
        let answer = self.ask("GET", "/api/v2/alerts", "");
        let body = answer.split_once("\r\n\r\n").map_or("[]", |(_, body)| body);
        let alerts: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let one = |alert: &Value| (text(&alert["labels"]["site"]), text(&alert["status"]["state"]));
        alerts.as_array().into_iter().flatten().map(one).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Waits until this holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A program in which these sites leak.
struct Leaks(Vec<&'static str>);

impl Inputs for Leaks {
    fn metric(&self, _: &str) -> Option<Metric> {
        None
    }

    fn keys(&self, _: &str) -> Vec<Key> {
        vec![]
    }

    fn latest(&self, _: &Key) -> Option<Point> {
        None
    }

    fn window(&self, _: &Key, _: Duration) -> Series {
        Series::default()
    }

    fn limit(&self) -> Result<Limit, Unknown> {
        Err(Unknown::because("there is none"))
    }

    fn time_to_limit(&self) -> Result<Option<Duration>, Unknown> {
        Ok(None)
    }

    fn anomaly(&self, _: &Key) -> Result<f64, Unknown> {
        Ok(0.0)
    }

    fn verdicts(&self, of: Watch) -> Result<Vec<Verdict>, Unknown> {
        let verdict = |site: &&str| Verdict {
            label: "site".to_owned(),
            subject: (*site).to_owned(),
            score: 1.0,
            detail: "it grows".to_owned(),
        };
        Ok(if of == Watch::Leak { self.0.iter().map(verdict).collect() } else { vec![] })
    }
}

#[test]
#[ignore = "needs prometheus-alertmanager"]
fn alerts_are_received_silenced_and_resolved() {
    let server = Server::start();
    let text = format!(
        "[alerts]\ninterval = \"10 ms\"\ndefault_rules = false\n\
         [[alerts.rules]]\nname = \"MemoryLeak\"\nwatch = \"leak\"\n\
         [[alerts.sinks]]\nname = \"am\"\nkind = \"alertmanager\"\nurl = \"http://{}/\"\n\
         resend = \"5 s\"\n",
        server.address
    );
    let path = server.folder.join("memopt.toml");
    std::fs::write(&path, text).unwrap();
    let settings = Layers::new().file(&path).load().unwrap().config.alerts;
    let mut alerts = Alerts::new(&settings, Duration::from_secs(60), Labels::new());
    let mut outbox = Outbox::of(&settings);
    let clock = SystemClock::new(0);
    let mut tell = |sites: &[&'static str], outbox: &mut Outbox| {
        let changes = alerts.evaluate(clock.now(), &Leaks(sites.to_vec()));
        let groups = alerts.notifications();
        outbox.tell(&changes, &groups, &alerts.firing());
    };
    let state = |site: &str, state: &str| (site.to_owned(), state.to_owned());
    tell(&["parse", "render"], &mut outbox);
    until("both are received", || {
        let mut got = server.alerts();
        got.sort();
        got == [state("parse", "active"), state("render", "active")]
    });
    // Silenced there, and still after it was sent again.
    let silence = r#"{"matchers":[{"name":"site","value":"parse","isRegex":false}],
        "startsAt":"2000-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z",
        "createdBy":"a test","comment":"a test"}"#;
    let answer = server.ask("POST", "/api/v2/silences", silence);
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    until("one is silenced", || server.alerts().contains(&state("parse", "suppressed")));
    let sent = outbox.status()[0].sent;
    // Twice at least.
    std::thread::sleep(Duration::from_secs(12));
    assert!(server.alerts().contains(&state("parse", "suppressed")));
    assert_eq!(outbox.status()[0].sent, sent, "what is sent again is no new message");
    // One ends.
    tell(&["parse"], &mut outbox);
    until("one has ended", || server.alerts() == [state("parse", "suppressed")]);
    assert_eq!(outbox.status()[0].fault, None);
    // The program is gone, and has told of no end: that comes by itself.
    outbox.stop(Duration::from_secs(5));
    until("the other has ended", || server.alerts().is_empty());
}
