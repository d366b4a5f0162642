//! What is no rewrite, as it would mean something else on an input that the proof does not see.

use super::{body, ways};
use crate::proof::rewrite::{Crates, Sizes, of};
use crate::proof::splice;
use memopt_report::Finding;

/// None of these bodies has a rewrite.
fn stay(bodies: &[&str]) {
    for text in bodies {
        assert_eq!(body(text), [""; 0], "{text}");
    }
}

/// None of these files has one.
fn files_stay(files: &[&str]) {
    for text in files {
        assert_eq!(ways(text, false), [""; 0], "{text}");
    }
}

#[test]
fn a_buffer_has_the_length_of_each_round() {
    // Of the round before is neither the length nor, where it was taken, the capacity.
    assert_eq!(
        body("loop {\n    let mut b = vec![7; 9];\n    b.truncate(2);\n}"),
        ["let mut b = Vec::new();\nloop {\n    b.clear();\n    b.resize(9, 7);\n    \
          b.truncate(2);\n}"]
    );
    assert_eq!(
        body("loop {\n    let mut b = String::with_capacity(N - 1);\n    g(take(&mut b));\n}"),
        ["let mut b = String::new();\nloop {\n    b.clear();\n    b.reserve(N - 1);\n    \
          g(take(&mut b));\n}"]
    );
    stay(&["loop {\n    let mut b = String::new();\n    if b.len() == b.capacity() {}\n}"]);
}

#[test]
fn elements_are_dropped_when_they_were() {
    for plain in ["&str", "u8", "Vec<(usize, String)>", "Option<&'static [u8]>", "&Guard"] {
        let round = format!("loop {{\n    let mut a: Vec<{plain}> = Vec::new();\n}}");
        assert_eq!(body(&round).len(), usize::from(plain != "&Guard"), "{plain}");
    }
    assert_eq!(body("loop {\n    let mut a = Vec::<u8>::new();\n}").len(), 1);
    stay(&[
        "loop {\n    let mut a = Vec::new();\n    a.push(m.lock());\n}",
        "loop {\n    let mut a: Vec<Guard> = Vec::new();\n}",
        "loop {\n    let mut a: Vec<Rc<u8>> = vec![];\n}",
        "loop {\n    let mut a: Vec<Box<dyn Fn()>> = Vec::new();\n}",
        "loop {\n    let mut a: Vec<Sender<u8>> = Vec::with_capacity(4);\n}",
        "loop {\n    let mut a: HashMap<u8, u8, Own> = HashMap::default();\n}",
    ]);
    // The file says what a type is.
    let round = "fn f() {\n    loop {\n        let mut a: Vec<T> = Vec::new();\n    }\n}\n";
    assert_eq!(ways(&format!("#[derive(Clone, Copy)]\nstruct T;\n{round}"), false).len(), 1);
    files_stay(&[
        &format!("struct T;\n{round}"),
        &round.replace("<T>", "<String>").replace("fn f", "struct String;\nfn f"),
        &round.replace("<T>", "<String>").replace("fn f", "use own::String;\nfn f"),
        &round.replace("<T>", "<String>").replace("fn f", "use own::{A as String};\nfn f"),
    ]);
}

#[test]
fn a_buffer_hides_nothing() {
    let hides = |sig: &str, around: &str, behind: &str| {
        format!(
            "fn f({sig}) {{\n    {around} {{\n        {{\n            let mut text = \
             String::new();\n            g(&mut text);\n        }}\n        {behind}\n    }}\n}}\n"
        )
    };
    assert_eq!(ways(&hides("a: A", "for b in a", "h(b);"), false).len(), 1);
    files_stay(&[
        &hides("text: &str", "for line in text.lines()", ""),
        &hides("a: A", "while let Some(b) = text.next()", ""),
        &hides("a: A", "for text in a", ""),
        &hides("a: A", "loop", "h(text);"),
        &hides("a: A", "loop", "println!(\"{text}\");"),
        &hides("a: A", "#[cfg(debug_assertions)]\n    loop", ""),
    ]);
    let raw = "loop {\n    let mut r#in = String::new();\n}";
    stay(&[raw, "loop {\n    let ref mut a = String::new();\n}"]);
}

#[test]
fn attributes_and_comments_are_not_swallowed() {
    let made = "let mut out = String::new();\n";
    for stays in [
        "#[cfg(debug_assertions)]\nout.push_str(&format!(\"x\"));",
        "#[allow(unused)]\nout += &format!(\"x\");",
        "out.push_str(&format!(\"x\" /* why */));",
        "out.push_str(\n    // why\n    &format!(\"x\"),\n);",
    ] {
        stay(&[&format!("{made}{stays}")]);
    }
    // What only looks like a comment is none.
    assert_eq!(body(&format!("{made}out.push_str(&format!(\"http://{{a}}/*\"));")).len(), 1);
    stay(&[
        "let mut t = A;\n#[cfg(unix)]\n*t.entry(a.to_string()).or_insert(0) += 1;",
        "*t.entry(a.to_string()) // why\n    .or_insert(0) += 1;",
        "g(t.get(&a /* why */ .to_string()));",
        "loop {\n    let mut a = String::new(\n        // why\n    );\n}",
    ]);
}

