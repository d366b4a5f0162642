//! Texts that are made to be appended.

fn report(rows: &[(String, u32)]) -> String {
    let mut out = String::with_capacity(1 << 20);
    for (name, count) in rows {
        out.push_str(&format!("{name}: {count}\n"));
    }
    out
}

fn main() {
    let rows: Vec<(String, u32)> = (0..20_000).map(|n| (format!("row {n}"), n)).collect();
    let mut length = 0;
    for _ in 0..5 {
        length += report(&rows).len();
    }
    println!("{length}");
}

#[test]
fn rows_are_lines() {
    assert_eq!(report(&[("a".to_owned(), 7)]), "a: 7\n");
}
