//! Pools through the attributes, as a program uses them.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    unused,
    future_incompatible,
    nonstandard_style,
    rust_2018_idioms,
    let_underscore_drop
)]
#![deny(unused_qualifications, unreachable_pub, missing_docs, single_use_lifetimes, trivial_casts)]
#![deny(clippy::pedantic, clippy::nursery)]

use memopt::remedy::{Pool, Pressure, Recycle};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::mpsc;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// A frame of a protocol.
#[derive(Debug, memopt::remedy::Pooled)]
#[pool(max_idle = 64, max_bytes = "1 MiB", max_object = "64 KiB")]
pub struct Frame {
    body: Vec<u8>,
    headers: HashMap<String, String>,
    #[pool(reset = 80)]
    port: u16,
    #[pool(skip)]
    state: State,
    #[pool(keep, new = vec![1, 2, 3])]
    table: Vec<u32>,
    scratch: [u8; 100],
}

#[derive(Debug, Default, PartialEq)]
enum State {
    #[default]
    New,
    Used,
}

/// What becomes of the fields is not up to `Recycle`.
#[derive(memopt::remedy::Pooled)]
#[pool(max_object = "64 KiB")]
struct Kept<T> {
    #[pool(keep)]
    log: Vec<String>,
    #[pool(reset = Vec::with_capacity(40_000))]
    spare: Vec<u8>,
    #[pool(skip)]
    state: State,
    #[pool(keep)]
    items: Option<T>,
}

#[test]
fn what_is_kept_counts_towards_the_limits() {
    use memopt::remedy::Recycle as _;
    let mut kept = Kept::<u64>::acquire();
    kept.log.reserve_exact(2);
    kept.log.push("x".repeat(1000));
    assert_eq!((kept.spare.capacity(), &kept.state), (40_000, &State::New));
    assert_eq!(kept.held_bytes(), 40_000 + 2 * size_of::<String>() + 1000);
    kept.items = Some(1);
    drop(kept);
    // Within the limit it comes back as it was.
    let mut kept = Kept::<u64>::acquire();
    assert_eq!((kept.log.len(), kept.items), (1, Some(1)));
    kept.log.push("x".repeat(64 << 10));
    drop(kept);
    // Beyond it is dropped.
    assert!(Kept::<u64>::acquire().log.is_empty());
}

#[test]
fn an_object_starts_and_comes_back_alike() {
    let check = |frame: &Frame| {
        assert!(frame.body.is_empty() && frame.headers.is_empty());
        assert_eq!((frame.port, &frame.state, frame.scratch), (80, &State::New, [0; 100]));
    };
    let mut frame = Frame::acquire();
    check(&frame);
    assert_eq!(frame.table, [1, 2, 3]);
    frame.body.extend([7; 1000]);
    frame.headers.insert("a".into(), "b".into());
    frame.port = 443;
    frame.state = State::Used;
    frame.table.push(4);
    frame.scratch[5] = 5;
    let place = frame.body.as_ptr();
    drop(frame);
    let frame = Frame::acquire();
    check(&frame);
    assert_eq!((frame.body.as_ptr(), frame.body.capacity()), (place, 1000));
    assert_eq!(frame.table, [1, 2, 3, 4]);
}

#[memopt::pooled(name = "pairs", max_idle = 2)]
#[derive(Debug)]
struct Pair<K, const N: usize>
where
    K: Ord,
{
    keys: Vec<K>,
    #[pool(reset = [1; N])]
    sums: [u64; N],
    last: Option<K>,
}

impl<K: Ord + Send + 'static, const N: usize> Pair<K, N> {
    fn sized(keys: usize) -> Vec<K> {
        let mut pair = Self::acquire();
        pair.keys.reserve(keys);
        pair.detach().keys
    }
}

#[test]
fn a_generic_type_has_a_pool_for_each_instance() {
    let mut bytes = Pair::<u8, 2>::acquire();
    bytes.keys.push(1);
    bytes.last = Some(1);
    bytes.sums[0] = 9;
    drop(bytes);
    let text = Pair::<String, 2>::acquire();
    assert_eq!(text.keys.capacity(), 0);
    let bytes = Pair::<u8, 2>::acquire();
    assert!(bytes.keys.is_empty() && bytes.keys.capacity() > 0);
    assert_eq!((bytes.last, bytes.sums), (None, [1, 1]));
    assert!(Pair::<u64, 1>::sized(10).capacity() >= 10);
}

#[memopt::pooled]
#[derive(Debug)]
struct Bare(String, (u8, Vec<u8>));

#[memopt::pooled]
#[derive(Debug)]
struct Nothing;