#[test]
fn a_text_is_appended_to_a_string_alone() {
    let appends = |sig: &str| format!("fn f({sig}) {{\n    out.push_str(&format!(\"x\"));\n}}\n");
    assert_eq!(ways(&appends("out: &mut String"), false).len(), 1);
    files_stay(&[
        &appends("out: &mut Page"),
        &appends("a: A"),
        &format!("use own::String;\n{}", appends("out: &mut String")),
        // What a call gives is not known.
        &appends("out: &mut String").replace("out.push", "g().push"),
    ]);
    stay(&[
        "let mut out = String::new();\nlet out = page(out);\nout.push_str(&format!(\"x\"));",
        "let mut out = String::new();\nout.push_str(&format!(\"x\"));\nout.write_str(\"x\");",
        "let mut out = String::new();\nout.push_str(&format!(\"x\"));\ng(out.capacity());",
    ]);
    let field = "struct A {\n    out: String,\n}\nimpl A {\n    fn f(&mut self) {\n        \
                 self.out.push_str(&format!(\"x\"));\n    }\n}\n";
    assert_eq!(ways(field, false).len(), 1);
    files_stay(&[
        &field.replace("out: String", "out: Page"),
        // A field of another type.
        &field.replace("struct A", "struct B"),
    ]);
    let own = appends("out: &mut String");
    files_stay(&[
        &format!("macro_rules! format {{ () => {{}} }}\n{own}"),
        &format!("use own::write;\n{own}"),
    ]);
}

#[test]
fn a_table_a_key_and_a_value_are_read_twice_only_where_that_does_nothing() {
    assert_eq!(body("*self.t.entry(self.k.clone()).or_insert(0) += self.n;").len(), 3);
    stay(&[
        "*m.lock().unwrap().entry(k.to_string()).or_insert(0) += 1;",
        "*t.borrow_mut().entry(k.to_string()).or_insert(0) += 1;",
        "*t[g()].entry(k.to_string()).or_insert(0) += 1;",
        "*t.entry(next().to_string()).or_insert(0) += 1;",
        "*t.entry(k.to_string()).or_insert(next_id()) += 1;",
        "*t.entry(k.to_string()).or_insert(first) += 1;",
        "*t.entry(k.to_string()).or_insert(0) += t.len();",
        "*t.entry(k.to_string()).or_insert(0) += g();",
        "*t.entry(k.to_string()).or_insert(0) += a | b;",
        // A type of the user's may begin with something else than 0.
        "*t.entry(k.to_string()).or_default() += price;",
        "*t.entry(k.to_string()).or_insert(1) += n;",
        // The rewrite has this name for itself.
        "*t.entry(k.to_string()).or_insert(0) += known;",
        "*known.entry(k.to_string()).or_insert(0) += 1;",
    ]);
    let sum = |text: &str| body(text)[0].lines().nth(3).unwrap().trim().to_owned();
    assert_eq!(
        sum("*t.entry(k.to_string()).or_insert(1) += 2;"),
        "t.insert(k.to_string(), 1 + 2);"
    );
    assert_eq!(
        sum("*t.entry(k.to_string()).or_insert(0_u8) += n;"),
        "t.insert(k.to_string(), 0_u8 + n);"
    );
}

#[test]
fn a_key_that_does_more_is_made_in_each_comparison() {
    assert_eq!(body("v.sort_by_key(|a| (a.age, Reverse(&a.name.as_str().to_owned())));").len(), 1);
    stay(&[
        "v.sort_by_key(|a| { calls += 1; a.name.clone() });",
        "v.sort_by_key(|a| name(a).clone());",
        "v.sort_by_key(|a| a.next_name().clone());",
        "v.sort_by_key(|a| format!(\"{a}\"));",
        "v.sort_by_key(|a| names[a.at].clone());",
        "v.sort_unstable_by_key(|a| a.name.clone());",
    ]);
}

#[test]
fn a_list_is_not_looped_over_where_its_elements_may_change() {
    let over = |sig: &str| format!("fn f({sig}) {{\n    for a in b.clone() {{}}\n}}\n");
    assert_eq!(ways(&over("b: Vec<u8>"), false).len(), 1);
    files_stay(&[&over("b: Vec<Cell<u8>>"), &over("b: Vec<Rc<u8>>"), &over("b: Own"), &over("")]);
    stay(&["for a in self.b().clone() {}", "for a in m.lock().unwrap().clone() {}"]);
}

