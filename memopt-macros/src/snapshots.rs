//! What each attribute writes, as files to read: `tests/tests/expand/*.rs` of the workspace and the
//! `.expanded` beside each.
//!
//! To accept new output: `MEMOPT_BLESS=1 cargo test -p memopt-macros` (with rustfmt), then read the
//! difference.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::attributes;
use crate::expand::Mode;

/// One annotated item: the attribute's name, its arguments and the item below it.
struct Case {
    attribute: String,
    args: TokenStream,
    item: TokenStream,
}

impl Case {
    fn read(source: &str) -> Self {
        let source = pad(source).parse::<TokenStream>().expect("tokens");
        let mut tokens = source.into_iter();
        let (_pound, Some(TokenTree::Group(brackets))) = (tokens.next(), tokens.next()) else {
            panic!("a case begins with the attribute");
        };
        let mut attribute = String::new();
        let mut args = TokenStream::new();
        for token in brackets.stream() {
            match token {
                TokenTree::Ident(word) => attribute = word.to_string(),
                TokenTree::Group(group) => args = group.stream(),
                _ => {}
            }
        }
        Self { attribute, args, item: tokens.collect() }
    }

    fn expand(&self, mode: Mode) -> TokenStream {
        let args = self.args.clone();
        match self.attribute.as_str() {
            "track_alloc" => attributes::track_alloc(args, &self.item, mode),
            "arena" => attributes::arena(args, &self.item, mode),
            "main" => attributes::main(args, &self.item, mode),
            "streamed" => attributes::streamed(args, &self.item, mode),
            "lazy_load" => attributes::lazy_load(args, &self.item),
            "test" => attributes::test(args, &self.item, mode),
            "derive" => attributes::mem_size(self.item.clone()),
            "pooled" => attributes::pooled(args, &self.item),
            other => panic!("no attribute {other}"),
        }
    }
}

/// Braces left open, as in a file being typed, are closed at the end: rustc and editors do so
/// before they call an attribute.
fn pad(source: &str) -> String {
    let open = source.matches('{').count().saturating_sub(source.matches('}').count());
    format!("{source}{}", "}".repeat(open))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tests/expand")
}

fn cases() -> Vec<(PathBuf, Case)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("a case").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let case = Case::read(&fs::read_to_string(&path).expect("a readable case"));
            (path, case)
        })
        .collect()
}

/// The tokens as text, without the trailing commas that rustfmt adds and takes away.
fn plain(tokens: TokenStream) -> String {
    fn strip(tokens: TokenStream) -> TokenStream {
        let mut trees: Vec<TokenTree> = tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Group(group) => {
                    TokenTree::Group(Group::new(group.delimiter(), strip(group.stream())))
                }
                token => token,
            })
            .collect();
        let is_comma =
            |token: &mut TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        let _ = trees.pop_if(is_comma);
        trees.into_iter().collect()
    }
    // Whether `&'a` has a space in it depends on who made the tokens.
    strip(tokens).to_string().replace(' ', "").replace(",>", ">")
}

fn formatted(tokens: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=140,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("rustfmt is installed where snapshots are accepted");
    rustfmt.stdin.take().expect("piped").write_all(tokens.as_bytes()).expect("rustfmt reads");
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    // Code that does not parse stays as it is.
    if output.status.success() {
        String::from_utf8(output.stdout).expect("text")
    } else {
        format!("{tokens}\n")
    }
}

#[test]
fn expansions_are_the_ones_written_down() {
    let bless = std::env::var_os("MEMOPT_BLESS").is_some();
    let cases = cases();
    assert!(!cases.is_empty());
    for (path, case) in cases {
        let expansion = case.expand(Mode::Track);
        let snapshot = path.with_extension("expanded");
        if bless {
            fs::write(&snapshot, formatted(&expansion.to_string())).expect("a writable snapshot");
        }
        let expected = fs::read_to_string(&snapshot).unwrap_or_default();
        let expected = expected.parse::<TokenStream>().expect("tokens");
        assert_eq!(plain(expansion), plain(expected), "{}", path.display());
    }
}

#[test]
fn expansions_name_only_core_and_the_private_module() {
    for (path, case) in cases() {
        let text = case.expand(Mode::Track).to_string().replace(' ', "");
        for (at, _) in text.match_indices("memopt::") {
            let private =
                text[at..].starts_with("memopt::__private::") && text[..at].ends_with("::");
            assert!(private, "{}: {}", path.display(), &text[at..]);
        }
    }
}

#[test]
fn with_tracking_off_the_item_comes_back() {
    // Remedies work with tracking off.
    const STAYS: [&str; 4] = ["derive", "lazy_load", "pooled", "streamed"];
    for (path, case) in
        cases().into_iter().filter(|(_, case)| !STAYS.contains(&case.attribute.as_str()))
    {
        let mut off = plain(case.expand(Mode::Off));
        let mut item = plain(without_helpers(case.item.clone()));
        if case.attribute == "main" {
            off = without_call(&off, "nothing_is_recorded");
        }
        if case.attribute == "test" {
            off = without_call(&off, "limits_not_judged");
            if !item.contains("tokio") {
                item = format!("#[::memopt::__private::core::prelude::v1::test]{item}");
            }
        }
        assert_eq!(off, item, "{}", path.display());
    }
}

/// The function without the one statement that says what memopt does not do.
fn without_call(function: &str, name: &str) -> String {
    let call = format!("::memopt::__private::{name}(");
    let (before, notice) = function.split_once(&call).expect("one");
    let (_, behind) = notice.split_once(");").expect("a statement");
    format!("{before}{behind}")
}

/// The item without `#[track_alloc(..)]` and `#[presize(..)]` inside.
fn without_helpers(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let attribute = group.stream().to_string();
                if attribute.contains("track_alloc") || attribute.starts_with("presize") {
                    kept.pop();
                } else {
                    kept.push(TokenTree::Group(group));
                }
            }
            TokenTree::Group(group) => {
                kept.push(TokenTree::Group(Group::new(
                    group.delimiter(),
                    without_helpers(group.stream()),
                )));
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

#[test]
fn on_a_mistake_the_item_comes_back_beside_one_error() {
    let item = "fn typing () { let x = line . }";
    let tokens = attributes::track_alloc(
        "nmae = \"x\"".parse().unwrap(),
        &item.parse().unwrap(),
        Mode::Track,
    );
    let text = tokens.to_string();
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    assert!(text.ends_with(item), "{text}");
}
