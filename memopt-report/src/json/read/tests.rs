use super::from_str;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Each {
    Unit,
    One(u8),
    Two(u8, char),
    Named { a: Option<i64>, b: () },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Value {
    each: Vec<Each>,
    names: BTreeMap<String, u64>,
    floats: Vec<f64>,
    pair: (u8, bool),
    none: Option<u8>,
}

#[test]
fn every_shape_reads_back() {
    let value = Value {
        each: vec![
            Each::Unit,
            Each::One(7),
            Each::Two(0, 'é'),
            Each::Named { a: Some(i64::MIN), b: () },
        ],
        names: BTreeMap::from([("a\"\\\n\u{1}日\u{1d11e}".to_owned(), u64::MAX)]),
        floats: vec![0.1 + 0.2, 1.0, -0.0, 1e300, f64::MIN_POSITIVE, 123_456_789.123],
        pair: (1, true),
        none: None,
    };
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(from_str::<Value>(&text).unwrap(), value);
    let spread = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(from_str::<Value>(&spread).unwrap(), value);
    assert_eq!(from_str::<String>(r#" "\u00e9\ud834\udd1e\/" "#).unwrap(), "é\u{1d11e}/");
}

#[test]
fn a_fault_has_its_place_in_the_text_and_in_the_value() {
    let told = |text: &str| from_str::<Value>(text).unwrap_err().to_string();
    assert_eq!(
        told("{\"each\":[\"Unit\",\n  {\"Two\":[1,7]}]}"),
        "invalid type: integer `7`, expected a character at line 2 column 13, in `each[1][1]`"
    );
    assert_eq!(told("{\"none\":1}"), "missing field `each` at line 1 column 1");
    assert_eq!(
        told("{\"names\":{\"é\":-1}}"),
        "invalid value: integer `-1`, expected u64 at line 1 column 15, in `names.é`"
    );
    assert_eq!(told("{\"pair\":[1,true,2]}"), "`]` expected at line 1 column 16, in `pair`");
}

#[test]
fn a_fault_is_told_in_a_few_words_whatever_it_quotes() {
    let long = format!("{{\"each\":[\"{}\"]}}", "é".repeat(5000));
    for text in [long.as_str(), "{\"pair\":[1e308,true]}"] {
        let told = from_str::<Value>(text).unwrap_err().to_string();
        assert!(told.chars().count() < 250 && told.contains("… at line 1 column"), "{told}");
    }
}

#[test]
fn what_is_no_json_is_told() {
    for (text, fault) in [
        ("", "the text ends early at line 1 column 1"),
        ("[1,]", "value expected at line 1 column 4, in `[1]`"),
        ("[1 2]", "`,` or `]` expected at line 1 column 4"),
        ("[01]", "`,` or `]` expected at line 1 column 3"),
        ("[-]", "expected digit at line 1 column 3, in `[0]`"),
        ("[1e999]", "the number 1e999 is out of range at line 1 column 7, in `[0]`"),
        ("[nul]", "value expected at line 1 column 3, in `[0]`"),
        ("[1] 2", "the text goes on after its end at line 1 column 5"),
    ] {
        let found = from_str::<Vec<f64>>(text).unwrap_err();
        assert_eq!(found.to_string(), fault, "{text}");
    }
}

#[test]
fn brackets_without_end_do_not_take_the_stack() {
    let deep = "[".repeat(1 << 20);
    let fault = from_str::<serde::de::IgnoredAny>(&deep).unwrap_err();
    assert!(fault.to_string().starts_with("more than 64 levels inside each other at"), "{fault}");
}

#[test]
fn a_list_of_pairs_is_what_any_reader_finds_in_it() {
    use crate::Stat;

    let text = |count: u64, buckets: &str| {
        format!(
            "{{\"count\":{count},\"total\":9,\"min\":1,\"p50\":1,\"p95\":1,\"p99\":1,\"max\":3,\
             \"buckets\":{buckets}}}"
        )
    };
    for (count, buckets) in [
        (0, "[]"),
        (0, "[ ]"),
        (2, "[[1,2]]"),
        (6, " [ [1, 2] ,[3 ,\n4] ] "),
        (1, "[[18446744073709551615,1]]"),
        (2, "[[1,2],[3,0]]"),
        (12, "[[1,2],[9,10]]"),
    ] {
        let text = text(count, buckets);
        let found = from_str::<Stat>(&text).unwrap();
        assert_eq!(found, serde_json::from_str::<Stat>(&text).unwrap(), "{buckets}");
        assert_eq!(found.count(), count, "{buckets}");
    }
    for (buckets, fault) in [
        ("[[1]]", "invalid length 1, expected a tuple of size 2 at line 1 column 73"),
        ("[[1,2,3]]", "`]` expected at line 1 column 77, in `buckets[0]`"),
        ("[[1,2],]", "value expected at line 1 column 80, in `buckets[1]`"),
        ("[[1,-2]]", "expected u64 at line 1 column 76, in `buckets[0][1]`"),
        ("[[1,2]", "`,` or `]` expected at line 1 column 78, in `buckets`"),
        ("[[1,02]]", "`]` expected at line 1 column 77, in `buckets[0]`"),
        ("[[1,2.5]]", "expected u64 at line 1 column 76, in `buckets[0][1]`"),
        ("7", "expected a sequence at line 1 column 72, in `buckets`"),
    ] {
        let told = from_str::<Stat>(&text(2, buckets)).unwrap_err().to_string();
        assert!(told.contains(fault), "{buckets}: {told}");
    }
}
