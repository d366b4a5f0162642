//! A producer twice as fast as its consumer, with an unbounded channel between them.

use crate::harness::Program;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Event = Box<[u8; 200]>;

#[memopt::track_alloc(name = "produce")]
fn produce(events: &UnboundedSender<Event>, count: u64) {
    for i in 0..count {
        events.send(Box::new([i as u8; 200])).expect("the consumer lives");
    }
}

#[memopt::track_alloc(name = "consume")]
fn consume(events: &mut UnboundedReceiver<Event>, count: u64) -> u64 {
    let received = (0..count).map_while(|_| events.try_recv().ok());
    received.map(|event| u64::from(event[0])).sum()
}

pub(crate) fn program() -> Program {
    let (sender, mut receiver) = unbounded_channel();
    Box::new(move |_| {
        produce(&sender, 200);
        assert!(consume(&mut receiver, 100) > 0);
    })
}
