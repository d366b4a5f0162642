#[memopt::track_alloc]
fn rows(lines: &str) -> Option<Vec<u64>> {
    #[presize]
    let mut rows = Vec::new();
    for line in lines.lines() {
        #[presize(percentile = 90, max_waste = 30)]
        let mut text: String = String::with_capacity(line.len());
        text.push_str(line);
        if text.is_empty() {
            return Some(rows);
        }
        rows.push(text.len() as u64);
    }
    if rows.is_empty() {
        return None;
    }
    Some(rows)
}
