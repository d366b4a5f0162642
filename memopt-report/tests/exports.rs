//! The files made of a heap report, against golden ones and against the rules of their formats.
//!
//! `MEMOPT_GOLDEN=overwrite` writes the golden files anew; read the diff.

#[path = "exports/fixture.rs"]
mod fixture;
#[path = "exports/proto.rs"]
mod proto;
#[path = "exports/speedscope.rs"]
mod speedscope;
#[cfg(feature = "flamegraph")]
#[path = "exports/xml.rs"]
mod xml;

use memopt_report::HeapWeight;
use memopt_report::{CallPath, HeapReport};
use serde_json::Value;
use std::collections::HashSet;
#[cfg(feature = "pprof")]
use std::io::Read;
use std::path::Path;

fn golden(name: &str, actual: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var("MEMOPT_GOLDEN").as_deref() == Ok("overwrite") {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read(&path).unwrap();
    assert!(
        expected == actual,
        "{name} is no longer what it was, it is now:\n{}",
        String::from_utf8_lossy(actual)
    );
}

/// JSON with a line for each object and list of lists, so that a diff shows where.
fn in_lines(json: &str) -> String {
    let broken = json.replace("},{", "},\n{").replace("],[", "],\n[").replace(":[{", ":[\n{");
    broken.replace("\",\"0x", "\",\n\"0x") + "\n"
}

fn sum(of: impl Fn(&CallPath) -> u64) -> u64 {
    fixture::report().call_paths.iter().map(of).sum()
}

fn unzipped(report: &HeapReport) -> Vec<u8> {
    let mut gzip = Vec::new();
    report.write_pprof(&mut gzip).unwrap();
    #[cfg(feature = "pprof")]
    {
        let mut profile = Vec::new();
        flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut profile).unwrap();
        profile
    }
    #[cfg(not(feature = "pprof"))]
    gzip
}

#[test]
fn pprof() {
    let profile = unzipped(&fixture::report());
    golden("heap.pprof.txt", proto::decode(&profile).as_bytes());
    // This and what follows is read by `go tool pprof` in `.ci/run`.
    golden("heap.pb", &profile);
    let totals = totals().map(|(name, total)| format!("{name} {total}\n")).concat();
    golden("heap.totals.txt", totals.as_bytes());
    let report = fixture::report();
    let of = |thread: u32| -> u64 {
        let parts = report.call_paths.iter().flat_map(|call_path| &call_path.live_by_thread);
        parts.filter(|part| part.thread == thread).map(|part| part.live.bytes).sum()
    };
    golden("heap.threads.txt", format!("main {}\nwriter {}\n", of(0), of(1)).as_bytes());
}