#[test]
fn a_capacity_never_fails_where_the_loop_did_not() {
    let filled = |from: &str, round: &str| {
        format!("let mut out = Vec::new();\nfor a in {from} {{\n    {round}\n}}")
    };
    assert_eq!(body(&filled("a..b", "out.push(1);")).len(), 1);
    for round in [
        "out.push(1); if a > 9 { break; }",
        "out.push(1); if a > 9 { return; }",
        "out.push(g(a)?);",
        "out.push(1); ensure!(a < 9);",
        "out.push(1); if a < 9 { continue; } h();",
        "if a < 9 { out.push(a); }",
        "out.push(g(a).await);",
    ] {
        stay(&[&filled("0..n", round), &filled("0..=n", round), &filled("a..b", round)]);
    }
    stay(&[
        &filled("0..g()", "out.push(1);"),
        &filled("..", "out.push(1);"),
        &filled("(0..n).filter(g)", "out.push(1);"),
        "let mut out = HashSet::new();\nfor a in 0..n {\n    out.insert(a % 9);\n}",
        &format!("let rows = 0..n;\n{}", filled("rows", "if a < 9 { out.push(a); }")),
        "let mut out = Vec::new();\nlet n = n - 1;\nfor a in 0..n {\n    out.push(a);\n}",
        "let mut out = Vec::new();\nlet rows = g();\nfor a in rows {\n    out.push(a);\n}",
        "let mut out = own::HashMap::new();\nfor a in &rows {\n    out.insert(a, a);\n}",
        "let mut out = Vec::new();\nfor a in &rows {\n    if out.len() == out.capacity() {}\n}",
        "#[cfg(unix)]\nlet mut out = Vec::new();\nfor a in &rows {\n    out.push(a);\n}",
    ]);
    // A list that is there bounds what is taken. What is not declared may be a range.
    let early = |sig: &str| {
        format!(
            "fn f({sig}) {{\n    let mut out = Vec::new();\n    for a in rows {{\n        \
             out.push(g(a)?);\n    }}\n}}\n"
        )
    };
    assert_eq!(ways(&early("rows: &[u8]"), false).len(), 1);
    files_stay(&[&early("rows: Range<usize>"), &early("rows: impl ExactSizeIterator"), &early("")]);
}

#[test]
fn a_measured_capacity_is_not_for_each_depth() {
    let measured = |call: &str| {
        let text = format!("fn f() {{\n    let mut out = Vec::<u8>::new();\n    {call}\n}}\n");
        let finding = Finding::new("memopt::presize", "a::f").at("a.rs", 1, 4);
        let sizes = Sizes { grown: Some(64), small: None };
        of(&text, &finding, sizes, Crates::default()).len()
    };
    assert_eq!(measured("g();"), 1);
    assert_eq!(measured("f();"), 0);
}

#[test]
fn an_enum_that_others_know_keeps_its_layout() {
    let made = |text: &str| {
        let line = 1 + text.lines().position(|line| line.contains("fn f(")).unwrap();
        let mut finding = Finding::new("memopt::variant", "a::f").at("a.rs", line as u32, 4);
        let fact = serde_json::json!({
            "kind": "large_variant", "type_name": "Shape", "variant": "Grid", "bytes": 512,
            "boxed_bytes": 16,
        });
        finding.evidence.push(serde_json::from_value(fact).unwrap());
        let all = of(text, &finding, Sizes::default(), Crates::default());
        let apply = |way: &Vec<_>| splice::apply(text, &way.iter().collect::<Vec<_>>()).unwrap();
        all.iter().map(|(_, way)| apply(way)).collect::<Vec<_>>()
    };
    let own = "#[derive(Debug)]\nenum Shape {\n    Point(u32),\n    Grid([u64; 64]),\n}\nfn f() \
               -> Shape {\n    Shape::Grid([7; 64])\n}\n";
    let [boxed] = &made(own)[..] else { panic!("one rewrite") };
    assert!(boxed.contains("Grid(Box<[u64; 64]>)") && boxed.contains("Box::new([7; 64])"));
    for other in [
        own.replace("enum", "pub enum"),
        own.replace("enum", "#[repr(C)]\nenum"),
        own.replace("enum", "#[own]\nenum"),
        own.replace("Debug", "Debug, Pod"),
        own.replace("    Grid", "    #[cfg(unix)]\n    Grid"),
        format!("{own}unsafe fn g() {{}}\n"),
        format!("{own}const SIZE: usize = size_of::<Shape>();\n"),
        format!("{own}mod a {{\n    enum Shape {{}}\n}}\n"),
        format!("{own}mod a;\n"),
    ] {
        assert_eq!(made(&other), [""; 0], "{other}");
    }
}
