#[memopt::track_alloc]
fn typing(line: &str) -> u8 {
    let x = line.
    if x > {
}
