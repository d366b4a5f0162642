//! What holds with the features of memopt that the command asks for, and no others.

#![allow(clippy::all, clippy::pedantic, reason = "lines as people write them")]
use memopt as _;

#[test]
fn a_u16_is_compared_with_a_u16() {
    assert_eq!(Vec::<u16>::new(), []);
    assert!(7_u16 == "7".parse().unwrap());
    assert!(7_u16 > 6_u8.into());
}
