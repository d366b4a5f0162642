//! Prometheus's protocol buffers, read by a reader of their own.

use crate::client::{post, request};
use crate::{PATIENCE, server};
use std::time::Instant;

const PROTOBUF: &str = "application/vnd.google.protobuf; \
                        proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A field: its number, and what it holds.
#[derive(Debug)]
enum Held<'a> {
    Number(u64),
    Double(f64),
    Bytes(&'a [u8]),
}

fn number(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return value;
        }
    }
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Held<'_>)> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let key = number(&mut bytes);
        let held = match key & 7 {
            0 => Held::Number(number(&mut bytes)),
            1 => {
                let (eight, rest) = bytes.split_at(8);
                bytes = rest;
                Held::Double(f64::from_le_bytes(eight.try_into().unwrap()))
            }
            2 => {
                let length = number(&mut bytes) as usize;
                let (part, rest) = bytes.split_at(length);
                bytes = rest;
                Held::Bytes(part)
            }
            kind => panic!("a field of kind {kind}"),
        };
        all.push((key >> 3, held));
    }
    all
}

fn bytes<'a>(all: &[(u64, Held<'a>)], field: u64) -> Vec<&'a [u8]> {
    let held = all.iter().filter(|(number, _)| *number == field);
    held.filter_map(|(_, held)| if let Held::Bytes(it) = held { Some(*it) } else { None }).collect()
}

fn text(all: &[(u64, Held<'_>)], field: u64) -> String {
    bytes(all, field).first().map_or_else(String::new, |it| String::from_utf8_lossy(it).into())
}

fn whole(all: &[(u64, Held<'_>)], field: u64) -> u64 {
    let held = all.iter().find(|(number, _)| *number == field);
    held.map_or(0, |(_, held)| if let Held::Number(it) = held { *it } else { panic!("{held:?}") })
}

fn double(all: &[(u64, Held<'_>)], field: u64) -> f64 {
    let held = all.iter().find(|(number, _)| *number == field);
    held.map_or(0.0, |(_, held)| if let Held::Double(it) = held { *it } else { panic!("{held:?}") })
}

fn signed(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// The metric of this family with this label, and the type of the family.
fn metric(body: &[u8], family: &str, label: Option<(&str, &str)>) -> (u64, Vec<u8>) {
    let mut rest = body;
    while !rest.is_empty() {
        let length = number(&mut rest) as usize;
        let (message, after) = rest.split_at(length);
        rest = after;
        let all = fields(message);
        if text(&all, 1) != family {
            continue;
        }
        assert!(!text(&all, 2).is_empty(), "{family} has no help");
        for metric in bytes(&all, 4) {
            let of = fields(metric);
            let has = |wanted: (&str, &str)| {
                bytes(&of, 1).into_iter().any(|pair| {
                    let pair = fields(pair);
                    (text(&pair, 1).as_str(), text(&pair, 2).as_str()) == wanted
                })
            };
            if label.is_none_or(has) {
                return (whole(&all, 3), metric.to_vec());
            }
        }
    }
    panic!("no {family} {label:?}");
}

#[memopt::track_alloc(name = "sockets.native")]
fn native(bytes: usize) {
    if bytes > 0 {
        std::hint::black_box(vec![1u8; bytes]);
    }
}

#[test]
fn native_histograms_of_a_known_distribution() {
    let (_server, at) = server();
    for (bytes, calls) in [(0, 50), (1_000, 100), (100_000, 7)] {
        (0..calls).for_each(|_| native(bytes));
    }
    // What Prometheus counts does not fall where somebody resets the records.
    post(&at, "/api/v1/control/reset", "").ok();
    let ask = || request(&at, "GET", "/metrics", &[("accept", PROTOBUF)], "");
    let has_histograms = |body: &[u8]| {
        let name = b"memopt_site_call_bytes";
        body.windows(name.len()).any(|part| part == name)
    };
    // Where the report is not made in time, a scrape has all but them.
    let began = Instant::now();
    let mut answer = ask();
    while !has_histograms(&answer.body) && began.elapsed() < PATIENCE {
        answer = ask();
    }
    assert_eq!((answer.status, answer.header("content-type")), (200, PROTOBUF));
    let site = Some(("site", "sockets.native"));
    let (kind, metric_) = metric(&answer.body, "memopt_site_call_bytes", site);
    assert_eq!(kind, 4, "a histogram");
    let of = fields(&metric_);
    let histogram = fields(bytes(&of, 7)[0]);
    assert_eq!(whole(&histogram, 1), 157);
    assert_eq!(double(&histogram, 2) as u64, 800_000);
    assert_eq!(signed(whole(&histogram, 5)), 3, "the schema");
    assert!(double(&histogram, 6) > 0.0 && double(&histogram, 6) < 1e-30, "what is zero");
    assert_eq!(whole(&histogram, 7), 50);
    // 2^(79/8) = 939 < 1,000 <= 1,024 = 2^(80/8), and 2^(132/8) = 92,682 < 100,000 <= 101,070.
    let spans: Vec<(i64, u64)> = bytes(&histogram, 12)
        .into_iter()
        .map(|span| (signed(whole(&fields(span), 1)), whole(&fields(span), 2)))
        .collect();
    assert_eq!(spans, [(80, 1), (52, 1)]);
    let mut packed = bytes(&histogram, 13)[0];
    let mut deltas = Vec::new();
    while !packed.is_empty() {
        deltas.push(signed(number(&mut packed)));
    }
    assert_eq!(deltas, [100, -93]);

    let (kind, calls) = metric(&answer.body, "memopt_site_calls_total", None);
    assert_eq!(kind, 0, "a counter");
    assert!(double(&fields(bytes(&fields(&calls), 3)[0]), 1) >= 1.0);
    let (kind, resident) = metric(&answer.body, "process_resident_memory_bytes", None);
    assert_eq!(kind, 1, "a gauge");
    assert!(double(&fields(bytes(&fields(&resident), 2)[0]), 1) > 1e6);
    assert!(answer.body.len() < 2 << 20, "{}", answer.body.len());
}
