mod held;
mod refused;

use super::{Crates, Sizes, of};
use crate::proof::splice;
use memopt_report::{Finding, Remedy};

/// All ways that the function named `f` could be written, as texts of the whole file.
fn ways(text: &str, has_memopt: bool) -> Vec<String> {
    let line = 1 + text.lines().position(|line| line.contains("fn f(")).unwrap();
    let mut finding = Finding::new("memopt::reuse", "a::f").at("a.rs", line as u32, 4);
    finding.remedy = Some(Remedy::Reuse);
    let crates = Crates { memopt: has_memopt, smallvec: true };
    let all = of(text, &finding, Sizes::default(), crates);
    let applied = all.iter().map(|(_, way)| splice::apply(text, &way.iter().collect::<Vec<_>>()));
    applied.map(Option::unwrap).collect()
}

fn body(text: &str) -> Vec<String> {
    let indented = text.replace('\n', "\n    ");
    let all = ways(&format!("fn f() {{\n    {indented}\n}}\n"), false);
    let own = |text: String| {
        text.lines().filter_map(|line| line.strip_prefix("    ")).collect::<Vec<_>>().join("\n")
    };
    all.into_iter().map(own).collect()
}

#[test]
fn a_buffer_is_made_before_the_loop() {
    let round = "let mut words: Vec<&str> = Vec::new();\n    g(&mut words);\n}";
    assert_eq!(
        body(&format!("for line in lines {{\n    {round}")),
        ["let mut words: Vec<&str> = Vec::new();\nfor line in lines {\n    words.clear();\n    \
          g(&mut words);\n}"]
    );
    // Out of both loops, or of the inner one alone.
    let twice = body(&format!("while a {{\n    loop {{\n    {round}\n}}"));
    assert_eq!(twice.len(), 2);
    assert!(twice[0].starts_with("let mut words"), "{}", twice[0]);
    assert!(twice[1].starts_with("while a"), "{}", twice[1]);
    assert_eq!(
        body("loop {\n    let mut block = vec![0_u8; 4 * SIZE];\n    g(&mut block);\n}"),
        ["let mut block = Vec::new();\nloop {\n    block.clear();\n    block.resize(4 * SIZE, \
          0_u8);\n    g(&mut block);\n}"]
    );
}

#[test]
fn a_buffer_that_is_another_each_round_stays() {
    for text in [
        "loop {\n    let words = Vec::new();\n}",
        "loop {\n    let mut words = vec![0; n];\n}",
        "loop {\n    let mut words = vec![x; 9];\n}",
        "loop {\n    let mut words = make();\n}",
        "loop {\n    g(|| { let mut words = Vec::new(); words.push(1); });\n}",
        "g(words);\nloop {\n    let mut words = Vec::new();\n}",
        "let mut words = Vec::new();",
    ] {
        assert!(body(text).is_empty(), "{text}");
    }
}

#[test]
fn a_text_that_is_repeated_to_one_length_is_made_once() {
    let round = |sig: &str, length: &str| {
        let text = format!(
            "fn f({sig}) {{\n    while g() {{\n        let line = \" \".repeat({length});\n        \
             h(line.as_bytes());\n    }}\n}}\n"
        );
        ways(&text, false)
    };
    assert_eq!(
        round("own: &Own", "own.width + 1"),
        ["fn f(own: &Own) {\n    let mut line = String::new();\n    while g() {\n        if \
          line.is_empty() {\n            line = \" \".repeat(own.width + 1);\n        }\n        \
          h(line.as_bytes());\n    }\n}\n"]
    );
    assert_eq!(round("&self", "self.of.width").len(), 1);
    assert_eq!(round("", "2 * WIDTH").len(), 1);
    for (sig, length) in [
        ("own: &mut Own", "own.width"),
        ("own: Own", "own.width"),
        ("mut own: &Own", "own.width"),
        ("&mut self", "self.width"),
        ("self: Box<Self>", "self.width"),
        ("own: &Own", "own.width()"),
        ("own: &Own", "other.width"),
        ("width: usize", "width"),
        ("line: &Own", "line.width"),
    ] {
        assert!(round(sig, length).is_empty(), "{sig} {length}");
    }
    let hidden = "fn f(own: &Own) {\n    for own in own.all() {\n        let line = \
                  \"-\".repeat(own.width);\n    }\n}\n";
    assert!(ways(hidden, false).is_empty());
}

