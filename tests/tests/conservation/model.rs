//! What a program must give, computed the plain way: every operation is charged, when it happens,
//! to the innermost open scope of its thread.

use crate::layers::Future;
use crate::program::{BLOCKS, CONTEXTS, Do, FUTURES, GUARDS, Move, STRAYS, THREADS};
use crate::view::{Counts, View};
use std::collections::{BTreeMap, BTreeSet};

/// One step of the way from a thread's root to an open scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Site(usize),
    Recording(u64),
}

pub(crate) type Way = Vec<Step>;

/// The way of a site entered at `way`: recursion goes back up, but never out of a recording.
pub(crate) fn entered(mut way: Way, site: usize) -> Way {
    let recording =
        way.iter().rposition(|s| matches!(s, Step::Recording(_))).map_or(0, |at| at + 1);
    match way[recording..].iter().position(|s| *s == Step::Site(site)) {
        Some(at) => way.truncate(recording + at + 1),
        None => way.push(Step::Site(site)),
    }
    way
}

/// allocs, bytes, frees, freed bytes
pub(crate) type Traffic = [i64; 4];

pub(crate) struct Frame {
    pub(crate) id: usize,
    pub(crate) way: Way,
    /// The site, where the frame is a call and not a carried context or a recording.
    pub(crate) call: Option<usize>,
    closed: bool,
    at_entry: Traffic,
    peak: i64,
    panicking: bool,
}

/// What a frame did, when it was closed.
pub(crate) struct Closed {
    pub(crate) frame: Frame,
    pub(crate) did: Traffic,
    pub(crate) peak: i64,
    pub(crate) panicked: bool,
    pub(crate) nested: bool,
}

#[derive(Clone, Copy)]
struct Guard {
    frame: usize,
    /// Number of frames open with it.
    depth: usize,
    /// The move that made it.
    made_by: usize,
}

pub(crate) enum Kind {
    Base,
    Catch,
    Run,
    Record(u64),
    Poll { future: usize, frames: Vec<usize> },
}

pub(crate) struct Level {
    pub(crate) kind: Kind,
    guards: [Option<Guard>; GUARDS],
    /// The frame the level opened, if it opened one.
    carried: Option<usize>,
}

#[derive(Default)]
pub(crate) struct Thread {
    pub(crate) frames: Vec<Frame>,
    pub(crate) levels: Vec<Level>,
    strays: [Option<Guard>; STRAYS],
    traffic: Traffic,
    pub(crate) panicking: bool,
}

impl Thread {
    fn live(&self) -> i64 {
        self.traffic[1] - self.traffic[3]
    }

    pub(crate) fn way(&self) -> Way {
        self.frames.last().map_or_else(Vec::new, |f| f.way.clone())
    }
}

pub(crate) struct Model {
    pub(crate) threads: [Thread; THREADS],
    blocks: [Option<usize>; BLOCKS],
    contexts: [Option<Way>; CONTEXTS],
    pub(crate) futures: [Option<Future>; FUTURES],
    pub(crate) closed: BTreeSet<u64>,
    next_recording: u64,
    next_frame: usize,
    pub(crate) counts: BTreeMap<Way, Counts>,
    /// What the recordings and reports must show, in the order they are made.
    pub(crate) views: Vec<View>,
    /// The moves that make sense, as they are to be made.
    pub(crate) moves: Vec<Move>,
    /// Bytes of what a panic allocates.
    panic_bytes: usize,
    future_bytes: fn(crate::program::Wrap) -> usize,
    /// A context of no scope was carried into a thread with calls open, whose peaks then miss what
    /// it did.
    pub(crate) crossed: bool,
}

impl Model {
    pub(crate) fn new(panic_bytes: usize, future_bytes: fn(crate::program::Wrap) -> usize) -> Self {
        Self {
            threads: Default::default(),
            blocks: [None; BLOCKS],
            contexts: Default::default(),
            futures: Default::default(),
            closed: BTreeSet::new(),
            next_recording: 0,
            next_frame: 0,
            counts: BTreeMap::new(),
            views: Vec::new(),
            moves: Vec::new(),
            panic_bytes,
            future_bytes,
            crossed: false,
        }
    }

