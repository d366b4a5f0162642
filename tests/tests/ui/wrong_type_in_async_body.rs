#[memopt::track_alloc]
async fn parse(empty: bool) -> Option<u8> {
    if empty {
        return None;
    }
    "one"
}

fn main() {
    drop(parse(true));
}
