struct Parser;

#[memopt::track_alloc]
impl Parser {
    #[track_alloc(skip = true)]
    fn parse(&self) {}
}

fn main() {
    Parser.parse();
}