    /// Runs `program`, leaving out what makes no sense, then ends all it left open.
    pub(crate) fn run(&mut self, program: &[Move], wrapped: [bool; THREADS], last: usize) {
        for (thread, wrapped) in wrapped.into_iter().enumerate() {
            self.make(Move { thread, what: Do::Begin { wrapped } });
        }
        for step in program {
            self.make(*step);
        }
        for thread in 0..THREADS {
            while self.threads[thread].levels.len() > 1 {
                self.make(Move { thread, what: Do::End });
            }
        }
        for future in 0..FUTURES {
            self.make(Move { thread: last, what: Do::Cancel { future } });
        }
        for block in 0..BLOCKS {
            self.make(Move { thread: last, what: Do::Free { block } });
        }
        for thread in 0..THREADS {
            self.make(Move { thread, what: Do::Finish });
        }
    }

    fn make(&mut self, step: Move) {
        let at = self.moves.len();
        self.moves.push(step);
        if self.try_make(step.thread, step.what, at).is_none() {
            self.moves.truncate(at);
        }
    }

    /// `None` where the move makes no sense; then nothing was changed.
    #[expect(clippy::too_many_lines, reason = "an arm a move")]
    fn try_make(&mut self, t: usize, what: Do, at: usize) -> Option<()> {
        if self.threads[t].levels.is_empty() && !matches!(what, Do::Begin { .. }) {
            return None;
        }
        match what {
            Do::Alloc { block, size } => {
                self.blocks[block].is_none().then_some(())?;
                self.blocks[block] = Some(size);
                self.allocs(t, size);
            }
            Do::Realloc { block, size } => {
                let old = self.blocks[block].filter(|old| *old != size)?;
                self.blocks[block] = Some(size);
                self.reallocs(t, old, size);
            }
            Do::Free { block } => {
                let size = self.blocks[block].take()?;
                self.frees(t, size);
            }
            Do::Enter { site, guard, .. } => {
                let level = self.threads[t].levels.last()?;
                level.guards[guard].is_none().then_some(())?;
                let made = self.enter(t, site, at);
                self.threads[t].levels.last_mut()?.guards[guard] = Some(made);
            }
            Do::Leave { guard } => {
                let gone = self.threads[t].levels.last_mut()?.guards[guard].take()?;
                self.drop_guard(t, gone);
            }
            Do::Forget { guard } => {
                let threads = &mut self.threads[t];
                // A thread that is not wrapped has nothing below that would close it.
                let base = threads.levels.last()?;
                (base.carried.is_some() || matches!(base.kind, Kind::Poll { .. })).then_some(())?;
                threads.levels.last_mut()?.guards[guard].take()?;
            }
            Do::EnterStray { site, stray, .. } => {
                self.threads[t].strays[stray].is_none().then_some(())?;
                self.threads[t].strays[stray] = Some(self.enter(t, site, at));
            }
            Do::LeaveStray { stray } => {
                let gone = self.threads[t].strays[stray]?;
                // Leaving a scope around a poll from within the poll is left out.
                let opened = self.threads[t]
                    .frames
                    .iter()
                    .position(|f| f.id == gone.frame)
                    .unwrap_or(usize::MAX);
                let polls = self.threads[t].levels.iter().filter_map(|l| match &l.kind {
                    Kind::Poll { frames, .. } => frames.first().copied(),
                    _ => None,
                });
                let frames = &self.threads[t].frames;
                let first_poll = polls.filter_map(|id| frames.iter().position(|f| f.id == id));
                first_poll.into_iter().all(|poll| poll < opened).then_some(())?;
                self.threads[t].strays[stray] = None;
                self.drop_guard(t, gone);
            }
            Do::Capture { context } => self.contexts[context] = Some(self.threads[t].way()),
            Do::Run { context } => {
                let way = self.contexts[context].clone()?;
                let frame = self.carry(t, &way);
                self.start_level(t, Kind::Run, Some(frame));
            }
            Do::Record => {
                let recording = self.new_recording();
                let mut way = self.threads[t].way();
                way.push(Step::Recording(recording));
                let frame = self.push(t, way, None);
                self.start_level(t, Kind::Record(recording), Some(frame));
            }
            Do::Catch => self.start_level(t, Kind::Catch, None),
            Do::Poll { future } => {
                let taken = self.futures[future].take_if(|f| f.can_be_polled())?;
                let (taken, frames) = self.poll(t, taken);
                self.futures[future] = Some(taken.busy(true));
                self.start_level(t, Kind::Poll { future, frames }, None);
            }
            Do::End => {
                (self.threads[t].levels.len() > 1).then_some(())?;
                self.end_level(t, crate::layers::End::Pending);
            }
            Do::Ready => {
                matches!(self.threads[t].levels.last()?.kind, Kind::Poll { .. }).then_some(())?;
                self.end_level(t, crate::layers::End::Ready);
            }
            Do::Panic => {
                self.threads[t]
                    .levels
                    .iter()
                    .any(|l| matches!(l.kind, Kind::Catch))
                    .then_some(())?;
                self.panics(t);
            }
            Do::Make { future, wrap, site, context } => {
                self.futures[future].is_none().then_some(())?;
                let way = self.contexts[context].as_ref();
                let size = (self.future_bytes)(wrap);
                self.futures[future] = Some(Future::new(wrap, site, way, size)?);
                self.allocs(t, size);
            }
            Do::Hold { block } => {
                let Kind::Poll { future, .. } = self.threads[t].levels.last()?.kind else {
                    return None;
                };
                let place = &mut self.futures[future].as_mut()?.held;
                place.is_none().then_some(())?;
                *place = Some(self.blocks[block].take()?);
            }
            Do::Cancel { future } => {
                let gone = self.futures[future].take_if(|f| !f.is_busy())?;
                self.cancel(t, gone);
            }
            Do::Read => {
                let view = View::of(self, None);
                self.views.push(view);
            }
            Do::Begin { wrapped } => {
                let frame = wrapped.then(|| self.push(t, Vec::new(), None));
                self.start_level(t, Kind::Base, frame);
            }
            Do::Finish => {
                for stray in 0..STRAYS {
                    if let Some(gone) = self.threads[t].strays[stray].take() {
                        self.drop_guard(t, gone);
                    }
                }
                self.end_level(t, crate::layers::End::Pending);
            }
        }
        Some(())
    }

