//! `PartialEq` and `PartialOrd`: the other side of a comparison is inferred.

#![allow(clippy::all, clippy::pedantic, reason = "lines as people write them")]
// The crates below memopt count only where it is named.
use memopt as _;

use std::time::Duration;

#[test]
fn empty_lists_have_the_items_of_the_other_side() {
    let none = || std::iter::empty::<i32>();
    assert_eq!(none().collect::<Vec<_>>(), []);
    assert_eq!(none().collect::<Vec<i32>>(), vec![]);
    assert_eq!(none().collect::<std::collections::VecDeque<_>>(), []);
    assert_eq!(vec![Vec::<u8>::new()], [[]]);
    let bytes: &[u8] = b"";
    assert!(bytes == []);
    assert!(bytes == &[]);
    assert_eq!(bytes, &[]);
    assert_eq!(&bytes[..0], &[]);
    assert_eq!(*bytes, []);
    assert!([1_u8].iter().ne(&[]));
    assert_eq!(Vec::<f64>::new(), []);
    assert_eq!(Vec::<bool>::new(), []);
    assert_eq!(Vec::<char>::new(), &[]);
    assert_eq!(Box::<[u64]>::default(), Box::default());
}

/// One comparison with each of the types, parsed and converted on the right side.
macro_rules! parsed {
    ($($type:ident $text:literal)*) => {$({
        let value: $type = $text.parse().unwrap();
        assert!(value == $text.parse().unwrap());
        assert!(value <= $text.parse().unwrap());
        assert_eq!(value, $text.parse().unwrap());
        assert_eq!(Some(value), $text.parse().ok());
        assert_eq!([value], [$text.parse().unwrap()]);
        assert_eq!((value, ()), ($text.parse().unwrap(), ()));
        assert_eq!(vec![value], [$text.parse().unwrap()]);
        assert_eq!(&value, &$text.parse().unwrap());
        assert_ne!(value, Default::default());
    })*};
}

#[test]
fn what_is_parsed_has_the_type_of_the_other_side() {
    parsed!(i8 "1" i16 "1" i32 "1" i64 "1" i128 "1" isize "1");
    parsed!(u8 "1" u32 "1" u64 "1" u128 "1" usize "1");
    parsed!(f32 "1.5" f64 "1.5" bool "true" char "a");
    let text = "1.5";
    assert!(1.5 == text.parse().unwrap());
    assert!(1.0 < text.parse().unwrap());
    assert_eq!(3, "3".parse().unwrap());
    assert_eq!("abc".len(), "3".parse().unwrap());
}

#[test]
fn what_is_converted_or_summed_has_the_type_of_the_other_side() {
    assert!(7_u64 == 7_u8.into());
    assert!(7_i64 > 6_i32.into());
    assert_eq!(7.0, 7_f32.into());
    assert_eq!(7_usize, 7_u8.into());
    assert_eq!(6, [1, 2, 3].iter().sum());
    assert_eq!(6_u64, [1, 2, 3].into_iter().product());
    assert_eq!(Duration::from_secs(3), [1, 2].map(Duration::from_secs).iter().sum());
    assert_eq!('a', b'a'.into());
    assert!(9_u64 == 9_u32.try_into().unwrap());
}
