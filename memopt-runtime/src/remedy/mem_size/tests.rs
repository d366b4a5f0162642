#![cfg(target_pointer_width = "64")]

use super::{MemSize, Walk};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, RwLock};

/// Inline, heap, slack bytes and blocks.
fn size(value: &impl MemSize) -> (u64, u64, u64, u64) {
    let size = value.mem_size();
    (size.inline_bytes, size.heap_bytes, size.slack_bytes, size.blocks)
}

fn roomy<T>(capacity: usize, values: Vec<T>) -> Vec<T> {
    let mut vec = Vec::with_capacity(capacity);
    vec.extend(values);
    vec
}

#[test]
fn one_block_each() {
    assert_eq!(size(&7u32), (4, 0, 0, 0));
    assert_eq!(size(&Box::new(7u32)), (8, 4, 0, 1));
    assert_eq!(size(&Box::new(())), (8, 0, 0, 0));
    assert_eq!(size(&Box::<str>::from("four")), (16, 4, 0, 1));
    assert_eq!(size(&Box::<[u16]>::from([1, 2, 3])), (16, 6, 0, 1));
    assert_eq!(size(&roomy(10, vec![1u64, 2])), (24, 80, 64, 1));
    assert_eq!(size(&Vec::<u64>::new()), (24, 0, 0, 0));
    assert_eq!(size(&String::from("abc")), (24, 3, 0, 1));
    assert_eq!(size(&VecDeque::<u32>::with_capacity(4)), (32, 16, 16, 1));
    assert_eq!(size(&BinaryHeap::from(vec![1u8, 2])), (24, 2, 0, 1));
    assert_eq!(size(&CString::new("ab").unwrap()), (16, 3, 0, 1));
    assert_eq!(size(&PathBuf::from("/tmp")), (24, 4, 0, 1));
    assert_eq!(size(&OsString::from("x")), (24, 1, 0, 1));
    assert_eq!(size(&LinkedList::from([1u64, 2])), (24, 48, 0, 2));
}

#[test]
fn what_lies_inside_is_counted_too() {
    assert_eq!(size(&vec![String::from("ab"), String::new()]), (24, 48 + 2, 0, 2));
    assert_eq!(size(&[Some(Box::new(1u8)), None]), (16, 1, 0, 1));
    assert_eq!(size(&(String::from("a"), vec![1u16])), (48, 3, 0, 2));
    assert_eq!(size(&Ok::<String, ()>("abcd".into())), (24, 4, 0, 1));
    assert_eq!(size(&(0..Box::new(1u8).len_hint())), (16, 0, 0, 0));
    assert_eq!(size(&Cow::<str>::Owned("abcde".into())), (24, 5, 0, 1));
    assert_eq!(size(&Cow::Borrowed("abcde")), (24, 0, 0, 0));
    let text = String::from("not mine");
    assert_eq!(size(&&text), (8, 0, 0, 0));
    assert_eq!(size(&RefCell::new(vec![1u8])), (32, 1, 0, 1));
    assert_eq!(size(&Cell::new(1u8)), (1, 0, 0, 0));
    assert_eq!(size(&Box::new(Mutex::new(vec![1u8, 2]))).1, size_of::<Mutex<Vec<u8>>>() as u64 + 2);
    assert_eq!(size(&RwLock::new(String::from("abc"))).1, 3);
    let (once, lock) = (OnceCell::new(), OnceLock::<String>::new());
    once.set(Box::new(1u32)).unwrap();
    assert_eq!((size(&once).1, size(&lock).1), (4, 0));
}

trait Hint {
    fn len_hint(&self) -> usize;
}

impl Hint for Box<u8> {
    fn len_hint(&self) -> usize {
        usize::from(**self)
    }
}

#[test]
fn tuples_have_padding() {
    assert_eq!((1u8, 2u32).mem_size().padding_bytes, 3);
    assert_eq!(vec![(1u8, 2u32); 10].mem_size().padding_bytes, 30);
    assert_eq!((1u32, 2u32).mem_size().padding_bytes, 0);
}

