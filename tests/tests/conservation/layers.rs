//! What the wrappers of a future must do at a poll and when it is dropped.

use crate::model::{Model, Step, Way};
use crate::program::Wrap;
use crate::view::View;

/// How a level ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Pending,
    Ready,
    Panicked,
}

#[derive(Clone, Default)]
struct SoFar {
    did: [i64; 4],
    peak: i64,
    polled: bool,
    ended: bool,
}

/// One wrapper. `empty`: what it wraps is gone.
#[derive(Clone)]
enum Layer {
    Tracked { site: usize, so_far: SoFar, empty: bool },
    InContext { way: Way, empty: bool },
    Recorded { started: Option<(u64, Way)>, empty: bool },
}

pub(crate) struct Future {
    /// From outside to inside.
    layers: Vec<Layer>,
    /// Size of the block it holds.
    pub(crate) held: Option<usize>,
    size: usize,
    busy: bool,
    over: bool,
}

impl Future {
    /// `None` where the context is missing.
    pub(crate) fn new(wrap: Wrap, site: usize, way: Option<&Way>, bytes: usize) -> Option<Self> {
        let tracked = || Layer::Tracked { site, so_far: SoFar::default(), empty: false };
        let context = || way.map(|way| Layer::InContext { way: way.clone(), empty: false });
        let recorded = || Layer::Recorded { started: None, empty: false };
        let layers = match wrap {
            Wrap::Tracked => vec![tracked()],
            Wrap::InContext => vec![context()?],
            Wrap::ContextThenTracked => vec![context()?, tracked()],
            Wrap::TrackedThenContext => vec![tracked(), context()?],
            Wrap::Recorded => vec![recorded()],
            Wrap::RecordedThenTracked => vec![recorded(), tracked()],
        };
        Some(Self { layers, held: None, size: bytes, busy: false, over: false })
    }

    pub(crate) fn can_be_polled(&self) -> bool {
        !self.busy && !self.over
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    pub(crate) fn busy(mut self, busy: bool) -> Self {
        self.busy = busy;
        self
    }
}

impl Model {
    /// Starts a poll; the frames that the layers opened.
    pub(crate) fn poll(&mut self, t: usize, mut future: Future) -> (Future, Vec<usize>) {
        let mut frames = Vec::new();
        for layer in &mut future.layers {
            frames.push(match layer {
                Layer::Tracked { site, .. } => {
                    let way = crate::model::entered(self.threads[t].way(), *site);
                    self.push(t, way, Some(*site))
                }
                Layer::InContext { way, .. } => self.carry(t, way),
                Layer::Recorded { started, .. } => {
                    if started.is_none() {
                        let recording = self.new_recording();
                        let mut way = self.threads[t].way();
                        way.push(Step::Recording(recording));
                        *started = Some((recording, way));
                    }
                    let (_, way) = started.as_ref().expect("just set");
                    self.carry(t, way)
                }
            });
        }
        (future, frames)
    }

    /// Ends a poll.
    pub(crate) fn polled(
        &mut self,
        t: usize,
        mut future: Future,
        frames: &[usize],
        end: End,
    ) -> Future {
        future.over = end != End::Pending;
        if let (End::Ready, Some(size)) = (end, future.held) {
            future.held = None;
            self.frees(t, size);
        }
        for (i, frame) in frames.iter().enumerate().rev() {
            match &mut future.layers[i] {
                Layer::Tracked { so_far, empty, .. } => {
                    *empty |= end == End::Ready;
                    self.leave(t, *frame, so_far, end != End::Pending, false);
                }
                Layer::InContext { empty, .. } => {
                    *empty |= end == End::Ready;
                    self.close_carried(t, *frame);
                }
                Layer::Recorded { started, empty } => {
                    self.close_carried(t, *frame);
                    let (recording, way) = started.clone().expect("it was polled");
                    *empty |= end != End::Pending;
                    if end == End::Ready {
                        let view = View::of(self, Some(recording));
                        self.views.push(view);
                    } else if end == End::Panicked {
                        // The future inside goes with the unwound one, in its context.
                        let frame = self.carry(t, &way);
                        self.drop_layers(t, &mut future, i + 1);
                        self.close_carried(t, frame);
                    }
                    if end != End::Pending {
                        self.closed.insert(recording);
                    }
                }
            }
        }
        future
    }

    fn leave(&mut self, t: usize, frame: usize, so_far: &mut SoFar, ends: bool, cancelled: bool) {
        self.close_above(t, frame);
        let closed = self.pop(t);
        let live = so_far.did[1] - so_far.did[3];
        so_far.peak = so_far.peak.max(live + closed.peak);
        for (sum, n) in so_far.did.iter_mut().zip(closed.did) {
            *sum += n;
        }
        so_far.polled = true;
        if ends {
            so_far.ended = true;
            self.finish(&closed, so_far.did, so_far.peak, cancelled);
        }
    }

    /// Drops a future and frees its box.
    pub(crate) fn cancel(&mut self, t: usize, mut future: Future) {
        self.drop_layers(t, &mut future, 0);
        self.frees(t, future.size);
    }

    fn drop_layers(&mut self, t: usize, future: &mut Future, from: usize) {
        match future.layers.get(from).cloned() {
            None => {
                if let Some(size) = future.held.take() {
                    self.frees(t, size);
                }
            }
            Some(
                Layer::Tracked { empty: true, .. }
                | Layer::InContext { empty: true, .. }
                | Layer::Recorded { empty: true, .. },
            ) => {}
            Some(Layer::Tracked { site, mut so_far, .. }) => {
                let cancelled = so_far.polled && !so_far.ended;
                let way = crate::model::entered(self.threads[t].way(), site);
                let frame = self.push(t, way, Some(site));
                self.drop_layers(t, future, from + 1);
                self.leave(t, frame, &mut so_far, cancelled, cancelled);
            }
            Some(Layer::InContext { way, .. }) => {
                let frame = self.carry(t, &way);
                self.drop_layers(t, future, from + 1);
                self.close_carried(t, frame);
            }
            Some(Layer::Recorded { started: None, .. }) => self.drop_layers(t, future, from + 1),
            Some(Layer::Recorded { started: Some((recording, way)), .. }) => {
                let frame = self.carry(t, &way);
                self.drop_layers(t, future, from + 1);
                self.close_carried(t, frame);
                self.closed.insert(recording);
            }
        }
    }
}
