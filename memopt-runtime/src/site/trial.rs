//! Treated and untreated calls of a site, as they were measured.

use super::{Measured, Site};
use crate::process::thread_cpu_ns;
use crate::thread::state::now_ns;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Calls shorter than this are timed by the monotonic clock, whose reading takes 25 ns; longer ones
/// by the thread's CPU clock, whose reading takes ten times as long and which does not run while
/// another program has the core.
const SHORT_NS: f64 = 20_000.0;

/// The measurements of one site. Made once a site, never freed.
#[derive(Debug)]
pub(crate) struct Trial {
    arms: Mutex<[Arm; 2]>,
    by_cpu: AtomicBool,
}

/// What was measured of one kind of calls. Times and bytes enter as logarithms: calls differ by
/// factors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arm {
    pub(crate) calls: u64,
    /// Sums over ln(1 + bytes) = x and ln(ns) = y.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) xx: f64,
    pub(crate) xy: f64,
    pub(crate) yy: f64,
    pub(crate) bytes: f64,
    pub(crate) blocks: f64,
    pub(crate) peak: f64,
}

impl Arm {
    pub(crate) fn add(&mut self, ns: u64, call: &Measured) {
        let (x, y) = ((call.bytes as f64).ln_1p(), (ns.max(1) as f64).ln());
        self.calls += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
        self.bytes += call.bytes as f64;
        self.blocks += call.allocs as f64;
        self.peak += call.peak as f64;
    }
}

impl Trial {
    /// The trial of a site; `call_ns` is what a call takes, as far as known. Call it untracked.
    pub(crate) fn of(site: &'static Site, call_ns: Option<f64>) -> &'static Self {
        let trial = site.trial().unwrap_or_else(|| {
            let made: &'static Self = Box::leak(Box::new(Self {
                arms: Mutex::new([Arm::default(); 2]),
                by_cpu: AtomicBool::new(false),
            }));
            site.set_trial(made);
            made
        });
        trial.by_cpu.store(call_ns.is_some_and(|ns| ns >= SHORT_NS), Relaxed);
        trial
    }

    /// Forgets what was measured.
    pub(crate) fn begin_again(&self) {
        if let Ok(mut arms) = self.arms.lock() {
            *arms = [Arm::default(); 2];
        }
    }

    /// Untreated and treated calls.
    pub(crate) fn arms(&self) -> [Arm; 2] {
        self.arms.lock().map_or([Arm::default(); 2], |arms| *arms)
    }

    /// The time of its clock, never 0.
    pub(crate) fn now(&self) -> u64 {
        if self.by_cpu.load(Relaxed) { cpu_ns() } else { now_ns() }
    }

    /// Adds a call that took until now. One that finds another thread adding is left out, by which
    /// no kind of calls is favoured: a scope's exit never waits.
    pub(crate) fn add(&self, treated: bool, since: u64, call: &Measured) {
        let ns = self.now().saturating_sub(since);
        if let Ok(mut arms) = self.arms.try_lock() {
            arms[usize::from(treated)].add(ns, call);
        }
    }
}

/// CPU time of this thread; where the system does not tell, time.
fn cpu_ns() -> u64 {
    thread_cpu_ns().unwrap_or_else(now_ns)
}
