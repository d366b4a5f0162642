//! A snapshot that nobody resolved has the names of functions wherever it is printed or exported;
//! in a binary without symbols it has addresses that the unstripped file has names for.
#![cfg(all(
    feature = "track",
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(miri)
))]

use memopt_runtime::report::{CallPath, HeapReport, HeapWeight, Line, StackFrame};
use memopt_runtime::{Alloc, heap};
use std::hint::black_box;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

/// Bytes of a block that no other part of the test asks for.
const SIZE: usize = 123_457;

/// One test at a time: what is in use is the process's.
fn one() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline(never)]
fn makes_a_block() -> Vec<u8> {
    black_box(Vec::with_capacity(black_box(SIZE)))
}

#[inline(never)]
fn grows_a_block() -> Vec<u8> {
    let mut block = black_box(Vec::<u8>::with_capacity(8));
    block.reserve_exact(black_box(SIZE + 1));
    black_box(block)
}

fn of_size(heap: &HeapReport, size: usize) -> &CallPath {
    let is_it = |call_path: &&CallPath| call_path.live.bytes == size as u64;
    heap.call_paths.iter().find(is_it).expect("the block is in use")
}

#[test]
fn an_unresolved_snapshot_has_names_in_every_text() {
    let _one = one();
    heap::start_exact_with_stacks().unwrap();
    let block = makes_a_block();
    let heap = heap::snapshot();
    heap::stop();
    assert!(heap.frames.iter().all(|frame| frame.lines.is_empty()));
    let mut pprof = Vec::new();
    heap.write_pprof(&mut pprof).unwrap();
    let texts = [
        ("text", heap.to_string()),
        ("csv", heap.to_csv()),
        ("folded", heap.to_folded(HeapWeight::Live)),
        ("dhat", heap.to_dhat()),
        ("speedscope", heap.to_speedscope()),
        ("json", heap.to_json()),
    ];
    for (form, text) in &texts {
        assert!(text.contains("makes_a_block"), "{form}: {text}");
    }
    assert!(!texts[0].1.contains("addr2line"), "all have names: {}", texts[0].1);
    // Read elsewhere, the names are there.
    let read = HeapReport::from_json(&texts[5].1).unwrap();
    let first = read.lines(of_size(&read, SIZE)).next().map(|line| line.function.clone());
    assert_eq!(first.as_deref(), Some("heap_names::makes_a_block"));
    drop(block);
}

#[test]
fn no_frame_is_of_memopt_itself() {
    let _one = one();
    heap::start_exact_with_stacks().unwrap();
    let blocks = (makes_a_block(), grows_a_block());
    let mut heap = heap::snapshot();
    heap::stop();
    heap::resolve(&mut heap);
    for (size, maker) in [(SIZE, "makes_a_block"), (SIZE + 1, "grows_a_block")] {
        let lines: Vec<&Line> = of_size(&heap, size)
            .stack
            .iter()
            .flat_map(|&frame| &heap.frames[frame as usize].lines)
            .collect();
        let at = lines.iter().position(|line| line.function.ends_with(maker)).unwrap();
        // In a build that is not optimised the hook's first functions do not jump; beyond that
        // stacks begin where the allocator was called.
        let ours = |line: &&&Line| {
            line.function.contains("capture") || line.file.contains("memopt-runtime/src/heap")
        };
        assert_eq!(lines[..at].iter().find(ours), None, "{lines:#?}");
    }
    drop(blocks);
}

/// Run by the next test, in a copy of this program that has no symbols.
#[test]
fn prints_where_a_block_was_made() {
    if std::env::var_os("MEMOPT_TEST_STRIPPED").is_none() {
        return;
    }
    heap::start_exact_with_stacks().unwrap();
    let block = makes_a_block();
    let heap = heap::snapshot();
    heap::stop();
    let mut only = heap.clone();
    only.call_paths.retain(|call_path| call_path.live.bytes == SIZE as u64);
    println!("FOLDED {}", only.to_folded(HeapWeight::Live));
    println!("{only}");
    drop(block);
}

/// A copy of this program without its table of sections, and with it symbols and lines.
fn stripped(folder: &std::path::Path) -> std::path::PathBuf {
    let own = std::env::current_exe().unwrap();
    let mut bytes = std::fs::read(&own).unwrap();
    // Of a 64-bit ELF file's header: where the table is, how many it has, which one has the names.
    bytes[0x28..0x30].fill(0);
    bytes[0x3C..0x40].fill(0);
    let copy = folder.join("stripped-program");
    std::fs::write(&copy, bytes).unwrap();
    std::fs::set_permissions(&copy, std::fs::metadata(&own).unwrap().permissions()).unwrap();
    copy
}

#[test]
fn addresses_without_symbols_are_those_of_the_file() {
    let _one = one();
    // Not among temporary files, where the system may forbid programs.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = stripped(folder.path());
    let output = Command::new(&program)
        .args(["--exact", "prints_where_a_block_was_made", "--nocapture"])
        .env("MEMOPT_TEST_STRIPPED", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let stacks = text.lines().find_map(|line| line.split_once("FOLDED ")).expect("a line").1;
    // How to get names, with the file and an address.
    let advice = text.lines().find(|line| line.contains("addr2line")).unwrap_or_else(|| {
        panic!("nothing says how to get names: {text}");
    });
    let command = format!("  addr2line -Cfie {} 0x", program.display());
    assert!(advice.starts_with(&command), "{advice}");
    // This program is the same but for the symbols: its names for these addresses.
    let mut heap = HeapReport::default();
    heap::resolve(&mut heap);
    let bias = heap.modules[0].bias.unwrap();
    let (path, _bytes) = stacks.rsplit_once(' ').unwrap();
    let frame = |call: &str| {
        let address = call.strip_prefix("stripped-program+0x")?;
        let address = u64::from_str_radix(address, 16).unwrap();
        Some(StackFrame::new(address + bias, Vec::new()))
    };
    heap.frames = path.split(';').filter_map(frame).collect();
    assert!(heap.frames.len() > 2, "{stacks}");
    heap::resolve(&mut heap);
    let has = |name: &str| {
        heap.frames
            .iter()
            .position(|frame| frame.lines.iter().any(|line| line.function.ends_with(name)))
            .unwrap_or_else(|| panic!("`{name}` is not in {:#?}", heap.frames))
    };
    // Outermost first.
    assert!(has("prints_where_a_block_was_made") < has("makes_a_block"));
    let ours = |line: &Line| line.file.contains("memopt-runtime/src/heap");
    let ours = heap.frames.iter().flat_map(|frame| &frame.lines).find(|line| ours(line));
    assert_eq!(ours, None);
}
