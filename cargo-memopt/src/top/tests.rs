//! The view, drawn into memory at 80 × 24 and wider, beside golden files.

use super::data::{Alert, Finding, Health, List, SiteList, Status, Task, Thread};
use super::state::{Deed, Key, Mode, Order, Reading, Rows, State, Step, Tab};
use super::view::{self, Colors};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::json;
use std::path::Path;

fn drawn(state: &State, columns: u16, lines: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| view::draw(frame, state, Colors(false))).unwrap();
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for y in 0..lines {
        let line: String = (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/top").join(name);
    if std::env::var("MEMOPT_GOLDEN").is_ok_and(|value| value == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}; MEMOPT_GOLDEN=overwrite renews it", path.display());
}

fn reading(at: f64, rows: Rows) -> Reading {
    let status: Status = serde_json::from_value(json!({
        "pid": 4711, "started_ms": 5, "uptime_ms": 7_380_000,
        "resident_bytes": 48_000_000, "heap_live_bytes": 12_000_000.0 + at * 1e6,
        "threads": 8, "tasks": 120, "allocated_bytes_per_second": 1_250_000.0,
        "limit": {"name": "cgroup", "bytes": 536_870_912, "used_ratio": 0.09},
        "pressure": "none", "risk": {"score": 0.1, "level": "low"},
        "time_to_limit_seconds": null,
        "alerts": {"firing": 1, "pending": 2}, "findings": 3, "leaks": 1
    }))
    .unwrap();
    let health = Health { pid: 4711, program: "shop".to_owned() };
    Reading { health, status, rows }
}

fn sites(round: u64) -> Rows {
    let list: SiteList = serde_json::from_value(json!({"items": [
        {"id": "a", "name": "shop::orders::Order::parse_lines_of_a_very_long_name", "kind": "function",
         "file": "src/orders.rs", "line": 40, "calls": 1200, "bytes": 90_000_000 + round * 500_000,
         "allocs": 48_000, "self_bytes": 1_000_000, "live_bytes": 8_000_000, "reallocs": 17,
         "bytes_per_call": {"mean": 75_000.0, "p50": 70_000, "p99": 90_000, "max": 120_000},
         "findings": 2, "leaks": true},
        {"id": "b", "name": "shop::serve", "calls": 900, "bytes": 120_000_000 + round * 100_000,
         "live_bytes": 64},
        {"id": "c", "name": "shop::cache::fill", "calls": 3, "bytes": 1000, "live_bytes": null}
    ], "made_ms": 1000 * round, "total": 3, "offset": 0, "limit": 500, "pid": 4711}))
    .unwrap();
    Rows::Sites(list)
}

fn state() -> State {
    let mut state = State::of("127.0.0.1:7700");
    for round in 0..30 {
        state.take(Ok(reading(round as f64, sites(round))));
    }
    state
}

#[test]
fn each_page_fits_80_columns_and_24_lines() {
    let mut state = State::of("127.0.0.1:7700");
    golden("connecting.txt", &drawn(&state, 80, 24));
    state = self::state();
    golden("sites.txt", &drawn(&state, 80, 24));
    golden("sites-120.txt", &drawn(&state, 120, 30));
    golden("sites-small.txt", &drawn(&state, 60, 12));
    assert_eq!(state.press(Key::Enter), Step::Draw);
    golden("site.txt", &drawn(&state, 80, 24));
    state.press(Key::Escape);
    state.press(Key::Char('?'));
    golden("keys.txt", &drawn(&state, 80, 24));
    state.press(Key::Char('x'));

    assert_eq!(state.press(Key::Char('2')), Step::Refresh);
    let threads: List<Thread> = serde_json::from_value(json!({"items": [
        {"name": "main", "os_id": 1, "state": "waiting", "allocated_bytes": 5000, "live_bytes": 4096,
         "bytes_per_second": 12.5, "scopes": ["shop::main", "shop::serve"]},
        {"name": "worker-1", "state": null, "scopes": []}
    ]}))
    .unwrap();
    state.take(Ok(reading(31.0, Rows::Threads(threads.items))));
    golden("threads.txt", &drawn(&state, 80, 24));

    state.press(Key::Char('3'));
    let tasks: List<Task> = serde_json::from_value(json!({"items": [
        {"id": "t", "site": "shop::handle", "live": 120, "running": 2, "age_median_ms": 350,
         "held_bytes": 1_000_000, "completed": 99_000, "cancelled": 3}
    ]}))
    .unwrap();
    state.take(Ok(reading(32.0, Rows::Tasks(tasks.items))));
    golden("tasks.txt", &drawn(&state, 80, 24));

    state.press(Key::Char('4'));
    let alerts: List<Alert> = serde_json::from_value(json!({"items": [
        {"id": "x", "rule": "heap_grows", "severity": "critical", "state": "firing",
         "subject": "shop::cache", "annotations": {"summary": "it grows"}}
    ]}))
    .unwrap();
    state.take(Ok(reading(33.0, Rows::Alerts(alerts.items))));
    golden("alerts.txt", &drawn(&state, 80, 24));

    state.press(Key::Char('5'));
    let findings: List<Finding> = serde_json::from_value(json!({"items": [
        {"code": "memopt::pool", "site": "shop::orders::parse", "file": "src/orders.rs", "line": 40,
         "title": "`shop::orders::parse` makes and drops blocks of one size over and over, again",
         "help": "reuse one block", "evidence": ["99 % of its blocks are of 64 B"],
         "worth_ratio": 0.12}
    ]}))
    .unwrap();
    state.take(Ok(reading(34.0, Rows::Findings(findings.items))));
    golden("findings.txt", &drawn(&state, 80, 24));
    state.press(Key::Enter);
    golden("finding.txt", &drawn(&state, 80, 24));
}

#[test]
fn no_size_of_a_terminal_is_too_small_to_draw() {
    let mut state = state();
    for mode in [Mode::Plain, Mode::Help, Mode::Detail, Mode::Confirm(Deed::Reclaim)] {
        state.mode = mode;
        for (columns, lines) in [(1, 1), (5, 3), (20, 5), (40, 10), (300, 100)] {
            drawn(&state, columns, lines);
        }
    }
}

#[test]
fn sites_are_ordered_by_what_they_allocate_a_second() {
    let mut state = state();
    let names =
        |state: &State| -> Vec<String> { state.sites.iter().map(|site| site.id.clone()).collect() };
    assert_eq!(state.sites[0].rate, Some(500_000.0));
    assert_eq!(names(&state), ["a", "b", "c"]);
    assert_eq!(state.press(Key::Char('s')), Step::Refresh);
    assert_eq!(
        (state.order, names(&state).as_slice()),
        (Order::Live, &["a", "b", "c"].map(String::from)[..])
    );
    state.press(Key::Char('s'));
    assert_eq!(names(&state), ["b", "a", "c"], "by bytes");
}

#[test]
fn a_filter_is_typed_and_dropped() {
    let mut state = state();
    state.press(Key::Char('/'));
    for c in "Cache".chars() {
        state.press(Key::Char(c));
    }
    assert_eq!((state.rows(), state.filter.as_str()), (1, "Cache"));
    assert!(drawn(&state, 80, 24).contains("filter: Cache"));
    state.press(Key::Enter);
    assert_eq!(state.press(Key::Char('q')), Step::Quit, "keys move again");
    state.press(Key::Escape);
    assert_eq!(state.rows(), 3);
}

#[test]
fn what_changes_the_program_is_asked_first() {
    let mut state = state();
    assert_eq!(state.press(Key::Char('R')), Step::Draw);
    golden("reclaim.txt", &drawn(&state, 80, 24));
    assert_eq!(state.press(Key::Char('n')), Step::Draw);
    state.press(Key::Char('R'));
    assert_eq!(state.press(Key::Char('y')), Step::Do(Deed::Reclaim));
    state.press(Key::Char('P'));
    assert_eq!(state.press(Key::Char('y')), Step::Do(Deed::Profile));
}

#[test]
fn a_pause_keeps_what_is_shown_and_a_lost_server_is_told() {
    let mut state = state();
    state.press(Key::Char('p'));
    let (before, status) = (state.live.len(), drawn(&state, 80, 24));
    assert!(status.contains("paused"));
    state.take(Ok(reading(99.0, sites(99))));
    assert_eq!(state.live.len(), before);
    state.press(Key::Char('p'));
    state.take(Err("no answer in 5 s".to_owned()));
    golden("lost.txt", &drawn(&state, 80, 24));
    // Where nothing was ever read there is room for all that is to be said.
    let mut refused = State::of("https://127.0.0.1:7700");
    refused.take(Err("the certificate is not for `127.0.0.1` but for shop.example; give such a \
                      name by --server-name"
        .to_owned()));
    golden("refused.txt", &drawn(&refused, 80, 24));
    state.take(Ok(reading(100.0, sites(100))));
    assert!(state.lost.is_none());
}

#[test]
fn figures_that_the_server_gives_out_again_are_no_standstill() {
    let mut state = state();
    state.take(Ok(reading(30.0, sites(29))));
    assert_eq!(state.sites[0].rate, Some(500_000.0));
    state.take(Ok(reading(32.0, sites(33))));
    assert_eq!(state.sites[0].rate, Some(500_000.0));
}

#[test]
fn a_program_that_was_started_anew_is_told() {
    let mut state = state();
    let mut anew = reading(50.0, sites(0));
    anew.status.started_ms = 9;
    state.take(Ok(anew));
    assert_eq!(state.told.as_deref(), Some("the program was started anew"));
    assert_eq!(state.live.len(), 1);
    assert_eq!(state.sites[0].rate, None, "no rate across a start");
}

#[test]
fn the_selection_stays_on_the_list() {
    let mut state = state();
    state.press(Key::End);
    assert_eq!(state.selected, 2);
    state.press(Key::Down);
    assert_eq!(state.selected, 2);
    state.press(Key::Home);
    state.press(Key::Up);
    assert_eq!(state.selected, 0);
    assert_eq!(state.press(Key::Left), Step::Refresh);
    assert_eq!(state.tab, Tab::Findings);
}
