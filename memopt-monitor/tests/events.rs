//! What the monitor does is told by structured events of `tracing`.

use memopt_monitor::clock::{Clock, ManualClock, Stamp};
use memopt_monitor::config::{Layers, Watched};
use memopt_monitor::engine::{Engine, Parts};
use memopt_monitor::history::History;
use memopt_monitor::program::ThisProcess;
use std::collections::HashMap;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps each event as a line: its level, then its fields.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing into a String cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "memopt::monitor"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().expect("nobody panicked").push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_store_a_pause_a_fault_and_the_end_are_told_once_each() {
    let folder = std::env::temp_dir().join(format!("memopt-events-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder is made");
    let file = folder.join("memopt.toml");
    let path = folder.join("history.redb");
    let text = format!("[storage]\npath = \"{}\"\n\n[profiling]\nheap = \"off\"\n", path.display());
    fs::write(&file, text).expect("written");
    let lines = Lines::default();
    tracing::subscriber::with_default(lines.clone(), || {
        let clock = Arc::new(ManualClock::at(Stamp::default()));
        let settings = Watched::new(Layers::new().file(&file)).expect("they are right");
        let history = Arc::new(History::unopened(&Engine::history_options(settings.config())));
        let mut engine = Engine::new(Parts {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            sources: Vec::new(),
            program: Box::new(ThisProcess),
            history,
            outbox: memopt_monitor::alerts::sink::Outbox::new(),
            callbacks: HashMap::new(),
        });
        engine.open_store();
        let mut run = |seconds: u64| {
            for _ in 0..seconds {
                engine.tick();
                clock.advance(Duration::from_secs(1));
            }
        };
        run(3);
        clock.advance(Duration::from_secs(60));
        run(1);
        let right = fs::read(&file).expect("it is there");
        fs::write(&file, "[storag").expect("written");
        run(30);
        fs::write(&file, right).expect("written");
        run(30);
        engine.stop(Duration::from_secs(1));
    });
    let lines = lines.0.lock().expect("nobody panicked").clone();
    let count = |wanted: &str| lines.iter().filter(|line| line.contains(wanted)).count();
    for (wanted, times) in [
        ("the store was opened: history is stored", 1),
        ("readings were missed", 1),
        ("missed=60", 1),
        ("the configuration was refused", 1),
        ("a part of the monitor does not work", 1),
        ("a part of the monitor works again", 1),
        ("the monitor has stopped", 1),
        ("part=\"configuration\"", 2),
    ] {
        assert_eq!(count(wanted), times, "{wanted}: {lines:#?}");
    }
    assert!(lines[0].starts_with("INFO ") && lines[0].contains("run=1"), "{lines:#?}");
    fs::remove_dir_all(folder).expect("it is there");
}
