//! A slow consumer lets 64 MiB of messages gather. They are all received in the end, but among the last blocks of the heap lies
//! one that stays, so that the allocator gives none of it back.

use crate::harness::Program;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Message = Box<[u8]>;

#[memopt::track_alloc(name = "deliver")]
fn deliver(messages: &UnboundedSender<Message>, count: usize) {
    for i in 0..count {
        messages.send(vec![i as u8; 1000].into()).expect("the receiver lives");
    }
}

#[memopt::track_alloc(name = "receive_all")]
fn receive_all(messages: &mut UnboundedReceiver<Message>) -> usize {
    std::iter::from_fn(|| messages.try_recv().ok()).map(|message| message.len()).sum()
}

/// The highest sequence number seen, kept for the log.
#[memopt::track_alloc(name = "checkpoint")]
fn checkpoint(number: u64) -> Box<[u64; 8]> {
    Box::new([number; 8])
}

pub(crate) fn program() -> Program {
    let (sender, mut receiver) = unbounded_channel();
    let mut checkpoints = Vec::new();
    Box::new(move |round| {
        let slow = (4..8).contains(&round);
        deliver(&sender, if slow { 16 << 10 } else { 10 });
        if round == 7 {
            checkpoints.push(checkpoint(round));
        }
        if !slow {
            receive_all(&mut receiver);
        }
    })
}