    pub(crate) fn new_recording(&mut self) -> u64 {
        self.next_recording += 1;
        self.next_recording
    }

    fn charge(&mut self, t: usize, traffic: Traffic, reallocs: i64) {
        let thread = &mut self.threads[t];
        for (sum, n) in thread.traffic.iter_mut().zip(traffic) {
            *sum += n;
        }
        let live = thread.live();
        for frame in &mut thread.frames {
            frame.peak = frame.peak.max(live);
        }
        let counts = self.counts.entry(thread.way()).or_default();
        for (sum, n) in counts.own.iter_mut().zip(traffic) {
            *sum += n;
        }
        counts.own[4] += reallocs;
    }

    pub(crate) fn allocs(&mut self, t: usize, size: usize) {
        self.charge(t, [1, size as i64, 0, 0], 0);
    }

    pub(crate) fn frees(&mut self, t: usize, size: usize) {
        self.charge(t, [0, 0, 1, size as i64], 0);
    }

    fn reallocs(&mut self, t: usize, old: usize, new: usize) {
        let (old, new) = (old as i64, new as i64);
        self.charge(t, [0, (new - old).max(0), 0, (old - new).max(0)], 1);
    }

    fn enter(&mut self, t: usize, site: usize, made_by: usize) -> Guard {
        let way = entered(self.threads[t].way(), site);
        let frame = self.push(t, way, Some(site));
        Guard { frame, depth: self.threads[t].frames.len(), made_by }
    }

    pub(crate) fn push(&mut self, t: usize, way: Way, call: Option<usize>) -> usize {
        self.next_frame += 1;
        let thread = &mut self.threads[t];
        let frame = Frame {
            id: self.next_frame,
            way,
            call,
            closed: false,
            at_entry: thread.traffic,
            peak: thread.live(),
            panicking: thread.panicking,
        };
        thread.frames.push(frame);
        self.next_frame
    }

    /// Enters a carried context: recordings that have closed are passed over.
    pub(crate) fn carry(&mut self, t: usize, steps: &[Step]) -> usize {
        let mut way = Vec::new();
        for step in steps {
            match step {
                Step::Site(site) => way = entered(way, *site),
                Step::Recording(r) if self.closed.contains(r) => {}
                Step::Recording(_) => way.push(*step),
            }
        }
        self.crossed |= way.is_empty() && self.threads[t].frames.iter().any(|f| f.call.is_some());
        self.push(t, way, None)
    }