/// What pprof's four quantities must add up to.
fn totals() -> [(&'static str, u64); 4] {
    [
        ("alloc_objects", sum(|s| s.allocated.blocks)),
        ("alloc_space", sum(|s| s.allocated.bytes)),
        ("inuse_objects", sum(|s| s.live.blocks)),
        ("inuse_space", sum(|s| s.live.bytes)),
    ]
}

#[test]
fn pprof_samples_add_up_and_every_number_leads_somewhere() {
    let profile = unzipped(&fixture::report());
    assert_eq!(proto::texts(&profile)[0], "", "text 0 is the empty one");
    let messages = |wanted: u64| {
        let of = |(field, value)| match value {
            proto::Value::Bytes(bytes) if field == wanted => Some(bytes),
            _ => None,
        };
        proto::fields(&profile).into_iter().filter_map(of).collect::<Vec<_>>()
    };
    let ids = |wanted: u64| {
        let id = |bytes| match proto::fields(bytes)[0] {
            (1, proto::Value::Number(id)) => id,
            _ => panic!("the id comes first"),
        };
        messages(wanted).into_iter().map(id).collect::<Vec<_>>()
    };
    let locations = ids(4);
    assert_eq!(locations, (1..=locations.len() as u64).collect::<Vec<_>>());
    let mut sums = [0; 4];
    for sample in messages(2) {
        for (field, value) in proto::fields(sample) {
            match (field, value) {
                (1, proto::Value::Bytes(bytes)) => {
                    assert!(proto::packed(bytes).iter().all(|id| locations.contains(id)));
                }
                (2, proto::Value::Bytes(bytes)) => {
                    for (sum, value) in sums.iter_mut().zip(proto::packed(bytes)) {
                        *sum += value;
                    }
                }
                _ => assert_eq!(field, 3),
            }
        }
    }
    assert_eq!(sums, totals().map(|(_, total)| total));
}

#[test]
fn dhat() {
    let text = fixture::report().to_dhat();
    let file: Value = serde_json::from_str(&text).unwrap();
    golden("heap.dhat.json", in_lines(&text).as_bytes());
    check_dhat(&file);
    let total = |member: &str| -> u64 {
        file["pps"].as_array().unwrap().iter().map(|point| point[member].as_u64().unwrap()).sum()
    };
    assert_eq!(total("tb"), sum(|s| s.allocated.bytes));
    assert_eq!(total("eb"), sum(|s| s.live.bytes));
    assert_eq!(total("gb"), sum(|s| s.at_peak.bytes));
}

/// What DHAT's viewer asks of a file (version 2 of the format, with lifetimes), and that its
/// numbers fit each other.
fn check_dhat(file: &Value) {
    assert_eq!(file["dhatFileVersion"], 2);
    for text in ["mode", "verb", "tu", "Mtu", "cmd"] {
        assert!(file[text].is_string(), "{text}");
    }
    assert_eq!((&file["bklt"], &file["bkacc"]), (&Value::Bool(true), &Value::Bool(false)));
    for number in ["pid", "te", "tg", "tuth"] {
        assert!(file[number].is_u64(), "{number}");
    }
    assert!(file["tg"].as_u64() <= file["te"].as_u64());
    let frames = file["ftbl"].as_array().unwrap();
    assert_eq!(frames[0], "[root]");
    assert!(frames.iter().all(Value::is_string));
    let mut stacks = HashSet::new();
    for point in file["pps"].as_array().unwrap() {
        let number =
            |member: &str| point[member].as_u64().unwrap_or_else(|| panic!("{member} is missing"));
        for pair in [("tb", "tbk"), ("mb", "mbk"), ("gb", "gbk"), ("eb", "ebk")] {
            assert_eq!(number(pair.0) == 0, number(pair.1) == 0, "{pair:?}: bytes are in blocks");
        }
        number("tl");
        for part in ["g", "e"] {
            assert!(number(&format!("{part}b")) <= number("mb"));
            assert!(number(&format!("{part}bk")) <= number("mbk"));
        }
        assert!(number("mb") <= number("tb"));
        let stack = point["fs"].as_array().unwrap();
        assert!(!stack.is_empty());
        assert!(stacks.insert(point["fs"].to_string()), "two points have one stack");
        let inside =
            |frame: &Value| frame.as_u64().is_some_and(|f| f > 0 && f < frames.len() as u64);
        assert!(stack.iter().all(inside));
    }
}

#[test]
fn speedscope_files() {
    let text = fixture::report().to_speedscope();
    let file: Value = serde_json::from_str(&text).unwrap();
    let exporter = concat!("memopt@", env!("CARGO_PKG_VERSION"));
    golden("heap.speedscope.json", in_lines(&text).replace(exporter, "memopt@VERSION").as_bytes());
    assert_eq!(speedscope::check(&file), Ok(()));
    let ends = [sum(|s| s.live.bytes), sum(|s| s.at_peak.bytes), sum(|s| s.allocated.bytes)];
    let profiles = file["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), ends.len());
    for (profile, end) in profiles.iter().zip(ends) {
        assert_eq!((&profile["type"], &profile["unit"]), (&"sampled".into(), &"bytes".into()));
        let weights = profile["weights"].as_array().unwrap();
        assert_eq!(weights.iter().map(|w| w.as_u64().unwrap()).sum::<u64>(), end);
        assert_eq!(
            (profile["startValue"].as_u64(), profile["endValue"].as_u64()),
            (Some(0), Some(end))
        );
    }
    let empty = serde_json::from_str(&HeapReport::default().to_speedscope()).unwrap();
    assert_eq!(speedscope::check(&empty), Ok(()));
}

#[test]
fn folded() {
    let report = fixture::report();
    for (weight, name, total) in [
        (HeapWeight::Live, "heap.live.folded", sum(|s| s.live.bytes)),
        (HeapWeight::AtPeak, "heap.peak.folded", sum(|s| s.at_peak.bytes)),
        (HeapWeight::Allocated, "heap.allocated.folded", sum(|s| s.allocated.bytes)),
    ] {
        let text = report.to_folded(weight);
        golden(name, text.as_bytes());
        let bytes =
            text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        assert_eq!(bytes.sum::<u64>(), total, "{name}");
    }
}

#[test]
fn csv() {
    golden("heap.csv", fixture::report().to_csv().as_bytes());
}

#[test]
fn table() {
    let text = format!("{}\n", fixture::report());
    golden("heap.txt", text.as_bytes());
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn json_reads_back_equal() {
    let report = fixture::report();
    assert_eq!(HeapReport::from_json(&report.to_json()).unwrap(), report);
}

#[test]
#[cfg(feature = "flamegraph")]
fn flamegraphs() {
    let (before, after) = (fixture::report(), fixture::later());
    let svg = |draw: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut svg = Vec::new();
        draw(&mut svg).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert_eq!(xml::well_formed(&svg), Ok(()));
        svg
    };
    let live = svg(&|svg| before.write_flamegraph(svg, HeapWeight::Live));
    assert!(live.contains("<title>app::json::Parser::key ("), "{live}");
    assert!(live.contains("<title>&lt;app::json::Parser as app::Parse&gt;::parse ("), "{live}");
    assert!(live.contains("<title>libsqlite3.so.0+0x28500 ("), "{live}");
    let changed = svg(&|svg| before.write_diff_flamegraph(&after, svg, HeapWeight::Live));
    assert!(changed.contains("<title>[app::json::parse] ("), "{changed}");
    assert!(!changed.contains("<title>[app::io::read] ("), "nothing of it is left: {changed}");
}
