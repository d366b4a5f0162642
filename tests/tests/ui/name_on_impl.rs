struct Parser;

#[memopt::track_alloc(name = "parser")]
impl Parser {
    fn parse(&self) {}
}

fn main() {
    Parser.parse();
}
