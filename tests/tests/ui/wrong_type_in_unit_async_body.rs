#[memopt::track_alloc]
async fn parse() {
    "one"
}

fn main() {
    drop(parse());
}
