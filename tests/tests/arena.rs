//! `#[memopt::arena]`: the same results as without, whatever escapes, and where the blocks lie.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Whether a block comes from an arena: those lie at addresses 8 above a multiple of 16.
fn in_arena<T>(block: &T) -> bool {
    std::ptr::from_ref(block).addr() % 16 == 8
}

#[memopt::arena]
fn count(text: &str) -> BTreeMap<String, usize> {
    let mut words = HashMap::new();
    for word in text.split_whitespace() {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words.into_iter().collect()
}

#[memopt::arena(reuse)]
fn boxed(n: u64) -> Box<u64> {
    drop(Box::new(n + 1));
    Box::new(n)
}

#[memopt::arena]
fn outer() -> (Box<u64>, Box<u64>, Box<u64>) {
    (Box::new(1), inner(), Box::new(3))
}

#[memopt::arena]
fn inner() -> Box<u64> {
    drop(vec![0u8; 100_000]);
    Box::new(2)
}

#[memopt::arena]
async fn over_awaits(n: u64) -> u64 {
    let first = Box::new(n);
    tokio::task::yield_now().await;
    let second = Box::new(n);
    assert!(in_arena(&*first) && in_arena(&*second));
    tokio::task::yield_now().await;
    *first + *second
}

struct Parser;

#[memopt::track_alloc]
impl Parser {
    #[memopt::arena]
    fn parse(&self) -> Box<u64> {
        Box::new(7)
    }

    fn plain(&self) -> Box<u64> {
        Box::new(8)
    }
}

#[test]
fn the_result_is_that_of_the_plain_function() {
    let text = "the way of one allocation is the way of all";
    for _ in 0..100 {
        let counted = count(text);
        assert_eq!(counted["the"], 2);
        assert_eq!(counted["way"], 2);
        assert_eq!(counted.len(), 7);
    }
    let report = memopt::record(|| count(text)).report;
    let site = report.site("count").unwrap();
    assert_eq!(site.calls, 1);
    assert_eq!(site.bytes.total(), report.total().bytes);
}

#[test]
fn blocks_come_from_the_arena_and_only_there() {
    assert!(in_arena(&*boxed(1)));
    assert!(in_arena(&*Parser.parse()));
    assert!(!in_arena(&*Parser.plain()));
    assert!(!in_arena(&*Box::new(1u64)));
}

#[test]
fn what_escapes_outlives_scope_and_thread() {
    let (sender, receiver) = mpsc::channel();
    for n in 0..4 {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for i in 0..2000 {
                sender.send(count(&format!("a b c {n} {i}"))).unwrap();
            }
        })
        .join()
        .unwrap();
    }
    drop(sender);
    let all: Vec<_> = receiver.iter().collect();
    assert_eq!(all.len(), 8000);
    for counted in &all {
        assert_eq!(counted["a"] + counted["b"] + counted["c"], 3);
    }
}

#[test]
fn arenas_nest() {
    for _ in 0..10 {
        let (a, b, c) = outer();
        assert_eq!((*a, *b, *c), (1, 2, 3));
        assert!(in_arena(&*a) && in_arena(&*b) && in_arena(&*c));
        // The outer arena goes on where it was, the inner one has a chunk of its own.
        assert_eq!(std::ptr::from_ref(&*c).addr() - std::ptr::from_ref(&*a).addr(), 16);
        assert!(std::ptr::from_ref(&*b).addr().abs_diff(std::ptr::from_ref(&*a).addr()) > 1000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_future_is_in_its_arena_at_every_poll() {
    let tasks: Vec<_> = (0..200).map(|n| tokio::spawn(over_awaits(n))).collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), 2 * n as u64);
    }
    assert!(!in_arena(&*Box::new(1u64)));
}

#[memopt::arena(reuse)]
fn temporaries(n: usize) -> usize {
    let long = vec![1u8; 100_000];
    (0..n).map(|i| i.to_string().len()).sum::<usize>() + long.len()
}

#[test]
fn what_did_not_come_from_the_allocator_is_reported() {
    let before = memopt::record(|| (0..1000).map(|i| i.to_string().len()).sum::<usize>()).report;
    let report = memopt::record(|| temporaries(1000)).report;
    let site = report.site("temporaries").unwrap();
    assert_eq!((site.inclusive.allocs, site.passed_on), (1001, Some(1)));
    let text = report.to_string();
    let line = "= temporaries: 1,000 of 1,001 blocks came from free lists, without the allocator";
    assert!(text.contains(line), "{text}");
    let diff = before.diff(&report);
    assert_eq!((diff.before.served, diff.after.served), (0, 1000));
    assert!(diff.to_string().contains("from allocator"), "{diff}");
}

#[test]
fn what_all_arenas_hold_is_reported() {
    drop(count("a b c"));
    let report = memopt::report();
    let chunks = report
        .reclaimable()
        .iter()
        .find(|holder| holder.remedy == memopt::report::Remedy::Arena)
        .unwrap();
    assert!(chunks.hits + chunks.misses > 0, "{chunks:?}");
}
