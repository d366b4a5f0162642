//! Annotated places in code: their names, their places in the source, their budgets.

mod measured;
mod name;
mod namesakes;
pub(crate) mod registry;
pub(crate) mod routing;
pub(crate) mod tracking;
pub(crate) mod trial;

pub(crate) use self::measured::Measured;
use self::routing::Routing;
use self::tracking::Tracking;
use self::trial::Trial;
pub use crate::report::SiteKind;
use crate::thread::route::Route;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, Ordering, Ordering::Relaxed};

/// Where a site stands in the source.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Path as the compiler saw it.
    pub file: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Folder of the package's manifest, where cargo built it.
    pub manifest_dir: Option<&'static str>,
}

/// What one call of a site may use; `u64::MAX` stands for no limit.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Blocks allocated.
    pub max_allocs: u64,
    /// Bytes allocated.
    pub max_bytes: u64,
    /// Highest live bytes above entry.
    pub max_peak: u64,
    /// Bytes allocated and not freed at exit.
    pub max_retained: u64,
}

impl Budget {
    /// No limit.
    pub const NONE: Self = Self {
        max_allocs: u64::MAX,
        max_bytes: u64::MAX,
        max_peak: u64::MAX,
        max_retained: u64::MAX,
    };

    const fn is_none(&self) -> bool {
        self.max_allocs == u64::MAX
            && self.max_bytes == u64::MAX
            && self.max_peak == u64::MAX
            && self.max_retained == u64::MAX
    }
}

/// A static place in code that was annotated. The macros make one for each definition.
#[derive(Debug)]
pub struct Site {
    kind: SiteKind,
    name: &'static str,
    path: fn() -> &'static str,
    place: Place,
    budget: Budget,
    named: bool,
    /// What its calls get: a [`Routing`].
    routing: AtomicU32,
    no_apply: bool,
    may_rest: bool,
    /// Whether its calls open no scope, and why: a [`Tracking`].
    tracking: AtomicU8,
    /// An arena did harm: its blocks outlive its calls.
    refused: AtomicBool,
    trial: AtomicPtr<Trial>,
    registered: AtomicBool,
    /// How much its name says, as an index into `Detail::ALL`.
    detail: AtomicU8,
    /// The site registered before it.
    next: AtomicPtr<Site>,
}

/// Takes what finds no room of its own.
pub(crate) static OTHER: Site = Site::new(
    SiteKind::Other,
    "other",
    || "other",
    Place { file: "", line: 0, column: 0, manifest_dir: None },
)
.named();

/// The path of the item whose body makes a future, from the name of the future's type.
#[cfg(feature = "tokio")]
pub(crate) fn path_of_type(type_name: &str) -> String {
    name::of_type(type_name)
}

impl Site {
    /// A site; `path` gives the type name of an item beside it, from which the full name is read.
    pub const fn new(
        kind: SiteKind,
        name: &'static str,
        path: fn() -> &'static str,
        place: Place,
    ) -> Self {
        Self {
            kind,
            name,
            path,
            place,
            budget: Budget::NONE,
            named: false,
            routing: AtomicU32::new(Routing::all(Route::Plain).0),
            no_apply: false,
            may_rest: false,
            tracking: AtomicU8::new(Tracking::On as u8),
            refused: AtomicBool::new(false),
            trial: AtomicPtr::new(std::ptr::null_mut()),
            registered: AtomicBool::new(false),
            detail: AtomicU8::new(0),
            next: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// The name was given by the user and is shown as it is.
    #[must_use]
    pub const fn named(mut self) -> Self {
        self.named = true;
        self
    }

    /// Sets what one call may use.
    #[must_use]
    pub const fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Its small blocks come from an arena of the calling thread. The optimizer does not change it,
    /// since a person chose it.
    #[must_use]
    pub const fn arena(mut self) -> Self {
        self.routing = AtomicU32::new(Routing::all(Route::Bump).0);
        self.no_apply = true;
        self
    }

    /// Its small blocks come from free lists of the calling thread, one a size. The optimizer
    /// leaves it alone.
    #[must_use]
    pub const fn magazine(mut self) -> Self {
        self.routing = AtomicU32::new(Routing::all(Route::Slab).0);
        self.no_apply = true;
        self
    }

    /// The optimizer leaves it alone.
    #[must_use]
    pub const fn no_apply(mut self) -> Self {
        self.no_apply = true;
        self
    }

    /// It was annotated with a whole impl, trait or mod, and may be switched off while measuring it
    /// costs too much.
    #[must_use]
    pub const fn may_rest(mut self) -> Self {
        self.may_rest = true;
        self
    }

    /// Whether it may be switched off and is not yet.
    pub(crate) fn could_rest(&self) -> bool {
        self.may_rest && self.kind == SiteKind::Function && !self.rests()
    }

    /// Whether it is switched off, by itself or by somebody.
    #[inline]
    pub(crate) fn rests(&self) -> bool {
        self.tracking.load(Relaxed) != Tracking::On as u8
    }

    /// Whether somebody switched it off.
    pub(crate) fn is_untracked(&self) -> bool {
        self.tracking.load(Relaxed) == Tracking::Off as u8
    }

    /// Switches it off because it costs more than it tells.
    pub(crate) fn rest(&self) {
        let (on, rests) = (Tracking::On as u8, Tracking::Rests as u8);
        // Who switched it off meanwhile wants that.
        let _ = self.tracking.compare_exchange(on, rests, Relaxed, Relaxed);
    }

    pub(crate) fn track(&self, tracking: Tracking) {
        self.tracking.store(tracking as u8, Relaxed);
    }

    /// Whether the optimizer may change it.
    pub(crate) fn may_apply(&self) -> bool {
        !self.no_apply
    }

    /// What its calls get.
    pub(crate) fn routing(&self) -> Routing {
        Routing(self.routing.load(Relaxed))
    }

    pub(crate) fn set_routing(&self, routing: Routing) {
        self.routing.store(routing.0, Relaxed);
    }

    /// Where its measured calls are noted, if it was ever on trial.
    pub(crate) fn trial(&self) -> Option<&'static Trial> {
        // SAFETY: null, or a `&'static Trial` stored by `set_trial`; Acquire pairs with the Release
        // there.
        unsafe { self.trial.load(Ordering::Acquire).as_ref() }
    }

    pub(crate) fn set_trial(&self, trial: &'static Trial) {
        self.trial.store(std::ptr::from_ref(trial).cast_mut(), Ordering::Release);
    }

    /// Whether it has no arena any more, since one did harm.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.load(Relaxed)
    }

    /// It has no arena any more. Other routings are not concerned.
    pub(crate) fn refuse(&self) {
        self.refused.store(true, Relaxed);
    }

    /// The optimizer tries an arena anew.
    pub(crate) fn readmit(&self) {
        self.refused.store(false, Relaxed);
    }

    pub(crate) fn kind(&self) -> SiteKind {
        self.kind
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) fn limits(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn has_budget(&self) -> bool {
        !self.budget.is_none()
    }
}
