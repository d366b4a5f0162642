use memopt_runtime::*;
#[global_allocator] static A: Alloc = Alloc::system();
fn leaf(n: usize) { let _s = scope!("leaf"); for _ in 0..n { std::hint::black_box(vec![0u8; 100]); } }
fn outer() -> Vec<u8> { let _s = scope!("outer"); leaf(3); leaf(5); let mut v = Vec::new(); for i in 0..1000 { v.push(i as u8) } v }
#[test] fn slice() {
    let r = record(|| outer());
    println!("{:#?}", r.report);
    let leaf = r.report.site("leaf").unwrap();
    assert_eq!((leaf.calls, leaf.bytes.total(), leaf.allocs.max()), (2, 800, 5));
    let p = report();
    println!("{:#?}", p);
}
