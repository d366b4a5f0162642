//! Random programs of takes, returns, hand-offs, trims and thread ends against a model, and single
//! rules.

use super::{Limits, Pool, PoolGuard, Pressure, Recycle};
use std::any::Any;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// An object that knows whether it was reset, and is counted while it exists.
struct Object {
    number: usize,
    bytes: Vec<u8>,
    census: &'static Census,
}

/// Objects of one test that exist, and were ever made.
#[derive(Default)]
struct Census {
    there: AtomicUsize,
    made: AtomicUsize,
}

impl Object {
    fn new(census: &'static Census) -> Self {
        census.there.fetch_add(1, SeqCst);
        Self { number: census.made.fetch_add(1, SeqCst), bytes: Vec::new(), census }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.census.there.fetch_sub(1, SeqCst);
    }
}

impl Recycle for Object {
    fn recycle(&mut self) {
        self.bytes.clear();
    }

    fn held_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// A thread that does what it is told, one thing at a time.
struct Worker {
    orders: Sender<Box<dyn FnOnce() + Send>>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start() -> Self {
        let (orders, inbox) = channel::<Box<dyn FnOnce() + Send>>();
        Self {
            orders,
            thread: std::thread::spawn(move || inbox.into_iter().for_each(|order| order())),
        }
    }

    fn run<T: Send + 'static>(&self, order: impl FnOnce() -> T + Send + 'static) -> T {
        let (answer, wait) = channel();
        self.orders.send(Box::new(move || answer.send(order()).unwrap())).unwrap();
        wait.recv().unwrap()
    }

    fn end(self) {
        drop(self.orders);
        self.thread.join().unwrap();
    }
}

/// xorshift64*
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }
}

/// Kept for ever, where a leak checker finds it.
fn leak<T: Any + Sync>(value: T) -> &'static T {
    static KEPT: Mutex<Vec<&'static (dyn Any + Sync)>> = Mutex::new(Vec::new());
    let kept: &'static T = Box::leak(Box::new(value));
    KEPT.lock().unwrap().push(kept);
    kept
}

fn unused() -> Object {
    unreachable!("the test makes its own objects")
}

struct Machine {
    pool: &'static Pool<Object>,
    census: &'static Census,
    workers: Vec<Worker>,
    /// Guards in hand by the number of their object.
    held: HashMap<usize, PoolGuard<Object>>,
    limits: Limits,
    dice: Dice,
}

impl Machine {
    fn new(seed: u64, limits: Limits) -> Self {
        Self {
            pool: leak(Pool::new(unused).limits(limits)),
            census: leak(Census::default()),
            workers: (0..3).map(|_| Worker::start()).collect(),
            held: HashMap::new(),
            limits,
            dice: Dice(seed * 2 + 1),
        }
    }

    fn step(&mut self) {
        let worker = self.dice.below(self.workers.len());
        let pool = self.pool;
        match self.dice.below(100) {
            0..45 => self.take(worker),
            45..90 => {
                if let Some(mut guard) = self.pick() {
                    // Some grow, few beyond what one object may have.
                    let size = self.dice.below(self.limits.max_object + self.limits.max_object / 8);
                    self.workers[worker].run(move || {
                        guard.bytes.extend(std::iter::repeat_n(1, size));
                        drop(guard);
                    });
                }
            }
            90..93 => {
                if let Some(guard) = self.pick() {
                    let number = guard.number;
                    assert_eq!(self.workers[worker].run(move || guard.detach()).number, number);
                }
            }
            93..96 => {
                let pressure =
                    [Pressure::None, Pressure::Low, Pressure::Medium, Pressure::Critical];
                let pressure = pressure[self.dice.below(4)];
                self.workers[worker].run(move || pool.reclaim(pressure));
            }
            _ => {
                self.workers.swap_remove(worker).end();
                self.workers.push(Worker::start());
            }
        }
        self.check();
    }

    fn take(&mut self, worker: usize) {
        let (pool, census) = (self.pool, self.census);
        let guard = self.workers[worker].run(move || pool.take_or(|| Object::new(census)));
        assert!(guard.bytes.is_empty(), "handed out without a reset");
        let other = self.held.insert(guard.number, guard);
        assert!(other.is_none(), "handed out twice at once");
    }

