//! What is written, against the oracle.

use super::to_string;
use std::collections::BTreeMap;

#[derive(serde::Serialize)]
enum Each {
    Unit,
    One(u8),
    Two(u8, char),
    Named { a: Option<i64>, b: () },
}

#[test]
fn every_shape_is_written_as_another_writer_does() {
    let value = (
        [Each::Unit, Each::One(7), Each::Two(0, 'é'), Each::Named { a: Some(i64::MIN), b: () }],
        BTreeMap::from([("a\"\\\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}日", u64::MAX)]),
        [0.1 + 0.2, 1.0, -0.0, 1e15, 123_456_789.123, f64::NAN],
        (vec![0u8; 0], BTreeMap::<String, u8>::new(), true, None::<u8>),
    );
    assert_eq!(to_string(&value).unwrap(), serde_json::to_string(&value).unwrap());
}

#[test]
fn a_number_as_a_name_is_refused() {
    let error = to_string(&BTreeMap::from([(1, 2)])).unwrap_err();
    assert_eq!(error.to_string(), "the name of a member must be a text");
}
