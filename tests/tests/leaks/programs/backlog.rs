//! A queue between threads took one burst; it is nearly empty since, and its ring keeps the burst's size.

use crate::harness::Program;
use std::collections::VecDeque;
use std::sync::Mutex;

type Message = [u64; 8];

#[derive(Default)]
struct Channel {
    backlog: Mutex<VecDeque<Message>>,
}

impl Channel {
    #[memopt::track_alloc(name = "send")]
    fn send(&self, number: u64) {
        let mut backlog = self.backlog.lock().unwrap();
        backlog.push_back([number; 8]);
        memopt::observe(&*backlog);
    }

    #[memopt::track_alloc(name = "receive")]
    fn receive(&self) -> Option<Message> {
        self.backlog.lock().unwrap().pop_front()
    }
}

pub(crate) fn program() -> Program {
    let channel = Channel::default();
    Box::new(move |round| {
        let burst = if round == 4 { 60_000 } else { 100 };
        for i in 0..burst {
            channel.send(i);
        }
        while channel.receive().is_some() {}
    })
}
