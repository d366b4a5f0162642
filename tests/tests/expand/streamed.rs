#[memopt::streamed]
pub fn rows(path: &Path) -> io::Result<Vec<Row>> {
    use std::io::BufRead;
    let mut out = Vec::with_capacity(100);
    for line in BufReader::new(File::open(path)?).lines() {
        match parse(&line?) {
            Some(row) => {
                out.push(row);
            }
            None => return Ok(out),
        }
    }
    Ok(out)
}
