#[derive(memopt::remedy::Pooled)]
enum Message {
    Text(String),
    Empty,
}

fn main() {
    let _ = [Message::Text(String::new()), Message::Empty];
}
