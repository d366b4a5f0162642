//! Uses an annotated library in a build script, where tracking is off, while the tests use it with
//! tracking on.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    assert_eq!(memopt_annotated::words("one two").len(), 2);
    assert_eq!(memopt_annotated::longest("one three"), 5);
    assert_eq!(memopt_annotated::stream("one two").count(), 2);
    drop(memopt_annotated::later("one"));
}
