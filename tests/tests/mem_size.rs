//! Derived sizes, by hand and against what the allocator counted.
#![cfg(target_pointer_width = "64")]

use memopt::remedy::MemSize;
use memopt::remedy::mem_size::{ChangeKind, StructureReport, Walk, breakdown, layout_report};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[derive(MemSize)]
struct Doc {
    id: u8,
    title: String,
    words: Vec<(u32, u32)>,
    parent: Option<Rc<Doc>>,
}

#[derive(MemSize)]
#[expect(clippy::large_enum_variant, reason = "that is what the report is to say")]
enum Event {
    Tick,
    Key(char),
    Text { at: u32, text: String },
    Snapshot([u64; 32]),
}

fn doc(id: u8, parent: Option<Rc<Doc>>) -> Doc {
    let mut words = Vec::with_capacity(10);
    words.push((1, 2));
    Doc { id, title: String::from("title"), words, parent }
}

/// The bytes still held of what making the value allocated are its heap bytes.
#[track_caller]
fn same_as_counted<T: MemSize>(what: &str, make: impl FnOnce() -> T) {
    let recording = memopt::record(make);
    let counted = recording.report.total().live_bytes();
    let size = recording.value.mem_size();
    assert_eq!(i128::from(size.heap_bytes), i128::from(counted), "{what}: {size:?}");
}

#[test]
fn structs_by_hand() {
    let size = doc(1, None).mem_size();
    // A byte, two of three words, a pointer, and 7 bytes to fill up.
    assert_eq!((size.inline_bytes, size.padding_bytes), (64, 7));
    assert_eq!((size.heap_bytes, size.slack_bytes, size.blocks), (5 + 80, 72, 2));
    assert_eq!(size.total_bytes(), 64 + 85);

    let parent = Rc::new(doc(0, None));
    let two = [doc(1, Some(Rc::clone(&parent))), doc(2, Some(parent))].mem_size();
    assert_eq!(two.heap_bytes, 3 * 85 + 16 + 64);
    assert_eq!((two.padding_bytes, two.unused_bytes), (21, 0));
}

#[test]
fn fields_have_offsets_and_shares() {
    let parts = breakdown(&doc(1, Some(Rc::new(doc(0, None)))));
    assert!(parts.type_name.ends_with("::Doc"));
    let names: Vec<_> =
        parts.fields.iter().map(|field| (field.name.as_str(), field.ty.as_str())).collect();
    assert_eq!(
        names,
        [
            ("id", "u8"),
            ("title", "String"),
            ("words", "Vec<(u32, u32)>"),
            ("parent", "Option<Rc<Doc>>")
        ]
    );
    let mut places: Vec<_> = parts.fields.iter().map(|field| (field.offset, field.size)).collect();
    places.sort_unstable();
    assert!(places.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "{places:?}");
    let heap: Vec<_> =
        parts.fields.iter().map(|field| (field.heap_bytes, field.slack_bytes)).collect();
    assert_eq!(heap, [(0, 0), (5, 0), (80, 72), (16 + 64 + 85, 72)]);
    let text = parts.to_string();
    assert_eq!(text.lines().count(), 6, "{text}");

    let event = Event::Text { at: 7, text: String::from("abc") };
    let parts = breakdown(&event);
    assert_eq!((parts.variant.as_str(), parts.fields.len()), ("Text", 2));
    let Event::Text { at, text } = &event else { unreachable!() };
    let base = std::ptr::from_ref(&event).addr() as u64;
    assert_eq!(parts.fields[0].offset, std::ptr::from_ref(at).addr() as u64 - base);
    assert_eq!(parts.fields[1].offset, std::ptr::from_ref(text).addr() as u64 - base);
}

#[test]
fn enums_say_what_the_largest_variant_costs() {
    // 256 bytes and a tag of 8.
    assert_eq!(size_of::<Event>(), 264);
    assert_eq!(Event::Tick.mem_size().unused_bytes, 256);
    assert_eq!(Event::Key('x').mem_size().unused_bytes, 252);
    assert_eq!(Event::Snapshot([0; 32]).mem_size().unused_bytes, 0);
    let text = Event::Text { at: 1, text: "ab".into() }.mem_size();
    assert_eq!((text.unused_bytes, text.padding_bytes, text.heap_bytes), (256 - 32, 4, 2));
}

#[test]
fn what_std_holds_is_what_was_counted() {
    same_as_counted("vector", || vec![1u64; 1000]);
    same_as_counted("vector that grew", || (0..1000u16).filter(|n| n % 3 == 0).collect::<Vec<_>>());
    same_as_counted("strings", || (0..100).map(|n| n.to_string()).collect::<Vec<String>>());
    same_as_counted("ring", || (0..100u8).collect::<VecDeque<_>>());
    same_as_counted("list", || (0..100u8).collect::<LinkedList<_>>());
    same_as_counted("boxes", || vec![Box::<[u8]>::from([1, 2, 3]), Box::default()]);
    same_as_counted("shared", || {
        let text: Arc<str> = Arc::from("shared by many");
        (vec![Arc::clone(&text); 10], Rc::new(7u8), text)
    });
}

