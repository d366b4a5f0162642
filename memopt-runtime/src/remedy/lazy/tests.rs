//! Who loads and who waits; what stays and what goes.

mod fields;

use super::idle::{self, Idle as _};
use super::{Cache, Lazy, Singleton};
use crate::remedy::{Pressure, Reclaimable};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

const THREADS: usize = 8;

/// Runs `work` on eight threads that start together.
fn together(work: impl Fn(usize) + Sync) {
    let start = Barrier::new(THREADS);
    std::thread::scope(|threads| {
        for n in 0..THREADS {
            let (start, work) = (&start, &work);
            threads.spawn(move || {
                start.wait();
                work(n);
            });
        }
    });
}

/// Gives the processor away, so that others come in the middle of a load.
fn dawdle() {
    for _ in 0..20 {
        std::thread::yield_now();
    }
}

#[test]
fn eight_threads_load_once() {
    let (cell, loads) = (Lazy::new(), AtomicU32::new(0));
    together(|_| {
        let value = cell.get_or_load(|| {
            dawdle();
            loads.fetch_add(1, Relaxed) + 7
        });
        assert_eq!(*value, 7);
    });
    assert_eq!(loads.into_inner(), 1);
    assert_eq!(cell.into_inner(), Some(7));
}

#[test]
fn after_a_failure_the_next_one_loads() {
    let (cell, loads) = (Lazy::new(), AtomicU32::new(0));
    let failed = AtomicU32::new(0);
    together(|_| {
        let value = cell.get_or_try_load(|| {
            dawdle();
            // Three fail.
            let load = loads.fetch_add(1, SeqCst);
            if load < 3 { Err(load) } else { Ok(load) }
        });
        match value {
            Ok(value) => assert_eq!(*value, 3),
            Err(load) => _ = failed.fetch_add(load + 1, SeqCst),
        }
    });
    assert_eq!((loads.into_inner(), failed.into_inner()), (4, 1 + 2 + 3));
}

#[test]
fn a_loader_that_panics_poisons_nothing() {
    let (cell, loads) = (Lazy::new(), AtomicU32::new(0));
    let panics = AtomicU32::new(0);
    together(|_| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            *cell.get_or_load(|| {
                dawdle();
                assert!(loads.fetch_add(1, SeqCst) != 0, "the first load fails");
                5
            })
        }));
        match outcome {
            Ok(value) => assert_eq!(value, 5),
            Err(_) => _ = panics.fetch_add(1, SeqCst),
        }
    });
    assert_eq!((loads.into_inner(), panics.into_inner()), (2, 1));
}

fn panic_message(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    payload.downcast_ref::<&str>().map_or_else(
        || payload.downcast_ref::<String>().cloned().unwrap_or_default(),
        |text| (*text).to_owned(),
    )
}

#[test]
fn a_loader_that_reads_its_own_cell_panics() {
    fn inner(cell: &Lazy<u8>) -> u8 {
        *cell.get_or_load(|| inner(cell))
    }
    fn future(cell: &Lazy<u8>) -> Pin<Box<dyn Future<Output = u8> + '_>> {
        Box::pin(async { *cell.get_or_load_async(|| future(cell)).await })
    }
    let cell = Lazy::new();
    let message = panic_message(|| _ = inner(&cell));
    assert_eq!(message, "a lazily loaded value is read by its own loader");
    assert_eq!(*cell.get_or_load(|| 1), 1);

    let cell = Lazy::new();
    let message = panic_message(|| _ = block_on(future(&cell)));
    assert_eq!(message, "a lazily loaded value is read by its own loader");
    assert_eq!(*block_on(cell.get_or_load_async(|| async { 2 })), 2);
    // Another cell may be read by a loader.
    let outer = Lazy::new();
    assert_eq!(*outer.get_or_load(|| *cell.get_or_load(|| 9) + 1), 3);
}

#[test]
fn a_cell_is_emptied_cloned_and_shown() {
    let mut cell = Lazy::from(vec![1]);
    assert_eq!(format!("{cell:?}"), "Lazy([1])");
    assert_eq!(cell.clone().get(), Some(&vec![1]));
    assert_eq!(cell.unload(), Some(vec![1]));
    assert_eq!(format!("{cell:?} {:?}", cell.clone()), "Lazy(not loaded) Lazy(not loaded)");
    assert_eq!(cell.weigh(Vec::len), 0);
    assert_eq!(Lazy::<u8>::default().unload(), None);
}

