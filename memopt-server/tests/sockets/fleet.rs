//! The fleet, read from places that play Prometheus.

use crate::client::get;
use crate::{monitor, start};
use memopt_server::{FleetSource, Server, Settings, builder};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What a place answers: the head and the body, by the query and the head of the request.
type Play = dyn Fn(&str, &str) -> Vec<u8> + Send + Sync;

/// A place that answers so until the process ends, and how often it was asked.
fn place(
    play: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (asked, play) = (Arc::new(AtomicUsize::new(0)), Arc::new(play) as Arc<Play>);
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (play, count) = (Arc::clone(&play), Arc::clone(&count));
            thread::spawn(move || answer(stream, &*play, &count));
        }
    });
    (address, asked)
}

fn answer(mut stream: TcpStream, play: &Play, count: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if lines.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        count.fetch_add(1, Relaxed);
        let path = head.split(' ').nth(1).unwrap_or_default();
        let query = path.split("query=").nth(1).unwrap_or_default();
        if stream.write_all(&play(query, &head)).is_err() {
            return;
        }
    }
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn rows(rows: &[&str]) -> Vec<u8> {
    ok(&format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{}]}}}}"#,
        rows.join(",")
    ))
}

fn row(labels: &str, value: f64) -> String {
    format!(r#"{{"metric":{{"service":"shop",{labels}}},"value":[1,"{value}"]}}"#)
}

/// Two instances, of which one leaks.
fn two(query: &str, _: &str) -> Vec<u8> {
    let told = |first: &str| query.contains(first);
    let all = if told("min_over_time") {
        vec![row(r#""instance":"b:1","version":"2","site":"shop::store""#, 1_700_000_000.5)]
    } else if told("topk%285000") && told("leak_bytes_per_second") {
        vec![row(r#""instance":"b:1","version":"2","site":"shop::store""#, 4096.0)]
    } else if told("exported_version") {
        vec![row(r#""instance":"a:1","program":"web""#, 1.0), row(r#""instance":"b:1""#, 1.0)]
    } else if told("process_resident") {
        vec![
            row(r#""instance":"a:1","version":"1""#, 5e6),
            row(r#""instance":"b:1","version":"2""#, 9e6),
        ]
    } else {
        Vec::new()
    };
    rows(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A server that is set so, its address, what it tells of the fleet, and how many servers were
/// tried. A place must answer within 5 s, which it may miss where the machine has much to do. As
/// an answer is kept, another server asks again.
fn told(set: impl Fn(&mut Settings)) -> (Server, String, Value, usize) {
    for tries in 1.. {
        let (server, at) = start(builder(monitor()).configure(&set));
        let fleet = get(&at, "/api/v1/fleet").ok();
        let places = fleet["addresses"].as_array().unwrap();
        let is_late = places.iter().any(|it| it["error"].to_string().contains("timeout"));
        if !is_late || tries == 6 {
            return (server, at, fleet, tries);
        }
    }
    unreachable!()
}

#[test]
fn a_fleet_is_told_with_the_first_instance_of_its_leak() {
    let (address, asked) = place(two);
    let set = |settings: &mut Settings| settings.fleet = vec![FleetSource::new(&address)];
    let idle = start(builder(monitor()).configure(set));
    assert_eq!(asked.load(Relaxed), 0, "nobody looked");
    drop(idle);
    let (_server, at, fleet, _) = told(set);
    let told = Instant::now();
    assert_eq!(fleet["addresses"][0]["address"], address);
    assert!(fleet["addresses"][0]["error"].is_null(), "{fleet}");
    assert_eq!(fleet["addresses"][0]["instances"], 2);
    assert_eq!(
        (fleet["instances"]["total"].as_u64(), fleet["instances"]["leaking"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(fleet["resident_bytes"], 14e6);
    let leak = &fleet["leaks"][0];
    assert_eq!((leak["site"].as_str(), leak["leaking"].as_u64()), (Some("shop::store"), Some(1)));
    assert_eq!(leak["first"]["instance"], "b:1");
    assert_eq!(leak["first"]["since_ms"], 1_700_000_000_500_u64);
    let versions: Vec<&str> = fleet["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["version"].as_str().unwrap())
        .collect();
    assert_eq!(versions, ["1", "2"]);
    let before = asked.load(Relaxed);
    let list = get(&at, "/api/v1/fleet/instances?q=SHOP&limit=1").ok();
    assert_eq!(
        (list["total"].as_u64(), list["items"][0]["instance"].as_str()),
        (Some(2), Some("b:1"))
    );
    assert_eq!(list["items"][0]["leak_bytes_per_second"], 4096.0);
    let wrong = get(&at, "/api/v1/fleet/instances?sort=size").problem(422);
    assert_eq!(wrong["fields"][0]["name"], "sort");
    get(&at, "/api/v1/fleet/instances?limit=1001").problem(422);
    // For ten seconds.
    let is_fresh = told.elapsed() < Duration::from_secs(9);
    assert!(asked.load(Relaxed) == before || !is_fresh, "what is fresh is asked for again");
}

#[test]
fn each_address_tells_its_own_fault_and_hides_none() {
    let (good, _) = place(two);
    // No program has this port by chance.
    let dead = "http://127.0.0.1:1".to_owned();
    let (page, _) = place(|_, _| ok("<html>"));
    let (moved, elsewhere) = place(|_, _| {
        b"HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n".to_vec()
    });
    let (refusing, _) = place(|_, _| {
        let body = r#"{"status":"error","errorType":"execution","error":"too many samples"}"#;
        format!("HTTP/1.1 422 Unprocessable Entity\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    });
    let (large, _) = place(|_, _| ok(&" ".repeat(9 << 20)));
    let (guarded, _) = place(|query, head| {
        if head.to_ascii_lowercase().contains("authorization: bearer a-token-of-ours") {
            two(query, head)
        } else {
            b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n".to_vec()
        }
    });
    let sources = [&dead, &page, &moved, &refusing, &large, &guarded, &good].map(FleetSource::new);
    let (_server, _, fleet, tries) = told(|settings| {
        settings.fleet = sources.to_vec();
        settings.fleet.push(FleetSource::new(&guarded).with_token("a-token-of-ours"));
    });
    let error = |n: usize| fleet["addresses"][n]["error"].as_str().unwrap_or_default();
    for (n, expected) in [
        (0, "efused"),
        (1, "not of Prometheus's HTTP API"),
        (2, "it answered 302: it sends requests elsewhere"),
        (3, "too many samples"),
        (4, "larger than 8 MiB"),
        (5, "it answered 401: set a token that it takes"),
        (6, ""),
        (7, ""),
    ] {
        assert!(
            error(n).contains(expected) && error(n).is_empty() == expected.is_empty(),
            "{n}: {}",
            error(n)
        );
    }
    assert!(elsewhere.load(Relaxed) <= tries, "a redirect was followed");
    // What two tell of is there once.
    assert_eq!(fleet["instances"]["total"], 2);
    assert_eq!(
        (fleet["addresses"][6]["instances"].as_u64(), fleet["addresses"][7]["instances"].as_u64()),
        (Some(2), Some(0))
    );
    assert!(!fleet.to_string().contains("a-token-of-ours"));
}

#[test]
fn a_place_that_never_answers_holds_up_nothing_else() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    // It is waited for 5 s, in which a machine with much to do may answer nobody: of a few times,
    // one is enough.
    let once = || {
        let (_server, at) = start(builder(monitor()).fleet(FleetSource::new(&address)));
        // The first report takes long.
        get(&at, "/api/v1/sites").ok();
        let waits = thread::spawn({
            let at = at.clone();
            move || get(&at, "/api/v1/fleet")
        });
        thread::sleep(Duration::from_millis(300));
        assert_eq!(get(&at, "/api/v1/sites").status, 200);
        let is_held_up = waits.is_finished();
        let fleet = waits.join().unwrap().ok();
        (!is_held_up).then_some(fleet)
    };
    let fleet = (0..4).find_map(|_| once()).expect("it answered, or others waited for it");
    let error = fleet["addresses"][0]["error"].as_str().unwrap();
    assert!(error.contains("timeout"), "{error}");
    assert_eq!(fleet["instances"]["total"], 0);
    drop(silent);
}

#[test]
fn without_an_address_there_is_no_fleet_and_a_wrong_one_is_an_error() {
    let (_server, at) = start(builder(monitor()).configure(|settings| settings.fleet.clear()));
    let fleet = get(&at, "/api/v1/fleet").ok();
    assert_eq!(fleet["addresses"].as_array().map(Vec::len), Some(0));
    assert!(fleet["asked_ms"].is_null());
    assert_eq!(get(&at, "/api/v1/fleet/instances").ok()["total"], 0);
    let wrong = builder(monitor()).fleet(FleetSource::new("prometheus:9090")).start().unwrap_err();
    assert!(wrong.to_string().ends_with("write `http://prometheus:9090`"), "{wrong}");
}
