//! A thread that reads events is twice as fast as the thread that handles them, with a channel
//! without a bound between them.

use crate::harness::{Leaking, Program};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;

/// Events a round that are read and handled, and the size of one.
const READ: u64 = 200;
const HANDLED: u64 = 100;
const EVENT: usize = 500;

const LEFT: u64 = (READ - HANDLED) * EVENT as u64;
pub(crate) const LEAK: Leaking = Leaking { per_second: LEFT, per_call: Some(LEFT) };

type Event = Box<[u8; EVENT]>;

#[memopt::track_alloc(name = "produce")]
fn produce(events: &Sender<Event>) {
    for i in 0..READ {
        events.send(Box::new([i as u8; EVENT])).expect("the consumer lives");
    }
}

#[memopt::track_alloc(name = "consume")]
fn consume(events: &Receiver<Event>) {
    let handled: u64 = events.iter().take(HANDLED as usize).map(|event| u64::from(event[0])).sum();
    assert!(handled > 0);
}

/// A thread that works once a round: to be told and to tell when it is done.
fn in_rounds(mut work: impl FnMut() + Send + 'static) -> impl FnMut() {
    let ((go, told), (done, wait)) = (sync_channel(0), sync_channel(0));
    thread::spawn(move || {
        told.iter().for_each(|()| (work(), done.send(()).expect("waited for")).1)
    });
    move || {
        go.send(()).expect("the thread lives");
        wait.recv().expect("the thread lives");
    }
}

pub(crate) fn program() -> Program {
    let (sender, receiver) = channel();
    let mut producer = in_rounds(move || produce(&sender));
    let mut consumer = in_rounds(move || consume(&receiver));
    Box::new(move |_| {
        producer();
        consumer();
    })
}