#[test]
fn what_is_compared_in_one_case_is_not_copied() {
    let made = "g(a.name.to_ascii_lowercase() == b.to_ascii_lowercase());";
    assert_eq!(body(made), ["g(a.name.eq_ignore_ascii_case(&b));"]);
    assert_eq!(body(&made.replace("==", "!=")), ["g(!a.name.eq_ignore_ascii_case(&b));"]);
    let ordered = "g(a.to_ascii_uppercase().cmp(&b.to_ascii_uppercase()));";
    let each = "map(u8::to_ascii_uppercase)";
    let letter = "map(|byte| byte.to_ascii_uppercase())";
    assert_eq!(
        body(ordered),
        [
            format!("g(a.iter().{each}.cmp(b.iter().{each}));"),
            format!("g(a.bytes().{letter}.cmp(b.bytes().{letter}));"),
        ]
    );
    // What is long stands in lines of its own.
    let long = "first_field_of_the_line\n    .to_ascii_lowercase()\n    \
                .cmp(&second_field_of_the_line.to_ascii_lowercase())";
    assert_eq!(
        body(long)[0],
        "first_field_of_the_line\n    .iter()\n    .map(u8::to_ascii_lowercase)\n    \
         .cmp(second_field_of_the_line.iter().map(u8::to_ascii_lowercase))"
    );
    for text in [
        "g(a.to_ascii_lowercase() == b);",
        "g(a.to_ascii_lowercase() == b.to_ascii_uppercase());",
        "g(a.to_ascii_lowercase() < b.to_ascii_lowercase());",
        "g(a.to_lowercase() == b.to_lowercase());",
        "g(a.to_ascii_lowercase().cmp(&b));",
        "g(a.to_ascii_lowercase() /* why */ == b.to_ascii_lowercase());",
    ] {
        assert!(body(text).is_empty(), "{text}");
    }
    let own =
        format!("impl A {{ fn to_ascii_lowercase(&self) -> A {{}} }}\nfn f() {{\n    {made}\n}}\n");
    assert!(ways(&own, false).is_empty());
}

#[test]
fn a_text_is_written_where_it_goes() {
    let failure = "formatting failed";
    let made = "let mut out = String::new();";
    assert_eq!(
        body(&format!(
            "{made}\nfor a in b {{\n    out.push_str(&format!(\"{{a}} {{}}\", 7));\n}}\nout += \
             &format!(\"x\");"
        )),
        [format!(
            "use std::fmt::Write as _;\n{made}\nfor a in b {{\n    write!(out, \"{{a}} {{}}\", \
             7).expect(\"{failure}\");\n}}\nwrite!(out, \"x\").expect(\"{failure}\");"
        )]
    );
    assert!(body("out.push_str(\"a\");").is_empty());
}

#[test]
fn keys_are_made_once_or_not_at_all() {
    assert_eq!(
        body("v.sort_by_key(|a| a.name.clone());"),
        ["v.sort_by_cached_key(|a| \
                                                               a.name.clone());"]
    );
    assert!(body("v.sort_by_key(|a| a.age);").is_empty());
    assert_eq!(
        body("g(t.get(&word.to_string()));"),
        ["g(t.get(word));", "g(t.get(&word));", "g(t.get(*word));"]
    );
    assert_eq!(body("g(t.contains_key(&String::from(\"a\")));"), ["g(t.contains_key(\"a\"));"]);
    assert_eq!(
        ways(
            "struct A {\n    b: Vec<String>,\n}\nimpl A {\n    fn f(&self) {\n        for a in \
              self.b.clone() {}\n    }\n}\n",
            false
        )[0]
        .lines()
        .nth(5),
        Some("        for a in &self.b {}")
    );
    let counted = body("*t.entry(word.to_string()).or_insert(0) += 1;");
    assert_eq!(
        counted[0],
        "if let Some(known) = t.get_mut(word) {\n    *known += 1;\n} else {\n    \
         t.insert(word.to_string(), 1);\n}"
    );
    assert!(counted[1].contains("get_mut(&word)"));
    assert!(counted[2].contains("get_mut(*word)"));
}

#[test]
fn a_list_is_as_long_as_the_loop_that_fills_it() {
    let filled = |made: &str, from: &str| {
        body(&format!("let mut out = {made};\nfor a in {from} {{\n    out.push(a);\n}}"))
            .into_iter()
            .map(|text| {
                text.lines().next().unwrap().trim_start_matches("let mut out = ").to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(filled("Vec::new()", "&rows"), ["Vec::with_capacity(rows.len());"]);
    assert_eq!(
        filled("Vec::<u8>::new()", "self.rows.iter().rev()"),
        ["Vec::<u8>::with_capacity(self.rows.len());"]
    );
    assert_eq!(filled("vec![]", "0..n"), ["Vec::with_capacity(n);"]);
    assert_eq!(filled("vec![]", "0..=n"), ["Vec::with_capacity(n.saturating_add(1));"]);
    assert_eq!(filled("HashMap::new()", "a..=b"), [""; 0]);
    assert_eq!(filled("Vec::new()", "a..b"), ["Vec::with_capacity(b.saturating_sub(a));"]);
    assert_eq!(filled("HashSet::new()", "&rows"), ["HashSet::with_capacity(rows.len());"]);
    assert_eq!(filled("String::new()", "text.chars()"), ["String::with_capacity(text.len());"]);
    assert_eq!(filled("String::new()", "&words"), [""; 0], "a text is longer than its words");
    assert_eq!(filled("Vec::new()", "reader.lines()"), [""; 0]);
    assert_eq!(filled("BTreeMap::new()", "&rows"), [""; 0]);
}

#[test]
fn marks_of_memopt_are_for_packages_that_depend_on_it() {
    let text = "impl A {\r\n    #[memopt::track_alloc]\r\n    fn f(&self) {\r\n        let mut a = \
                Vec::new();\r\n    }\r\n}\r\n";
    assert!(ways(text, false).is_empty());
    assert_eq!(
        ways(text, true),
        ["impl A {\r\n    #[memopt::pooled]\r\n    \
        #[memopt::track_alloc]\r\n    fn f(&self) {\r\n        #[pool]\r\n        let mut a = \
        Vec::new();\r\n    }\r\n}\r\n"]
    );
}
