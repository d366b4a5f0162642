//! Files that were cut, mixed and changed: each is refused in a line, or read and written in every
//! form. `MEMOPT_CASES=1000000 MEMOPT_SEED=7` tries more and other ones.

use super::{Input, LIMIT};
use crate::compare::{Comparison, DiffText};
use crate::export::{self, Form};
use crate::gate::judge::{Case, judge};
use crate::gate::policy::{Limit, Limits, Policy};
use crate::page;
use crate::paint::Look;
use clap::ValueEnum;
use memopt_report::{
    CallPath, Concurrency, Estimate, HeapReport, Report, SiteKind, SiteReport, SizeClass, Status,
    Totals, Tree, TreeNode,
};

/// Numbers that are no figures of any program.
const NUMBERS: [&str; 9] = [
    "0",
    "1",
    "-1",
    "4294967296",
    "9007199254740993",
    "18446744073709551616",
    "0.5",
    "1e308",
    HUGE,
];
/// Sums of it overflow, which a build as it is installed bears.
const HUGE: &str = if cfg!(debug_assertions) { "1099511627776" } else { "18446744073709551615" };

/// What stands in JSON, or must not.
const PARTS: [&[u8]; 12] = [
    b"{",
    b"[",
    b"\"",
    b"\\u0000",
    b"-1",
    b"1e999",
    b"null",
    b"true",
    b"\xff\xfe",
    b"18446744073709551616",
    b"[[[[[[[[[[[[[[[[",
    b",\"x\":",
];

/// Random numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A run with a tree of sites, and a finding.
fn run(allocs: u64) -> Report {
    let make = |name: &str, line: u32, calls: u64| {
        let mut site = SiteReport::empty(name, SiteKind::Function);
        (site.file, site.line, site.column) = ("src/main.rs".to_owned(), line, 4);
        site.calls = calls;
        for stat in [&mut site.allocs, &mut site.bytes, &mut site.peak, &mut site.retained] {
            stat.record(allocs * 48, calls);
        }
        site.inclusive = Totals::allocated(allocs * calls, allocs * calls * 48);
        site.own = site.inclusive;
        (site.self_allocs, site.self_bytes) = (allocs * calls, allocs * calls * 48);
        site.size_classes = vec![SizeClass::new(48, 48, allocs * calls)];
        site
    };
    let sites = vec![make("app::main", 3, 1), make("app::parse", 20, 1000)];
    let tree = Tree::new(vec![TreeNode::new(None, 0), TreeNode::new(Some(0), 1)]);
    Report::empty(Status::Counting)
        .with_elapsed_ns(1_500_000_000)
        .with_threads(2)
        .with_total(sites[1].inclusive, Totals::allocated(10, 4800))
        .with_sites(sites, tree)
}

fn heap() -> HeapReport {
    let path = |scopes: &[&str], blocks, bytes| {
        let live = Estimate::exact(blocks, bytes);
        CallPath::new(scopes.iter().map(|scope| (*scope).to_owned()).collect(), live, live)
    };
    HeapReport::new(vec![
        path(&["app::main", "app::parse"], 40, 65_536),
        path(&["app::main", "app::cache::fill"], 1000, 1 << 20),
    ])
}

/// One change somewhere: a cut, a hole, a piece of another text, a number, a repetition.
fn change(bytes: &mut Vec<u8>, texts: &[String], random: &mut Random) {
    let at = random.below(bytes.len());
    let end = (at + random.below(12)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..end, random.of(&PARTS).iter().copied())),
        3 => {
            let other = texts[random.below(texts.len())].as_bytes();
            let from = random.below(other.len());
            drop(bytes.splice(at..end, other[from..].iter().copied()));
        }
        4 => bytes.extend_from_within(at..),
        // Most of these are read, and all that reads on has to bear them.
        _ => {
            let is_digit = |byte: &u8| byte.is_ascii_digit();
            let Some(from) = bytes[at..].iter().position(is_digit).map(|far| at + far) else {
                return;
            };
            let rest = &bytes[from..];
            let to = rest.iter().position(|byte| !is_digit(byte)).map_or(bytes.len(), |n| from + n);
            drop(bytes.splice(from..to, random.of(&NUMBERS).bytes()));
        }
    }
}

/// Writes what was read in every way there is. Only that nothing panics is looked at.
fn use_all(input: &Input, before: &Report) {
    for form in Form::value_variants() {
        let _ = export::bytes(input, *form);
    }
    let look = Look { color: true, width: 80 };
    match input {
        Input::Report(report) => {
            let _ = report.table().width(80).to_string();
            let _ = report.tree_text().to_string();
            let _ = report.findings().table().to_string();
            let _ = page::html(Some(("before", before)), ("after", report));
            for (before, after) in [(before, &**report), (report, before)] {
                let comparison = Comparison::of(before, after, &[]);
                let text = DiffText { comparison: &comparison, limit: 9, least: 0.0, look };
                let _ = text.to_string();
                let profile = Policy::default().resolve(Policy::DEFAULT).unwrap();
                let growth = Limits::all(Limit::AtMost(0));
                let case =
                    Case { report: after, baseline: Some(before), profile: &profile, growth };
                let _ = judge(case);
            }
        }
        Input::Heap(heap) => drop(heap.table().width(80).to_string()),
        Input::Findings(findings) => drop(findings.table().to_string()),
        Input::Concurrency(tasks) => {
            let _ = tasks.to_string();
            let _ = tasks.findings().table().to_string();
        }
    }
}

#[test]
fn damage_is_refused_in_a_line() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let before = run(3);
    let texts = [
        run(5).to_json(),
        heap().to_json(),
        run(500).findings().to_json(),
        Concurrency::empty(Status::Counting).to_json(),
    ];
    let mut random = Random(number("MEMOPT_SEED").unwrap_or(0x2545_f491_4f6c_dd1d).max(1));
    let (mut read, mut refused) = (0, 0);
    for round in 0..number("MEMOPT_CASES").unwrap_or(1500) {
        let mut bytes = texts[round as usize % texts.len()].clone().into_bytes();
        for _ in 0..=random.below(3) {
            change(&mut bytes, &texts, &mut random);
        }
        match Input::from_reader("x.json", None, bytes.as_slice(), LIMIT) {
            Ok(input) => {
                read += 1;
                use_all(&input, &before);
            }
            Err(error) => {
                refused += 1;
                let told = error.to_string();
                let is_short = told.lines().count() == 1 && told.chars().count() < 400;
                assert!(is_short && told.contains("x.json"), "round {round}: {told}");
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 0 && refused > 0, "{read} read, {refused} refused");
}
