//! `#[presize(percentile = 95, max_waste = 20)]`.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitInt, Result};

use super::list::{self, Grammar, here};

const PRESIZE: Grammar =
    Grammar { owner: "presize", keys: &[("percentile", "percentile = 95"), ("max_waste", "max_waste = 20")] };

/// The arguments of one `#[presize]`; `None` is the runtime's own choice.
#[derive(Clone, Copy, Default)]
pub(crate) struct PresizeArgs {
    pub(crate) percentile: Option<u8>,
    pub(crate) max_waste: Option<u8>,
}

impl PresizeArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut args = Self::default();
        let read = |input: ParseStream<'_>| {
            PRESIZE.read(input, |key, input| {
                if key == "percentile" {
                    args.percentile = Some(percent(key, input, 1, "percentile = 95")?);
                } else {
                    args.max_waste = Some(percent(key, input, 0, "max_waste = 20")?);
                }
                Ok(())
            })
        };
        read.parse2(tokens)?;
        Ok(args)
    }
}

fn percent(key: &Ident, input: ParseStream<'_>, least: u8, example: &str) -> Result<u8> {
    list::assign(key, input, example)?;
    let wrong =
        |span| Error::new(span, format!("`{key}` is a share in percent, {least} to 100; write `{example}`"));
    let value = input.parse::<LitInt>().map_err(|_| wrong(here(key, input)))?;
    match value.base10_parse::<u8>() {
        Ok(percent) if (least..=100).contains(&percent) => Ok(percent),
        _ => Err(wrong(value.span())),
    }
}
