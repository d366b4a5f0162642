//! Reports as CSV, by RFC 4180, for spreadsheets and data frames: `sites`, `heap`.

mod heap;
mod sites;

fn optional(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// A spreadsheet takes what begins with one of these for a formula; a name that does gets `'` in
/// front, as a spreadsheet itself would have it.
fn plain(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        let cell = plain(cell);
        if cell.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn no_name_is_a_formula() {
        let mut out = String::new();
        let cells = ["=1+1", "@sum", "-x,y", "-5", "+1e3", "a=b", ""];
        line(&mut out, cells.into_iter().map(str::to_owned));
        assert_eq!(out, "'=1+1,'@sum,\"'-x,y\",-5,+1e3,a=b,\r\n");
    }
}