    fn pick(&mut self) -> Option<PoolGuard<Object>> {
        let at = self.dice.below(self.held.len().max(1));
        let number = *self.held.keys().nth(at)?;
        self.held.remove(&number)
    }

    fn check(&self) {
        let report = self.pool.report();
        assert!(report.idle <= self.limits.max_idle as u64, "{report:?}");
        assert!(report.idle_bytes <= self.limits.max_bytes as u64, "{report:?}");
        assert_eq!(report.live, self.held.len() as u64, "{report:?}");
        assert_eq!(report.misses, self.census.made.load(SeqCst) as u64);
        // Nothing is lost and nothing kept in secret.
        let there = self.census.there.load(SeqCst) as u64;
        assert_eq!(there, report.live + report.idle, "{report:?}");
        assert!(report.high_water >= there);
        let claimed = self.pool.core.common.hold().claimed();
        assert!(claimed.objects <= self.limits.max_idle && claimed.bytes <= self.limits.max_bytes);
        assert!(report.idle <= claimed.objects as u64 && report.idle_bytes <= claimed.bytes as u64);
    }

    fn end(mut self) {
        self.workers.drain(..).for_each(Worker::end);
        let claimed = self.pool.core.common.hold().claimed();
        let report = self.pool.report();
        // Threads that are gone keep no room.
        assert_eq!(
            (claimed.objects as u64, claimed.bytes as u64),
            (report.idle, report.idle_bytes)
        );
        self.pool.reclaim(Pressure::Critical);
        assert_eq!(self.census.there.load(SeqCst), self.held.len());
        self.held.clear();
    }
}

fn play(seeds: u64, steps: usize, limits: Limits) {
    for seed in 0..seeds {
        let mut machine = Machine::new(seed, limits);
        for _ in 0..steps {
            machine.step();
        }
        machine.end();
    }
}

const SMALL: Limits = Limits { max_idle: 12, max_bytes: 4000, max_object: 800 };

#[test]
fn random_programs_keep_the_rules() {
    let (seeds, steps) = if cfg!(miri) { (1, 60) } else { (20, 600) };
    play(seeds, steps, SMALL);
    play(seeds, steps, Limits { max_idle: 1000, max_bytes: 100_000, max_object: 1000 });
}

#[test]
fn narrow_limits_hold() {
    let (seeds, steps) = if cfg!(miri) { (1, 30) } else { (10, 300) };
    play(seeds, steps, Limits { max_idle: 0, ..SMALL });
    play(seeds, steps, Limits { max_idle: 1, ..SMALL });
    play(seeds, steps, Limits { max_bytes: 100, ..SMALL });
    play(seeds, steps, Limits { max_object: 8, ..SMALL });
}

#[test]
fn deep_takes_come_back_whole() {
    static POOL: Pool<Vec<u8>> = Pool::new(|| Vec::with_capacity(8));
    // More than two lists hold.
    let (rounds, depth) = if cfg!(miri) { (2, 140) } else { (3, 200) };
    for round in 0..rounds {
        let guards: Vec<_> = (0..depth).map(|_| POOL.take()).collect();
        drop(guards);
        let report = POOL.report();
        assert_eq!((report.misses, report.hits, report.idle), (depth, round * depth, depth));
        assert_eq!(report.idle_bytes, depth * (size_of::<Vec<u8>>() as u64 + 8));
    }
}

#[test]
fn other_threads_trim_when_they_next_give_back() {
    let census: &'static Census = leak(Census::default());
    let pool: &'static Pool<Object> = leak(Pool::new(unused));
    let worker = Worker::start();
    let there = || census.there.load(SeqCst);
    worker.run(move || drop([(); 10].map(|()| pool.take_or(|| Object::new(census)))));
    assert_eq!(pool.reclaim(Pressure::Critical), 0);
    assert_eq!(there(), 10);
    worker.run(move || drop(pool.take()));
    // The one that came back after the trim.
    assert_eq!((there(), pool.report().idle, pool.report().released), (1, 1, 9));
    worker.end();
}