#[test]
fn hash_tables_are_what_was_counted() {
    for n in [0, 1, 3, 4, 7, 8, 14, 15, 28, 29, 100, 1000, 5000] {
        same_as_counted("u64 to u64", || (0..n).map(|k| (k, k)).collect::<HashMap<u64, u64>>());
        same_as_counted("u16 to u8", || {
            (0..n as u16).map(|k| (k, 0)).collect::<HashMap<u16, u8>>()
        });
        same_as_counted("strings", || {
            (0..n).map(|k| (k.to_string(), [k; 3])).collect::<HashMap<_, _>>()
        });
        same_as_counted("set", || (0..n as u32).collect::<HashSet<u32>>());
        same_as_counted("with room", || HashMap::<u32, [u8; 5]>::with_capacity(n as usize));
    }
    same_as_counted("bytes", || (0..200).collect::<HashSet<u8>>());
    same_as_counted("shrunk", || {
        let mut map: HashMap<u32, u32> = (0..1000).map(|k| (k, k)).collect();
        map.retain(|k, _| *k < 20);
        map.shrink_to_fit();
        map
    });
    let mut map: HashMap<u64, u64> = HashMap::with_capacity(100);
    map.insert(1, 1);
    let before = map.mem_size();
    map.shrink_to_fit();
    assert_eq!(before.heap_bytes - map.mem_size().heap_bytes, before.slack_bytes);
}

#[test]
fn trees_are_what_was_counted() {
    for n in [1, 5, 11, 12, 23, 100, 1000, 20_000u32] {
        same_as_counted("collected", || (0..n).map(|k| (k, k)).collect::<BTreeMap<_, _>>());
        same_as_counted("ascending", || {
            let mut map = BTreeMap::new();
            (0..n).for_each(|k| assert!(map.insert(k, [0u8; 3]).is_none()));
            map
        });
        same_as_counted("descending", || {
            let mut set = BTreeSet::new();
            (0..n).rev().for_each(|k| assert!(set.insert(u64::from(k))));
            set
        });
        same_as_counted("scattered, some removed", || {
            let mut map = BTreeMap::new();
            (0..n).for_each(|k| drop(map.insert(k.wrapping_mul(2_654_435_761), k.to_string())));
            map.retain(|k, _| k % 3 != 0 || *k == 0);
            map
        });
    }
}

#[test]
fn derived_values_are_what_was_counted() {
    same_as_counted("documents", || (0..50).map(|n| doc(n, None)).collect::<Vec<_>>());
    same_as_counted("family", || {
        let parent = Rc::new(doc(0, None));
        (1..20).map(|n| (n, doc(n, Some(Rc::clone(&parent))))).collect::<HashMap<u8, Doc>>()
    });
    same_as_counted("events", || {
        let text = |n: u32| Event::Text { at: n, text: "x".repeat(n as usize) };
        (0..30).map(text).chain([Event::Tick, Event::Key('a')]).collect::<VecDeque<_>>()
    });
}

fn foreign(value: &Foreign, walk: &mut Walk) {
    walk.buffer(value.0.capacity(), value.0.len());
}

struct Foreign(Vec<u8>);

trait Source {
    type Item;
}

struct Numbers;

impl Source for Numbers {
    type Item = String;
}

#[derive(MemSize)]
struct Everything<'a, S: Source, T, const N: usize> {
    items: [S::Item; N],
    one: T,
    name: &'a str,
    #[mem_size(with = foreign)]
    foreign: Foreign,
    #[mem_size(skip)]
    skipped: Vec<Numbers>,
    marker: PhantomData<S>,
}

#[derive(MemSize)]
struct Unit;

#[derive(MemSize)]
struct Pair(u8, Box<u32>);

#[derive(MemSize)]
enum Never {}

#[derive(MemSize)]
enum List<T> {
    End,
    More(T, Box<List<T>>),
}

#[test]
fn generics_and_arguments() {
    let value = Everything::<Numbers, _, 2> {
        items: ["a".into(), "bcd".into()],
        one: Pair(1, Box::new(2)),
        name: "static",
        foreign: Foreign(vec![0; 10]),
        skipped: vec![Numbers],
        marker: PhantomData,
    };
    let size = value.mem_size();
    assert_eq!((size.heap_bytes, size.blocks), (1 + 3 + 4 + 10, 4));
    assert_eq!(value.skipped.len() + value.foreign.0.len() + usize::from(value.one.0), 12);
    assert_eq!(value.name, "static");
    assert_eq!(Unit.mem_size().total_bytes(), 0);
    assert_eq!(Option::<Never>::None.mem_size().heap_bytes, 0);
    let list = List::More(1u8, Box::new(List::More(2, Box::new(List::End))));
    assert_eq!(list.mem_size().heap_bytes, 2 * size_of::<List<u8>>() as u64);
}

