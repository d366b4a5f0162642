//! Threads that do what takes longer than an answer may: one for short work (points of the
//! history), one for questions to the monitor, which waits for its reading to end, one for costly
//! work (reports, trees), and one for work for which nobody waits, or that waits for a client
//! (exports, profiles, bundles).
//!
//! They are no tasks of the async runtime: a mounted router has none of its own, and all that they
//! allocate is left out of the figures.

use crate::problem::Problem;
use memopt_report::untracked;
use memopt_runtime::__private::thread_cpu_ns;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    short: Lane,
    asking: Lane,
    costly: Lane,
    long: Lane,
}

/// A thread that does one piece of work after another. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Lane {
    jobs: Sender<Job>,
    /// What waits or is done.
    open: Arc<AtomicUsize>,
    /// CPU time of the thread, ns.
    cpu_ns: Arc<AtomicU64>,
}

/// Short work that waits, at most.
const SHORT: usize = 64;
/// Costly work that waits, at most, of what several ask for at once.
const COSTLY: usize = 8;

impl Workers {
    pub(crate) fn start() -> io::Result<Self> {
        let [short, asking, costly, long] =
            ["memopt-short", "memopt-asking", "memopt-costly", "memopt-long"].map(Lane::start);
        Ok(Self { short: short?, asking: asking?, costly: costly?, long: long? })
    }

    /// Does short work.
    pub(crate) async fn short<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.short.run(SHORT, work).await
    }

    /// Asks the monitor, which may be in the midst of a reading.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.asking.run(SHORT, work).await
    }

    /// Does costly work that many wait for together.
    pub(crate) async fn shared<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.costly.run(COSTLY, work).await
    }

    /// Does costly work, unless other is done.
    pub(crate) async fn costly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.costly.run(1, work).await
    }

    /// Does work for which nobody waits, unless other such work is done.
    pub(crate) fn begin(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Problem> {
        self.long.push(1, Box::new(work))
    }

    /// CPU time of all, ns.
    pub(crate) fn cpu_ns(&self) -> u64 {
        let all = [&self.short, &self.asking, &self.costly, &self.long];
        all.map(Lane::cpu_ns).iter().sum()
    }
}

impl Lane {
    pub(crate) fn start(name: &str) -> io::Result<Self> {
        let (jobs, given) = channel::<Job>();
        let lane = Self { jobs, open: Arc::default(), cpu_ns: Arc::default() };
        let (open, cpu_ns) = (Arc::clone(&lane.open), Arc::clone(&lane.cpu_ns));
        let work = move || untracked(move || work(&given, &open, &cpu_ns));
        thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(lane)
    }

    async fn run<T: Send + 'static>(
        &self,
        most: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (done, answer) = oneshot::channel();
        self.push(
            most,
            Box::new(move || {
                // Who asked may have gone: then there is nothing to do.
                if !done.is_closed() {
                    let _ = done.send(work());
                }
            }),
        )?;
        answer.await.map_err(|_| Problem::internal("the work failed: see the log of the program"))
    }

    /// CPU time of the thread, ns.
    pub(crate) fn cpu_ns(&self) -> u64 {
        self.cpu_ns.load(Relaxed)
    }

    /// Gives it work, unless so much waits or is done already.
    pub(crate) fn push(&self, most: usize, job: Job) -> Result<(), Problem> {
        if self.open.fetch_add(1, Relaxed) >= most {
            self.open.fetch_sub(1, Relaxed);
            return Err(Problem::busy("other work of this kind is being done: ask again"));
        }
        self.jobs.send(job).map_err(|_| Problem::internal("the worker has ended"))
    }
}

fn work(jobs: &Receiver<Job>, open: &AtomicUsize, cpu_ns: &AtomicU64) {
    for job in jobs {
        // A panic of ours must not end the thread; who waits is told.
        let _ = catch_unwind(AssertUnwindSafe(job));
        open.fetch_sub(1, Relaxed);
        cpu_ns.store(thread_cpu_ns().unwrap_or(0), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn costly_work_is_done_one_at_a_time() {
        let workers = Workers::start().unwrap();
        runtime().block_on(async {
            let (go, wait) = channel::<()>();
            workers.begin(move || wait.recv().unwrap()).unwrap();
            let refused = workers.begin(|| ()).unwrap_err();
            assert_eq!((refused.status.as_u16(), refused.retry_after), (429, Some(1)));
            // What lasts as long as a client takes holds up nobody else.
            assert_eq!(workers.short(|| 2).await, Ok(2));
            assert_eq!(workers.ask(|| 4).await, Ok(4));
            assert_eq!(workers.costly(|| 3).await, Ok(3));
            go.send(()).unwrap();
        });
        runtime().block_on(async {
            let (go, wait) = channel::<()>();
            let first = workers.shared(move || wait.recv().unwrap());
            let second = async {
                let refused = workers.costly(|| 1).await.unwrap_err();
                assert_eq!(refused.status.as_u16(), 429);
                go.send(()).unwrap();
            };
            let both = async { tokio::join!(biased; first, second) };
            let (first, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
            first.unwrap();
        });
    }

    #[test]
    fn a_panic_is_told_and_the_thread_goes_on() {
        let workers = Workers::start().unwrap();
        runtime().block_on(async {
            let failed = workers.short(|| -> u8 { panic!("of the test") }).await;
            assert_eq!(failed.unwrap_err().status.as_u16(), 500);
            assert_eq!(workers.short(|| 1).await, Ok(1));
        });
    }
}