#[test]
fn light_pressure_drops_what_nobody_needed() {
    let census: &'static Census = leak(Census::default());
    let pool: &'static Pool<Object> = leak(Pool::new(unused));
    let worker = Worker::start();
    worker.run(move || drop([(); 10].map(|()| pool.take_or(|| Object::new(census)))));
    worker.end();
    // All of it just came in.
    assert_eq!((pool.reclaim(Pressure::Low), pool.report().idle), (0, 10));
    assert!(pool.reclaim(Pressure::Low) > 0);
    assert_eq!(pool.report().idle, 0);
}

#[test]
fn works_while_thread_locals_are_dropped() {
    static POOL: Pool<Vec<u8>> = Pool::new(Vec::new);
    struct Late(Option<PoolGuard<Vec<u8>>>);
    impl Drop for Late {
        fn drop(&mut self) {
            drop(self.0.take());
            POOL.take().push(1);
        }
    }
    thread_local!(static LATE: std::cell::RefCell<Late> = const { std::cell::RefCell::new(Late(None)) });
    std::thread::spawn(|| {
        // Set up before the pool's own, and so dropped after it.
        LATE.with(|late| late.borrow_mut().0 = Some(POOL.take()));
        drop(POOL.take());
    })
    .join()
    .unwrap();
    let report = POOL.report();
    assert_eq!((report.live, report.idle + report.released), (0, report.misses));
    assert!(report.released >= 1, "{report:?}");
}

#[test]
fn many_pools_have_a_front_each() {
    for _ in 0..80 {
        let pool: &'static Pool<String> = leak(Pool::new(String::new));
        for _ in 0..3 {
            pool.take().push('x');
        }
        let report = pool.report();
        assert_eq!((report.misses, report.hits, report.idle), (1, 2, 1));
    }
}

#[test]
fn objects_without_size_are_counted_too() {
    static POOL: Pool<()> = Pool::new(|| ());
    drop((POOL.take(), POOL.take()));
    assert_eq!((POOL.report().idle, POOL.report().idle_bytes), (2, 0));
}

/// Takes on one thread, drops on the other, by the hundred.
fn hand_over(
    pool: &'static Pool<Object>,
    census: &'static Census,
    taker: &Worker,
    giver: &Worker,
    times: usize,
) {
    for _ in 0..times {
        let guards = taker.run(move || [(); 100].map(|()| pool.take_or(|| Object::new(census))));
        giver.run(move || drop(guards));
    }
}

#[test]
fn what_comes_back_elsewhere_is_taken_again() {
    let census: &'static Census = leak(Census::default());
    let pool: &'static Pool<Object> = leak(Pool::new(unused));
    let (taker, giver) = (Worker::start(), Worker::start());
    let times = if cfg!(miri) { 3 } else { 30 };
    hand_over(pool, census, &taker, &giver, times);
    // Two lists and one more stay with the thread that gives back; everything else goes around.
    let made = census.made.load(SeqCst);
    assert!(made <= 100 + 2 * 64 + 1, "{made}");
    let report = pool.report();
    assert_eq!(
        (report.live, report.idle, report.hits),
        (0, made as u64, (100 * times - made) as u64)
    );
    taker.end();
    giver.end();
    assert_eq!(pool.core.common.hold().claimed().objects, made);
}

#[test]
fn lists_between_threads_are_trimmed_and_their_room_is_free() {
    let census: &'static Census = leak(Census::default());
    let limits = Limits { max_idle: 800, ..Limits::DEFAULT };
    let pool: &'static Pool<Object> = leak(Pool::new(unused).limits(limits));
    let (taker, giver) = (Worker::start(), Worker::start());
    hand_over(pool, census, &taker, &giver, if cfg!(miri) { 2 } else { 20 });
    pool.reclaim(Pressure::Critical);
    // Each answers at its next return.
    for worker in [&taker, &giver] {
        worker.run(move || drop(pool.take_or(|| Object::new(census))));
    }
    assert_eq!((pool.report().idle, census.there.load(SeqCst)), (2, 2));
    taker.end();
    giver.end();
    // One thread may now keep all there may be.
    let last = Worker::start();
    last.run(move || drop([(); 1000].map(|()| pool.take_or(|| Object::new(census)))));
    assert_eq!(pool.report().idle, 800);
    last.end();
}
