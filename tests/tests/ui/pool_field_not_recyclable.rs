#[derive(memopt::remedy::Pooled)]
struct Frame {
    body: Vec<u8>,
    state: State,
}

#[derive(Default)]
struct State;

fn main() {
    let _ = Frame { body: Vec::new(), state: State };
}