/// A waker that counts.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// An executor for one future: it is polled whenever it was woken, and parked otherwise.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Pending once; the waker is called.
async fn pause() {
    let mut first = true;
    std::future::poll_fn(move |cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

#[test]
fn tasks_load_once_and_those_that_wait_are_woken() {
    let cell = Lazy::new();
    let load = |value: u32| async move {
        pause().await;
        value
    };
    let mut first = Box::pin(cell.get_or_load_async(|| load(1)));
    let mut second = Box::pin(cell.get_or_load_async(|| load(2)));
    let (a, b) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (wake_a, wake_b) = (Waker::from(Arc::clone(&a)), Waker::from(Arc::clone(&b)));
    let poll_first = |first: &mut Pin<Box<_>>| poll(first, &wake_a);
    assert!(poll_first(&mut first).is_pending());
    assert!(poll(&mut second, &wake_b).is_pending());
    assert!(poll(&mut second, &wake_b).is_pending());
    assert_eq!(b.0.load(Relaxed), 0);
    assert_eq!(poll(&mut first, &wake_a), Poll::Ready(&1));
    // Two clones of a waker are told to be one only as far as its type's table is one.
    assert!((1..=2).contains(&b.0.load(Relaxed)), "woken");
    assert_eq!(poll(&mut second, &wake_b), Poll::Ready(&1));
}

fn poll<F: Future>(future: &mut Pin<Box<F>>, waker: &Waker) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(waker))
}

#[test]
fn where_the_one_who_loads_is_dropped_another_loads() {
    let cell = Lazy::new();
    let mut first = Box::pin(cell.get_or_load_async(|| async {
        pause().await;
        1
    }));
    let mut second = Box::pin(cell.get_or_load_async(|| async { 2 }));
    let count = Arc::new(Count::default());
    assert!(poll(&mut first, Waker::noop()).is_pending());
    assert!(poll(&mut second, &Waker::from(Arc::clone(&count))).is_pending());
    drop(first);
    assert_eq!(count.0.load(Relaxed), 1);
    assert_eq!(poll(&mut second, Waker::noop()), Poll::Ready(&2));
}

#[test]
fn tasks_on_eight_threads_load_once() {
    let (cell, loads) = (Lazy::new(), AtomicU32::new(0));
    together(|n| {
        let value: Result<_, u32> = block_on(cell.get_or_try_load_async(|| async {
            pause().await;
            pause().await;
            // The first fails.
            let load = loads.fetch_add(1, SeqCst);
            if load == 0 { Err(load) } else { Ok(n) }
        }));
        assert!(value.is_ok() || value == Err(0));
    });
    assert_eq!(loads.into_inner(), 2);
}

#[test]
fn a_singleton_goes_when_nobody_holds_it() {
    static TEXT: Singleton<String> = Singleton::new("text", String::len);
    let text = TEXT.get(|| "loaded".to_owned());
    let same = text.clone();
    drop(text);
    assert_eq!(TEXT.reclaim(Pressure::Critical), 0);
    assert_eq!(
        (same.as_str(), format!("{same} {same:?}").as_str()),
        ("loaded", "loaded \"loaded\"")
    );
    assert_eq!((TEXT.report().live, TEXT.report().idle_bytes), (1, 0));
    drop(same);
    assert_eq!((TEXT.report().live, TEXT.report().idle, TEXT.report().idle_bytes), (0, 1, 6));
    assert_eq!(
        TEXT.reclaim(Pressure::None) + TEXT.reclaim(Pressure::Low),
        0,
        "it has no idle time"
    );
    assert_eq!(TEXT.reclaim(Pressure::Medium), 6);
    assert_eq!(TEXT.reclaim(Pressure::Medium), 0);
    assert!(!TEXT.is_loaded());
    assert_eq!(*TEXT.get(|| "again".to_owned()), "again");
    let report = TEXT.report();
    assert_eq!((report.hits, report.misses, report.released), (0, 2, 1));
    let listed = crate::remedy::registry::reports();
    assert!(listed.iter().any(|reclaimable| reclaimable.name == "text"));
}

#[test]
fn a_singleton_keeps_no_failure() {
    static FALLIBLE: Singleton<u8> = Singleton::new("fallible", |_| 1);
    assert_eq!(FALLIBLE.try_get(|| Err::<u8, _>("no")).unwrap_err(), "no");
    assert!(catch_unwind(|| FALLIBLE.get(|| panic!("no"))).is_err());
    assert_eq!(FALLIBLE.reclaim(Pressure::Critical), 0);
    assert_eq!(*block_on(FALLIBLE.try_get_async(|| async { Ok::<_, ()>(3) })).unwrap(), 3);
    assert_eq!(*block_on(FALLIBLE.get_async(|| async { 4 })), 3);
    assert_eq!((FALLIBLE.report().hits, FALLIBLE.report().misses), (1, 1));
}

