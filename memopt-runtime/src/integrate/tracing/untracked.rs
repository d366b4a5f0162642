//! A subscriber whose own memory is not counted.

use crate::untracked;
use std::any::TypeId;
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::subscriber::Interest;
use tracing_core::{Dispatch, Event, LevelFilter, Metadata, Subscriber};

/// Wraps a whole subscriber, so that what its registry and layers allocate and free is not counted.
/// Spans then have the program's own allocations alone.
///
/// # Examples
///
/// ```
/// use memopt::integrate::tracing::{Untracked, layer};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(layer());
/// tracing::subscriber::set_global_default(Untracked::new(subscriber)).unwrap();
/// ```
///
/// # Cost
///
/// About 10 ns for each thing the subscriber is told.
///
/// # Limits
///
/// It is the outermost: no layer can be put upon it. What is formatted for an event is formatted in
/// the subscriber, `Debug` and `Display` of your own types included, so that is not counted either.
/// What layers keep in thread-local storage is freed by the thread's end, outside, and counts as
/// freed there.
#[derive(Debug)]
pub struct Untracked<S> {
    inner: S,
}

impl<S: Subscriber> Untracked<S> {
    /// Wraps `subscriber`.
    pub fn new(subscriber: S) -> Self {
        Self { inner: subscriber }
    }
}

impl<S: Subscriber> Subscriber for Untracked<S> {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        untracked(|| self.inner.on_register_dispatch(dispatch));
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        untracked(|| self.inner.register_callsite(metadata))
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        untracked(|| self.inner.enabled(metadata))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.inner.max_level_hint()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        untracked(|| self.inner.new_span(attributes))
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        untracked(|| self.inner.record(span, values));
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        untracked(|| self.inner.record_follows_from(span, follows));
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        untracked(|| self.inner.event_enabled(event))
    }

    fn event(&self, event: &Event<'_>) {
        untracked(|| self.inner.event(event));
    }

    fn enter(&self, span: &Id) {
        untracked(|| self.inner.enter(span));
    }

    fn exit(&self, span: &Id) {
        untracked(|| self.inner.exit(span));
    }

    fn clone_span(&self, id: &Id) -> Id {
        untracked(|| self.inner.clone_span(id))
    }

    fn try_close(&self, id: Id) -> bool {
        untracked(|| self.inner.try_close(id))
    }

    fn current_span(&self) -> Current {
        self.inner.current_span()
    }

    // SAFETY: a pointer is given for the type it is of: our own, or what the wrapped subscriber,
    // which lies in us, answers.
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        // SAFETY: the caller's word is passed on.
        unsafe { self.inner.downcast_raw(id) }
    }
}
