//! How a monitor is put together.

use super::Monitor;
use super::handle::{Handle, Parts};
use super::worker::{MOST_ASKS, Shared, work};
use crate::alerts::Notification;
use crate::alerts::sink::{Callback as CallbackSink, Delivery, Outbox, Sink};
use crate::clock::SystemClock;
use crate::config::{Config, ConfigError, Layers, Watched};
use crate::engine::{self, Callback, Engine};
use crate::history::{History, Options};
use crate::program::ThisProcess;
use crate::source::{Most, Root, Source, standard};
use memopt_report::untracked;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

/// Puts a monitor together. What is set here wins over the environment, and that over the file.
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `start`"]
pub struct Builder {
    layers: Layers,
    sources: Vec<Box<dyn Source>>,
    sinks: Vec<(Box<dyn Sink>, Delivery)>,
    callbacks: HashMap<String, Callback>,
}

/// Why a monitor did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The settings are wrong: all faults, each with its place.
    Config(ConfigError),
    /// Another monitor of this process runs.
    Running,
    /// No thread could be started.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Running => f.write_str(
                "a monitor runs in this process already: keep its handle, or drop it before \
                 another one is started",
            ),
            Self::Thread(error) => write!(f, "no thread can be started for the monitor: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Running => None,
            Self::Thread(error) => Some(error),
        }
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// The process whose monitor runs; 0: none does. A forked child has another number, so that it may
/// start its own.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Takes the place of the running monitor. Whether it was free.
fn take_place() -> bool {
    let pid = std::process::id();
    RUNNING.fetch_update(SeqCst, SeqCst, |running| (running != pid).then_some(pid)).is_ok()
}

pub(super) fn let_another_start() {
    RUNNING.store(0, SeqCst);
}

impl Builder {
    /// Reads `memopt.toml` in the current folder, or the file that `MEMOPT_MONITOR_CONFIG` names,
    /// and the variables `MEMOPT_MONITOR_..`. Call it first: settings from before are forgotten.
    pub fn of_process(mut self) -> Self {
        self.layers = Layers::of_process();
        self
    }

    /// Reads this file, which must be there, and takes up its changes.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.layers = self.layers.file(path);
        self
    }

    /// Sets one value, as the environment does: `set("monitoring.interval", "250 ms")`.
    pub fn set(mut self, path: &str, value: &str) -> Self {
        self.layers = self.layers.set(path, value);
        self
    }

    /// Changes the settings last, whenever they are loaded.
    pub fn configure(mut self, change: impl Fn(&mut Config) + Send + Sync + 'static) -> Self {
        self.layers = self.layers.with(change);
        self
    }

    /// The time between two readings.
    pub fn interval(self, interval: Duration) -> Self {
        self.configure(move |config| config.monitoring.interval = interval)
    }

    /// Keeps history, profiles and bundles in this folder.
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        let file = folder.into().join("history.redb");
        self.configure(move |config| config.storage.path = Some(file.clone()))
    }

    /// Reads this too, once in every interval.
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.sources.push(Box::new(source));
        self
    }

    /// Sends alerts to this sink too.
    pub fn sink(mut self, sink: impl Sink + 'static, delivery: Delivery) -> Self {
        self.sinks.push((Box::new(sink), delivery));
        self
    }

    /// Calls this for alerts that begin or end, those that belong together at once.
    pub fn on_alert(self, call: impl FnMut(&Notification) + Send + 'static) -> Self {
        self.sink(CallbackSink::new("on_alert", call), Delivery::default())
    }

    /// Registers a function of the program that collection rules may call by this name.
    pub fn callback(mut self, name: impl Into<String>, callback: Callback) -> Self {
        self.callbacks.insert(name.into(), callback);
        self
    }

    /// Starts the monitor.
    ///
    /// # Errors
    ///
    /// As [`start`](crate::start).
    pub fn start(self) -> Result<Monitor, StartError> {
        untracked(|| self.start_untracked())
    }

    fn start_untracked(self) -> Result<Monitor, StartError> {
        let settings = Watched::new(self.layers)?;
        if !settings.config().monitoring.enabled {
            return Ok(switched_off(settings.config()));
        }
        if !take_place() {
            return Err(StartError::Running);
        }
        let config = Arc::new(settings.config().clone());
        // The worker opens it: a slow disk is not to delay the program.
        let history = Arc::new(History::unopened(&Engine::history_options(&config)));
        let most = config.monitoring.top as usize;
        let most = Most { sites: most, threads: most, holders: most };
        let monitoring = &config.monitoring;
        // The next reading comes before the one before it is stale, also where it is a little late.
        let longest = monitoring.stale_after / 3;
        let mut sources = standard(&Root::default(), most, monitoring.slow_interval, longest);
        sources.extend(self.sources);
        let mut outbox = Outbox::new();
        for (sink, delivery) in self.sinks {
            outbox.add(sink, delivery);
        }
        let engine = Engine::new(engine::Parts {
            clock: Arc::new(SystemClock::new(history.run())),
            settings,
            sources,
            program: Box::new(ThisProcess),
            history: Arc::clone(&history),
            outbox,
            callbacks: self.callbacks,
        });
        let metrics = engine.metrics().iter().map(|(name, metric)| (*name, *metric)).collect();
        let metrics = Arc::new(metrics);
        let (profiles, labels) = (engine.profiles().cloned(), engine.labels().clone());
        let shared = Arc::new(Shared::default());
        shared.set_samples(engine.samples());
        let (asks, asked) = sync_channel(MOST_ASKS);
        let thread = {
            let shared = Arc::clone(&shared);
            // What the thread is given is freed by it at its very end, where it counts: a pointer.
            let engine = Box::new(engine);
            thread::Builder::new()
                .name("memopt-monitor".to_owned())
                .spawn(move || work(engine, asked, shared))
        };
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                let_another_start();
                return Err(StartError::Thread(error));
            }
        };
        let pid = std::process::id();
        let parts = Parts { shared, history, profiles, labels, config, metrics, asks, pid };
        Ok(Monitor { handle: Some(Handle::new(parts)), thread })
    }
}

/// A monitor that the settings switch off: it reads, samples and writes nothing, and takes no
/// place.
fn switched_off(config: &Config) -> Monitor {
    let shared = Arc::new(Shared::default());
    shared.stop();
    let parts = Parts {
        shared,
        history: Arc::new(History::in_memory(&Options::default())),
        profiles: None,
        labels: Engine::identity(config),
        config: Arc::new(config.clone()),
        metrics: Arc::default(),
        asks: sync_channel(0).0,
        pid: std::process::id(),
    };
    Monitor { handle: Some(Handle::new(parts)), thread: None }
}
