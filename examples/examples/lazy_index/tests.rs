//! Both indexes, on two packages.

use crate::query::{self, Query};
use crate::words::Words;
use crate::{eager, lazy};
use memopt_examples::files::Files;
use memopt_examples::input::named;
use std::{env, fs, process};

#[test]
fn identifiers_are_counted_and_numbers_are_not() {
    let mut words = Words::of("let a_1 = 12 + a_1;");
    assert_eq!(words.top(2), "a_1 2, let 1 of 2");
    words.add(&Words::of("let let"));
    assert_eq!(words.top(1), "let 3 of 2");
}

#[test]
fn both_indexes_answer_alike_and_only_what_is_asked_for_is_loaded() {
    let base = env::temp_dir().join(format!("memopt-lazy-index-{}", process::id()));
    for (file, text) in
        [("one/a.rs", &b"fn one() {}"[..]), ("one/b.rs", b"\xff"), ("two/c.rs", b"fn two() {}")]
    {
        fs::create_dir_all(base.join(file).parent().unwrap()).unwrap();
        fs::write(base.join(file), text).unwrap();
    }
    let files = Files::below(&named(&[base.join("one"), base.join("two")]), |_| true);
    let queries = [Query::Package(0, "one".to_owned()), Query::File(files.list[1].clone())];
    let eager = eager::Index::load(&files.list);
    let mut lazy = lazy::Index::new(&files.list);
    assert_eq!(lazy.loaded(), "0 of 2 packages loaded");
    let answers = queries.each_ref().map(|query| lazy.answer(query));
    assert_eq!(answers, queries.each_ref().map(|query| eager.answer(query)));
    fs::remove_dir_all(&base).unwrap();

    assert_eq!(answers[0], "fn 1, one 1 of 2");
    assert!(answers[1].starts_with("one/b.rs: "), "{}", answers[1]);
    assert_eq!(eager.skipped().count(), 1);
    assert_eq!(lazy.loaded(), "1 of 2 packages loaded");
    assert!(lazy.unload() > 0);
    assert_eq!(lazy.loaded(), "0 of 2 packages loaded");
}

#[test]
fn each_query_comes_twice_and_none_is_made_of_nothing() {
    let files = Files::below(&named(&[env!("CARGO_MANIFEST_DIR").into()]), |_| true);
    let queries = query::some(&files.list, 20);
    assert_eq!(queries.len(), 20);
    assert_eq!(queries[..10], queries[10..]);
    assert!(query::some(&[], 20).is_empty());
}