#[test]
fn readers_and_evictions_race() {
    static SHARED: Singleton<Vec<u32>> = Singleton::new("shared", Vec::len);
    static LOADS: AtomicU32 = AtomicU32::new(0);
    let each = if cfg!(miri) { 20 } else { 2000 };
    together(|n| {
        for _ in 0..each {
            if n % 2 == 0 {
                SHARED.reclaim(Pressure::Critical);
            } else {
                let all = SHARED.get(|| vec![LOADS.fetch_add(1, Relaxed); 10]);
                assert!(all.iter().all(|one| *one == all[0]) && all.len() == 10);
            }
        }
    });
    let report = SHARED.report();
    assert_eq!(report.misses, u64::from(LOADS.load(Relaxed)));
    assert_eq!(report.hits + report.misses, (THREADS / 2 * each) as u64);
    assert_eq!(report.misses - report.released, u64::from(SHARED.is_loaded()));
}

#[test]
fn what_is_idle_goes_when_something_is_loaded() {
    const TIME: Duration = Duration::from_millis(300);
    static IDLE: Singleton<u64> = Singleton::new("idle", |_| 8).idle(TIME);
    static PAGES: Cache<u8, u64> = Cache::new("idle pages", |_| 8).idle(TIME);
    static OTHER: Singleton<u64> = Singleton::new("other", |_| 8);
    drop(IDLE.get(|| 1));
    let held = PAGES.get(1, u64::from);
    drop(PAGES.get(2, u64::from));
    std::thread::sleep(TIME * 2);
    assert_eq!(*OTHER.get(|| 2), 2);
    assert_eq!((PAGES.report().live, PAGES.report().idle, PAGES.report().released), (1, 0, 1));
    assert_eq!(IDLE.report().released, 1);
    // The time counts from the drop of the handle.
    let before = idle::now();
    drop(held);
    assert_eq!(PAGES.expire(before + TIME.as_millis() as u64 - 1), 0);
    std::thread::sleep(TIME * 2);
    // A load of another test may have come first.
    PAGES.reclaim(Pressure::Low);
    assert_eq!((PAGES.report().live, PAGES.report().idle, PAGES.report().released), (0, 0, 2));
}

#[test]
fn what_was_held_long_does_not_keep_what_is_idle() {
    const HOUR: u64 = 3_600_000;
    static PAGES: Cache<u8, u64> = Cache::new("held long", |_| 8).idle(Duration::from_millis(HOUR));
    let first = PAGES.get(1, u64::from);
    let second = PAGES.get(2, u64::from);
    drop(PAGES.get(3, u64::from));
    let after = idle::now();
    std::thread::sleep(Duration::from_millis(5));
    // 1 was asked for first and used last; 2 is held; 3 is idle in an hour.
    drop(first);
    assert_eq!(PAGES.expire(after + HOUR), 8);
    assert_eq!(*PAGES.get(1, |_| unreachable!()), 1);
    assert_eq!((PAGES.report().live, PAGES.report().idle, PAGES.report().released), (1, 1, 1));
    assert_eq!(*PAGES.get(3, |_| 33), 33);
    drop(second);
}

#[test]
fn a_cache_lets_go_what_was_unused_longest() {
    static PAGES: Cache<u32, Vec<u8>> = Cache::new("pages", Vec::len).max_bytes(100);
    let page = |n: u32| PAGES.get(n, |n| vec![n as u8; 40]);
    let first = page(1);
    drop((page(2), page(1)));
    drop(page(3));
    // 120 bytes were too many: 2 was unused longest and in nobody's hands.
    let report = PAGES.report();
    assert_eq!((report.misses, report.hits, report.released, report.live), (3, 1, 1, 1));
    drop(page(2));
    // 1 is held, so 3 had to go.
    assert_eq!(first[0], 1);
    assert_eq!(PAGES.get(1, |_| unreachable!())[0], 1);
    assert_eq!(PAGES.get(2, |_| unreachable!())[0], 2);
    drop(first);
    assert_eq!(PAGES.reclaim(Pressure::Medium), 40);
    assert_eq!(PAGES.get(2, |_| unreachable!())[0], 2);
    assert_eq!(PAGES.reclaim(Pressure::Critical), 40);
    assert_eq!((PAGES.report().idle, PAGES.report().idle_bytes), (0, 0));
    // What is larger than the limit is handed out, and goes with its handle's end and the next
    // load.
    let large = PAGES.get(9, |_| vec![0; 1000]);
    assert_eq!(large.len(), 1000);
    drop(large);
    drop(page(1));
    assert_eq!((PAGES.report().idle, PAGES.report().idle_bytes), (1, 40));
}

