//! Arena, compression and sizes, small enough for Miri, with and without `track`.

use memopt::remedy::{Arena, Compressed, MemSize};
use memopt_runtime::remedy::arena::{ArenaBox, ArenaVec};
use memopt_runtime::remedy::compressed::{Outcome, tick};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn an_arena_serves_collections_and_is_used_again() {
    let rc = Rc::new(());
    let mut arena = Arena::with_capacity(64);
    for round in 0..3u32 {
        let mut list = ArenaVec::new_in(&arena);
        list.extend((0..40).map(|n| (n + round, Rc::clone(&rc))));
        let boxed = ArenaBox::new_in(Rc::clone(&rc), &arena);
        let mut map = hashbrown::HashMap::new_in(&arena);
        for n in 0..20u8 {
            map.insert(n, arena.alloc_str("text"));
        }
        assert_eq!((list[39].0, Rc::strong_count(&boxed)), (39 + round, 42));
        assert!(map.values().all(|text| **text == *"text"));
        drop((list, boxed, map));
        assert_eq!(Rc::strong_count(&rc), 1);
        arena.reset();
    }
}

#[test]
fn values_are_compressed_and_read_by_several_threads() {
    let held = Compressed::new("abc".repeat(200)).cold_after(Duration::ZERO);
    assert!(matches!(held.compress_now(), Ok(Outcome::Compressed { .. })));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(held.get().unwrap().len(), 600);
                    tick();
                }
            });
        }
    });
    assert_eq!(held.into_inner().unwrap(), "abc".repeat(200));
}

#[derive(MemSize)]
enum Node {
    Leaf(u8),
    Inner(Vec<Node>, Rc<String>),
}

#[test]
fn sizes_are_walked_by_address() {
    let name = Rc::new(String::from("name"));
    let leaf = || Node::Inner(vec![Node::Leaf(1), Node::Leaf(2)], Rc::clone(&name));
    let inner = Node::Inner(vec![leaf(), leaf()], Rc::clone(&name));
    let shared = 2 * size_of::<usize>() + size_of::<String>() + 4;
    assert_eq!(inner.mem_size().heap_bytes, (6 * size_of::<Node>() + shared) as u64);
    assert!(matches!(&inner, Node::Inner(nodes, _) if matches!(nodes[0], Node::Inner(..))));
    let Node::Leaf(n) = Node::Leaf(7) else { unreachable!() };
    assert_eq!(n, 7);
    let tree: BTreeMap<u8, u8> = (0..12).map(|n| (n, n)).collect();
    assert_eq!(tree.mem_size().blocks, 3);
    let table: HashMap<u64, u64> = HashMap::with_capacity(3);
    assert!(table.mem_size().heap_bytes >= 4 * 17);
}
