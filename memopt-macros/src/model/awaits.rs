//! The `.await`s of an async body: each with the expression before it.
//!
//! Tokens do not tell all: a macro may hide an `.await`, and before `}.await` an expression may
//! begin anywhere. Where it is not certain that every one is found, there is no answer.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::operand;
use crate::tokens::{called_macro, holds, is, is_group, is_word, refilled, trees, word};

/// Macros that evaluate what they are given where it stands, and await nothing themselves.
const EVALUATE: [&str; 17] = [
    "assert_eq",
    "assert_ne",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Macros that await nothing, and show or read what they are given.
const AWAIT_NOTHING: [&str; 44] = [
    "anyhow",
    "assert",
    "bail",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_span",
    "ensure",
    "env",
    "error",
    "error_span",
    "event",
    "eyre",
    "file",
    "formatdoc",
    "include",
    "include_bytes",
    "include_str",
    "indoc",
    "info",
    "info_span",
    "json",
    "line",
    "log",
    "module_path",
    "option_env",
    "parse_quote",
    "quote",
    "scope",
    "site",
    "smallvec",
    "span",
    "stringify",
    "thread_local",
    "trace",
    "trace_span",
    "unimplemented",
    "warn",
    "warn_span",
    "json_internal",
];

/// One `.await`.
pub(crate) struct Await {
    /// The keyword, where the compiler's messages point.
    pub(crate) keyword: Ident,
    /// The expression before it, with its own awaits rewritten.
    pub(crate) future: Vec<TokenTree>,
    /// The expression has no temporaries that outlive it.
    pub(crate) simple: bool,
}

/// What takes the place of an `.await`.
pub(crate) type Rewrite<'a> = dyn FnMut(Await) -> TokenStream + 'a;

/// The tokens with every `.await` of this body rewritten; `None` where one may be hidden.
pub(crate) fn rewrite(tokens: &[TokenTree], rewrite: &mut Rewrite<'_>) -> Option<Vec<TokenTree>> {
    let mut out: Vec<TokenTree> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let other = other_body(tokens, at);
        if other > at {
            out.extend(tokens[at..other].iter().cloned());
            at = other;
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(keyword)
                if keyword == "await" && is(tokens, at.wrapping_sub(1), '.') =>
            {
                out.pop();
                let future = out.split_off(operand::start(&out)?);
                let simple = operand::is_simple(&future);
                out.extend(rewrite(Await { keyword: keyword.clone(), future, simple }));
            }
            TokenTree::Group(group) => {
                let inside = trees(group.stream());
                let verbatim = match called_macro(&tokens[..at]) {
                    // `!(a)` behind a keyword calls nothing.
                    Some(name) if operand::is_keyword(&name) => false,
                    Some(name) if EVALUATE.contains(&name.as_str()) => false,
                    Some(name) if AWAIT_NOTHING.contains(&name.as_str()) => {
                        if holds(&inside, &|token| is_word(token, "await")) {
                            return None;
                        }
                        true
                    }
                    Some(_) => return None,
                    // The contents of an attribute.
                    None => is(tokens, at.wrapping_sub(1), '#'),
                };
                out.push(if verbatim {
                    tokens[at].clone()
                } else {
                    let inside = self::rewrite(&inside, rewrite)?;
                    TokenTree::Group(refilled(group, inside.into_iter().collect()))
                });
            }
            TokenTree::Ident(macro_rules) if macro_rules == "macro_rules" => return None,
            token => out.push(token.clone()),
        }
        at += 1;
    }
    Some(out)
}

/// Behind the async block, async closure or function that begins at `at`: their awaits are their
/// own. `at` itself where none begins.
fn other_body(tokens: &[TokenTree], at: usize) -> usize {
    let find = |from: usize, wanted: &dyn Fn(usize) -> bool| {
        (from..tokens.len()).find(|&at| wanted(at)).unwrap_or(tokens.len())
    };
    let brace = |at: usize| is_group(tokens, at, Delimiter::Brace);
    match word(tokens, at).as_str() {
        // `fn(u8) -> u8` is a type.
        "fn" if !word(tokens, at + 1).is_empty() => {
            find(at, &|at| brace(at) || is(tokens, at, ';')) + 1
        }
        "async" => {
            let mut from = at + 1;
            from += usize::from(word(tokens, from) == "move");
            if brace(from) {
                from + 1
            } else if is(tokens, from, '|') {
                let behind = find(from + 1, &|at| is(tokens, at, '|')) + 1;
                find(behind, &|at| is(tokens, at, ',') || is(tokens, at, ';'))
            } else {
                at
            }
        }
        _ => at,
    }
    .min(tokens.len())
}

