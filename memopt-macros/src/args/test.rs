//! `#[memopt::test(max_allocs = 10, max_bytes = "64 KiB", max_peak = "16 KiB", no_leaks)]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result, Token};

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
#[derive(Clone, Copy, Default)]
pub(crate) struct TestArgs {
    pub(crate) max_allocs: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) max_peak: Option<u64>,
    pub(crate) no_leaks: bool,
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
                    return Err(Error::new(
                        input.span(),
                        "`no_leaks` takes no value; write `no_leaks` alone",
                    ));
                }
            }
            Ok(())
        })?;
        Ok(args)
    }
}
