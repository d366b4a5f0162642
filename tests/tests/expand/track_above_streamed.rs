#[memopt::track_alloc(name = "rows", budget(allocs <= 3, bytes <= "1 KiB"), no_apply)]
#[streamed]
fn rows(n: u32) -> Vec<u32> {
    let mut out = Vec::new();
    out.extend(0..n);
    out
}
