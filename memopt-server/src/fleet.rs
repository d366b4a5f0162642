//! The fleet: what Prometheus knows of all programs that serve memopt's metrics.
//!
//! Each address has a thread, which asks when somebody looks, and at most every ten seconds. What
//! is known is given out at once while it is asked anew. An address that fails, is slow or gives
//! wrong answers holds up its own thread, for seconds, and is told beside what the others say.

mod ask;
mod client;
mod leaks;
mod merge;
mod model;
mod programs;
mod sites;
mod source;

pub(crate) use self::model::{Alert, Leak, LeakAt, Merged, Program, Release, Site, SiteVersion};
pub use self::source::FleetSource;
pub(crate) use self::source::{check, named};

use self::ask::Answers;
use self::client::Client;
use crate::answer::now_ms;
use crate::problem::Problem;
use crate::work::Lane;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// An address is asked no more often than this, nor than a fifth of the time it takes.
const FRESH: Duration = Duration::from_secs(10);
const TIMES: u32 = 5;
/// What is older is not given out while it is asked anew.
const OLD: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(crate) struct Fleet {
    sources: Vec<Source>,
    known: Arc<Mutex<Known>>,
    /// What is put together of it.
    told: watch::Sender<Arc<Told>>,
}

/// What each address said last.
#[derive(Debug)]
struct Known {
    answers: Vec<Option<Arc<Answers>>>,
    /// Rises with each answer.
    turn: u64,
}

/// One address.
#[derive(Debug)]
struct Source {
    client: Arc<Client>,
    lane: Lane,
    is_asking: Arc<AtomicBool>,
}

/// All that is known, and how the addresses fare.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) fleet: Merged,
    pub(crate) addresses: Vec<Address>,
    /// When the oldest part was asked for; none before all were.
    pub(crate) at_ms: Option<i64>,
    turn: u64,
}

/// How an address fares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) at_ms: Option<i64>,
    pub(crate) took: Duration,
    pub(crate) error: Option<String>,
    /// Programs that it told of first.
    pub(crate) programs: usize,
}

impl Fleet {
    pub(crate) fn start(sources: &[FleetSource]) -> io::Result<Self> {
        let start = |source: &FleetSource| {
            Ok(Source {
                client: Arc::new(Client::new(source)),
                lane: Lane::start("memopt-fleet")?,
                is_asking: Arc::default(),
            })
        };
        Ok(Self {
            sources: sources.iter().map(start).collect::<io::Result<_>>()?,
            known: Arc::new(Mutex::new(Known { answers: vec![None; sources.len()], turn: 0 })),
            told: watch::Sender::new(Arc::default()),
        })
    }

    /// CPU time of its threads, ns.
    pub(crate) fn cpu_ns(&self) -> u64 {
        self.sources.iter().map(|source| source.lane.cpu_ns()).sum()
    }

    /// What is known; asks for it where it is not fresh.
    pub(crate) async fn told(&self) -> Result<Arc<Told>, Problem> {
        let mut news = self.told.subscribe();
        for at in 0..self.sources.len() {
            self.ask(at)?;
        }
        if self.sources.is_empty() {
            return Ok(Arc::default());
        }
        let is_young = |told: &Arc<Told>| {
            let oldest = now_ms() - OLD.as_millis() as i64;
            told.at_ms.is_some_and(|at| at >= oldest)
        };
        let told = news.wait_for(is_young).await;
        told.map(|told| Arc::clone(&told)).map_err(|_| Problem::internal("the server has ended"))
    }

    /// Asks an address, unless it was just asked.
    fn ask(&self, at: usize) -> Result<(), Problem> {
        let Some(source) = self.sources.get(at) else { return Ok(()) };
        let last = lock(&self.known).answers[at].as_ref().map(|it| (it.at_ms, it.took));
        let is_fresh = last.is_some_and(|(asked, took)| {
            let fresh = FRESH.max(took * TIMES).min(OLD / 2);
            now_ms() - asked < fresh.as_millis() as i64
        });
        if is_fresh || source.is_asking.swap(true, Relaxed) {
            return Ok(());
        }
        let asking = Asking(Arc::clone(&source.is_asking));
        let (client, known, told) =
            (Arc::clone(&source.client), Arc::clone(&self.known), self.told.clone());
        let addresses: Vec<Arc<Client>> =
            self.sources.iter().map(|source| Arc::clone(&source.client)).collect();
        source.lane.push(
            1,
            Box::new(move || {
                let last = lock(&known).answers[at].clone();
                let answers = Arc::new(ask::ask(&client, last.as_deref()));
                let (answers, turn) = {
                    let mut known = lock(&known);
                    known.answers[at] = Some(answers);
                    known.turn += 1;
                    (known.answers.clone(), known.turn)
                };
                drop(asking);
                // Without the lock: those who look wait for it.
                let new = Told { turn, ..put_together(&answers, &addresses) };
                told.send_if_modified(|told| {
                    let is_newer = told.turn < turn;
                    if is_newer {
                        *told = Arc::new(new);
                    }
                    is_newer
                });
            }),
        )
    }
}

/// While an address is asked, whatever comes of it.
struct Asking(Arc<AtomicBool>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}

fn put_together(known: &[Option<Arc<Answers>>], clients: &[Arc<Client>]) -> Told {
    let nothing = Answers::default();
    let said: Vec<&Answers> = known.iter().map(|it| it.as_deref().unwrap_or(&nothing)).collect();
    let fleet = merge::merge(&said);
    let mut programs = vec![0; known.len()];
    for program in &fleet.programs {
        programs[program.source] += 1;
    }
    let address = |(at, client): (usize, &Arc<Client>)| Address {
        url: client.base().to_owned(),
        at_ms: known[at].as_ref().map(|it| it.at_ms),
        took: said[at].took,
        error: said[at].error.clone(),
        programs: programs[at],
    };
    let addresses = clients.iter().enumerate().map(address).collect();
    let at_ms = known.iter().map(|it| it.as_ref().map(|it| it.at_ms)).min().flatten();
    Told { fleet, addresses, at_ms, turn: 0 }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
