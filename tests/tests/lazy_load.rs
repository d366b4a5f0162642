//! `#[memopt::lazy_load]` on structs and functions.

use memopt::remedy::{Lazy, Loaded};
use std::future::ready;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[memopt::lazy_load]
#[derive(Debug, Default, Clone)]
pub struct Doc<T: Clone> {
    pub text: T,
    #[lazy(load = Self::split)]
    words: Vec<String>,
    #[lazy(load = |doc: &Self| doc.count_up().map_err(|_| "no number"), error = &'static str)]
    pub count: u32,
    #[lazy(load = Self::fetch, async, weigh = |body: &Vec<u8>| body.len())]
    r#type: Vec<u8>,
    #[lazy(load = Self::try_fetch, async, error = ParseIntError)]
    number: u64,
    loads: std::sync::Arc<AtomicU32>,
}

trait Text {
    fn text(&self) -> String;
}

impl<T: Clone> Text for Doc<T> {
    fn text(&self) -> String {
        std::any::type_name::<T>().to_owned()
    }
}

impl<T: Clone> Doc<T> {
    fn split(&self) -> Vec<String> {
        self.loads.fetch_add(1, SeqCst);
        std::thread::yield_now();
        self.text().split("::").map(str::to_owned).collect()
    }

    fn count_up(&self) -> Result<u32, ParseIntError> {
        match self.loads.fetch_add(1, SeqCst) {
            0 => "?".parse(),
            n => Ok(n),
        }
    }

    async fn fetch(&self) -> Vec<u8> {
        self.loads.fetch_add(1, SeqCst);
        tokio::task::yield_now().await;
        self.text().into_bytes()
    }

    async fn try_fetch(&self) -> Result<u64, ParseIntError> {
        tokio::task::yield_now().await;
        if self.loads.fetch_add(1, SeqCst) == 0 { "?".parse() } else { Ok(7) }
    }
}

#[test]
fn a_field_is_loaded_once_by_eight_threads_and_let_go() {
    let mut doc = Doc { text: String::new(), words: Lazy::new(), ..Doc::default() };
    assert_eq!((doc.words_is_loaded(), doc.words_held_bytes()), (false, 0));
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| assert_eq!(doc.words(), &["alloc", "string", "String"]));
        }
    });
    assert_eq!(doc.loads.load(SeqCst), 1);
    assert!(doc.clone().words_is_loaded());
    let words = 24 + doc.words().capacity() * 24 + "allocstringString".len();
    assert_eq!(doc.words_held_bytes(), words);
    assert_eq!(doc.unload_words().map(|words| words.len()), Some(3));
    assert_eq!((doc.words_is_loaded(), doc.unload_words()), (false, None));
}

