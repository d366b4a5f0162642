//! Who loads, and who waits for it: threads on a condition variable, tasks by their wakers.
//!
//! Cells are small and many, loads rare: what waits is kept in a few shared rooms, found by the
//! address of the cell.

use super::needs;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Release};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

/// Whether a cell is being loaded. Its address is the cell's name while that is borrowed.
#[derive(Debug, Default)]
pub(super) struct Flag(AtomicBool);

struct Room {
    tasks: Mutex<Vec<Task>>,
    left: Condvar,
}

struct Task {
    cell: usize,
    waker: Waker,
}

const ROOMS: usize = 16;
static WAITING: [Room; ROOMS] =
    [const { Room { tasks: Mutex::new(Vec::new()), left: Condvar::new() } }; ROOMS];

thread_local! {
    /// The cells that loaders on this thread's stack are loading.
    static LOADING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

impl Flag {
    pub(super) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Becomes the one that loads, if there is none.
    pub(super) fn take(&self) -> Option<Turn<'_>> {
        // Acquire pairs with the Release in `Turn::drop`: what the last one loaded is seen.
        // And a turn is made only where it is taken: its end puts the flag down.
        (!self.0.swap(true, Acquire)).then(|| Turn(self))
    }

    fn is_taken(&self) -> bool {
        self.0.load(Acquire)
    }

    fn cell(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn room(&self) -> &'static Room {
        &WAITING[(self.cell() >> 4) % ROOMS]
    }

    /// Waits on this thread until nobody loads.
    ///
    /// # Panics
    ///
    /// Where the one who loads waits for this, on this thread or, blocked, on another.
    #[track_caller]
    pub(super) fn wait(&self) {
        self.refuse_recursion();
        let loading = LOADING
            .try_with(|cells| crate::untracked(|| cells.borrow().clone()))
            .unwrap_or_default();
        let needs = needs::note(&loading, self.cell());
        assert!(
            needs.is_some(),
            "two lazily loaded values need each other: this loader reads a value whose own loader, \
             on another thread, waits for a value that is loaded here"
        );
        let room = self.room();
        let mut tasks = room.tasks();
        while self.is_taken() {
            tasks = room.left.wait(tasks).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits in a task until nobody loads.
    #[track_caller]
    pub(super) fn wait_async(&self) -> Wait<'_> {
        self.refuse_recursion();
        Wait(self)
    }

    /// A value that is read by its own loader would be waited for without end.
    #[track_caller]
    fn refuse_recursion(&self) {
        let recursive =
            LOADING.try_with(|cells| cells.borrow().contains(&self.cell())).unwrap_or(false);
        assert!(!recursive, "a lazily loaded value is read by its own loader");
    }
}

impl Room {
    /// Nothing under this lock panics half-way.
    fn tasks(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to load one cell. When it is dropped, loaded or not, the others go on.
pub(super) struct Turn<'a>(&'a Flag);

impl<'a> Turn<'a> {
    /// Runs a part of the loader.
    pub(super) fn run<T>(&self, part: impl FnOnce() -> T) -> T {
        let _stacked = Stacked::push(self.0.cell());
        part()
    }

    /// Runs the loader's future.
    pub(super) fn run_async<F: Future>(&self, future: F) -> Run<'a, F> {
        Run { future, turn: self.0 }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let cell = self.0.cell();
        // Release pairs with the Acquire in `Flag::take` and `is_taken`.
        self.0.0.store(false, Release);
        let room = self.0.room();
        let mut tasks = room.tasks();
        room.left.notify_all();
        while let Some(at) = tasks.iter().position(|task| task.cell == cell) {
            let task = tasks.swap_remove(at);
            drop(tasks);
            task.waker.wake();
            tasks = room.tasks();
        }
        if tasks.is_empty() && tasks.capacity() > 0 {
            crate::untracked(|| *tasks = Vec::new());
        }
    }
}

/// A cell on the list of this thread's loads, for as long as it lives.
struct Stacked;

impl Stacked {
    fn push(cell: usize) -> Self {
        let _ = LOADING.try_with(|cells| crate::untracked(|| cells.borrow_mut().push(cell)));
        Self
    }
}

impl Drop for Stacked {
    fn drop(&mut self) {
        let _ = LOADING.try_with(|cells| {
            let mut cells = cells.borrow_mut();
            cells.pop();
            if cells.is_empty() {
                crate::untracked(|| *cells = Vec::new());
            }
        });
    }
}

pin_project! {
    /// A loader's future; while it is polled, its cell is on the thread's list.
    pub(super) struct Run<'a, F> {
        #[pin]
        future: F,
        turn: &'a Flag,
    }
}

impl<F: Future> Future for Run<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _stacked = Stacked::push(this.turn.cell());
        this.future.poll(cx)
    }
}

/// Ready when nobody loads.
pub(super) struct Wait<'a>(&'a Flag);

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let cell = self.0.cell();
        let mut tasks = self.0.room().tasks();
        // Under the lock: who ends a load wakes those in the room after its flag is down.
        if !self.0.is_taken() {
            return Poll::Ready(());
        }
        if !tasks.iter().any(|task| task.cell == cell && task.waker.will_wake(cx.waker())) {
            let waker = cx.waker().clone();
            crate::untracked(|| tasks.push(Task { cell, waker }));
        }
        Poll::Pending
    }
}
