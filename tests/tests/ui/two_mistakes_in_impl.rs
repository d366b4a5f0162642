struct Parser;

#[memopt::track_alloc]
impl Parser {
    #[track_alloc(nmae = "parse")]
    fn parse(&self) {}

    #[track_alloc(budget(alocs <= 3))]
    fn read(&self) {}

    #[track_alloc(skip)]
    fn fine(&self) {}
}

fn main() {
    Parser.parse();
    Parser.read();
    Parser.fine();
}
