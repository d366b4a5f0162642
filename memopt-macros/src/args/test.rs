//! `#[memopt::test(max_allocs = 10, max_bytes = "64 KiB", max_peak = "16 KiB", no_leaks)]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

use super::list::{self, Grammar};
use super::size;

const TEST: Grammar = Grammar {
    owner: "memopt::test",
    keys: &[
        ("max_allocs", "max_allocs = 10"),
        ("max_bytes", "max_bytes = \"64 KiB\""),
        ("max_peak", "max_peak = \"16 KiB\""),
        ("no_leaks", "no_leaks"),
    ],
};

/// The limits of one test; `None` is no limit.
#[derive(Clone, Default)]
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

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        TEST.read(input, |key, input| {
            match key.to_string().as_str() {
                "max_allocs" => {
                    list::assign(key, input, "max_allocs = 10")?;
                    args.max_allocs = Some(size::count(key, input, "allocations")?);
                }
                "max_bytes" => {
                    list::assign(key, input, "max_bytes = \"64 KiB\"")?;
                    args.max_bytes = Some(size::bytes(key, input)?);
                }
                "max_peak" => {
                    list::assign(key, input, "max_peak = \"16 KiB\"")?;
                    args.max_peak = Some(size::bytes(key, input)?);
                }
                _ if input.is_empty() || input.peek(Token![,]) => args.no_leaks = true,
                _ => {
                    args.no_leaks = true;
                    args.may_leak = except(input)?;
                }
            }
            Ok(())
        })?;
        Ok(args)
    }
}

/// `(except("cache", "index"))`.
fn except(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    const RULE: &str = "`no_leaks` takes no value; write `no_leaks` alone, or `no_leaks(except(\"site\"))` for sites that keep what they made";
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
    let sites = Punctuated::<LitStr, Token![,]>::parse_terminated(&names)?;
    if sites.is_empty() {
        return Err(Error::new(word.span(), "`except` names no site; write `no_leaks` alone"));
    }
    Ok(sites.into_iter().collect())
}
