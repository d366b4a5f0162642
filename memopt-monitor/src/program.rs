//! The observed program, as the monitor asks it. Tests give a made-up one.

use memopt_report::{Action, Concurrency, HeapReport, ReclaimableReport, Report};
use memopt_runtime::optimizer::{Mode, Settings};
use memopt_runtime::remedy::{Pressure, reclaim};
use memopt_runtime::{__private, heap, optimizer};
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What can be asked of the program beside its series, and changed in it.
///
/// All calls come from the monitor's thread, in a section that the counters do not see.
pub trait Program: Debug + Send {
    /// The report of all sites. It merges the histograms of all threads, so it is dear.
    fn report(&self) -> Report;

    /// What pools, caches and arenas hold.
    fn holders(&self) -> Vec<ReclaimableReport>;

    /// The blocks that are sampled; `None` where nothing ever was.
    fn heap(&self) -> Option<HeapReport>;

    /// CPU time that the calling thread has taken.
    fn own_cpu(&self) -> Duration;

    /// Bytes that memopt's own work holds on the heap, the monitor's and the server's; 0 where
    /// nobody counts them.
    fn own_bytes(&self) -> u64 {
        0
    }

    /// Samples one block in so many bytes from here on.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn sample(&self, mean_bytes: u64) -> Result<(), String>;

    /// Samples and follows no further block.
    fn stop_sampling(&self);

    /// Threads and tasks now.
    fn activity(&self) -> Concurrency;

    /// Follows every block from here on.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    fn follow(&self) -> Result<(), String>;

    /// Gives back what is held for reuse and the allocator's free memory, as much as the pressure
    /// asks for. What came of it, as people read it.
    fn reclaim(&self, pressure: Pressure) -> String;

    /// Lets the holder of this name give back all that it holds. Bytes; `None` where there is none.
    fn trim(&self, holder: &str) -> Option<u64>;

    /// The same, of about half: what was unused longest, and what is not needed all the time. Who
    /// cannot tell that lets all of it go.
    fn trim_half(&self, holder: &str) -> Option<u64> {
        self.trim(holder)
    }

    /// One step of the optimizer in this mode: so many sites at once, kept where they save this
    /// share, on what this report says. With 0 sites what is on trial is judged, and nothing else
    /// is begun. What it did.
    ///
    /// What the program itself asked of its optimizer counts for more: a mode beyond this one
    /// stays, with its settings, and so does a mode that the program sets later. What the program
    /// configured is in force again when sites are no longer treated for the monitor.
    fn optimize(&self, mode: Mode, sites: usize, gain: f64, report: &Report) -> Vec<Action>;

    /// The same in [`Mode::Apply`], for a rule's trial: what the settings want is not asked. When
    /// the trial is over, which the next [`optimize`](Self::optimize) says, the mode that the
    /// program had is in force again.
    fn try_remedies(&self, sites: usize, gain: f64, report: &Report) -> Vec<Action> {
        self.optimize(Mode::Apply, sites, gain, report)
    }

    /// The monitor ends or pauses: a trial ends, and what the program configured is in force again.
    fn leave_optimizer(&self) {}

    /// What the optimizer did, the oldest first, whoever asked for it.
    fn optimizer_log(&self) -> Vec<Action> {
        Vec::new()
    }

    /// Takes back what the optimizer applied to a site. Whether there was something.
    fn revert(&self, site: &str) -> bool;
}

/// What was asked of the optimizer of this process, which outlives a monitor.
static ASKED: Mutex<Asked> = Mutex::new(Asked::NOTHING);

#[derive(Debug)]
struct Asked {
    /// The mode that the settings wanted last.
    wanted: Option<Mode>,
    /// The mode that was set for them.
    set: Option<Mode>,
    /// The settings that the program had, and those in their place.
    lent: Option<(Settings, Settings)>,
    /// While a rule's trial goes on, the mode that was in force before it.
    before_trial: Option<Mode>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Settings(Mode),
    Trial,
}

impl Asked {
    const NOTHING: Self = Self { wanted: None, set: None, lent: None, before_trial: None };

    /// The mode that is to be in force, and whether it is one that was asked for rather than the
    /// program's own.
    fn answer(&mut self, who: Who, in_force: Mode) -> (Mode, bool) {
        match who {
            Who::Trial => {
                let is_own = self.set != Some(in_force);
                // Somebody ended the trial, or applies remedies anyhow.
                if is_own && (self.before_trial.is_some() || in_force == Mode::Apply) {
                    return (in_force, false);
                }
                self.before_trial.get_or_insert(in_force);
                self.set = Some(Mode::Apply);
                (Mode::Apply, true)
            }
            Who::Settings(wanted) => {
                let in_force = self.end_trial(in_force);
                if self.leaves(wanted, in_force) { (in_force, false) } else { (wanted, true) }
            }
        }
    }