#[test]
fn a_failed_field_is_tried_again() {
    let doc = Doc::<u8>::default();
    assert_eq!(doc.count(), Err("no number"));
    assert!(!doc.count_is_loaded());
    assert_eq!(doc.count(), Ok(&1));
    assert_eq!(doc.count(), Ok(&1));
    assert_eq!(doc.count_held_bytes(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_is_loaded_once_by_many_tasks() {
    let doc = std::sync::Arc::new(Doc::<u8>::default());
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let doc = doc.clone();
            tokio::spawn(async move { doc.r#type().await.len() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 2);
    }
    assert_eq!((doc.loads.load(SeqCst), doc.type_held_bytes()), (1, 2));

    let doc = Doc::<u8>::default();
    assert!(doc.number().await.is_err());
    assert_eq!(doc.number().await, Ok(&7));
}

static DICTIONARIES: AtomicU32 = AtomicU32::new(0);

/// A value that is kept.
#[memopt::lazy_load(idle = "50ms")]
pub fn dictionary() -> Vec<String> {
    DICTIONARIES.fetch_add(1, SeqCst);
    let words = ["one", "two"].map(str::to_owned);
    if words.is_empty() {
        return Vec::new();
    }
    words.to_vec()
}

#[memopt::lazy_load(max_bytes = "4 KiB")]
fn page(id: u64, mut name: String) -> Vec<u8> {
    PAGES.fetch_add(1, SeqCst);
    name.push('!');
    vec![name.len() as u8 + id as u8; 1000]
}

static PAGES: AtomicU32 = AtomicU32::new(0);

struct Loads;

impl Loads {
    #[memopt::lazy_load]
    fn number(text: String) -> Result<u32, ParseIntError> {
        let number = text.parse::<u32>()?;
        Ok(number)
    }

    #[memopt::lazy_load(weigh = |text| text.len() + 99, idle = "1h", max_bytes = 4096)]
    async fn fetched(id: u8) -> std::io::Result<String> {
        ready(()).await;
        if id == 0 {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        Ok(id.to_string())
    }

    #[memopt::lazy_load]
    pub(crate) async fn config() -> String {
        tokio::task::yield_now().await;
        CONFIGS.fetch_add(1, SeqCst);
        "config".into()
    }
}

static CONFIGS: AtomicU32 = AtomicU32::new(0);

fn holder(name: &str) -> memopt::report::ReclaimableReport {
    let report = memopt::report();
    let found = report.reclaimable().iter().find(|holder| holder.name.ends_with(name));
    found.unwrap_or_else(|| panic!("{name} among {:?}", report.reclaimable())).clone()
}

/// Held by a test whose idle value the load of another would let go.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn a_function_is_loaded_once_and_goes_when_idle() {
    #[memopt::lazy_load]
    fn other(id: u64) -> Vec<u8> {
        vec![id as u8; 10]
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| assert_eq!(dictionary().len(), 2));
        }
    });
    let first = dictionary();
    let loads = DICTIONARIES.load(SeqCst);
    assert_eq!(*first, ["one", "two"]);
    std::thread::sleep(Duration::from_millis(120));
    drop(other(1));
    assert!(holder("lazy_load::dictionary").live == 1, "a handle is out");
    drop(first);
    std::thread::sleep(Duration::from_millis(120));
    // A load of something else lets it go.
    drop(other(2));
    assert_eq!(holder("lazy_load::dictionary").idle, 0);
    assert_eq!(dictionary().len(), 2);
    assert_eq!(DICTIONARIES.load(SeqCst), loads + 1);
    // No load of another test finds it idle, and lets it go.
    std::thread::sleep(Duration::from_millis(120));
    drop(other(3));
    assert_eq!(holder("lazy_load::dictionary").idle, 0);
}

#[test]
fn arguments_are_keys_within_a_number_of_bytes() {
    let get = |id: u64| page(id, "name".to_owned());
    let first: Loaded<Vec<u8>> = get(1);
    assert_eq!((first[0], get(1)[0], get(2)[0]), (6, 6, 7));
    for id in 3..20 {
        assert_eq!(get(id).len(), 1000);
    }
    let loads = PAGES.load(SeqCst);
    assert_eq!(get(1)[0], 6);
    assert_eq!(PAGES.load(SeqCst), loads, "it is held and so it stayed");
    let pages = holder("lazy_load::page");
    assert!(pages.idle_bytes <= 4096 && pages.released > 10, "{pages:?}");
}

#[test]
fn a_failure_is_not_kept() {
    assert!(Loads::number("x".to_owned()).is_err());
    assert_eq!(*Loads::number("12".to_owned()).unwrap(), 12);
    assert_eq!(*Loads::number("12".to_owned()).unwrap(), 12);
    let numbers = holder("Loads::number");
    assert_eq!((numbers.misses, numbers.hits), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn async_functions_load_once() {
    let tasks: Vec<_> =
        (0..50).map(|_| tokio::spawn(async { Loads::config().await.len() })).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 6);
    }
    assert_eq!(CONFIGS.load(SeqCst), 1);
    assert!(Loads::fetched(0).await.is_err());
    assert_eq!(*Loads::fetched(3).await.unwrap(), "3");
    assert_eq!(holder("Loads::fetched").idle_bytes, 100);
}

#[test]
fn what_is_loaded_is_the_programs_and_what_is_kept_beside_is_not() {
    #[memopt::lazy_load]
    fn block(n: usize) -> Vec<u8> {
        vec![1; n]
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    drop(block(1));
    let recording = memopt::record(|| block(5000).len());
    let total = recording.report.total();
    // The vector and the entry it lies in.
    assert_eq!((total.allocs, total.frees), (2, 0));
    assert!((5000..5200).contains(&total.bytes), "{}", total.bytes);
    let again = memopt::record(|| block(5000).len());
    assert_eq!(again.report.total().allocs, 0);
}
