//! A receiver stalls, and bounded channels fill until their senders have to wait: 64 MiB. All is
//! received in the end, but among the last blocks of the heap lies one that stays, so that the
//! allocator gives none of it back.

use super::runtime;
use crate::harness::Program;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::yield_now;

type Message = Box<[u8]>;

/// Messages that wait at most, and the size of one.
const WAITING: usize = 32 << 10;
const SIZE: usize = 2000;

#[memopt::track_alloc(name = "deliver")]
async fn deliver(messages: Sender<Message>, count: usize) {
    for i in 0..count {
        // Waits while there is no room.
        messages.send(vec![i as u8; SIZE].into()).await.expect("the receiver lives");
    }
}

#[memopt::track_alloc(name = "receive_all")]
fn receive_all(messages: &mut Receiver<Message>) -> usize {
    std::iter::from_fn(|| messages.try_recv().ok()).map(|message| message.len()).sum()
}

/// The highest sequence number seen, kept for the log.
#[memopt::track_alloc(name = "checkpoint")]
fn checkpoint(number: u64) -> Box<[u64; 8]> {
    Box::new([number; 8])
}

pub(crate) fn program() -> Program {
    let runtime = runtime();
    let (sender, mut receiver) = channel(WAITING);
    let mut checkpoints = Vec::new();
    Box::new(move |round| {
        runtime.block_on(async {
            let stalled = (4..8).contains(&round);
            // More than there is room for.
            let sending =
                tokio::spawn(deliver(sender.clone(), if stalled { WAITING / 3 } else { 10 }));
            while !sending.is_finished() && sender.capacity() > 0 {
                yield_now().await;
            }
            if round == 7 {
                assert_eq!(sender.capacity(), 0, "a sender waits");
                checkpoints.push(checkpoint(round));
            }
            while !stalled && receive_all(&mut receiver) > 0 {
                yield_now().await;
            }
        });
    })
}