    /// The mode that is in force without a trial that goes on.
    fn end_trial(&mut self, in_force: Mode) -> Mode {
        match self.before_trial.take() {
            Some(before) if self.set == Some(in_force) => {
                // It counts for as much as it did: as the program's own, or as the settings'.
                self.set = self.wanted.filter(|wanted| *wanted == before);
                before
            }
            _ => in_force,
        }
    }

    /// Whether the mode that is in force is the program's own, and stays. Otherwise the wanted one
    /// will be set.
    fn leaves(&mut self, wanted: Mode, in_force: Mode) -> bool {
        let is_own = self.set != Some(in_force);
        let is_new = self.wanted.replace(wanted) != Some(wanted);
        // Who came last has it. Where that is not known, who wants more has it.
        let leaves = is_own && (!is_new || in_force >= wanted);
        if !leaves {
            self.set = Some(wanted);
        }
        leaves
    }

    /// Puts back the settings that the program had, unless it configured others meanwhile.
    fn give_back(&mut self) {
        if let Some((before, own)) = self.lent.take()
            && optimizer().settings() == own
        {
            // They were in force before, so they are not refused.
            let _ = optimizer().configure(before);
        }
    }

    /// Lets so many sites be treated at once, where they save this share. All else is as the
    /// program has it.
    fn lend(&mut self, sites: usize, gain: f64) -> Result<(), memopt_report::Error> {
        self.give_back();
        let before = optimizer().settings();
        let mut own = before;
        (own.max_sites, own.min_gain) = (sites.max(1), gain);
        own.dry_run |= sites == 0;
        optimizer().configure(own)?;
        self.lent = Some((before, own));
        Ok(())
    }
}

/// The process that the monitor runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisProcess;

impl Program for ThisProcess {
    fn report(&self) -> Report {
        memopt_runtime::report()
    }

    fn holders(&self) -> Vec<ReclaimableReport> {
        __private::reclaimables()
    }

    fn heap(&self) -> Option<HeapReport> {
        heap::is_on().then(heap::snapshot)
    }

    fn own_cpu(&self) -> Duration {
        Duration::from_nanos(__private::thread_cpu_ns().unwrap_or(0))
    }

    fn own_bytes(&self) -> u64 {
        __private::own_bytes()
    }

    fn sample(&self, mean_bytes: u64) -> Result<(), String> {
        heap::start_sampling(mean_bytes).map_err(|error| error.to_string())
    }

    fn stop_sampling(&self) {
        heap::stop();
    }

    fn activity(&self) -> Concurrency {
        memopt_runtime::concurrency()
    }

    fn follow(&self) -> Result<(), String> {
        heap::start_exact().map_err(|error| error.to_string())
    }

    fn reclaim(&self, pressure: Pressure) -> String {
        reclaim(pressure).to_string()
    }

    fn trim(&self, holder: &str) -> Option<u64> {
        __private::reclaim_named(holder, Pressure::Critical)
    }

    fn trim_half(&self, holder: &str) -> Option<u64> {
        __private::reclaim_named(holder, Pressure::Medium)
    }

    fn optimize(&self, mode: Mode, sites: usize, gain: f64, report: &Report) -> Vec<Action> {
        step(Who::Settings(mode), sites, gain, report)
    }

    fn try_remedies(&self, sites: usize, gain: f64, report: &Report) -> Vec<Action> {
        step(Who::Trial, sites, gain, report)
    }

    fn leave_optimizer(&self) {
        let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
        asked.give_back();
        let in_force = optimizer().mode();
        let before = asked.end_trial(in_force);
        if before != in_force {
            optimizer().set_mode(before);
        }
    }

    fn optimizer_log(&self) -> Vec<Action> {
        optimizer().log()
    }

    fn revert(&self, site: &str) -> bool {
        optimizer().revert(site)
    }
}

/// One step of the optimizer of this process. What it did.
fn step(who: Who, sites: usize, gain: f64, report: &Report) -> Vec<Action> {
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let in_force = optimizer().mode();
    let (mode, is_asked) = asked.answer(who, in_force);
    if !is_asked || mode != Mode::Apply {
        asked.give_back();
    } else if asked.lend(sites, gain).is_err() {
        // Shares out of range were refused with the settings.
        return Vec::new();
    }
    if mode != in_force {
        optimizer().set_mode(mode);
    }
    drop(asked);
    if who == Who::Settings(Mode::Off) { Vec::new() } else { optimizer().tick_on(report) }
}
