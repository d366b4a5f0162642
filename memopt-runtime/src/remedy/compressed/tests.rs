use super::{Compressed, Method, Outcome, tick};
use crate::remedy::{Pressure, registry};
use crate::report::ReclaimableReport;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The list of cold values is one for the process: tests that count on it take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7;
    (0..len).map(|_| random(&mut state) as u8).collect()
}

fn reclaim(pressure: Pressure) -> u64 {
    let reclaimable =
        registry::reclaimables().into_iter().find(|h| h.report().name == "compressed values");
    reclaimable.map_or(0, |reclaimable| reclaimable.reclaim(pressure))
}

fn report() -> ReclaimableReport {
    registry::reports().into_iter().find(|h| h.name == "compressed values").unwrap()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Doc {
    title: String,
    words: Vec<(u32, Option<i64>)>,
    index: BTreeMap<String, Vec<u8>>,
}

fn doc() -> Doc {
    Doc {
        title: "a title".repeat(50),
        words: (0..500).map(|n| (n % 7, (n % 3 == 0).then_some(-1))).collect(),
        index: (0..20).map(|n| (format!("key {n}"), vec![0; 50])).collect(),
    }
}

#[test]
fn bytes_and_strings_go_as_they_are_and_count_their_capacity() {
    let mut text = String::with_capacity(5000);
    text.push_str(&"x".repeat(4000));
    let held = Compressed::new(text);
    assert_eq!((held.stored_bytes(), held.plain_bytes()), (0, 0));
    let Outcome::Compressed { saved } = held.compress_now().unwrap() else { panic!("it shrinks") };
    assert_eq!((held.plain_bytes(), held.plain_bytes() - held.stored_bytes()), (5000, saved));
    assert!(held.stored_bytes() < 100 && held.ratio() > 50.0);
    assert_eq!(held.compress_now().unwrap(), Outcome::Already);
    assert_eq!(*held.get().unwrap(), "x".repeat(4000));
    assert!(!held.is_compressed());

    let bytes: Box<[u8]> = vec![3; 1000].into();
    let held = Compressed::new(bytes.clone());
    held.compress_now().unwrap();
    assert!(held.is_compressed());
    assert_eq!(*held.get().unwrap(), bytes);
    let held = Compressed::new(Box::<str>::from("é".repeat(500)));
    held.compress_now().unwrap();
    assert_eq!(held.into_inner().unwrap(), Box::from("é".repeat(500)));
}

#[test]
fn serde_values_come_back_equal() {
    let held = Compressed::new(doc());
    assert!(matches!(held.compress_now(), Ok(Outcome::Compressed { .. })));
    assert!(held.ratio() > 3.0, "{}", held.ratio());
    assert_eq!(*held.get().unwrap(), doc());
    held.compress_now().unwrap();
    assert!(held.is_compressed());
    assert_eq!(held.into_inner().unwrap(), doc());
}

#[test]
fn a_changed_value_is_the_one_kept() {
    let mut held = Compressed::new(vec![1u8; 1000]);
    held.compress_now().unwrap();
    held.get_mut().unwrap().push(2);
    held.compress_now().unwrap();
    assert!(held.is_compressed());
    assert_eq!(held.get().unwrap().last(), Some(&2));
    held.compress_now().unwrap();
    held.set(vec![5; 600]);
    assert!(!held.is_compressed());
    held.compress_now().unwrap();
    assert_eq!(*held.get().unwrap(), [5; 600]);
}

#[test]
fn what_does_not_shrink_stays_plain_until_it_changes() {
    let mut held = Compressed::new(noise(4096));
    assert_eq!(held.compress_now().unwrap(), Outcome::Incompressible);
    assert!(held.is_refused() && !held.is_compressed());
    assert!((held.ratio() - 1.0).abs() < f64::EPSILON);
    held.get_mut().unwrap().extend([0; 10_000]);
    assert!(!held.is_refused());
    assert!(matches!(held.compress_now(), Ok(Outcome::Compressed { .. })));
    assert_eq!(held.get().unwrap()[..4096], noise(4096));
    assert_eq!(Compressed::new(Vec::<u8>::new()).compress_now().unwrap(), Outcome::Incompressible);
    assert_eq!(Compressed::new(0u8).compress_now().unwrap(), Outcome::Incompressible);
}

#[test]
fn a_value_that_is_read_is_left_alone() {
    let held = Compressed::new("y".repeat(1000));
    let (first, second) = (held.get().unwrap(), held.get().unwrap());
    assert_eq!(held.compress_now().unwrap(), Outcome::InUse);
    drop(first);
    assert_eq!(held.compress_now().unwrap(), Outcome::InUse);
    assert_eq!(second.len(), 1000);
    drop(second);
    assert!(matches!(held.compress_now(), Ok(Outcome::Compressed { .. })));
}

/// Written without a tag, so postcard cannot tell which it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
    Text(String),
}

