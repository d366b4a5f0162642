trait Parse {
    #[memopt::pooled]
    fn parse(&self) -> usize;
}

fn main() {
    let _: Option<&dyn Parse> = None;
}
