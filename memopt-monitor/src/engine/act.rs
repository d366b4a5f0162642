//! What collection rules do, done.

mod files;

use self::files::Files;
use super::sampling::Sampling;
use crate::clock::{Clock, Stamp};
use crate::config::{ActionKind, Config, Labels, Optimization};
use crate::health::caught;
use crate::history::History;
use crate::profiles::Profile;
use crate::program::Program;
use crate::rules::{Executor, Order, Outcome, Progress};
use memopt_report::{Action, Concurrency, Findings, Report, Step};
use memopt_runtime::remedy::Pressure;
use memopt_units::{parse_duration, parse_size};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

type Run = Box<dyn FnMut(&Labels) -> Result<(), String> + Send>;
type Undo = Box<dyn FnMut() -> Result<(), String> + Send>;

/// A function of the program that rules may call.
pub struct Callback {
    run: Run,
    undo: Option<Undo>,
}

impl Callback {
    /// Calls this with the arguments of the action. It runs on the monitor's thread: it must not
    /// take long.
    pub fn new(run: impl FnMut(&Labels) -> Result<(), String> + Send + 'static) -> Self {
        Self { run: Box::new(run), undo: None }
    }

    /// Takes the effect back by this where it did harm.
    #[must_use]
    pub fn undone_by(self, undo: impl FnMut() -> Result<(), String> + Send + 'static) -> Self {
        Self { undo: Some(Box::new(undo)), ..self }
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("can_undo", &self.undo.is_some()).finish_non_exhaustive()
    }
}

/// What outlives a single tick.
#[derive(Debug)]
pub(super) struct Hands {
    callbacks: HashMap<String, Callback>,
    files: Option<Files>,
    /// Profiles of a stretch of time that are being taken.
    taking: HashMap<u64, Taking>,
    /// What holders may keep, bytes.
    limits: HashMap<String, u64>,
    /// Sites on which an action let the optimizer try something that was not taken back.
    tried: BTreeSet<String>,
    /// Whether an action set the optimizer's mode, and the settings have not set theirs since.
    has_mode: bool,
    /// The interval of heap samples that an action set.
    pub(super) sampling: Option<u64>,
}

#[derive(Debug)]
struct Taking {
    before: Before,
    began: Stamp,
    takes: Duration,
    why: String,
    rule: String,
}

/// What was so when a profile was begun.
#[derive(Debug)]
enum Before {
    Activity(Box<Concurrency>),
    Allocation(Box<Report>),
}

impl Hands {
    pub(super) fn new(config: &Config, callbacks: HashMap<String, Callback>) -> Self {
        Self {
            callbacks,
            files: Files::of(config),
            taking: HashMap::new(),
            limits: HashMap::new(),
            tried: BTreeSet::new(),
            has_mode: false,
            sampling: None,
        }
    }

    /// The profiles on disk; none where no folder is given.
    pub(super) fn profiles(&self) -> Option<&crate::profiles::Profiles> {
        self.files.as_ref().map(Files::profiles)
    }

    /// Keeps a heap profile because it is time.
    pub(super) fn keep_heap(&self, program: &dyn Program, at: Stamp) -> Result<(), String> {
        let files = self.files.as_ref().ok_or(NO_FOLDER)?;
        let mut heap = program.heap().ok_or(NOT_SAMPLED)?;
        memopt_runtime::heap::resolve(&mut heap);
        let profile = Profile::Heap(Box::new(heap));
        files.keep(&profile, at, "it was time for one", "profiling.every").map(drop)
    }

    /// Holds pools and caches to what actions limited them to.
    pub(super) fn hold(&self, program: &dyn Program) {
        for (reclaimable, limit) in &self.limits {
            trim_to(program, reclaimable, *limit);
        }
    }

    /// Whether something that an action began goes on.
    pub(super) fn is_busy(&self) -> bool {
        self.has_mode || !self.limits.is_empty()
    }

    /// Whether the optimizer treats a site because an action let it.
    pub(super) fn tries(&self) -> bool {
        !self.tried.is_empty()
    }

    /// Whether the optimizer is in the mode of an action that has ended.
    pub(super) fn has_mode_to_end(&self) -> bool {
        self.has_mode && !self.tries()
    }

    /// The optimizer is in the mode of the settings again.
    pub(super) fn end_mode(&mut self) {
        self.has_mode = false;
    }

    /// Takes in what the optimizer did. The newest action of a site counts.
    pub(super) fn optimized(&mut self, actions: &[Action]) {
        // What it would try next says nothing of what is tried.
        let steps = actions.iter().filter(|action| action.step != Step::Proposed);
        let steps: HashMap<&str, Step> = steps.map(|action| (&*action.site, action.step)).collect();
        self.tried.retain(|site| steps.get(&**site) != Some(&Step::Reverted));
    }
}

