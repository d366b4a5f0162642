use super::{Body, Made, Makes};

fn body(source: &str) -> Body {
    Body::read(source, source.find("f(").unwrap(), 1)
}

#[test]
fn expressions_are_known_by_their_look() {
    let cases = [
        ("let key = word.to_lowercase();", Makes::Case, "word.to_lowercase()"),
        (
            "let key = word\n  .trim()\n  .to_lowercase();",
            Makes::Case,
            "word.trim().to_lowercase()",
        ),
        ("let mut out: Vec<u8> = Vec::new();", Makes::Empty, "Vec::new()"),
        ("let out = Vec::<u8>::with_capacity(9);", Makes::Sized, "Vec::<u8>::with_capacity(9)"),
        ("let mut todo = vec![package];", Makes::List, "vec![package]"),
        ("let buffer = vec![0u8; 1 << 16];", Makes::Sized, "vec![0u8; 1 << 16]"),
        ("g(format!(\"{a}:{b}\"));", Makes::Text, "format!(\"{a}:{b}\")"),
        ("for id in self.rules[&p].clone() {}", Makes::Copy, "self.rules[&p].clone()"),
        ("let all = std::fs::read(path)?;", Makes::Input, "std::fs::read(path)"),
        ("for line in reader.split(b'\\n') {}", Makes::Lines, "reader.split(b'\\n')"),
        ("let dp = vec![vec![0; m]; n];", Makes::Grid, "vec![vec![0; m]; n]"),
        ("let all: Set = words.iter().cloned().collect();", Makes::Copy, "words.iter().cloned()"),
        ("let pad = \" \".repeat(width);", Makes::Sized, "\" \".repeat(width)"),
        (
            "it.map(|x| x).collect::<Vec<_>>()",
            Makes::Collected,
            "it.map(|x| x).collect::<Vec<_>>()",
        ),
        (
            "let all: Vec<u32> = (0..self.scale).flat_map(|y| (0..self.scale).map(|x| (x, y))) \
             .map(|(x, y)| at(x, y)).collect();",
            Makes::Collected,
            "(0..self.scale).flat_map...collect()",
        ),
        (
            "let line = format!(\"{}, {}, {}\", self.first, self.second, self.third);",
            Makes::Text,
            "format!(\"{}, {}, {}\", self.first, self.second,..",
        ),
        ("Rc::new(1)", Makes::Shared, "Rc::new(1)"),
        ("it.map(str::to_owned)", Makes::Copy, "str::to_owned"),
        ("it.map(String::from)", Makes::Copy, "String::from"),
    ];
    for (line, makes, text) in cases {
        let found = body(&format!("fn f() {{ {line} }}")).made;
        assert_eq!((found[0].makes, found[0].text.as_str()), (makes, text), "{line}");
    }
}

#[test]
fn a_loop_or_an_adapter_repeats_what_stands_in_it() {
    let found = body(
        "fn f(rows: &[&str]) -> Vec<String> {\n let mut out = Vec::new();\n for r in rows {\n \
         out.push(r.to_string());\n }\n rows.iter().map(|r| r.clone());\n out.sort();\n \
         Ok(out)\n}",
    );
    let repeated: Vec<(u32, bool)> =
        found.made.iter().map(|made| (made.line, made.repeated)).collect();
    assert_eq!(repeated, [(2, false), (4, true), (6, true)]);
    assert_eq!(found.made[0].name.as_deref(), Some("out"));
    assert!(found.sorts() && found.names("Vec") && !found.names("serde_json"));
    assert_eq!(found.signature, "f(rows: &[&str]) -> Vec<String>");
}

#[test]
fn what_is_made_for_a_failure_is_not_made_in_each_round() {
    let found = body(
        "fn f() { let r = File::open(path).map_err_context(String::new)?; \
         let s = x.unwrap_or_else(String::new); let t = it.map(String::from); }",
    );
    let text: Vec<&str> = found.made.iter().map(|made| made.text.as_str()).collect();
    assert_eq!(text, ["String::from"]);
}

#[test]
fn what_an_error_is_made_of_is_not_made_in_each_round() {
    let found = body(
        "fn f() { for l in it { let t = l.to_owned(); if bad { return Err(E::new(1, \
         format!(\"{l}\"))); } l.parse().map_err(|e| e.to_string())?; if l.is_empty() { \
         panic!(\"{}\", l.to_owned()) } let n = next.ok_or_else(|| l.clone())?; \
         if let Err(e) = l.parse() { log(e.to_string()) } } }",
    );
    let text: Vec<&str> = found.made.iter().map(|made| made.text.as_str()).collect();
    assert_eq!(text, ["l.to_owned()", "e.to_string()"]);
}

