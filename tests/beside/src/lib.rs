//! Nothing is here; the tests are lines as users write them, in a package that depends on memopt.
//!
//! Where a type is left out, the compiler picks it if only one implementation fits. It looks for
//! implementations in all crates that are loaded, so a crate deep below memopt that implements
//! `PartialEq<Own> for i32` makes `assert_eq!(numbers.collect::<Vec<i32>>(), [])` ambiguous in code
//! that has nothing to do with it. The same holds for every trait with a parameter that a crate may
//! implement for a type of the standard library: `PartialOrd`, `AsRef`, `Borrow`, `Extend`,
//! `FromIterator` and the operators.
//!
//! Not covered, since the standard library has several implementations itself and the lines do not
//! compile without annotations: `String` and `str` beside another string, `From`, `Sum`, arithmetic
//! of numbers, `Extend` of collections of `Copy` items.
//!
//! A crate counts only where it is loaded, which is when the source names it or a crate that is
//! loaded was built with it. A package elsewhere in the workspace does not count, but the features
//! that it asks of memopt do: cargo builds memopt once, with all of them. Feature `tower` brings
//! `http`, which compares `u16` with its status codes; that line is in `tests/alone.rs`, for
//! `cargo test -p memopt-beside --features alone`.