/// The hands, with all that they need at one moment.
pub(super) struct Actor<'a> {
    pub(super) at: Stamp,
    pub(super) clock: &'a dyn Clock,
    pub(super) hands: &'a mut Hands,
    pub(super) program: &'a dyn Program,
    pub(super) history: &'a History,
    pub(super) config: &'a Config,
    pub(super) findings: &'a Findings,
    /// Which blocks are sampled.
    pub(super) sampling: &'a mut Sampling,
    /// How urgently memory is needed.
    pub(super) pressure: Pressure,
}

const NO_FOLDER: &str = "there is no folder for profiles: set `storage.path`";
const NOT_SAMPLED: &str = "no blocks are sampled: set `profiling.heap`";

fn done(outputs: &[(&str, String)], bytes: u64, undo: Option<String>) -> Outcome {
    let outputs = outputs.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Outcome { outputs: outputs.collect(), bytes, undo }
}

fn argument<'a>(order: &'a Order, name: &str) -> Result<&'a str, String> {
    order
        .with
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| format!("`{}` needs `{name}` in `with`", order.action.word()))
}

impl Actor<'_> {
    fn act(&mut self, order: &Order) -> Result<Progress, String> {
        let outcome = match order.action {
            ActionKind::HeapProfile => self.heap_profile(order)?,
            ActionKind::ActivityProfile => {
                let before = Before::Activity(Box::new(self.program.activity()));
                return self.begin_taking(order, before);
            }
            ActionKind::AllocationProfile => {
                let before = Before::Allocation(Box::new(self.program.report()));
                return self.begin_taking(order, before);
            }
            ActionKind::DiffToBaseline => self.difference(order)?,
            ActionKind::Bundle => self.bundle(order)?,
            ActionKind::Reclaim => {
                // Asked for, so that something is given back even where there is plenty.
                let pressure = self.pressure.max(Pressure::Medium);
                done(&[("text", self.program.reclaim(pressure))], 0, None)
            }
            ActionKind::OptimizerTrial => self.trial()?,
            ActionKind::PoolLimit => self.limit(argument(order, "pool")?, order)?,
            ActionKind::CacheLimit => self.limit(argument(order, "cache")?, order)?,
            ActionKind::SamplingRate => {
                let every = parse_size(argument(order, "every")?).map_err(|e| e.to_string())?;
                self.program.sample(every)?;
                let before = std::mem::replace(self.sampling, Sampling::Every(every));
                let undo = match self.hands.sampling.replace(every) {
                    Some(set) => format!("sampling {before} {set}"),
                    None => format!("sampling {before}"),
                };
                done(&[("before", before.to_string())], 0, Some(undo))
            }
            ActionKind::Callback => self.call(order)?,
        };
        Ok(Progress::Done(outcome))
    }

    fn files(&self) -> Result<&Files, String> {
        self.hands
            .files
            .as_ref()
            .ok_or_else(|| "there is no folder for profiles: set `storage.path`".to_owned())
    }

    fn heap_profile(&self, order: &Order) -> Result<Outcome, String> {
        let files = self.files()?;
        let mut heap = self.program.heap().ok_or(NOT_SAMPLED)?;
        memopt_runtime::heap::resolve(&mut heap);
        files.keep(&Profile::Heap(Box::new(heap)), self.at, order.why.as_str(), &order.rule)
    }

    fn begin_taking(&mut self, order: &Order, before: Before) -> Result<Progress, String> {
        self.files()?;
        let takes = match order.with.get("duration") {
            Some(text) => parse_duration(text).map_err(|error| error.to_string())?,
            None => self.config.profiling.activity_duration,
        };
        let taking = Taking {
            before,
            began: self.at,
            takes,
            why: order.why.clone(),
            rule: order.rule.clone(),
        };
        self.hands.taking.insert(order.id, taking);
        Ok(Progress::Running)
    }

    fn end_taking(&mut self, order: u64) -> Result<Progress, String> {
        let Some(taking) = self.hands.taking.get(&order) else {
            return Err("the profile was given up".to_owned());
        };
        if self.at.since(&taking.began).is_some_and(|time| time < taking.takes) {
            return Ok(Progress::Running);
        }
        let Some(taking) = self.hands.taking.remove(&order) else { return Ok(Progress::Running) };
        let profile = match &taking.before {
            Before::Activity(before) => {
                Profile::Activity(Box::new(self.program.activity().since(before)))
            }
            Before::Allocation(before) => {
                Profile::Allocation(Box::new(self.program.report().since(before)))
            }
        };
        self.files()?.keep(&profile, self.at, &taking.why, &taking.rule).map(Progress::Done)
    }

    fn difference(&self, order: &Order) -> Result<Outcome, String> {
        let name = order.with.get("baseline").unwrap_or(&self.config.profiling.baseline);
        let files = self.files()?;
        let is_new = files.heap_of(self.at).is_none();
        let kept = if is_new { self.heap_profile(order)?.bytes } else { 0 };
        let compared = files.difference(name, self.at)?;
        // The profile is written for the difference, and counts with it.
        Ok(Outcome { bytes: compared.bytes + kept, ..compared })
    }

    fn bundle(&self, order: &Order) -> Result<Outcome, String> {
        self.files()?.bundle(order, self)
    }

    fn trial(&mut self) -> Result<Outcome, String> {
        let Optimization { trials, worth, .. } = self.config.optimization;
        let report = self.program.report();
        self.hands.has_mode = true;
        let actions = self.program.try_remedies(trials as usize, worth.0, &report);
        self.hands.optimized(&actions);
        let begun = actions.into_iter().filter(|action| action.step == Step::Tried);
        let sites: Vec<String> = begun.map(|action| action.site).collect();
        if sites.is_empty() {
            return Err("the optimizer has nothing to try".to_owned());
        }
        self.hands.tried.extend(sites.iter().cloned());
        let sites = sites.join("\n");
        Ok(done(&[("sites", sites.clone())], 0, Some(format!("trial {sites}"))))
    }

    fn limit(&mut self, reclaimable: &str, order: &Order) -> Result<Outcome, String> {
        let limit = parse_size(argument(order, "limit")?).map_err(|error| error.to_string())?;
        let let_go = trim_to(self.program, reclaimable, limit)
            .ok_or_else(|| format!("there is no pool or cache called `{reclaimable}`"))?;
        let before = self.hands.limits.insert(reclaimable.to_owned(), limit);
        let before = before.map_or_else(|| "none".to_owned(), |bytes| bytes.to_string());
        let undo = format!("limit {before} {reclaimable}");
        Ok(done(&[("let_go", let_go.to_string())], 0, Some(undo)))
    }

    fn call(&mut self, order: &Order) -> Result<Outcome, String> {
        let name = argument(order, "name")?;
        let callback = self.hands.callbacks.get_mut(name).ok_or_else(|| {
            format!("no function was registered as `{name}`: give it to the builder")
        })?;
        (callback.run)(&order.with)?;
        Ok(done(&[], 0, callback.undo.is_some().then(|| format!("callback {name}"))))
    }

    /// Takes back what the token says.
    fn take_back(&mut self, token: &str) -> Result<(), String> {
        let (what, rest) = token.split_once(' ').unwrap_or((token, ""));
        match what {
            "sampling" => {
                let (before, set) = rest.split_once(' ').unwrap_or((rest, ""));
                let before: Sampling =
                    before.parse().map_err(|_| format!("`{token}` cannot be undone"))?;
                before.begin(self.program)?;
                (*self.sampling, self.hands.sampling) = (before, set.parse().ok());
                Ok(())
            }
            "trial" => {
                for site in rest.lines() {
                    self.program.revert(site);
                    self.hands.tried.remove(site);
                }
                Ok(())
            }
            "limit" => {
                let (before, reclaimable) = rest.split_once(' ').unwrap_or((rest, ""));
                match before.parse() {
                    Ok(bytes) => self.hands.limits.insert(reclaimable.to_owned(), bytes),
                    Err(_) => self.hands.limits.remove(reclaimable),
                };
                Ok(())
            }
            "callback" => {
                let callback = self.hands.callbacks.get_mut(rest);
                let undo = callback.and_then(|callback| callback.undo.as_mut());
                undo.map_or(Err(format!("`{rest}` cannot be taken back")), |undo| undo())
            }
            _ => Err(format!("`{token}` cannot be undone")),
        }
    }
}

