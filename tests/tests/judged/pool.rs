//! Many blocks of one size that come and go, several in use at once.

use crate::case::Case;
use std::collections::VecDeque;

pub(crate) const CASES: [Case; 2] = [
    Case {
        name: "frames of a window",
        code: "memopt::pool",
        site: "window",
        before: || window(false),
        after: || window(true),
        measured: true,
    },
    Case {
        name: "messages of a queue",
        code: "memopt::pool",
        site: "queue",
        before: || queue(false),
        after: || queue(true),
        measured: true,
    },
];

#[memopt::track_alloc]
fn window(pooled: bool) {
    let mut frames: VecDeque<Box<[u8; 512]>> = VecDeque::with_capacity(17);
    let mut idle: Vec<Box<[u8; 512]>> = Vec::with_capacity(17);
    for number in 0..20_000u32 {
        let frame = idle.pop().unwrap_or_else(|| Box::new([number as u8; 512]));
        frames.push_back(frame);
        if frames.len() == 16 {
            let oldest = frames.pop_front();
            if pooled {
                idle.extend(oldest);
            }
        }
    }
}

#[memopt::track_alloc]
fn queue(pooled: bool) {
    let mut waiting: VecDeque<Vec<u32>> = VecDeque::with_capacity(33);
    let mut idle: Vec<Vec<u32>> = Vec::with_capacity(33);
    for number in 0..20_000u32 {
        let mut message = idle.pop().unwrap_or_else(|| Vec::with_capacity(40));
        message.clear();
        message.extend(number..number + 40);
        waiting.push_back(message);
        if waiting.len() == 32 {
            let oldest = waiting.pop_front();
            if pooled {
                idle.extend(oldest);
            }
        }
    }
}
