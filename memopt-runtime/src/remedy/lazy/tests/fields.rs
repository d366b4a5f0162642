//! Fields that may go: when they do, and what becomes of a load that fails.

use super::block_on;
use crate::remedy::lazy::idle::{self, Idle as _};
use crate::remedy::lazy::{Evictable, fields};
use crate::remedy::{Pressure, Reclaimable};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// Fields that may go are in one list: one test at a time counts what is in it.
static FIELDS: Mutex<()> = Mutex::new(());

#[test]
fn fields_go_when_nobody_holds_them() {
    const HOUR: u64 = 3_600_000;
    let _alone = FIELDS.lock();
    // More than are looked at after one load.
    let fields: Vec<Evictable<u64>> = (0..200).map(|_| Evictable::new()).collect();
    let get = |at: usize, idle: u64| fields[at].load_from(&at, |at| *at as u64, (idle, |_| 8));
    let loaded = || fields.iter().filter(|field| field.is_loaded()).count();
    let load_all = || (0..fields.len()).for_each(|at| assert_eq!(*get(at, HOUR), at as u64));
    load_all();
    assert_eq!((loaded(), fields[7].held_bytes()), (200, 8));

    // Idle: all but what is held, a part of them after each load.
    let held = get(5, HOUR);
    assert_eq!(fields::reclaimable().reclaim(Pressure::Low), 0, "an hour is not over");
    let later = idle::now() + HOUR;
    let looks = (0..1000).take_while(|_| {
        fields::reclaimable().expire(later);
        loaded() > 1
    });
    assert!(looks.count() < 999);
    assert!(fields[5].is_loaded());

    // Medium: the half of what nobody holds; critical: all of it.
    load_all();
    assert_eq!(fields::reclaimable().reclaim(Pressure::Medium), 100 * 8);
    assert_eq!(fields::reclaimable().reclaim(Pressure::Critical), 99 * 8);
    let report = fields::reclaimable().report();
    assert_eq!((loaded(), report.live, report.idle), (1, 1, 0));
    assert_eq!(*held, 5);

    // Let go while it is held: the handle has it still, and the next read loads.
    assert!(fields[5].unload() && !fields[5].unload());
    assert_eq!((*held, *get(5, 0), fields[5].clone().is_loaded()), (5, 5, false));
    drop((held, fields));
    assert_eq!(fields::reclaimable().reclaim(Pressure::Critical), 0);
}

#[test]
fn a_field_that_fails_or_panics_is_loaded_by_the_next() {
    let _alone = FIELDS.lock();
    let field = Evictable::<u8>::new();
    let keep: (u64, fn(&u8) -> usize) = (0, |_| 1);
    assert_eq!(field.try_load_from(&field, |_| Err("no"), keep).unwrap_err(), "no");
    assert!(
        catch_unwind(AssertUnwindSafe(|| field.load_from(&field, |_| panic!("no"), keep))).is_err()
    );
    assert!(
        block_on(field.try_load_from_async(&field, |_| async { Err::<u8, _>(1) }, keep)).is_err()
    );
    assert!(!field.is_loaded());
    assert_eq!(*block_on(field.load_from_async(&field, |_| async { 4 }, keep)), 4);
    assert_eq!(*field.load_from(&field, |_| unreachable!(), keep), 4);
}
