struct Parser;

#[memopt::track_alloc(skip)]
impl Parser {
    fn parse(&self) {}
}

fn main() {
    Parser.parse();
}