    pub(crate) fn pop(&mut self, t: usize) -> Closed {
        let thread = &mut self.threads[t];
        let frame = thread.frames.pop().expect("a frame is open");
        let did = std::array::from_fn(|i| thread.traffic[i] - frame.at_entry[i]);
        Closed {
            did,
            peak: frame.peak - (frame.at_entry[1] - frame.at_entry[3]),
            panicked: thread.panicking && !frame.panicking,
            nested: thread.frames.iter().any(|f| f.way == frame.way),
            frame,
        }
    }

    /// Closes the frames from the innermost down to the one at `index`.
    fn close_down_to(&mut self, t: usize, index: usize) {
        while self.threads[t].frames.len() > index {
            let closed = self.pop(t);
            if closed.frame.call.is_some() {
                self.finish(&closed, closed.did, closed.peak, false);
            }
        }
        self.close_marked(t);
    }

    fn close_marked(&mut self, t: usize) {
        while self.threads[t].frames.last().is_some_and(|f| f.closed) {
            let closed = self.pop(t);
            self.finish(&closed, closed.did, closed.peak, false);
        }
    }

    /// Closes what is open above a frame.
    pub(crate) fn close_above(&mut self, t: usize, frame: usize) {
        let index =
            self.threads[t].frames.iter().position(|f| f.id == frame).expect("the frame is open");
        if index + 1 < self.threads[t].frames.len() {
            self.close_down_to(t, index + 1);
        }
    }

    /// Ends a carried context or a recording; its peak.
    pub(crate) fn close_carried(&mut self, t: usize, frame: usize) -> i64 {
        self.close_above(t, frame);
        let peak = self.pop(t).peak;
        self.close_marked(t);
        peak
    }

    /// Counts a finished call.
    pub(crate) fn finish(&mut self, closed: &Closed, did: Traffic, peak: i64, cancelled: bool) {
        let counts = self.counts.entry(closed.frame.way.clone()).or_default();
        counts.calls += 1;
        counts.panics += u64::from(closed.panicked);
        counts.cancelled += u64::from(cancelled);
        if closed.nested {
            counts.recursive += 1;
        } else {
            counts.outermost += 1;
            let retained = (did[1] - did[3]).max(0);
            counts.retained += retained;
            for (max, value) in counts.max.iter_mut().zip([did[1], did[0], peak, retained]) {
                *max = (*max).max(value);
            }
        }
    }

    fn drop_guard(&mut self, t: usize, guard: Guard) {
        let frames = &mut self.threads[t].frames;
        let Some(index) = frames.iter().position(|f| f.id == guard.frame) else {
            if guard.depth <= frames.len() {
                // Its place was taken by another scope, which the guard would close instead.
                match &mut self.moves[guard.made_by].what {
                    Do::Enter { forget, .. } | Do::EnterStray { forget, .. } => *forget = true,
                    _ => unreachable!("guards are made by these two"),
                }
            }
            return;
        };
        match frames[index..].iter().position(|f| f.call.is_none()) {
            Some(carried) => {
                for frame in &mut frames[index..index + carried] {
                    frame.closed = true;
                }
            }
            None => self.close_down_to(t, index),
        }
    }

    fn start_level(&mut self, t: usize, kind: Kind, carried: Option<usize>) {
        self.threads[t].levels.push(Level { kind, guards: [None; GUARDS], carried });
    }

    fn end_level(&mut self, t: usize, end: crate::layers::End) -> Kind {
        let guards = self.threads[t].levels.last().expect("a level is open").guards;
        for guard in guards.into_iter().flatten() {
            self.drop_guard(t, guard);
        }
        let level = self.threads[t].levels.pop().expect("a level is open");
        let peak = level.carried.map(|frame| self.close_carried(t, frame));
        match &level.kind {
            Kind::Record(recording) => {
                if end != crate::layers::End::Panicked {
                    let mut view = View::of(self, Some(*recording));
                    view.peak = peak;
                    self.views.push(view);
                }
                self.closed.insert(*recording);
            }
            Kind::Poll { future, frames } => {
                let polled = self.futures[*future].take().expect("it is being polled");
                self.futures[*future] = Some(self.polled(t, polled, frames, end).busy(false));
            }
            Kind::Base | Kind::Catch | Kind::Run => {}
        }
        level.kind
    }

    fn panics(&mut self, t: usize) {
        self.allocs(t, self.panic_bytes);
        self.threads[t].panicking = true;
        while !matches!(self.end_level(t, crate::layers::End::Panicked), Kind::Catch) {}
        self.threads[t].panicking = false;
        self.frees(t, self.panic_bytes);
    }
}
