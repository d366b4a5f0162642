//! A channel between two threads took one burst while the receiver was away. Its messages are gone
//! since, and the channel keeps the room for all of them.

use crate::harness::Program;
use flume::{Receiver, Sender, unbounded};
use std::thread;

/// A job as large as its number wants it, and how it is to be done.
type Message = (Box<[u8]>, [u64; 6]);

#[memopt::track_alloc(name = "send")]
fn send(jobs: &Sender<Message>, number: u64) {
    let body = vec![number as u8; 40].into();
    jobs.send((body, [number; 6])).expect("the receiver lives");
}

#[memopt::track_alloc(name = "receive")]
fn receive(jobs: &Receiver<Message>) -> u64 {
    let (body, how) = jobs.recv().expect("the sender lives");
    u64::from(body[0]) + how[0]
}

pub(crate) fn program() -> Program {
    let (sender, receiver) = unbounded();
    let (tell, sums) = unbounded();
    // Works off as many as it is told.
    let (go, told) = unbounded::<u64>();
    thread::spawn(move || {
        for jobs in told {
            let sum: u64 = (0..jobs).map(|_| receive(&receiver)).sum();
            tell.send(sum).expect("waited for");
        }
    });
    let mut waiting = 0;
    Box::new(move |round| {
        let jobs = if round == 4 { 60_000 } else { 100 };
        (0..jobs).for_each(|number| send(&sender, number));
        waiting += jobs;
        if round != 4 {
            go.send(std::mem::take(&mut waiting)).expect("the thread lives");
            assert!(sums.recv().expect("the thread lives") > 0);
        }
    })
}
