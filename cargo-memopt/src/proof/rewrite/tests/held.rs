//! What is held otherwise: without room to grow, or without a block.

use super::ways;
use crate::proof::rewrite::{Crates, Sizes, of};
use crate::proof::splice;
use memopt_report::Finding;

const PERSON: &str = "struct Person {
    name: String,
    marks: Vec<u8>,
    age: u32,
}
impl Person {
    fn short(&self) -> &str {
        self.name.as_str().trim()
    }
    fn text(&self) -> &str {
        self.name.as_str()
    }
}
fn f(name: &str) -> Person {
    Person { name: name.to_owned(), marks: (0..3).collect(), age: 1 }
}
fn print(p: &Person) {
    println!(\"{} {}\", p.name, p.marks.len());
    g(&p.name, p.name.len(), &p.marks[1..], p.name == \"a\");
}
";

#[test]
fn a_field_that_never_grows_has_no_room_to() {
    let all = ways(PERSON, false);
    let [direct, name, marks] = &all[..] else { panic!("{all:?}") };
    let named = PERSON
        .replace("name: String", "name: Box<str>")
        .replace("self.name.as_str().trim()", "self.name.trim()")
        .replace("self.name.as_str()\n", "&*self.name\n")
        .replace("name.to_owned()", "name.to_owned().into_boxed_str()");
    assert_eq!(*name, named);
    let copied = "name.to_owned().into_boxed_str()";
    assert_eq!(*direct, named.replace(copied, "Box::from(name)"));
    // What is collected is a box where the field is one.
    assert_eq!(*marks, PERSON.replace("marks: Vec<u8>", "marks: Box<[u8]>"));

    let short = "struct A {\n    b: Vec<u8>,\n}\nfn f(b: Vec<u8>) -> A {\n    A { b }\n}\n";
    let boxed =
        short.replace("Vec<u8>,", "Box<[u8]>,").replace("{ b }", "{ b: b.into_boxed_slice() }");
    assert_eq!(ways(short, false), [boxed]);
}

#[test]
fn a_field_that_may_be_used_otherwise_is_left() {
    let is_left = |from: &str, to: &str| {
        let text = PERSON.replace(from, to);
        assert_ne!(text, PERSON, "{from}");
        let all = ways(&text, false);
        assert!(all.iter().all(|way| !way.contains("Box<str>")), "{to}");
    };
    let body = "    g(&p.name,";
    for used in [
        "p.name.push('a');",
        "let own = p.name;",
        "g(&mut p.name);",
        "p.name = other();",
        "p.name.clone();",
        "own!(p.name);",
        "let Person { name, .. } = p;",
        "g(std::mem::size_of_val(p));",
    ] {
        is_left(body, &format!("    {used}\n{body}"));
    }
    // Others may name it, and a trait may do something else for a text.
    is_left("struct Person {\n    name", "pub struct Person {\n    pub name");
    is_left("struct Person", "#[repr(C)]\nstruct Person");
    is_left("struct Person", "impl Own for String {}\nstruct Person");
    is_left("struct Person", "struct String;\nstruct Person");
    // Private items are seen by the modules below, which lie in other files.
    for below in [
        "mod edit;",
        "#[cfg(unix)]\n#[path = \"own.rs\"]\npub(crate) mod edit;",
        "mod inner {\n    mod edit;\n}",
        "include!(\"edit.rs\");",
        "own! { mod edit; }",
        "macro_rules! own { () => { mod edit; } }",
    ] {
        is_left("struct Person", &format!("{below}\nstruct Person"));
    }
    // One that lies in this file is read with it.
    let within = PERSON.replace("struct Person", "mod own {}\nstruct Person");
    assert!(ways(&within, false).iter().any(|way| way.contains("Box<str>")));
}

/// All ways to write the function `f`, whose lists end within 64 bytes.
fn small(text: &str, crates: Crates) -> Vec<String> {
    within(64, text, crates)
}

/// .. and within so many.
fn within(bytes: u64, text: &str, crates: Crates) -> Vec<String> {
    let line = 1 + text.lines().position(|line| line.contains("fn f(")).unwrap();
    let finding = Finding::new("memopt::hot", "a::f").at("a.rs", line as u32, 4);
    let sizes = Sizes { small: Some(bytes), ..Sizes::default() };
    let all = of(text, &finding, sizes, crates);
    let apply = |way: &Vec<_>| splice::apply(text, &way.iter().collect::<Vec<_>>()).unwrap();
    let ways = all.iter().map(|(_, way)| apply(way));
    ways.filter(|text| text.contains("smallvec")).collect()
}

#[test]
fn a_list_of_a_few_elements_needs_no_block() {
    let may = Crates { smallvec: true, ..Crates::default() };
    let body = |line: &str| format!("fn f(text: &str) {{\n    {line}\n    g(&list);\n}}\n");
    for (made, kept) in [
        (
            "let mut list: Vec<&str> = Vec::new();",
            "let mut list: smallvec::SmallVec<[&str; 4]> = smallvec::SmallVec::new();",
        ),
        (
            "let list: Vec<u32> = text.bytes().map(u32::from).collect();",
            "let list: smallvec::SmallVec<[u32; 16]> = text.bytes().map(u32::from).collect();",
        ),
        (
            "let mut list = Vec::<u64>::with_capacity(n);",
            "let mut list: smallvec::SmallVec<[u64; 8]> = smallvec::SmallVec::with_capacity(n);",
        ),
    ] {
        assert_eq!(small(&body(made), may), [body(kept)]);
        assert!(small(&body(made), Crates::default()).is_empty(), "only where it is allowed");
    }
    for left in [
        // The source does not say how large an element is.
        "let mut list = vec![];",
        "let mut list: Vec<Own> = Vec::new();",
        "let mut list = Vec::<_>::new();",
        "struct String; let mut list: Vec<String> = Vec::new();",
        // The stack would hold one more at each depth.
        "let mut list: Vec<u8> = Vec::new(); f(text);",
        "let mut list: Vec<u8> = Vec::new(); Self::f(text);",
        "let mut list: Vec<u8> = Vec::new(); self.f(text);",
        "let list = text.bytes().collect();",
        "let list = vec![1];",
        "let mut list: Vec<u8> = Vec::new(); g(list.capacity());",
        "let mut list: own::Vec<u8> = own::Vec::new();",
    ] {
        assert!(small(&body(left), may).is_empty(), "{left}");
    }
    // `smallvec` knows no array of 48.
    let bytes = body("let mut list: Vec<u8> = Vec::new();");
    assert!(within(48, &bytes, may)[0].contains("SmallVec<[u8; 64]>"));
    assert!(within(24, &bytes, may)[0].contains("SmallVec<[u8; 24]>"));
    let returned = "fn f() -> Vec<u8> {\n    let mut list = Vec::new();\n    list\n}\n";
    assert!(small(returned, may).is_empty());
}
