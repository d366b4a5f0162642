struct Parser;

#[memopt::track_alloc]
impl Parser {
    #[track_alloc(name = "limit")]
    const fn limit(&self) -> u8 {
        0
    }
}

fn main() {
    Parser.limit();
}
