//! The heap in the format of DHAT's viewer, version 2:
//! <https://valgrind.org/docs/manual/dh-manual.html>.

use crate::HeapReport;
use crate::model::heap::stack::Call;
use crate::{CallPath, Estimate};
#[cfg(feature = "json")]
use serde::Serialize;
use std::collections::HashMap;

/// Mean lifetimes up to this, µs, are called short by the viewer.
const SHORT: u64 = 10;

/// The file. Members have the format's own names.
#[cfg_attr(feature = "json", derive(Serialize))]
struct File<'a> {
    #[cfg_attr(feature = "json", serde(rename = "dhatFileVersion"))]
    version: u32,
    mode: &'static str,
    verb: &'static str,
    /// Whether blocks have lifetimes.
    bklt: bool,
    /// Whether blocks have counts of accesses.
    bkacc: bool,
    /// Unit of time, and of a million of them.
    tu: &'static str,
    #[cfg_attr(feature = "json", serde(rename = "Mtu"))]
    million_tu: &'static str,
    /// Up to where a mean lifetime is short.
    tuth: u64,
    cmd: &'a str,
    pid: u32,
    /// When the peak was, and the end.
    tg: u64,
    te: u64,
    pps: Vec<Point>,
    ftbl: Vec<String>,
}

/// A program point: what was allocated with one stack. Bytes, blocks (`bk`) and lifetime: total, at
/// the point's own maximum, at the process's (global), at the end.
#[cfg_attr(feature = "json", derive(Serialize))]
struct Point {
    tb: u64,
    tbk: u64,
    tl: u64,
    mb: u64,
    mbk: u64,
    gb: u64,
    gbk: u64,
    eb: u64,
    ebk: u64,
    fs: Vec<usize>,
}

impl HeapReport {
    /// The heap as DHAT JSON, for the viewer `dh_view.html` that comes with valgrind.
    ///
    /// Scopes are the outermost frames, in brackets.
    ///
    /// # Limits
    ///
    /// Stacks that differ only in what is not shown of them are one point, for which the viewer
    /// asks; its own maximum is the sum of theirs. How many blocks a point had at its own maximum
    /// is worked out from their mean size. The viewer wants the lifetimes of all blocks: those in
    /// use are taken to be half as old as the process, those freed as old as the sampled ones
    /// were.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = memopt::report::HeapReport::default().to_dhat();
    /// assert!(json.starts_with(r#"{"dhatFileVersion":2,"mode":"rust-heap""#));
    /// ```
    pub fn to_dhat(&self) -> String {
        let report = &*self.resolved();
        let end_us = report.at_ns / 1000;
        let mut frames = Frames { list: vec!["[root]".to_owned()], numbers: HashMap::new() };
        let pps = report.call_paths.iter().map(|call_path| {
            let fs = report.path(call_path).iter().rev().map(|call| frames.number(call)).collect();
            point(call_path, end_us, fs)
        });
        let pps = by_stack(pps);
        let file = File {
            version: 2,
            mode: "rust-heap",
            verb: "Allocated",
            bklt: true,
            bkacc: false,
            tu: "µs",
            million_tu: "s",
            tuth: SHORT,
            cmd: report.modules.first().map_or("(unknown)", |module| module.path.as_str()),
            pid: report.pid,
            tg: report.peak_at_ns / 1000,
            te: end_us,
            pps,
            ftbl: frames.list,
        };
        crate::json::text(&file)
    }
}

fn point(call_path: &CallPath, end_us: u64, fs: Vec<usize>) -> Point {
    let CallPath { allocated, live, at_peak, .. } = call_path;
    let most_bytes = call_path.peak_bytes.max(at_peak.bytes).max(live.bytes);
    let most_blocks = blocks_in(most_bytes, allocated).max(at_peak.blocks).max(live.blocks);
    let freed = allocated.blocks.saturating_sub(live.blocks);
    let lived_us = call_path.lifetimes.mean_ns().unwrap_or(0.0) / 1000.0 * freed as f64
        + end_us as f64 / 2.0 * live.blocks as f64;
    Point {
        tb: allocated.bytes,
        tbk: allocated.blocks,
        tl: lived_us as u64,
        mb: most_bytes,
        mbk: most_blocks,
        gb: at_peak.bytes,
        gbk: at_peak.blocks,
        eb: live.bytes,
        ebk: live.blocks,
        fs,
    }
}

