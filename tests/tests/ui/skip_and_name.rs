struct Parser;

#[memopt::track_alloc]
impl Parser {
    #[track_alloc(skip, name = "parse")]
    fn parse(&self) {}
}

fn main() {
    Parser.parse();
}
