#[memopt::streamed]
fn f() -> Result<Vec<u8>, u8> {
    let mut out = Vec::new();
    out.push(2);
    if out.is_empty() {
        return Ok(out);
    }
    let kept = Some(out);
    Ok(kept.unwrap_or_default())
}

fn main() {
    drop(f());
}
