//! A shop under load, watched by its own monitor: it warms up, a release makes it leak, the monitor
//! finds the leak, applies a remedy and measures that it helped, an import makes a spike, and the
//! incident bundle tells it all afterwards.
//!
//! ```text
//! cargo run --release --example watched
//! cargo run --release --example watched -- --seconds 120
//! ```
#![forbid(unsafe_code)]

mod incident;
mod load;
mod shop;
mod story;

use crate::load::Load;
use crate::shop::Shop;
use crate::story::Story;
use memopt::monitor::config::{ActionConfig, ActionKind, AlertRule, CollectionRule, Mode};
use memopt::monitor::config::{Amount, Severity, Watch};
use memopt::monitor::{Builder, Callback, Monitor};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, error, fs, thread};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "\
usage: watched [--seconds N]

  --seconds N   how long the story takes, 60 at least  [default: 75]
  --help        this text";

/// Sessions end after so long, as the shop was meant to be.
const IDLE: Duration = Duration::from_secs(2);
/// What a release made of it: milliseconds that were meant were taken for seconds.
const FAULTY: Duration = Duration::from_secs(2_000);
/// Sessions at once that the remedy allows.
const BOUND: usize = 4_000;
/// When the faulty release comes, and how long before the end the import does.
const RELEASE: Duration = Duration::from_secs(18);
const IMPORT: Duration = Duration::from_secs(14);
/// Rows of the import.
const ROWS: usize = 2_000_000;

fn main() -> ExitCode {
    let time = match seconds(env::args().skip(1)) {
        Ok(Some(time)) => time,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("{fault}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match run(time) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How long the story takes; none where help is wanted.
fn seconds(mut args: impl Iterator<Item = String>) -> Result<Option<Duration>, String> {
    let time = match args.next().as_deref() {
        None => Some(75),
        Some("--help" | "-h") => None,
        Some("--seconds") => {
            let text = args.next().ok_or("`--seconds` needs a number")?;
            let seconds = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
            if seconds < 60 {
                return Err("the story takes 60 seconds at least".to_owned());
            }
            Some(seconds)
        }
        Some(other) => return Err(format!("`{other}` is not known")),
    };
    Ok(time.map(Duration::from_secs))
}

fn run(time: Duration) -> Result<(), Box<dyn error::Error>> {
    let folder = env::temp_dir().join(format!("memopt-watched-{}", std::process::id()));
    let shop = Arc::new(Shop::new(IDLE));
    let story = Arc::new(Story::new());
    let monitor = watch(&folder, &shop, &story).start()?;
    let load = Load::start(&shop);
    let began = Instant::now();
    let (mut released, mut imported) = (false, false);
    story.says("customers come, and the catalogue is read page by page");
    while began.elapsed() < time {
        thread::sleep(Duration::from_secs(1));
        if !released && began.elapsed() >= RELEASE {
            story.says("a release goes out that takes milliseconds for seconds: sessions stay");
            shop.sessions.expire_after(FAULTY);
            released = true;
        }
        if !imported && began.elapsed() + IMPORT >= time {
            story.says("a supplier's list is imported as a whole");
            thread::spawn(|| shop::import(ROWS));
            imported = true;
        }
        if let Some(now) = monitor.published() {
            story.shows(&now, load.answered());
        }
    }
    let answered = load.answered();
    load.stop();
    story::ends(&monitor, answered);
    drop(monitor);
    let shown = incident::show(&folder.join("bundles"));
    fs::remove_dir_all(&folder)?;
    shown
}

/// The monitor, at a fast interval, with one rule that acts.
fn watch(folder: &Path, shop: &Arc<Shop>, story: &Arc<Story>) -> Builder {
    let teller = Arc::clone(story);
    Monitor::builder()
        .folder(folder)
        .interval(Duration::from_millis(100))
        .set("analysis.interval", "1 s")
        .set("analysis.warm_up", "8 s")
        .set("analysis.window", "2 min")
        .set("profiling.sample_every", "32 KiB")
        .set("monitoring.cpu_budget", "10 %")
        .configure(|config| {
            config.alerts.interval = Duration::from_millis(500);
            config.alerts.group_wait = Duration::ZERO;
            config.alerts.group_interval = Duration::from_secs(1);
            config.alerts.rules.extend([leak(), unusual()]);
            config.rules.change_mode = Mode::Auto;
            config.rules.rules.push(bound_sessions());
        })
        .callback("bound-sessions", {
            let (keep, give_up) = (Arc::clone(shop), Arc::clone(shop));
            Callback::new(move |_| {
                keep.sessions.keep_at_most(BOUND);
                Ok(())
            })
            .undone_by(move || {
                give_up.sessions.keep_at_most(usize::MAX);
                Ok(())
            })
        })
        .on_alert(move |group| teller.alerts(&group.alerts))
}

/// The default rule waits a minute; a story has none to spare.
fn leak() -> AlertRule {
    let mut rule = AlertRule::default();
    rule.name = "MemoryLeak".to_owned();
    rule.watch = Watch::Leak;
    rule.severity = Severity::Warning;
    rule.hold = Duration::from_secs(2);
    rule.summary = "a site goes on to hold more and more memory".to_owned();
    rule
}

fn unusual() -> AlertRule {
    let mut rule = AlertRule::default();
    rule.name = "UnusualMemory".to_owned();
    rule.watch = Watch::Anomaly;
    rule.metric = Some("heap.live".to_owned());
    rule.above = Some(Amount::number(0.65));
    rule.severity = Severity::Warning;
    rule.keep_firing_for = Duration::from_secs(2);
    rule.summary = "the heap behaves as it has not before".to_owned();
    rule
}

/// When a leak is told: keep a profile, bound the sessions, see what came of it, and write down all
/// that is known.
fn bound_sessions() -> CollectionRule {
    let action = |kind, with: &[(&str, &str)]| {
        let mut action = ActionConfig::default();
        action.action = kind;
        let with = with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        action.with = with.collect();
        action
    };
    let mut rule = CollectionRule::default();
    rule.name = "bound-sessions".to_owned();
    rule.on_alert = Some("MemoryLeak".to_owned());
    rule.limit = 1;
    rule.effect = Some("heap.live".to_owned());
    rule.effect_window = Duration::from_secs(5);
    rule.settle = Duration::from_secs(2);
    rule.actions = vec![
        action(ActionKind::HeapProfile, &[]),
        action(ActionKind::Callback, &[("name", "bound-sessions")]),
        action(ActionKind::Bundle, &[]),
    ];
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Result<Option<Duration>, String> {
        seconds(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn the_arguments_are_few() {
        assert_eq!(of(&[]), Ok(Some(Duration::from_secs(75))));
        assert_eq!(of(&["--seconds", "90"]), Ok(Some(Duration::from_secs(90))));
        assert_eq!(of(&["--help"]), Ok(None));
        for wrong in [&["--seconds"][..], &["--seconds", "x"], &["--seconds", "5"], &["now"]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
