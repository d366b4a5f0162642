//! What a scope arena keeps when a little of every document survives its scope: parses documents,
//! keeps some strings of each, and prints the resident bytes at the end.
//!
//! `documents ARENA`, where `ARENA` is 1 with the attribute and 0 for the same function without.

use memopt_subjects::document;
use memopt_subjects::resident::resident;
use serde_json::{Deserializer, Value};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Documents of a megabyte each.
const DOCUMENTS: usize = 100;

/// Strings kept of each: spread over the whole document, the worst there is for memory that is
/// given back in chunks.
const KEPT: usize = 100;

/// Parses a document and returns some of its strings, out of blocks that the parser made.
#[inline(always)]
fn parse(text: &str) -> Vec<String> {
    let values = Deserializer::from_str(text).into_iter::<Value>();
    let mut values: Vec<Value> =
        values.map(|value| value.expect("the document is valid")).collect();
    let step = values.len() / KEPT;
    let names = values.iter_mut().step_by(step).filter_map(|value| match value["placed"].take() {
        Value::String(text) => Some(text),
        _ => None,
    });
    names.take(KEPT).collect()
}

#[memopt::track_alloc]
fn plain(text: &str) -> Vec<String> {
    parse(text)
}

#[memopt::arena]
fn arena(text: &str) -> Vec<String> {
    parse(text)
}

fn main() {
    let document = match std::env::args().nth(1).as_deref() {
        Some("0") => plain,
        Some("1") => arena,
        _ => panic!("run this through the `survivors` program of the driver"),
    };
    let text = document::text();
    let kept: Vec<Vec<String>> = (0..DOCUMENTS).map(|_| document(text)).collect();
    let strings: usize = kept.iter().map(Vec::len).sum();
    assert!(strings > DOCUMENTS * KEPT * 9 / 10, "only {strings} strings were kept");
    println!("{}", resident());
}