#[test]
fn a_value_that_would_not_come_back_is_not_let_go() {
    let value = vec![Untagged::Number(1), Untagged::Text("z".repeat(1000))];
    let held = Compressed::new(value.clone());
    let error = held.compress_now().unwrap_err();
    assert!(error.is_encoding(), "{error}");
    assert!(error.to_string().starts_with("the value cannot be read back: "), "{error}");
    assert!(held.is_refused());
    assert_eq!(*held.get().unwrap(), value);
}

static READABLE: AtomicBool = AtomicBool::new(true);

/// Can be read back only as long as the flag says so.
#[derive(Debug, PartialEq, Serialize)]
struct Moody(String);

impl<'de> Deserialize<'de> for Moody {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if READABLE.load(Relaxed) {
            Ok(Self(text))
        } else {
            Err(serde::de::Error::custom("not now"))
        }
    }
}

#[test]
fn a_failed_reading_loses_nothing() {
    let mut held = Compressed::new(Moody("m".repeat(500)));
    held.compress_now().unwrap();
    READABLE.store(false, Relaxed);
    assert!(held.get().unwrap_err().is_encoding());
    assert!(held.get_mut().unwrap_err().is_encoding());
    let (held, error) = held.into_inner().unwrap_err();
    assert!(error.is_encoding() && held.is_compressed());
    READABLE.store(true, Relaxed);
    assert_eq!(*held.get().unwrap(), Moody("m".repeat(500)));
}

#[test]
fn random_programs_match_a_model() {
    let _turn = turn();
    let rounds = if cfg!(miri) { 40 } else { 3000 };
    let mut state = 42;
    let mut model: Vec<u8> = Vec::new();
    let mut held = Compressed::new(Vec::new()).cold_after(Duration::ZERO);
    let mut compressed = 0;
    for _ in 0..rounds {
        let (choice, n) = (random(&mut state) % 8, random(&mut state));
        match choice {
            0 | 1 => {
                let run = vec![n as u8; (n >> 8) as usize % 300];
                model.extend(&run);
                held.get_mut().unwrap().extend(run);
            }
            2 => {
                let noise: Vec<u8> = (0..n % 100).map(|_| random(&mut state) as u8).collect();
                model.extend(&noise);
                held.get_mut().unwrap().extend(noise);
            }
            3 => {
                let keep = n as usize % (model.len() + 1);
                model.truncate(keep);
                held.get_mut().unwrap().truncate(keep);
            }
            4 => assert_ne!(held.compress_now().unwrap(), Outcome::InUse),
            5 => drop(tick()),
            6 => assert_eq!(*held.get().unwrap(), model),
            _ => {
                model = vec![n as u8; n as usize % 1000];
                held.set(model.clone());
            }
        }
        compressed += u32::from(held.is_compressed());
        assert!(held.stored_bytes() <= held.plain_bytes());
    }
    assert!(compressed > rounds / 8, "{compressed}");
    assert_eq!(held.into_inner().unwrap(), model);
}

