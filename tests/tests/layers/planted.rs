//! The reader finds what is planted in small crates, and nothing in clean ones.

use super::rules::Crate;

/// Two floors: `low` and `beside`, and `high` above them.
const SMALL: Crate = Crate {
    name: "small",
    floors: &[&["low", "beside"], &["high"]],
    facades: &["off"],
    below: &["memopt_report", "memopt::__private"],
    strict: true,
};

const ROOT: (&str, &str) = ("src/lib.rs", "mod low; mod beside; mod high;");
const LOW: (&str, &str) = ("src/low.rs", "pub struct Low;");
const BESIDE: (&str, &str) = ("src/beside.rs", "");
const HIGH: (&str, &str) = ("src/high.rs", "pub struct High; pub fn run() {}");

/// What is broken in [`SMALL`] with these files, the last of one name being the one that is there.
fn broken(files: &[(&str, &str)]) -> Vec<String> {
    broken_in(&SMALL, files)
}

fn broken_in(krate: &Crate, files: &[(&str, &str)]) -> Vec<String> {
    let all: Vec<_> = [ROOT, LOW, BESIDE, HIGH].iter().chain(files).copied().collect();
    krate.violations(&|path| {
        all.iter().rev().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
    })
}

fn none() -> [String; 0] {
    []
}

#[test]
fn downward_imports_are_free() {
    let high = ("src/high.rs", "use crate::low::Low; use super::beside; fn f(_: Low) {}");
    assert_eq!(broken(&[high]), none());
}

#[test]
fn an_upward_import_is_named_with_its_place() {
    let found = ["small/src/low.rs:2 imports crate::high::High (high, floor 1) from floor 0 (low)"];
    assert_eq!(broken(&[("src/low.rs", "\nuse crate::high::High;")]), found);
    assert_eq!(broken(&[("src/low.rs", "\nuse crate::{high::{self, High}};")]), found);
    assert_eq!(broken(&[("src/low.rs", "fn f() {\n let _ = crate::high::High;}")]), found);
    assert_eq!(broken(&[("src/low.rs", "fn f() {\n use crate::high::High;}")]), found);
    assert_eq!(broken(&[("src/low.rs", "mod a {\n use crate::high::High;}")]), found);
    assert_eq!(broken(&[("src/low.rs", "impl\n Into<crate::high::High> for Low {}")]), found);
}

#[test]
fn an_import_of_a_room_counts_where_a_name_is_taken_from_it() {
    let low = ("src/low.rs", "use crate::high;\nfn f() { high::run() }");
    let found = ["small/src/low.rs:2 imports high::run (high, floor 1) from floor 0 (low)"];
    assert_eq!(broken(&[low]), found);
    let low = ("src/low.rs", "use crate::high as above;\nfn f() { above::run() }");
    assert!(broken(&[low])[0].starts_with("small/src/low.rs:2 imports above::run"));
    let low = ("src/low.rs", "use crate::high::*;");
    assert!(broken(&[low])[0].starts_with("small/src/low.rs:1 imports crate::high"));
}

#[test]
fn rooms_of_one_floor_do_not_know_each_other() {
    let beside = ("src/beside.rs", "use crate::low::Low;");
    let found =
        ["small/src/beside.rs:1 imports crate::low::Low (low, floor 0) from floor 0 (beside)"];
    assert_eq!(broken(&[beside]), found);
}

#[test]
fn an_import_through_the_root_is_one_of_the_defining_room() {
    let root = ("src/lib.rs", "mod low; mod beside; mod high; pub use self::high::High;");
    let found = broken(&[root, ("src/low.rs", "use crate::High;")]);
    assert!(found[0].contains("imports crate::High (high, floor 1)"), "{found:?}");
    let root = ("src/lib.rs", "mod low; mod beside; mod high; pub use self::low::Low;");
    assert_eq!(broken(&[root, ("src/high.rs", "use crate::Low;")]), none());
}

