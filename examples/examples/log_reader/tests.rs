//! Both versions, on files with every kind of line.

use crate::summary::{First, fields};
use crate::{lean, whole};
use memopt_examples::files::Files;
use memopt_examples::input::named;
use std::{env, fs, process};

#[test]
fn fields_are_what_stands_between_separators() {
    assert_eq!(fields("a, b;;c\td").collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(fields(" ,;").count(), 0);
}

#[test]
fn both_versions_count_the_same_and_name_what_they_skip() {
    let folder = env::temp_dir().join(format!("memopt-log-reader-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), "id,name\r\n1,ä\n\n1,last").unwrap();
    fs::write(folder.join("b.log"), b"ok one\nno\xfftext\nok two\n\xff").unwrap();
    let mut files = Files::below(&named(std::slice::from_ref(&folder)), |_| true);
    files.list.push(files.list[0].clone());
    files.list[2].path = folder.join("gone");
    let (whole, lean) = (whole::summarise(&files.list), lean::summarise(&files.list));
    fs::remove_dir_all(&folder).unwrap();

    assert_eq!(whole, lean);
    assert_eq!((lean.rows, lean.fields, lean.bytes), (6, 10, 7 + 4 + 6 + 6 + 6));
    assert_eq!(lean.firsts["csv:1"], First { rows: 2, bytes: 10 });
    assert_eq!(lean.top(1), [("csv:1", First { rows: 2, bytes: 10 })]);
    assert!(lean.skipped[0].ends_with("b.log: not UTF-8 at byte 9"), "{:?}", lean.skipped);
    assert!(lean.skipped[1].ends_with("b.log: not UTF-8 at byte 22"), "{:?}", lean.skipped);
    assert_eq!(lean.skipped.len(), 3); // and the file that is gone
}

#[test]
fn rows_that_are_used_again_cost_no_blocks() {
    let folder = env::temp_dir().join(format!("memopt-log-rows-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.log"), "2026 warn disk full\n".repeat(1000)).unwrap();
    let files = Files::below(&named(std::slice::from_ref(&folder)), |_| true);
    let whole = memopt::record(|| whole::summarise(&files.list));
    let lean = memopt::record(|| lean::summarise(&files.list));
    fs::remove_dir_all(&folder).unwrap();

    assert_eq!(whole.value, lean.value);
    // A line, its kind, four fields and their list, and the name: 8 a row. Of the lean one a
    // handful in all.
    assert!(whole.report.total().allocs >= 8000, "{:?}", whole.report.total());
    assert!(lean.report.total().allocs < 100, "{:?}", lean.report.total());
}