#[cfg(test)]
mod tests {
    use super::{Await, rewrite};
    use crate::tokens::trees;
    use quote::quote;

    fn rewritten(source: &str) -> Option<String> {
        let mut each = |Await { future, simple, .. }: Await| {
            if simple { quote!(S!(#(#future)*)) } else { quote!(A!(#(#future)*)) }
        };
        let tokens = trees(source.parse().unwrap());
        rewrite(&tokens, &mut each).map(|tokens| {
            let tokens: proc_macro2::TokenStream = tokens.into_iter().collect();
            tokens.to_string().replace(' ', "")
        })
    }

    fn check(source: &str, expected: &str) {
        assert_eq!(rewritten(source).as_deref(), Some(expected), "{source}");
    }

    #[test]
    fn each_await_takes_the_expression_before_it() {
        check("f().await", "S!(f())");
        check("let x = f(a, &b, &mut c.d, 1).await?;", "letx=S!(f(a,&b,&mutc.d,1))?;");
        check("self.get(url).await", "S!(self.get(url))");
        check("a::b::<C>::d(e.f()).await", "S!(a::b::<C>::d(e.f()))");
        check("<T as U>::f().await", "A!(<TasU>::f())");
        check("::a::b().await", "S!(::a::b())");
        check("x.y.0.await", "S!(x.y.0)");
        check("f(&g()).await", "A!(f(&g()))");
        check("a().b(c).await", "A!(a().b(c))");
        check("a.b::<Vec<_>>(c)?.d[0].await", "A!(a.b::<Vec<_>>(c)?.d[0])");
        check("f(g().await).await", "A!(f(S!(g())))");
        check("a().await.b().await", "A!(S!(a()).b())");
        check("&f().await + !g().await", "&S!(f())+!S!(g())");
        check("return f().await;", "returnS!(f());");
        check("if f().await { g().await } else { h }", "ifS!(f()){S!(g())}else{h}");
        check("for x in y().await { z(x).await; }", "forxinS!(y()){S!(z(x));}");
        check("match (a.await) { B => (c)(d).await, }", "match(S!(a)){B=>A!((c)(d)),}");
        check("a < b && c > (d).await", "a<b&&c>A!((d))");
        check("async move { x.await }.await", "A!(asyncmove{x.await})");
        check("unsafe { f() }.await; { g() }.await", "A!(unsafe{f()});A!({g()})");
        check("'a: loop { break 'a f().await }", "'a:loop{break'aS!(f())}");
        check("vec![f().await; 2].len()", "vec![S!(f());2].len()");
        check("a.b.c().await..d.await", "S!(a.b.c())..S!(d)");
        check("S { a: f().await, ..b.await }", "S{a:S!(f()),..S!(b)}");
    }

    #[test]
    fn awaits_of_other_bodies_stay() {
        check("async fn g() { x.await } y.await", "asyncfng(){x.await}S!(y)");
        check("f(async |x| g(x).await, h.await)", "f(async|x|g(x).await,S!(h))");
        check("let f = async move || { x.await }; f().await", "letf=asyncmove||{x.await};S!(f())");
        check("fn h() -> fn(u8) -> u8 { i } a.await", "fnh()->fn(u8)->u8{i}S!(a)");
        check("info!(\"{}\", x); !(y.await)", "info!(\"{}\",x);!(S!(y))");
    }

    #[test]
    fn where_one_may_be_hidden_there_is_no_answer() {
        for source in [
            "select! { x = f() => x }",
            "tokio::join!(a.await)",
            "info!(x.await)",
            "assert!(x.await)",
            "macro_rules! m { () => { x.await } }",
            "match x { A => b }.await",
            "if a { b } else { c }.await",
            "Point { x, y }.await",
        ] {
            assert_eq!(rewritten(source), None, "{source}");
        }
    }
}