#[test]
fn a_module_and_a_function_of_one_name_are_told_apart_by_what_follows() {
    let root = ("src/lib.rs", "mod low; mod beside; mod high; pub use self::high::low;");
    let low = ("src/low.rs", "mod child; pub fn run() {}");
    let high = ("src/high.rs", "pub fn low() {}");
    let child = |text| broken(&[root, low, high, ("src/low/child.rs", text)]);
    assert_eq!(child("use crate::low;\nfn f() { low::run() }"), none());
    let found = child("use crate::low;\nfn f() { low::run(); low() }");
    assert_eq!(
        found,
        ["small/src/low/child.rs:1 imports crate::low (high, floor 1) from floor 0 (low)"]
    );
}

#[test]
fn what_the_root_defines_is_out_of_reach_macros_apart() {
    let root = ("src/lib.rs", "mod low; mod beside; mod high; pub fn f() {}");
    let found = broken(&[root, ("src/high.rs", "fn g() { crate::f() }")]);
    assert_eq!(
        found,
        ["small/src/high.rs:1 imports crate::f, which lib.rs defines; move it into a room"]
    );
    for other in ["use other as f; pub fn f() {}", "pub mod f { pub use other::*; } pub fn f() {}"]
    {
        let root = format!("mod low; mod beside; mod high; {other}");
        let files = [("src/lib.rs", &*root), ("src/high.rs", "use crate::f::Of;")];
        assert_eq!(broken(&files), none());
    }
    let low = ("src/low.rs", "#[macro_export] macro_rules! low { () => { $crate::high::run() } }");
    assert_eq!(broken(&[low, ("src/high.rs", "fn g() { crate::low!() }")]), none());
}

#[test]
fn what_is_not_compiled_into_the_crate_does_not_count() {
    let low = "
        //! [`High`](crate::high::High)
        /* use crate::high::High; */
        const TEXT: &str = \"use crate::high::High;\";
        #[cfg(test)] mod tests { use crate::high::High; }
        #[cfg(all(test, unix))] use crate::high::High;
        #[test] fn f() { crate::high::run() }
        impl Low { #[cfg(test)] fn g(a: (u8, u8)) { crate::high::run() } fn h() {} }
        fn i() { let own = 1; own.high.run(); #[cfg(test)] crate::high::run(); }
        pub struct Low;";
    assert_eq!(broken(&[("src/low.rs", low)]), none());
    let low = low.replace("fn h() {}", "fn h() { crate::high::run() }");
    assert!(broken(&[("src/low.rs", &low)])[0].starts_with("small/src/low.rs:8 "));
    let low = ("src/low.rs", "#[cfg(not(test))] use crate::high::High;");
    assert_eq!(broken(&[low]).len(), 1);
}

/// Files below `high`, whose own text is given first.
fn children(high: &str, a: &str, b: &str) -> Vec<String> {
    let files = [("src/high.rs", high), ("src/high/a.rs", a), ("src/high/b.rs", b)];
    broken(&files)
}

const ROOM: &str = "mod a; mod b; pub use self::a::A; pub use b::B;";

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let found = children(ROOM, "use super::b::B;\npub struct A;", "\npub struct B(super::a::A);");
    assert_eq!(
        found,
        ["2 files of small in a circle:
    small/src/high/a.rs:1 imports super::b::B, defined in high/b.rs
    small/src/high/b.rs:2 imports super::a::A, defined in high/a.rs"]
    );
    let clean = children(ROOM, "use super::b::B;\npub struct A;", "pub struct B;");
    assert_eq!(clean, none());
}

#[test]
fn a_re_export_leads_to_the_sibling_and_not_to_the_parent() {
    let found = children(ROOM, "use super::B; pub struct A;", "pub struct B(crate::high::A);");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("a.rs:1 imports super::B, defined in high/b.rs"), "{found:?}");
    assert_eq!(children(ROOM, "use super::B; pub struct A;", "pub struct B;"), none());
}

#[test]
fn longer_circles_are_found_too() {
    let files = [
        ("src/high.rs", "mod a; mod b; mod c;"),
        ("src/high/a.rs", "pub fn run() { super::b::run() }"),
        ("src/high/b.rs", "use super::c; pub fn run() { c::run() }"),
        ("src/high/c.rs", "use super::a::run as start; pub fn run() { start() }"),
    ];
    let found = broken(&files);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("3 files of small in a circle:"), "{found:?}");
}

