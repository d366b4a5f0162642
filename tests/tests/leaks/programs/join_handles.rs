//! Handles of background jobs are kept "for shutdown" and never looked at: each keeps its finished
//! task.

use super::runtime;
use crate::harness::{Leaking, Program};
use tokio::task::{JoinHandle, yield_now};

/// Jobs a round, and what each finds.
const JOBS: u64 = 100;
const FOUND: usize = 2048;

pub(crate) const LEAK: Leaking =
    Leaking { per_second: JOBS * FOUND as u64, per_call: Some(FOUND as u64) };

#[derive(Default)]
struct Jobs {
    handles: Vec<JoinHandle<[u8; FOUND]>>,
}

impl Jobs {
    #[memopt::track_alloc(name = "spawn_job")]
    fn spawn(&mut self, number: u64) {
        self.handles.push(tokio::spawn(async move { [number as u8; FOUND] }));
    }
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut jobs = Jobs::default();
    Box::new(move |round| {
        runtime.block_on(async {
            for i in 0..JOBS {
                jobs.spawn(round * JOBS + i);
            }
            for _ in 0..10 {
                yield_now().await;
            }
        });
    })
}
