//! Applies what the detectors suggest, measures the effect, and takes back what does not help.
//!
//! The optimizer is passive: it acts only in [`Optimizer::tick`], which the program calls from time
//! to time.
//!
//! A trial treats a random half of a site's calls. Both halves are measured in the same period, so
//! other changes in the program or on the machine affect both alike.

// Files: `settings`, `treatment` (how a remedy is applied), `refusals` (what was taken back, and
// when it is tried again), `candidate` (which site, which treatment), `verdict` (the test of
// treated against untreated calls).

mod candidate;
mod refusals;
mod settings;
mod treatment;
mod verdict;

pub use self::settings::{Mode, Settings};

use self::candidate::Candidate;
use self::refusals::{Refusals, Work};
use self::treatment::Treatment;
use self::verdict::{Look, Verdict};
use crate::report::{Action, Effect, Report, Step};
use crate::site::Site;
use crate::site::trial::Trial;
use crate::thread::state::now_ns;
use crate::thread::untracked::Untracked;
use crate::{Error, untracked};
use std::borrow::Borrow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The optimizer of this process.
///
/// ```
/// # #[global_allocator] static ALLOC: memopt::Alloc = memopt::Alloc::system();
/// use memopt::optimizer::{Mode, optimizer};
///
/// optimizer().set_mode(Mode::Apply);
/// // .. from time to time, between pieces of work:
/// for action in optimizer().tick() {
///     println!("{action}");
/// }
/// # optimizer().set_mode(Mode::Off);
/// ```
///
/// # Cost
///
/// A tick makes a report and judges it: some milliseconds. A site on trial pays two readings of a
/// clock a call. A site with an adopted remedy is entered by the slow path. With [`Mode::Off`], the
/// default, there is no cost.
///
/// # What was taken back
///
/// A reverted remedy is retried only after the cooldown, and only after the site's workload
/// changes: over [`Settings::min_calls`] calls in a row the mean bytes or the mean blocks are at
/// least twice, or at most half, of what they were in the trial. Other routings of the site are
/// tried meanwhile, one at a time. Over an allocator that is as fast as the remedies, such as
/// mimalloc or jemalloc, each routing is tried once. The log then says that there was no gain, and
/// the site stays as it is.
///
/// # Limits
///
/// A site has one remedy at a time: if an arena is adopted, pre-sizing is not tried. A remedy
/// changes where a scope's small blocks come from (an arena, free lists), and whether marked
/// collections start at their learned size. Time decides. Bytes, blocks and peak of a call do not
/// depend on where its blocks come from, and the mark itself bounds what pre-sizing may waste;
/// these figures are shown beside the time. For calls of 20 µs and more it is the thread's CPU
/// time; for shorter calls, and while the time is not known yet, that of the monotonic clock. It is
/// measured inside the calls, without the cost of freeing returned values outside.
///
/// Guide: [Choose a remedy](https://docs.rs/memopt/latest/memopt/docs/choose_a_remedy/).
pub fn optimizer() -> &'static Optimizer {
    static OPTIMIZER: Optimizer = Optimizer { state: Mutex::new(State::new()) };
    &OPTIMIZER
}

/// See [`optimizer`].
#[derive(Debug)]
pub struct Optimizer {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    settings: Settings,
    /// Sites treated now, on trial or adopted.
    treated: Vec<Treated>,
    refusals: Refusals,
    /// Proposals made in this mode, to be told once.
    proposed: Vec<(&'static Site, Treatment)>,
    log: Vec<Action>,
}

/// A site that is treated.
#[derive(Debug)]
struct Treated {
    candidate: Candidate,
    trial: &'static Trial,
    since_ns: u64,
    /// What the site had done when the trial began.
    began: Work,
    /// What it had done at the last look, and when that was last more than before.
    seen: Work,
    moved_ns: u64,
    adopted: bool,
    /// Calls of each kind at the last look.
    looked: u64,
}

/// Entries of the log that are adopted.
const LOG: usize = 1000;

impl Optimizer {
    /// Sets what the optimizer may do. Changing to [`Mode::Off`] or [`Mode::Suggest`] takes back
    /// what was applied; after a change back to [`Mode::Apply`] it may be tried again at once.
    pub fn set_mode(&self, mode: Mode) {
        untracked(|| {
            let mut state = self.lock();
            state.mode = mode;
            state.proposed.clear();
            if mode != Mode::Apply {
                let treated = std::mem::take(&mut state.treated);
                for one in treated {
                    state.end(
                        &one,
                        "program",
                        Step::Reverted,
                        format!("the mode is now {}", mode.name()),
                        None,
                    );
                }
            }
        });
    }