/// Halves that are tried, at most: others may fill it meanwhile.
const HALVES: u32 = 32;

/// Lets a pool or cache give back until it holds so many bytes unused, half by half, and all of it
/// only where no half was let go. Bytes; `None` where there is none of this name.
fn trim_to(program: &dyn Program, reclaimable: &str, limit: u64) -> Option<u64> {
    let held = || {
        let all = program.holders();
        let named = all.iter().filter(|one| one.name == reclaimable).map(|one| one.idle_bytes);
        named.reduce(|sum, bytes| sum + bytes)
    };
    let mut let_go = 0;
    for half in 0..HALVES {
        if held()? <= limit {
            break;
        }
        let gone = program.trim_half(reclaimable)?;
        let_go += gone;
        if gone == 0 {
            return if half == 0 { program.trim(reclaimable) } else { Some(let_go) };
        }
    }
    Some(let_go)
}

/// What panics has failed.
impl Executor for Actor<'_> {
    fn begin(&mut self, order: &Order) -> Progress {
        caught(|| self.act(order)).flatten().unwrap_or_else(Progress::Failed)
    }

    fn poll(&mut self, order: u64) -> Progress {
        caught(|| self.end_taking(order)).flatten().unwrap_or_else(Progress::Failed)
    }

    fn cancel(&mut self, order: u64) {
        self.hands.taking.remove(&order);
    }

    fn undo(&mut self, token: &str) -> Result<(), String> {
        caught(|| self.take_back(token)).flatten()
    }

    fn now(&self) -> Option<Stamp> {
        Some(self.clock.now())
    }
}
