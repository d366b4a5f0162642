#[memopt::track_alloc]
impl Parser {
    fn new() -> Self {
        Self { lines: Vec::new(), at: 0 }
    }

    fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn inlined(&self) -> String {
        self.line(0)
    }

    #[track_alloc(name = "lines")]
    fn len(&self) -> usize {
        self.lines.len()
    }
}
