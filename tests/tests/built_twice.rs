//! An annotated library is a dependency of these tests, with tracking on, and of their build
//! script, with tracking off: cargo builds the attributes once for both.

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

#[test]
fn the_program_counts_what_the_build_script_does_not() {
    let recording = memopt::record(|| memopt_annotated::words("one two three"));
    assert_eq!(recording.value.len(), 3);
    let site = recording.report.site("annotated words").expect("its function was measured");
    assert_eq!(site.calls, 1);
    assert!(site.own.allocs >= 3, "a block a word: {site:?}");
}
