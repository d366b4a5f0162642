//! What the lexer makes of small texts.

use super::{Kind, Kind::*, Lexer};

fn lex(source: &str) -> Vec<(Kind, String)> {
    Lexer::new(source).tokens().into_iter().map(|token| (token.kind, token.text)).collect()
}

fn check(source: &str, expected: &[(Kind, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect();
    assert_eq!(lex(source), expected, "{source}");
}

#[test]
fn words_and_symbols() {
    check(
        "let x_1 = r#type;",
        &[
            (Keyword, "let"),
            (Identifier, "x_1"),
            (Symbol, "="),
            (Identifier, "r#type"),
            (Symbol, ";"),
        ],
    );
    check("größe", &[(Identifier, "größe")]);
}

#[test]
fn numbers_stop_before_ranges_and_methods() {
    check("1..2", &[(Number, "1"), (Symbol, "."), (Symbol, "."), (Number, "2")]);
    check("1.5e-3f64", &[(Number, "1.5e-3f64")]);
    check("0xfe-1", &[(Number, "0xfe"), (Symbol, "-"), (Number, "1")]);
    check("1.max", &[(Number, "1"), (Symbol, "."), (Identifier, "max")]);
}

#[test]
fn texts_of_every_kind() {
    check(r#""a \" b""#, &[(Text, r#""a \" b""#)]);
    check("r#\"a \" b\"# x", &[(Text, "r#\"a \" b\"#"), (Identifier, "x")]);
    check(r#"b"\\" b'\'' c"x""#, &[(Text, r#"b"\\""#), (Text, r"b'\''"), (Text, r#"c"x""#)]);
}

#[test]
fn characters_and_lifetimes() {
    check("'a' 'b '\\n' '_", &[(Text, "'a'"), (Lifetime, "'b"), (Text, "'\\n'"), (Lifetime, "'_")]);
    check("'ab", &[(Lifetime, "'ab")]);
}

#[test]
fn comments_nest_and_end_with_their_line() {
    check(
        "/* a /* b */ c */ x // y \n z",
        &[(Comment, "/* a /* b */ c */"), (Identifier, "x"), (Comment, "// y "), (Identifier, "z")],
    );
}

#[test]
fn what_is_left_open_ends_with_the_file() {
    for source in
        ["\"abc", "/* abc", "r##\"abc\"#", "'", "'\\", "b'", "\\", "r#", "1e", "\"\\", "\u{feff}"]
    {
        let whole: String = lex(source).into_iter().map(|(_, text)| text).collect();
        assert_eq!(whole, source);
    }
    assert_eq!(lex(""), []);
}