#[test]
fn tuple_and_unit_structs_are_structs() {
    let mut bare = Bare::acquire();
    bare.0.push('x');
    bare.1 = (1, vec![2]);
    drop(bare);
    let bare = Bare::acquire();
    assert_eq!((bare.0.as_str(), bare.1.0, bare.1.1.len()), ("", 0, 0));
    drop(Nothing::acquire());
}

#[memopt::pooled]
fn lines(words: &[&str], at: &mut Vec<usize>) -> Result<usize, std::num::ParseIntError> {
    #[pool]
    let mut line = String::new();
    #[pool(max_idle = 4)]
    let mut sums: Vec<u64> = Vec::with_capacity(4096);
    for word in words {
        #[pool]
        let mut word_line = String::with_capacity("0".parse()?);
        write!(word_line, "{word}").expect("strings take all");
        line.push_str(&word_line);
        sums.push(word.parse()?);
    }
    at.push(sums.as_ptr().addr());
    Ok(line.len() + sums.iter().count())
}

#[test]
fn marked_lets_use_their_buffers_again() {
    let mut at = Vec::new();
    assert_eq!(lines(&["1", "22"], &mut at), Ok(5));
    assert_eq!(lines(&["3"], &mut at), Ok(2));
    assert_eq!(at[0], at[1]);
    assert!(lines(&["x"], &mut at).is_err());
    let again = memopt::record(|| lines(&["4", "5"], &mut Vec::with_capacity(1)));
    assert_eq!(again.value, Ok(4));
    // The vector made above, and nothing else.
    assert_eq!(again.report.total().allocs, 1);
    let report = memopt::report();
    let holder =
        report.reclaimable().iter().find(|h| h.name.ends_with("pooled::lines::sums")).unwrap();
    assert_eq!((holder.misses, holder.hits, holder.live, holder.idle), (1, 3, 0, 1));
}

#[memopt::pooled]
async fn exchange(rounds: usize) -> usize {
    #[pool]
    let mut buffer: Vec<u8> = first().await;
    for round in 0..rounds {
        buffer.extend_from_slice(&[1; 10]);
        tokio::task::yield_now().await;
        assert_eq!(buffer.len(), (round + 1) * 10);
    }
    buffer.len()
}

async fn first() -> Vec<u8> {
    tokio::task::yield_now().await;
    Vec::with_capacity(100)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_may_wait() {
    let tasks: [_; 50] = std::array::from_fn(|n| tokio::spawn(exchange(n % 7)));
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), (n % 7) * 10);
    }
}

#[memopt::pooled]
fn generic<T: Default + Send + Clone + 'static>(items: &[T]) -> usize {
    #[pool]
    let mut copy = Vec::new();
    copy.extend_from_slice(items);
    let twice = || {
        #[pool]
        let mut inner: Vec<T> = Vec::new();
        inner.extend(copy.iter().cloned());
        inner.len()
    };
    twice() + copy.len()
}

#[test]
fn a_let_of_a_generic_function_has_a_pool_for_each_type() {
    for _ in 0..3 {
        assert_eq!(generic(&[1u8, 2]) + generic(&[String::new()]), 6);
    }
}

static SENT: Pool<Vec<u8>> = Pool::new(Vec::new).name("sent");

#[test]
fn objects_come_back_from_other_threads() {
    let (send, receive) = mpsc::channel();
    let consumer = std::thread::spawn(move || receive.into_iter().map(drop).count());
    for n in 0..1000 {
        let mut buffer = SENT.take();
        assert!(buffer.is_empty());
        buffer.push(u8::try_from(n % 256).unwrap());
        send.send(buffer).unwrap();
    }
    drop(send);
    assert_eq!(consumer.join().unwrap(), 1000);
    let report = SENT.report();
    assert_eq!((report.hits + report.misses, report.live), (1000, 0));
    assert_eq!(report.idle + report.released, report.misses);
    SENT.reclaim(Pressure::Critical);
    assert_eq!(SENT.report().idle, 0);
}

#[derive(Debug, Default)]
struct Fragile(Vec<u8>);

impl Recycle for Fragile {
    fn recycle(&mut self) {
        assert!(!self.0.contains(&0), "broken");
        self.0.clear();
    }
}

static FRAGILE: Pool<Fragile> = Pool::new(|| Fragile(Vec::new()));

#[test]
fn what_cannot_be_reset_does_not_come_back() {
    let mut object = FRAGILE.take();
    object.0.push(0);
    let dropping = std::thread::spawn(move || drop(object));
    assert!(dropping.join().is_err());
    let report = FRAGILE.report();
    assert_eq!((report.idle, report.live, report.released), (0, 0, 1));
    assert!(FRAGILE.take().0.is_empty());
}