#[test]
fn a_key_is_loaded_once_and_a_failure_leaves_nothing() {
    static FAILS: Cache<u8, u8> = Cache::new("fails", |_| 1);
    static KEYS: Cache<String, usize> = Cache::new("keys", |_| 1);
    static LOADS: AtomicU32 = AtomicU32::new(0);
    together(|n| {
        let value = KEYS.get(format!("key {}", n % 2), |key| {
            dawdle();
            LOADS.fetch_add(1, Relaxed);
            key.len()
        });
        assert_eq!(*value, 5);
    });
    assert_eq!(LOADS.load(Relaxed), 2);

    together(|_| {
        assert_eq!(FAILS.try_get(1, |_| Err::<u8, _>("no")).unwrap_err(), "no");
        assert!(catch_unwind(|| FAILS.get(2, |_| panic!("no"))).is_err());
        assert_eq!(block_on(FAILS.try_get_async(3, |_| async { Err::<u8, _>(1) })).unwrap_err(), 1);
    });
    assert!(format!("{FAILS:?}").contains("bytes: 0"));
    assert_eq!(FAILS.census_of_all(), 0);
    assert_eq!(*FAILS.get(1, |n| n), 1);
    assert_eq!(*block_on(FAILS.get_async(4, |n| async move { n })), 4);
    assert_eq!(FAILS.census_of_all(), 2);
}

/// What the cache should hold: keys and their bytes, the longest unused first.
struct Model {
    entries: Vec<(u32, usize)>,
    limit: usize,
}

impl Model {
    fn get(&mut self, key: u32, bytes: usize, held: &[u32]) -> bool {
        let known = self.entries.iter().position(|(other, _)| *other == key);
        if let Some(at) = known {
            let entry = self.entries.remove(at);
            self.entries.push(entry);
            return true;
        }
        self.entries.push((key, bytes));
        while self.entries.iter().map(|(_, bytes)| bytes).sum::<usize>() > self.limit {
            let free = |(other, _): &(u32, usize)| *other != key && !held.contains(other);
            let Some(at) = self.entries.iter().position(free) else { break };
            self.entries.remove(at);
        }
        false
    }
}

#[test]
fn random_programs_agree_with_a_list() {
    static CACHE: Cache<u32, Vec<u8>> = Cache::new("random", Vec::len).max_bytes(400);
    let mut random = 0x1234_5678_9abc_def1u64;
    let mut next = move |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % n
    };
    let mut model = Model { entries: Vec::new(), limit: 400 };
    let mut handles = Vec::new();
    for _ in 0..if cfg!(miri) { 200 } else { 20_000 } {
        let key = next(30) as u32;
        let bytes = (key as usize * 7) % 90 + 1;
        match next(10) {
            0 if !handles.is_empty() => {
                drop(handles.swap_remove(next(handles.len() as u64) as usize));
            }
            choice => {
                let mut loaded = false;
                let handle = CACHE.get(key, |key| {
                    loaded = true;
                    vec![key as u8; bytes]
                });
                assert_eq!(handle.len(), bytes);
                let held: Vec<u32> = handles.iter().map(|(key, _)| *key).collect();
                assert_eq!(!loaded, model.get(key, bytes, &held));
                if choice == 1 && handles.len() < 6 {
                    handles.push((key, handle));
                }
            }
        }
        assert_eq!(CACHE.census_of_all(), model.entries.len());
    }
    drop(handles);
    let bytes: usize = model.entries.iter().map(|(_, bytes)| bytes).sum();
    assert_eq!(CACHE.report().idle_bytes, bytes as u64);
    assert_eq!(CACHE.reclaim(Pressure::Critical), bytes as u64);
}

#[test]
fn a_name_is_the_path_of_the_function() {
    use super::Name;
    fn page() -> fn() -> &'static str {
        fn __memopt_path() -> &'static str {
            std::any::type_name_of_val(&__memopt_path)
        }
        __memopt_path
    }
    let name = Name::Path(page()).text();
    assert!(name.ends_with("a_name_is_the_path_of_the_function::page"), "{name}");
}