    /// What the optimizer may do now.
    pub fn mode(&self) -> Mode {
        self.lock().mode
    }

    /// Sets the settings.
    ///
    /// # Errors
    ///
    /// If a setting has a value that means nothing. The error names the setting, and nothing is
    /// changed.
    pub fn configure(&self, settings: Settings) -> Result<(), Error> {
        settings.check()?;
        self.lock().settings = settings;
        Ok(())
    }

    /// The settings that are in force.
    pub fn settings(&self) -> Settings {
        self.lock().settings
    }

    /// One step: makes a report, judges the trials, adopts or reverts, and starts new trials.
    /// Returns the actions it took.
    pub fn tick(&self) -> Vec<Action> {
        self.step(|| crate::record::process_report().with_costs(crate::costs::known()))
    }

    /// As [`tick`](Self::tick), on a report of the process that was just made. Making one is half
    /// of the time of a step, so a caller that has a report can save it.
    pub fn tick_on(&self, report: &Report) -> Vec<Action> {
        self.step(|| report)
    }

    fn step<R: Borrow<Report>>(&self, report: impl FnOnce() -> R) -> Vec<Action> {
        // Made untracked, and then copied: the copy is the caller's, who frees it.
        let new = Untracked::new(|| {
            let mut state = self.lock();
            let before = state.log.len();
            if state.mode == Mode::Off {
                return Vec::new();
            }
            let report = report();
            let report = report.borrow();
            let candidates = candidate::candidates(report);
            let settings = state.settings;
            state.refusals.look(|site| Work::of(report, site), now_ns(), &settings);
            state.judge(report, &candidates);
            for candidate in candidates {
                state.consider(candidate, report);
            }
            for one in &state.treated {
                one.candidate.refresh(one.adopted, state.settings);
            }
            let new = state.log[before..].to_vec();
            let surplus = state.log.len().saturating_sub(LOG);
            state.log.drain(..surplus);
            new
        });
        (*new).clone()
    }

    /// What the optimizer did so far, the oldest first (the last 1000 entries). The process's
    /// report holds it too.
    pub fn log(&self) -> Vec<Action> {
        let log = Untracked::new(|| self.lock().log.clone());
        (*log).clone()
    }

    /// Takes back the remedy of a site, by its full name. It is tried again only after the cooldown
    /// and a change of the site's workload (see [`optimizer`]). Returns whether the site had a
    /// remedy.
    pub fn revert(&self, site: &str) -> bool {
        untracked(|| {
            let mut state = self.lock();
            let (gone, left) = std::mem::take(&mut state.treated)
                .into_iter()
                .partition::<Vec<_>, _>(|one| one.candidate.site.full_name() == site);
            state.treated = left;
            let report = crate::record::process_report();
            for one in &gone {
                state.refuse(one, true, Work::of(&report, one.candidate.site));
                state.end(
                    one,
                    "program",
                    Step::Reverted,
                    "asked for by the program".to_owned(),
                    None,
                );
            }
            !gone.is_empty()
        })
    }

