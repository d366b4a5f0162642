//! Spills beside vectors, under random programs and broken disks.

use super::{Spill, SpillBytes};
use crate::remedy::stream::tests::Random;
use serde::{Deserialize, Serialize};
#[cfg(all(target_os = "linux", not(miri)))]
use std::fs::File;
use std::io::{Read, Write};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Row {
    Empty,
    Named { name: String, values: Vec<u32> },
}

fn row(random: &mut Random) -> Row {
    match random.below(4) {
        0 => Row::Empty,
        size => Row::Named {
            name: "ü".repeat(random.below(20)),
            values: (0..random.below(1 << (3 * size))).map(|n| n as u32 * 1000).collect(),
        },
    }
}

fn all(spill: &Spill<Row>) -> Vec<Row> {
    spill.iter().map(Result::unwrap).collect()
}

#[test]
fn a_spill_is_a_vector() {
    let mut random = Random::new(3);
    for budget in [0, 1, 100, 5000, usize::MAX] {
        let (mut spill, mut model) = (Spill::new(budget), Vec::new());
        for _ in 0..if cfg!(miri) { 40 } else { 600 } {
            match random.below(40) {
                0 => {
                    spill.clear();
                    model.clear();
                }
                1 => assert!(spill.drain().map(Result::unwrap).eq(model.drain(..))),
                2 => {
                    // Dropped half-read, and empty all the same.
                    let half = model.len() / 2;
                    assert_eq!(spill.drain().take(half).count(), half);
                    model.clear();
                }
                3 => assert_eq!(all(&spill), model),
                _ => {
                    let row = row(&mut random);
                    spill.push(&row).unwrap();
                    model.push(row);
                }
            }
            assert_eq!((spill.len(), spill.is_empty()), (model.len(), model.is_empty()));
            assert!(spill.memory_bytes() <= budget, "{spill:?}");
            assert_eq!(spill.iter().size_hint().1, Some(model.len()));
        }
        assert_eq!(all(&spill), model);
        // Two walks at once do not disturb each other.
        assert!(spill.iter().zip(&spill).all(|(a, b)| a.unwrap() == b.unwrap()));
    }
}

#[test]
fn bytes_come_back_in_order() {
    let mut random = Random::new(4);
    for budget in [0, 7, 64, 1000] {
        let (mut spill, mut model, mut read) = (SpillBytes::new(budget), Vec::new(), 0);
        for _ in 0..if cfg!(miri) { 30 } else { 400 } {
            if random.below(3) == 0 {
                let mut bytes = vec![0; random.below(200)];
                let got = spill.read(&mut bytes).unwrap();
                assert_eq!(bytes[..got], model[read..read + got]);
                assert!(got > 0 || bytes.is_empty() || read == model.len());
                read += got;
            } else {
                let bytes: Vec<u8> = (0..random.below(100)).map(|n| n as u8).collect();
                spill.write_all(&bytes).unwrap();
                model.extend(bytes);
            }
            assert_eq!(spill.len(), model.len() as u64);
            assert!(spill.memory_bytes() <= budget);
        }
        spill.rewind();
        let mut whole = Vec::new();
        spill.read_to_end(&mut whole).unwrap();
        assert_eq!(whole, model);
    }
}

#[test]
fn a_folder_that_is_not_there_loses_nothing() {
    let mut spill = Spill::new(10).in_dir("/there/is/no/such/folder");
    assert_eq!(spill.push(&1u8).and_then(|()| spill.push(&2)).map_err(|e| e.to_string()), Ok(()));
    for _ in 0..2 {
        let error = spill.push(&3).unwrap_err();
        assert!(
            error.is_io()
                && error.to_string().starts_with("cannot write at byte 0 of a temporary file: "),
            "{error}"
        );
        assert_eq!(spill.iter().map(Result::unwrap).collect::<Vec<_>>(), [1, 2]);
    }
    spill.clear();
    spill.push(&3).unwrap();
    assert_eq!((spill.len(), spill.drain().map(Result::unwrap).next()), (1, Some(3)));
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn a_full_disk_loses_nothing() {
    let mut spill = Spill::new(20);
    spill.bytes.file = Some(File::options().write(true).open("/dev/full").unwrap());
    let pushed = (0u8..10).take_while(|n| spill.push(n).is_ok()).count();
    assert_eq!((pushed, spill.len(), spill.memory_bytes()), (4, 4, 20));
    assert!(spill.iter().map(Result::unwrap).eq(0..4));
    // There is room again.
    spill.bytes.file = None;
    (4u8..10).for_each(|n| spill.push(&n).unwrap());
    assert!(spill.iter().map(Result::unwrap).eq(0..10));

    // The file can no longer be read: an error, and what is in it stays.
    let readable = spill.bytes.file.replace(File::options().write(true).open("/dev/null").unwrap());
    let mut drain = spill.drain();
    let error = drain.next().unwrap().unwrap_err();
    assert!(error.is_io() && error.offset() == Some(0), "{error}");
    assert!(drain.next().is_none());
    drop(drain);
    spill.bytes.file = readable;
    assert!(spill.drain().map(Result::unwrap).eq(0..10));
    assert!(spill.is_empty());
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn what_another_program_did_to_the_file_is_an_error() {
    let mut spill = Spill::new(0);
    (0..3).for_each(|_| spill.push(&"text".to_owned()).unwrap());
    let mut file = spill.bytes.file.as_ref().unwrap();
    std::os::unix::fs::FileExt::write_at(file, &[255; 4], 9).unwrap();
    let rows: Vec<_> = spill.iter().collect();
    assert_eq!((rows.len(), rows[0].as_deref().unwrap()), (2, "text"));
    assert!(rows[1].as_ref().is_err_and(|error| error.is_io() && error.offset() == Some(9)));
    std::os::unix::fs::FileExt::write_at(file, &[5, 0, 0, 0, 9], 9).unwrap();
    assert!(spill.iter().nth(1).unwrap().is_err_and(|error| error.is_encoding()));
    file.flush().unwrap();
    file.set_len(3).unwrap();
    assert!(spill.iter().next().unwrap().is_err_and(|error| error.is_io()));
}

#[test]
fn an_item_that_cannot_be_written_is_not_pushed() {
    struct Never;
    impl Serialize for Never {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("never"))
        }
    }
    let mut spill = Spill::new(100);
    assert!(spill.push(&Never).unwrap_err().is_encoding());
    assert_eq!((spill.len(), spill.memory_bytes()), (0, 0));
}

#[test]
fn spills_are_in_reports() {
    let find = || {
        crate::remedy::registry::reports()
            .into_iter()
            .find(|reclaimable| reclaimable.name == "memopt::Spill")
    };
    let mut spill = Spill::new(1 << 20);
    (0..1000).for_each(|n: u32| spill.push(&n).unwrap());
    let held = find().unwrap();
    assert_eq!(held.remedy, crate::report::Remedy::Stream);
    assert!(held.live >= 1 && held.high_water >= held.live && held.idle_bytes >= 5000, "{held:?}");
    let hits = held.hits;
    drop(spill);
    assert!(find().unwrap().hits >= hits + 1000);
}
