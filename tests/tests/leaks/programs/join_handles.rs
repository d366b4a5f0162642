//! Handles of background jobs are kept "for shutdown" and never looked at: each keeps its finished task.

use super::runtime;
use crate::harness::Program;
use tokio::task::{JoinHandle, yield_now};

#[derive(Default)]
struct Jobs {
    handles: Vec<JoinHandle<u64>>,
}

impl Jobs {
    #[memopt::track_alloc(name = "spawn_job")]
    fn spawn(&mut self, number: u64) {
        self.handles.push(tokio::spawn(async move { number * number }));
    }
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let mut jobs = Jobs::default();
    Box::new(move |round| {
        runtime.block_on(async {
            for i in 0..100 {
                jobs.spawn(round * 100 + i);
            }
            for _ in 0..10 {
                yield_now().await;
            }
        });
    })
}
