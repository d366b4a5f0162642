//! Entries and their lists, small enough for Miri.

use super::Chunk;
use super::entry::Task;
use super::spares::Spares;
use crate::record::Node;
use crate::site::Site;
use std::collections::HashSet;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Never looked into, only told apart.
const SITE: *const Site = ptr::without_provenance(8);
const NODE: *const Node = ptr::without_provenance(16);

const CHUNK: fn() -> Option<&'static Chunk> = || Some(Box::leak(Box::new(Chunk::new())));

#[test]
fn an_entry_shows_its_future_until_it_ends() {
    let task = Task::new();
    assert!(task.read().is_none());
    task.enter(SITE, NODE, ptr::null(), 7, 100, 64);
    task.polled(NODE);
    task.holds((-3i64).cast_unsigned());
    let seen = task.read().expect("it is alive");
    assert_eq!((seen.site, seen.node, seen.waits), (SITE, NODE, NODE));
    assert_eq!((seen.born, seen.polls, seen.held, seen.size), (7, 2, -3, 64));
    task.leave();
    assert!(task.read().is_none());
}

#[test]
fn entries_are_handed_out_once_and_used_again() {
    let spares: &'static Spares = Box::leak(Box::new(Spares::new()));
    let mut lists = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let (first, count) = spares.take(32, CHUNK).unwrap();
        assert!((1..=32).contains(&count));
        let list: Vec<&'static Task> =
            std::iter::successors(Some(first), |task| next(task)).collect();
        assert_eq!(list.len(), count as usize);
        assert!(list.iter().all(|task| seen.insert(ptr::from_ref(*task))));
        lists.push(list);
    }
    let bytes = spares.bytes();
    for _ in 0..50 {
        for list in &lists {
            spares.give(list[0], list[list.len() - 1]);
        }
        for list in &mut lists {
            let (first, _) = spares.take(32, || panic!("there are spare ones")).unwrap();
            *list = std::iter::successors(Some(first), |task| next(task)).collect();
        }
    }
    assert_eq!(spares.bytes(), bytes);
}

fn next(task: &Task) -> Option<&'static Task> {
    // SAFETY: null, or an entry of a leaked chunk.
    unsafe { task.next().as_ref() }
}

#[test]
fn a_reader_never_sees_a_mixture_of_two_futures() {
    let spares: &'static Spares = Box::leak(Box::new(Spares::new()));
    let rounds: usize = if cfg!(miri) { 200 } else { 100_000 };
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let writers: Vec<_> = (0..2)
            .map(|_| {
                threads.spawn(|| {
                    for n in 0..rounds {
                        let (task, _) = spares.take(1, CHUNK).unwrap();
                        let mark = n + 1;
                        let node = ptr::without_provenance(mark);
                        task.enter(SITE, node, node, mark as u64, mark as u64, mark as u32);
                        task.leave();
                        spares.give(task, task);
                    }
                })
            })
            .collect();
        threads.spawn(|| {
            while !done.load(Relaxed) {
                spares.each(|seen| {
                    let mark = seen.node.addr();
                    assert_eq!(
                        (seen.waits.addr(), seen.born, seen.size),
                        (mark, mark as u64, mark as u32)
                    );
                    assert_eq!((seen.held, seen.polls), (mark as i64, 1));
                });
                std::thread::yield_now();
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Relaxed);
    });
    // Two entries at once: one chunk.
    assert_eq!(spares.bytes(), size_of::<Chunk>() as u64);
}