#[test]
fn what_is_shared_is_counted_once() {
    // Two counts and the value.
    let shared = Rc::new(7u64);
    assert_eq!(size(&shared), (8, 24, 0, 1));
    assert_eq!(size(&[Rc::clone(&shared), Rc::clone(&shared)]), (16, 24, 0, 1));
    assert_eq!(size(&[Rc::new(1u8), Rc::new(1u8)]), (16, 48, 0, 2));
    assert_eq!(size(&Arc::<str>::from("hello")), (16, 24, 0, 1));
    let text = Arc::new(String::from("abc"));
    assert_eq!(size(&vec![Arc::clone(&text), text]), (24, 16 + 40 + 3, 0, 3));
    let buffer = Rc::new(vec![1u8; 100]);
    assert_eq!(size(&(Rc::clone(&buffer), Rc::downgrade(&buffer))), (16, 40 + 100, 0, 2));
    let dead = Rc::downgrade(&buffer);
    assert_eq!(size(&dead), (8, 0, 0, 0));
    drop(buffer);
    assert_eq!(size(&dead), (8, 40, 0, 1));
    assert_eq!(size(&[dead.clone(), dead]), (16, 40, 0, 1));
    assert_eq!(size(&std::sync::Weak::<u8>::new()), (8, 0, 0, 0));
}

#[test]
fn what_is_locked_is_said() {
    let value = Mutex::new(vec![1u8; 9]);
    let cell = RefCell::new(vec![1u8; 9]);
    let guard = value.lock().unwrap();
    let borrow = cell.borrow_mut();
    assert_eq!(value.mem_size().unseen, 1);
    assert_eq!(cell.mem_size().unseen, 1);
    assert_eq!(value.mem_size().heap_bytes, 0);
    drop((guard, borrow));
    assert_eq!(value.mem_size().heap_bytes, 9);
    let shared = Arc::new(value);
    let other = Arc::clone(&shared);
    std::thread::spawn(move || {
        let _guard = other.lock().unwrap();
        panic!("poisons it");
    })
    .join()
    .unwrap_err();
    assert_eq!(shared.mem_size().unseen, 0);
}

#[test]
fn nodes_of_trees() {
    // Parent, 11 keys of 8 bytes, 11 values of 1 byte, index and length.
    let leaf = (8 + 88 + 11 + 4u64).next_multiple_of(8);
    let small: BTreeMap<u64, u8> = (0..11).map(|n| (n, 0)).collect();
    assert_eq!(size(&small), (24, leaf, 0, 1));
    // Two leaves under a root of 12 edges.
    let two: BTreeMap<u64, u8> = (0..12).map(|n| (n, 0)).collect();
    assert_eq!(size(&two), (24, 3 * leaf + 96, 0, 3));
    assert_eq!(size(&BTreeSet::<u8>::new()), (24, 0, 0, 0));
    assert_eq!(size(&BTreeSet::from([()])).3, 1);
    let deep: BTreeMap<u32, String> = (0..1000).map(|n| (n, "ab".to_owned())).collect();
    assert!(size(&deep).3 > 1000 + 1000 / 12, "{:?}", size(&deep));
}

/// By hand: what a block is and what lies in it.
struct Manual(Box<dyn Fn() -> u8>, Vec<u8>);

impl MemSize for Manual {
    fn walk(&self, walk: &mut Walk) {
        walk.block(size_of_val(&*self.0));
        self.1.walk(walk);
    }
}

/// Trait objects can be walked too.
trait Shape: MemSize {}
impl Shape for String {}

#[test]
fn written_by_hand_and_behind_a_trait() {
    let captured = [7u8; 5];
    let value = Manual(Box::new(move || captured[0]), vec![1; 6]);
    assert_eq!((value.0)(), 7);
    assert_eq!(size(&value), (40, 5 + 6, 0, 2));
    let shape: Box<dyn Shape> = Box::new(String::from("abc"));
    assert_eq!(size(&shape), (16, 24 + 3, 0, 2));
}

#[test]
fn a_report_of_std_types_names_the_spare_room() {
    let report = super::layout_report(&roomy(100, vec![1u64; 10]));
    assert_eq!(report.changes.len(), 1);
    assert_eq!(
        (report.changes[0].saves_bytes, report.changes[0].kind),
        (720, super::ChangeKind::ShrinkToFit)
    );
    assert_eq!(
        report.to_string(),
        "824 B: 0 values of 0 derived types, 1 block on the heap\n\
         spare room 87 %, padding 0 %, unused in variants 0 %\n\n\
         1. alloc::vec::Vec<u64>: 720 B, 87 %\n   \
         720 B of 800 B in 1 collection are spare room\n   \
         call `shrink_to_fit()` once it is filled, or ask for the right capacity"
    );
    assert!(super::layout_report(&vec![1u64; 10]).changes.is_empty());
}