    /// A panic while the lock is held leaves lists that are whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the optimizer did, for the report.
pub(crate) fn log() -> Vec<Action> {
    optimizer().lock().log.clone()
}

impl State {
    const fn new() -> Self {
        Self {
            mode: Mode::Off,
            settings: Settings::new(),
            treated: Vec::new(),
            refusals: Refusals::new(),
            proposed: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Ends the trials that are decided, and what was adopted and does not help any more.
    fn judge(&mut self, report: &Report, candidates: &[Candidate]) {
        let mut left = Vec::new();
        for mut one in std::mem::take(&mut self.treated) {
            let (now, work) = (now_ns(), Work::of(report, one.candidate.site));
            if work != one.seen {
                (one.seen, one.moved_ns) = (work, now);
            }
            let verdict = verdict::judge(&one.look(now), &mut one.looked, &self.settings);
            match verdict {
                Verdict::Wait => left.push(one),
                Verdict::Keep(effect, why) => {
                    one.adopted = true;
                    one.looked = 0;
                    one.since_ns = now;
                    one.trial.begin_again();
                    self.note("optimizer", &one.candidate, Step::Adopted, why, Some(effect));
                    left.push(one);
                }
                Verdict::Holds => {
                    one.looked = 0;
                    one.trial.begin_again();
                    left.push(one);
                }
                Verdict::Revert(effect, mut why) => {
                    self.refuse(&one, true, work);
                    let site = one.candidate.site;
                    let rest = |other: &Candidate| {
                        std::ptr::eq(other.site, site) && !self.refusals.hold(site, other.routing)
                    };
                    if !candidates.iter().any(rest) {
                        why += "; no other remedy is suggested, so the site is left alone until \
                                its workload changes";
                    }
                    self.end(&one, "optimizer", Step::Reverted, why, effect);
                }
                Verdict::GiveUp(why) => {
                    self.refuse(&one, false, work);
                    self.end(&one, "optimizer", Step::Reverted, why.to_owned(), None);
                }
            }
        }
        self.treated = left;
    }

    /// Starts a trial of a candidate, or says that it would, unless something speaks against it.
    fn consider(&mut self, candidate: Candidate, report: &Report) {
        let same = |site: &Site| std::ptr::eq(site, candidate.site);
        let refused = self.refusals.hold(candidate.site, candidate.routing);
        if refused || self.treated.iter().any(|one| same(one.candidate.site)) {
            return;
        }
        if self.mode == Mode::Suggest || self.settings.dry_run {
            if !self
                .proposed
                .iter()
                .any(|(site, routing)| same(site) && *routing == candidate.routing)
            {
                self.proposed.push((candidate.site, candidate.routing));
                self.note("optimizer", &candidate, Step::Proposed, candidate.evidence(), None);
            }
            return;
        }
        if self.treated.len() >= self.settings.max_sites {
            return;
        }
        let trial = Trial::of(candidate.site, candidate.call_ns);
        trial.begin_again();
        self.note("optimizer", &candidate, Step::Tried, candidate.evidence(), None);
        candidate.start(self.settings);
        let (now, began) = (now_ns(), Work::of(report, candidate.site));
        self.treated.push(Treated {
            candidate,
            trial,
            since_ns: now,
            began,
            seen: began,
            moved_ns: now,
            adopted: false,
            looked: 0,
        });
    }

    /// Remembers that a routing was taken back at a site that has done so much.
    fn refuse(&mut self, one: &Treated, judged: bool, work: Work) {
        let Candidate { site, routing, .. } = one.candidate;
        self.refusals.add((site, routing), judged, (one.began, work), now_ns());
    }

    /// Stops treating a site.
    fn end(&mut self, one: &Treated, by: &str, step: Step, why: String, effect: Option<Effect>) {
        one.candidate.stop();
        // What its calls left empty is nobody's need any more.
        crate::region::trim();
        self.note(by, &one.candidate, step, why, effect);
    }

    fn note(
        &mut self,
        by: &str,
        of: &Candidate,
        step: Step,
        evidence: String,
        measured: Option<Effect>,
    ) {
        let edit = if matches!(step, Step::Adopted | Step::Proposed) { of.edit() } else { None };
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.log.push({
            let mut action = Action::new(of.site.full_name(), step, of.routing.remedy());
            action.at_ns = now_ns();
            action.unix_ms = since_1970.as_millis() as u64;
            by.clone_into(&mut action.by);
            action.dry_run = step == Step::Proposed;
            of.routing.name().clone_into(&mut action.routing);
            action.code.clone_from(&of.finding.code);
            action.evidence = evidence;
            action.predicted = of.finding.saving.share;
            action.predicted_time_ratio = of.predicted_time_ratio();
            action.measured = measured;
            action.edit = edit;
            action
        });
    }
}

impl Treated {
    fn look(&self, now: u64) -> Look {
        let arena = self.candidate.routing == Treatment::Arena;
        Look {
            arms: self.trial.arms(),
            adjust: self.candidate.routing != Treatment::PreSize,
            survivors: arena && self.candidate.site.is_refused(),
            adopted: self.adopted,
            age_ns: now.saturating_sub(self.since_ns),
            silent_ns: now.saturating_sub(self.moved_ns),
        }
    }
}
