//! A queue took one burst; it is nearly empty since, its ring keeps the burst's size, and `observe`
//! shows how full it is.

use crate::harness::Program;
use std::collections::VecDeque;
use std::sync::Mutex;

type Message = [u64; 8];

#[derive(Default)]
struct Queue {
    backlog: Mutex<VecDeque<Message>>,
}

impl Queue {
    #[memopt::track_alloc(name = "enqueue")]
    fn enqueue(&self, number: u64) {
        let mut backlog = self.backlog.lock().unwrap();
        backlog.push_back([number; 8]);
        memopt::runtime::observe(&*backlog);
    }

    #[memopt::track_alloc(name = "dequeue")]
    fn dequeue(&self) -> Option<Message> {
        self.backlog.lock().unwrap().pop_front()
    }
}

pub(crate) fn program() -> Program {
    let queue = Queue::default();
    Box::new(move |round| {
        let burst = if round == 4 { 60_000 } else { 100 };
        for i in 0..burst {
            queue.enqueue(i);
        }
        while queue.dequeue().is_some() {}
    })
}
