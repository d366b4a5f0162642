//! `#[memopt::test(max_allocs = 10, max_bytes = "64 KiB", max_peak = "16 KiB", no_leaks)]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

use super::list::Grammar;
use super::quantity;

const MAX_ALLOCS: &str = "max_allocs = 10";
const MAX_BYTES: &str = "max_bytes = \"64 KiB\"";
const MAX_PEAK: &str = "max_peak = \"16 KiB\"";
const TEST: Grammar = Grammar::new(
    "memopt::test",
    &[
        ("max_allocs", MAX_ALLOCS),
        ("max_bytes", MAX_BYTES),
        ("max_peak", MAX_PEAK),
        ("no_leaks", "no_leaks"),
    ],
);

/// The limits of one test; `None` is no limit.
#[derive(Default)]
pub(crate) struct TestArgs {
    pub(crate) max_allocs: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) max_peak: Option<u64>,
    pub(crate) no_leaks: bool,
    /// Sites whose blocks may be left.
    pub(crate) may_leak: Vec<LitStr>,
}

impl TestArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    /// Whether there is anything to judge.
    pub(crate) fn is_limited(&self) -> bool {
        self.no_leaks
            || [self.max_allocs, self.max_bytes, self.max_peak].iter().any(Option::is_some)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        TEST.read(input, |key, input| {
            match key.to_string().as_str() {
                "max_allocs" => {
                    args.max_allocs = Some(quantity::count(key, input, "allocations", MAX_ALLOCS)?);
                }
                "max_bytes" => args.max_bytes = Some(quantity::bytes(key, input, MAX_BYTES)?),
                "max_peak" => args.max_peak = Some(quantity::bytes(key, input, MAX_PEAK)?),
                _ => {
                    args.no_leaks = true;
                    if !input.is_empty() && !input.peek(Token![,]) {
                        args.may_leak = except(input)?;
                    }
                }
            }
            Ok(())
        })?;
        Ok(args)
    }
}

/// `(except("cache", "index"))`.
fn except(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    const RULE: &str = "`no_leaks` stands alone or names exceptions; write `no_leaks`, or \
        `no_leaks(except(\"site\"))` for sites that keep what they allocate";
    if !input.peek(syn::token::Paren) {
        return Err(Error::new(input.span(), RULE));
    }
    let (inner, names);
    parenthesized!(inner in input);
    let word: Ident = inner.parse().map_err(|error| Error::new(error.span(), RULE))?;
    if word != "except" || !inner.peek(syn::token::Paren) {
        return Err(Error::new(word.span(), RULE));
    }
    parenthesized!(names in inner);
    let sites = Punctuated::<LitStr, Token![,]>::parse_terminated(&names).map_err(|error| {
        Error::new(
            error.span(),
            "`except` takes names of sites; write `except(\"cache\", \"index\")`",
        )
    })?;
    if sites.is_empty() {
        return Err(Error::new(word.span(), "`except` names no site; write `no_leaks` alone"));
    }
    Ok(sites.into_iter().collect())
}