#[test]
fn pressure_decides_which_values_go() {
    let _turn = turn();
    drop(Compressed::new(0u8).cold_after(Duration::ZERO));
    let before = report();
    let hot = Compressed::new("h".repeat(1000)).cold_after(Duration::from_secs(3600));
    let cold = Compressed::new("c".repeat(1000)).cold_after(Duration::ZERO);
    let plain = Compressed::new("p".repeat(1000));
    assert_eq!(reclaim(Pressure::None), 0);
    let freed = reclaim(Pressure::Low);
    assert_eq!(freed, 1000 - cold.stored_bytes());
    assert!(cold.is_compressed() && !hot.is_compressed());
    // It is new, so it counts as read since the last one.
    reclaim(Pressure::Medium);
    assert!(!hot.is_compressed());
    drop(hot.get().unwrap());
    reclaim(Pressure::Medium);
    assert!(!hot.is_compressed());
    reclaim(Pressure::Medium);
    assert!(hot.is_compressed());
    let guard = hot.get().unwrap();
    assert_eq!(reclaim(Pressure::Critical), 0);
    drop(guard);
    assert_eq!(reclaim(Pressure::Critical), 1000 - hot.stored_bytes());
    assert!(!plain.is_compressed());

    let after = report();
    assert_eq!((after.idle - before.idle, after.live - before.live), (2, 0));
    assert_eq!(after.idle_bytes - before.idle_bytes, hot.stored_bytes() + cold.stored_bytes());
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (1, 1));
    assert_eq!(after.released - before.released, 3);
    drop((hot, cold));
    assert_eq!((report().idle, report().live), (before.idle, before.live));
    assert_eq!(report().misses, after.misses);
}

#[test]
fn readers_and_reclaim_at_once_see_whole_values() {
    let _turn = turn();
    let rounds = if cfg!(miri) { 10 } else { 2000 };
    let held = Compressed::new(doc()).cold_after(Duration::ZERO);
    let expected = doc();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for _ in 0..rounds {
                    let outer = held.get().unwrap();
                    // A second guard on the same thread must not wait for the ones who wait for the
                    // first.
                    let inner = held.get().unwrap();
                    assert_eq!(outer.title, expected.title);
                    assert_eq!(inner.words.len(), 500);
                }
            });
        }
        threads.spawn(|| {
            for round in 0..rounds {
                if round % 2 == 0 {
                    reclaim(Pressure::Critical);
                } else {
                    held.compress_now().unwrap();
                }
            }
        });
    });
    assert_eq!(*held.get().unwrap(), expected);
}

#[test]
fn values_come_and_go_while_memory_is_wanted() {
    let _turn = turn();
    let rounds = if cfg!(miri) { 5 } else { 500 };
    std::thread::scope(|threads| {
        for thread in 0..3u8 {
            threads.spawn(move || {
                for round in 0..rounds {
                    let mut held =
                        Compressed::new(vec![thread; 500 + round]).cold_after(Duration::ZERO);
                    held.get_mut().unwrap().push(9);
                    tick();
                    assert_eq!(held.get().unwrap().len(), 501 + round);
                }
            });
        }
        for _ in 0..rounds {
            reclaim(Pressure::Critical);
        }
    });
}

#[test]
fn it_costs_no_more_than_the_docs_say() {
    // The block beside the value: two counts and the cell, without the 24 bytes of the string.
    assert!(
        size_of::<super::Cell<String>>() + 16 - 24 <= 150,
        "{}",
        size_of::<super::Cell<String>>()
    );
}

#[test]
fn it_shows_its_state() {
    let held: Compressed<String> = "d".repeat(100).into();
    assert!(format!("{held:?}").starts_with("Compressed { is_compressed: false"), "{held:?}");
    assert_eq!(format!("{:?}", Compressed::new(1).get().unwrap()), "1");
    assert_eq!(Method::default(), Method::Lz4);
    assert_eq!(*Compressed::<u8>::default().get().unwrap(), 0);
}

#[cfg(feature = "zstd")]
#[test]
fn zstd_packs_tighter() {
    let text =
        (0..2000u32).map(|n| format!("line {n} of {}", n * 7)).collect::<Vec<_>>().join("\n");
    let fast = Compressed::new(text.clone());
    let tight = Compressed::with_method(text.clone(), Method::Zstd { level: 9 });
    fast.compress_now().unwrap();
    tight.compress_now().unwrap();
    assert!(tight.stored_bytes() < fast.stored_bytes(), "{tight:?} {fast:?}");
    assert_eq!(*tight.get().unwrap(), text);
}
