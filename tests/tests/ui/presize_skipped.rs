struct Reader;

#[memopt::track_alloc]
impl Reader {
    #[track_alloc(skip)]
    fn read(&self) -> Vec<u8> {
        #[presize]
        let mut rows = Vec::new();
        rows.push(1);
        rows
    }
}

fn main() {
    Reader.read();
}
