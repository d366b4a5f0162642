//! `FromIterator`, `Extend`, `Borrow`, `AsRef`: items, keys and views are inferred.

#![allow(clippy::all, clippy::pedantic, reason = "lines as people write them")]
use memopt as _;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::num::ParseIntError;
use std::sync::Arc;

#[test]
fn items_have_the_type_of_the_collection() {
    let words = || "1 2".split(' ');
    assert_eq!(words().map(|word| word.parse().unwrap()).collect::<Vec<u32>>(), [1, 2]);
    let parsed = words().map(str::parse).collect::<Result<Vec<u8>, _>>();
    assert_eq!(parsed, Ok(vec![1, 2]));
    let parsed: Result<BTreeSet<i64>, ParseIntError> = words().map(str::parse).collect();
    assert_eq!(parsed.unwrap().len(), 2);
    let parsed = words().map(|word| word.parse().ok()).collect::<Option<Box<[u8]>>>();
    assert_eq!(parsed.unwrap().len(), 2);
    let pairs: HashMap<u32, f64> =
        words().map(|word| (word.parse().unwrap(), word.parse().unwrap())).collect();
    assert_eq!(pairs[&2], 2.0);
    let names: VecDeque<String> = words().map(Into::into).collect();
    assert_eq!(names, ["1", "2"]);
    let shared: Arc<[u16]> = words().map(|word| word.parse().unwrap()).collect();
    assert_eq!(shared.len(), 2);
}

#[test]
fn what_extends_has_the_type_of_the_collection() {
    let mut names: Vec<String> = Vec::new();
    names.extend("a b".split(' ').map(|name| name.parse().unwrap()));
    names.extend("c d".split(' ').map(Into::into));
    assert_eq!(names.concat(), "abcd");
    let mut lists: VecDeque<Vec<u8>> = VecDeque::new();
    lists.extend(["a", "b"].map(Into::into));
    assert_eq!(lists.len(), 2);
    let mut named: HashMap<String, String> = HashMap::new();
    named.extend([("a", "b")].map(|(key, value)| (key.into(), value.into())));
    assert_eq!(named["a"], "b");
}

#[test]
fn what_is_looked_up_has_the_type_of_the_keys() {
    let map = HashMap::from([(1_u32, 'a')]);
    assert_eq!(map[&"1".parse().unwrap()], 'a');
    assert_eq!(map.get(&"1".parse().unwrap()), Some(&'a'));
    assert!(map.contains_key(&1_u8.into()));
    assert!(HashSet::from(['a']).contains(&"a".parse().unwrap()));
    let sorted = BTreeMap::from([(1_u64, 'a'), (2, 'b')]);
    assert_eq!(sorted.range(..).count(), 2);
    assert_eq!(sorted.range(..=2).count(), 2);
}

#[test]
fn a_view_is_the_only_one_there_is() {
    assert_eq!([1_u8, 2].as_ref().len(), 2);
    assert_eq!(b"ab"[..].as_ref().len(), 2);
    assert_eq!(Box::new(7_u8).as_ref().count_ones(), 3);
    assert_eq!(Arc::new([1, 2]).as_ref().len(), 2);
    assert_eq!([1_u8, 2].iter().as_ref().len(), 2);
    assert_eq!([1_u8, 2].as_mut().len(), 2);
    assert_eq!(c"ab".to_owned().as_ref().count_bytes(), 2);
    assert_eq!(String::from("ab").as_mut().len(), 2);
    assert_eq!([vec![1_u8], vec![2]].concat(), [1, 2]);
}
