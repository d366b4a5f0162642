//! `cargo memopt init` on a package of its own.

use crate::fixture::{Folder, golden};

const MANIFEST: &str = "\
[package]
name = \"shop\"
version = \"0.1.0\"
edition = \"2021\"

[dependencies]
# none yet

[workspace]
";

const MAIN: &str = "\
//! A shop.

use std::collections::BTreeMap;

/// Where it begins.
fn main() {
    let _: BTreeMap<u8, u8> = BTreeMap::new();
}
";

fn package(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("Cargo.toml", MANIFEST);
    std::fs::create_dir_all(folder.path("src")).unwrap();
    folder.write("src/main.rs", MAIN);
    folder
}

#[test]
fn the_change_is_shown_and_not_made() {
    let folder = package("init-dry");
    let out = folder.run(&["init", "--dry-run"], 0);
    golden("init.txt", &out.stdout);
    assert!(out.stderr.ends_with("       Wrote nothing\n"), "{}", out.stderr);
    assert_eq!(std::fs::read_to_string(folder.path("Cargo.toml")).unwrap(), MANIFEST);
    assert_eq!(std::fs::read_to_string(folder.path("src/main.rs")).unwrap(), MAIN);
    assert!(!folder.path("memopt.toml").exists());
}

#[test]
fn nothing_is_written_where_nobody_can_be_asked() {
    let folder = package("init-asks");
    let out = folder.run(&["init"], 1);
    assert!(out.stderr.contains("there is nobody to ask; give --yes"), "{}", out.stderr);
    assert!(!folder.path("memopt.toml").exists());
}

#[test]
fn a_second_time_there_is_nothing_to_add() {
    let folder = package("init-yes");
    folder.run(&["init", "--yes"], 0);
    let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
    assert_eq!(
        read("Cargo.toml"),
        MANIFEST.replace("[dependencies]\n", "[dependencies]\nmemopt = \"0.1\"\n")
    );
    let allocator =
        "#[global_allocator]\nstatic ALLOC: memopt::Alloc = memopt::Alloc::system();\n\n";
    let place = "/// Where it begins.";
    assert_eq!(read("src/main.rs"), MAIN.replace(place, &format!("{allocator}{place}")));
    let before = (read("Cargo.toml"), read("src/main.rs"), read("memopt.toml"));
    let out = folder.run(&["init", "--yes"], 0);
    assert!(out.stderr.contains("Nothing to add: `shop` has it all"), "{}", out.stderr);
    assert_eq!(before, (read("Cargo.toml"), read("src/main.rs"), read("memopt.toml")));
    // The limits it wrote are understood.
    folder.run(&["check", "before.json", "--save-baseline", "main"], 0);
    folder.run(&["check", "before.json", "--baseline", "main"], 0);
    assert!(folder.path("memopt/main.json").exists());
    let left: Vec<_> = std::fs::read_dir(folder.path("."))
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_allocator_that_is_there_is_left() {
    let folder = package("init-allocator");
    let own =
        "#[global_allocator]\nstatic A: std::alloc::System = std::alloc::System;\nfn main() {}\n";
    folder.write("src/main.rs", own);
    let out = folder.run(&["init", "--yes"], 0);
    assert!(out.stderr.contains("Left src/main.rs: it has an allocator"), "{}", out.stderr);
    assert_eq!(std::fs::read_to_string(folder.path("src/main.rs")).unwrap(), own);
}