#[test]
fn a_parent_that_uses_its_child_and_serves_it_closes_a_circle() {
    let child = "use super::Shared; pub struct A(Shared);";
    let passes_on = "mod a; mod b; pub use self::a::A; pub struct Shared;";
    assert_eq!(children(passes_on, child, ""), none());
    let calls = "mod a; mod b; pub struct Shared; fn f() { a::run() }";
    let names = "mod a; mod b; pub use self::a::A; pub struct Shared; pub fn f() -> A { A }";
    let imports = "mod a; mod b; use self::a::A; pub struct Shared;";
    for parent in [calls, names, imports] {
        assert_eq!(children(parent, child, "").len(), 1, "{parent}");
        let files = [("src/high.rs", parent), ("src/high/a.rs", child), ("src/high/b.rs", "")];
        assert_eq!(broken_in(&Crate { strict: false, ..SMALL }, &files), none());
    }
}

#[test]
fn files_with_a_path_and_both_forms_of_a_cfg_are_read() {
    let root = "mod low; mod beside;
        #[cfg(unix)] mod high;
        #[cfg(not(unix))] #[path = \"off/high.rs\"] mod high;
        mod off;";
    let off = [
        ("src/off.rs", "use crate::high::High;"),
        ("src/off/high.rs", "#[path = \"../high/deep.rs\"] mod deep; pub use deep::High;"),
        ("src/high/deep.rs", "use crate::low::Low; pub struct High;"),
    ];
    let files = [("src/lib.rs", root), ("src/high.rs", "pub struct High;"), off[0], off[1], off[2]];
    assert_eq!(broken(&files), none());
    let deep = ("src/high/deep.rs", "use crate::beside::Beside; pub struct High;");
    let low = ("src/low.rs", "fn f() -> crate::high::High { crate::high::High }");
    let found = broken(&[&files[..], &[deep, low]].concat());
    // The file of each form.
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_path_that_cfg_attr_chooses_leaves_the_usual_file_for_the_other_case() {
    let root = "mod low; mod beside; #[cfg_attr(not(unix), path = \"off/high.rs\")] mod high;";
    let files = [("src/lib.rs", root), ("src/off/high.rs", "pub struct High;"), HIGH];
    assert_eq!(broken(&files), none());
    // `run` is in the usual file alone, `High` in the other too, which is no room.
    for name in ["run", "High"] {
        let low = format!("use crate::high::{name};");
        let found = broken(&[&files[..], &[("src/low.rs", &*low)]].concat());
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn rooms_and_floors_belong_together() {
    let root = ("src/lib.rs", "mod low; mod high; mod new;");
    let found = broken(&[root, ("src/new.rs", "")]);
    assert_eq!(
        found,
        [
            "small/src/new stands on no floor; give it one in FLOORS",
            "small/src/beside is in FLOORS, but no module",
        ]
    );
}

#[test]
fn crates_above_are_out_of_reach() {
    let high = |text| broken(&[("src/high.rs", text)]);
    assert_eq!(high("use memopt_report::Report; fn f(_: ::memopt_report::Stat) {}"), none());
    assert_eq!(high("fn f() { quote!(::memopt::__private::Site; #memopt::site) }"), none());
    let found = high("fn f() {\n quote!(::memopt::Pool) }");
    assert_eq!(found, ["small/src/high.rs:2 imports the crate above: memopt::Pool"]);
    assert_eq!(high("use memopt_runtime::{Alloc};").len(), 1);
}

#[test]
fn dependencies_on_crates_above_are_found() {
    let manifest = "
[dependencies]
memopt-report.workspace = true
memopt-runtime.workspace = true
[dev-dependencies]
memopt = { path = \"../memopt\" }
[target.'cfg(unix)'.dependencies]
memopt = \"1\"";
    let found = broken(&[("Cargo.toml", manifest)]);
    assert_eq!(
        found,
        ["small/Cargo.toml:4 depends on memopt_runtime", "small/Cargo.toml:8 depends on memopt"]
    );
}