/// The points in their order, those with the same stack as one: the viewer refuses a file where two
/// have it.
fn by_stack(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut each: Vec<Point> = Vec::new();
    let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
    for point in points {
        if let Some(&at) = places.get(&point.fs) {
            each[at].add(&point);
        } else {
            places.insert(point.fs.clone(), each.len());
            each.push(point);
        }
    }
    each
}

impl Point {
    fn add(&mut self, other: &Self) {
        let Self { tb, tbk, tl, mb, mbk, gb, gbk, eb, ebk, fs: _ } = other;
        self.tb += tb;
        self.tbk += tbk;
        self.tl += tl;
        self.mb += mb;
        self.mbk += mbk;
        self.gb += gb;
        self.gbk += gbk;
        self.eb += eb;
        self.ebk += ebk;
    }
}

/// How many blocks so many bytes are, by the mean size.
fn blocks_in(bytes: u64, of: &Estimate) -> u64 {
    if of.bytes == 0 {
        0
    } else {
        (bytes as f64 * of.blocks as f64 / of.bytes as f64).round() as u64
    }
}

/// The table of frames.
struct Frames {
    list: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Frames {
    fn number(&mut self, call: &Call<'_>) -> usize {
        let text = text(call);
        if let Some(&number) = self.numbers.get(&text) {
            return number;
        }
        let number = self.list.len();
        self.list.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

/// `0x1234: app::parse (src/json.rs:12)`, as far as it is known.
fn text(call: &Call<'_>) -> String {
    let place = match (call.file, call.line) {
        ("", _) => String::new(),
        (file, 0) => format!(" ({file})"),
        (file, line) => format!(" ({file}:{line})"),
    };
    let address = if call.address == 0 { String::new() } else { format!("{:#x}: ", call.address) };
    format!("{address}{}{place}", call.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lifetimes;

    fn estimate(blocks: u64, bytes: u64) -> Estimate {
        Estimate { samples: blocks, blocks, bytes, ..Estimate::default() }
    }

    #[test]
    fn lifetimes_are_those_of_the_freed_and_half_the_time_for_the_rest() {
        let call_path = CallPath {
            allocated: estimate(10, 1000),
            live: estimate(4, 400),
            lifetimes: Lifetimes { blocks: 6, total_ns: 12_000.0, powers: vec![] },
            ..CallPath::default()
        };
        // 6 blocks of 2 µs, 4 of 50.
        assert_eq!(point(&call_path, 100, vec![]).tl, 6 * 2 + 4 * 50);
    }

    #[test]
    fn the_maximum_is_never_below_what_was_seen() {
        let call_path = CallPath {
            allocated: estimate(10, 1000),
            live: estimate(4, 400),
            at_peak: estimate(3, 500),
            peak_bytes: 600,
            ..CallPath::default()
        };
        let Point { mb, mbk, gb, gbk, eb, ebk, .. } = point(&call_path, 0, vec![]);
        assert_eq!((mb, mbk), (600, 6));
        assert!(mb >= gb && mb >= eb && mbk >= gbk && mbk >= ebk);
    }

    #[test]
    fn points_with_one_stack_are_one() {
        let call_path = |scope: &str, blocks| CallPath {
            scopes: vec![scope.into()],
            allocated: estimate(blocks, 100 * blocks),
            live: estimate(1, 100),
            at_peak: estimate(2, 200),
            peak_bytes: 300,
            ..CallPath::default()
        };
        let call_paths = vec![call_path("a", 5), call_path("b", 7), call_path("a", 10)];
        let json = HeapReport { call_paths, ..HeapReport::default() }.to_dhat();
        let file: serde_json::Value = serde_json::from_str(&json).unwrap();
        let [a, b] = file["pps"].as_array().unwrap().as_slice() else {
            panic!("two points: {json}")
        };
        assert_ne!(a["fs"], b["fs"]);
        let figures = |point: &serde_json::Value| {
            ["tb", "tbk", "mb", "mbk", "gb", "gbk", "eb", "ebk"]
                .map(|name| point[name].as_u64().unwrap())
        };
        assert_eq!(figures(a), [1500, 15, 600, 6, 400, 4, 200, 2]);
        assert_eq!(figures(b), [700, 7, 300, 3, 200, 2, 100, 1]);
    }
}
