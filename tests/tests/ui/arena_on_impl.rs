struct Parser;

#[memopt::arena]
impl Parser {
    fn parse(&self) {}
}

fn main() {
    Parser.parse();
}