#[test]
fn the_report_says_what_to_change() {
    // 1000 values of 264 bytes, one a snapshot; 32 is what a text needs.
    let mut events: Vec<Event> =
        (0..999).map(|n| if n % 2 == 0 { Event::Tick } else { Event::Key('x') }).collect();
    events.push(Event::Snapshot([1; 32]));
    events.shrink_to_fit();
    let report = layout_report(&events);
    assert_eq!(report.changes.len(), 1, "{report}");
    let change = &report.changes[0];
    assert_eq!((change.kind, change.part.as_str()), (ChangeKind::BoxVariant, "Snapshot"));
    assert_eq!(change.saves_bytes, 1000 * (264 - 40) - 256);
    assert!(
        change.file.ends_with("mem_size.rs") && change.line == line_of("enum Event"),
        "{change:?}"
    );
    assert_eq!(
        change.evidence,
        "1 of 1,000 values are `Snapshot`, which needs 256 B; without it a value needs 40 B instead of 264 B"
    );
    let values: Vec<_> =
        report.types[0].variants.iter().map(|v| (v.name.as_str(), v.values)).collect();
    assert_eq!(values, [("Tick", 500), ("Key", 499), ("Text", 0), ("Snapshot", 1)]);

    // Where most are of the large variant a box saves nothing.
    let snapshots: Vec<Event> = (0..100).map(|_| Event::Snapshot([0; 32])).collect();
    assert!(layout_report(&snapshots).changes.is_empty());
}

fn line_of(text: &str) -> u32 {
    include_str!("mem_size.rs").lines().position(|line| line.contains(text)).unwrap() as u32 + 1
}

#[derive(MemSize)]
struct Row {
    label: String,
    cells: Vec<u64>,
}

#[test]
fn spare_room_and_needless_capacities_are_told_apart() {
    let row = |n: usize| {
        let mut cells = Vec::with_capacity(16);
        cells.extend([n as u64; 4]);
        Row { label: "a".repeat(20), cells }
    };
    let rows: Box<[Row]> = (0..100).map(row).collect();
    let report = layout_report(&rows);
    // In each row: 48 bytes in place, 20 of text, 128 of cells, of which 96 are spare; 8 are the
    // label's capacity.
    assert_eq!(report.size.total_bytes(), 16 + 100 * (48 + 20 + 128));
    assert_eq!(report.changes.len(), 1, "{report}");
    let change = &report.changes[0];
    assert_eq!(
        (change.kind, change.part.as_str(), change.saves_bytes),
        (ChangeKind::ShrinkToFit, "cells", 9600)
    );
    assert!(change.help.ends_with("what never grows again can be `Box<[T]>`"), "{change:?}");

    let rows: Box<[Row]> =
        (0..100).map(|_| Row { label: "abc".into(), cells: vec![1, 2] }).collect();
    let report = layout_report(&rows);
    // 48 + 3 + 16 bytes a row; two capacities of 8.
    let fixed: Vec<_> =
        report.changes.iter().map(|c| (c.kind, c.part.as_str(), c.saves_bytes)).collect();
    assert_eq!(
        fixed,
        [(ChangeKind::FixedSize, "label", 800), (ChangeKind::FixedSize, "cells", 800)]
    );

    #[derive(MemSize)]
    struct Flag {
        on: bool,
        at: u64,
    }
    let flags: Box<[Flag]> = (0..100).map(|at| Flag { on: at % 2 == 0, at }).collect();
    let report = layout_report(&flags);
    assert_eq!(report.changes.len(), 1);
    assert_eq!((report.changes[0].kind, report.changes[0].saves_bytes), (ChangeKind::Padding, 700));
    assert!(flags.iter().all(|flag| flag.on == (flag.at % 2 == 0)));
}

#[test]
fn the_report_fits_and_survives_json() {
    let rows: Vec<(Row, Event)> = (0..50)
        .map(|_| {
            (Row { label: String::with_capacity(500), cells: Vec::with_capacity(100) }, Event::Tick)
        })
        .collect();
    let report = layout_report(&rows);
    assert!(report.changes.len() >= 3);
    assert!(report.changes.is_sorted_by(|a, b| a.saves_bytes >= b.saves_bytes));
    let text = report.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<StructureReport>(&json).unwrap(), report);
}

#[test]
fn a_walk_does_not_show_in_the_figures() {
    let rows: Vec<Arc<String>> = (0..100).map(|n| Arc::new(n.to_string())).collect();
    let recording = memopt::record(|| {
        let report = layout_report(&rows);
        (rows.mem_size().blocks, report.size.blocks)
    });
    assert_eq!(recording.value, (201, 201));
    assert_eq!(recording.report.total().allocs, 0);
}
