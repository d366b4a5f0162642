//! What finds no room: recursion deeper than the frames, sites past the cap of memory.
//!
//! One test, as the cap is the process's.

use memopt_runtime::report::SiteKind;
use memopt_runtime::{Alloc, memory_used, record, report, scope, set_record_limit};
use std::hint::black_box;
use std::thread;

#[global_allocator]
static ALLOC: Alloc = Alloc::system();

fn touch(size: usize) {
    drop(black_box(Vec::<u8>::with_capacity(size)));
}

fn descend(depth: u32) {
    let _scope = scope!("descends");
    touch(10);
    if depth > 1 {
        descend(depth - 1);
    }
    touch(20);
}

fn deep_recursion() {
    const DEPTH: u32 = 100_000;
    let work = || {
        let recording = record(|| {
            descend(DEPTH);
            // Back at the top, everything works as before.
            descend(2);
        });
        let total = recording.report.total();
        let calls = u64::from(DEPTH) + 2;
        assert_eq!((total.allocs, total.bytes), (2 * calls, 30 * calls));
        let [site] = recording.report.sites() else { panic!("one site") };
        // Calls past the array of frames go with the call around them; no byte is lost.
        assert_eq!((site.own.allocs, site.own.bytes), (2 * calls, 30 * calls));
        assert!(site.calls > 10_000 && site.calls <= calls, "{} calls", site.calls);
        assert_eq!(site.calls - site.recursive_calls, 2);
        assert_eq!((site.bytes.count(), site.bytes.max(), site.open), (2, 3_000_000, 0));
        assert_eq!(site.peak.max(), 20);
    };
    thread::Builder::new().stack_size(256 << 20).spawn(work).unwrap().join().unwrap();
}

/// 64 sites, each entered below each other one: more nodes than the cap leaves room for.
macro_rules! sites {
    ($($name:literal)*) => { [$({
        fn enter(below: &mut dyn FnMut()) {
            let _scope = scope!($name);
            touch(10);
            below();
        }
        enter as fn(&mut dyn FnMut())
    }),*] };
}

fn past_the_cap() {
    let sites = sites!(
        "c00" "c01" "c02" "c03" "c04" "c05" "c06" "c07" "c08" "c09" "c10" "c11" "c12" "c13" "c14" "c15"
        "c16" "c17" "c18" "c19" "c20" "c21" "c22" "c23" "c24" "c25" "c26" "c27" "c28" "c29" "c30" "c31"
        "c32" "c33" "c34" "c35" "c36" "c37" "c38" "c39" "c40" "c41" "c42" "c43" "c44" "c45" "c46" "c47"
        "c48" "c49" "c50" "c51" "c52" "c53" "c54" "c55" "c56" "c57" "c58" "c59" "c60" "c61" "c62" "c63"
    );
    let used = memory_used();
    let limit = used + (64 << 10);
    set_record_limit(limit);
    for outer in sites {
        for inner in sites {
            outer(&mut || inner(&mut || touch(5)));
        }
    }
    // What crosses between nodes that are there (72 bytes each) is kept on top.
    assert!(memory_used() <= limit + (16 << 10), "{} of {limit} bytes are in use", memory_used());
    let report = report();
    let mut of_sites = [0; 3];
    let mut missing = 0;
    for site in report.sites() {
        let named = site.name.rsplit("::").next().unwrap().starts_with('c');
        if site.kind == SiteKind::Other || (named && site.kind == SiteKind::Block) {
            of_sites[0] += site.calls;
            of_sites[1] += site.own.allocs;
            of_sites[2] += site.own.bytes;
            missing += u64::from(site.kind == SiteKind::Other) * site.calls;
        }
    }
    // 64 × 64 pairs: two calls and three blocks of 10 + 10 + 5 bytes each.
    assert_eq!(of_sites, [8192, 12_288, 64 * 64 * 25]);
    let other =
        report.sites().iter().find(|s| s.kind == SiteKind::Other).expect("the rest has a place");
    assert_eq!(other.name, "other");
    assert!(missing > 1000 && other.own.allocs >= missing, "{missing} calls, {:?}", other.own);
    assert!(report.to_string().contains("other"), "{report}");
    set_record_limit(64 << 20);
    // With room again, new sites have records of their own.
    let calls = other.calls;
    {
        let _scope = scope!("after the cap was raised");
        touch(9);
    }
    let report = memopt_runtime::report();
    let site =
        report.sites().iter().find(|s| s.name.ends_with("after the cap was raised")).unwrap();
    assert_eq!((site.calls, site.own.bytes), (1, 9));
    assert_eq!(report.sites().iter().find(|s| s.kind == SiteKind::Other).unwrap().calls, calls);
}

#[test]
fn what_finds_no_room_is_counted_all_the_same() {
    deep_recursion();
    past_the_cap();
}