#[test]
fn branches_that_make_the_same_for_one_name_are_told_together() {
    let found = body(
        "fn f() {\n let data = if stdin {\n let lock = open();\n read_to_string(lock)?\n } else \
         {\n fs::read_to_string(path)?\n };\n if a {\n loop { let out = String::new(); }\n } \
         else {\n loop { let out = String::new(); }\n }\n let out = String::new();\n}",
    );
    let told: Vec<(&str, String)> = found
        .made
        .iter()
        .map(|made| (made.name.as_deref().unwrap_or_default(), made.lines()))
        .collect();
    let both = |name, lines: &str| (name, lines.to_owned());
    assert_eq!(
        told,
        [
            both("data", "lines 4 and 6"),
            both("data", "lines 4 and 6"),
            both("out", "lines 9 and 11"),
            both("out", "lines 9 and 11"),
            both("out", "line 13"),
        ]
    );
}

#[test]
fn a_variable_that_is_assigned_anew_is_the_one_before() {
    let found = body(
        "fn f() {\n let mut todo = vec![first];\n loop {\n match a { B => g(c.to_vec()), _ => {} } \
         if a == b { todo = vec![c.clone()]; }\n self.x = vec![0]; } }",
    );
    let told: Vec<(Option<&str>, String)> =
        found.made.iter().map(|made| (made.name.as_deref(), made.lines())).collect();
    let named = |lines: &str| (Some("todo"), lines.to_owned());
    let expected = [
        named("lines 2 and 4"),
        (None, "line 4".to_owned()),
        named("lines 2 and 4"),
        named("line 4"),
        (None, "line 5".to_owned()),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_variable_is_named_for_what_it_holds() {
    let found = body(
        "fn f() { let all = rows.iter().map(|r| { let n = r.len(); r.to_vec() }).collect(); \
         if let Some(x) = g(y.clone()) { h(x.to_owned()) } k(z.to_owned()) }",
    );
    let names: Vec<Option<&str>> = found.made.iter().map(|made| made.name.as_deref()).collect();
    assert_eq!(names, [Some("all"), Some("all"), None, None, None]);
}

#[test]
fn a_function_inside_is_not_this_one() {
    let found = body("fn f() { fn g() -> String { x.to_string() } let s = y.to_owned(); }");
    let text: Vec<&str> = found.made.iter().map(|made| made.text.as_str()).collect();
    assert_eq!(text, ["y.to_owned()"]);
}

#[test]
fn a_copy_of_either_arm_is_changed_where_the_variable_is() {
    let changed = [
        "let mut s = if c { a.clone() } else { b.to_owned() };",
        "let mut s = match c { A => a.clone(), _ => { b.to_owned() } };",
    ];
    for line in changed {
        let found = body(&format!("fn f() {{ {line} s.push('x'); }}")).made;
        assert!(!found.is_empty() && found.iter().all(|made| made.mutable), "{line}");
    }
    // What a loop looks up is another value than what it finds.
    for line in ["let s = a.clone();", "let mut n = { for x in y { g(x.clone()); } 1 };"] {
        let found = body(&format!("fn f() {{ {line} }}")).made;
        assert!(!found.is_empty() && found.iter().all(|made| !made.mutable), "{line}");
    }
}

#[test]
fn zeroes_are_known_by_their_value() {
    let asks = |made: &str| body(&format!("fn f() {{ let b = {made}; }}")).asks_for_zeroes();
    for zeroes in ["vec![0; n]", "vec![0u8; 1 << 16]", "vec![0i64; 9]"] {
        assert!(asks(zeroes), "{zeroes}");
    }
    for others in ["vec![0x20; n]", "vec![1u8; n]", "vec![0, 1]", "vec![0.5; n]", "vec![BYTE; n]"] {
        assert!(!asks(others), "{others}");
    }
}

#[test]
fn what_runs_as_often_is_told_apart() {
    let source = "fn f() {\n    let table = Vec::new();\n    for word in words {\n        let key = \
                  word.to_string();\n        let back: String = word.chars().rev().collect();\n        \
                  let all: Vec<String> = list.iter().map(|x| x.to_owned()).collect();\n    }\n}";
    let body = body(source);
    let lines = |made: &[&Made]| made.iter().map(|one| one.line).collect::<Vec<u32>>();
    let is_copy = |one: &Made| one.makes == Makes::Copy;
    let key = body.made.iter().find(|made| made.line == 4).unwrap();
    let (copies, others) = body.as_often(key, is_copy);
    assert_eq!((lines(&copies), lines(&others)), (vec![4, 6], vec![5, 6]));
    // In a loop within that loop.
    let inner = body.made.iter().find(|made| made.line == 6 && is_copy(made)).unwrap();
    let (copies, others) = body.as_often(inner, is_copy);
    assert_eq!((lines(&copies), lines(&others)), (vec![6], vec![]));
}
