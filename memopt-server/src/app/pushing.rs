//! The threads that push, and how they are ended.

use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A thread that sends, and how it is told that the server ends: until when it may send.
#[derive(Debug)]
pub(crate) struct Pushing {
    pub(crate) ends: Sender<Instant>,
    pub(crate) thread: JoinHandle<()>,
}

impl Pushing {
    /// Lets all of them send what is newest, until then, and waits for them that long.
    pub(crate) fn end(all: Vec<Self>, until: Instant) {
        for one in &all {
            // Who has ended hears nothing.
            let _ = one.ends.send(until);
        }
        for one in all {
            while !one.thread.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(5));
            }
            // One that waits for its receiver still ends by itself.
            if one.thread.is_finished() {
                let _ = one.thread.join();
            }
        }
    }
}
