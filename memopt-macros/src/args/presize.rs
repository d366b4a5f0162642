//! `#[presize(percentile = 95, max_waste = 20)]`.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitInt, Result};

use super::list::{self, Grammar};

const PERCENTILE: &str = "percentile = 95";
const MAX_WASTE: &str = "max_waste = 20";
const PRESIZE: Grammar = Grammar::new(
    "presize",
    &[("percentile", PERCENTILE), ("max_waste", MAX_WASTE), ("learn", "learn")],
);

/// The arguments of one `#[presize]`; `None` is the runtime's own choice.
#[derive(Clone, Copy, Default)]
pub(crate) struct PresizeArgs {
    pub(crate) percentile: Option<u8>,
    pub(crate) max_waste: Option<u8>,
    /// Only learn, until the optimizer says more.
    pub(crate) learn: bool,
}

impl PresizeArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        PRESIZE.read(input, |key, input| {
            match key.to_string().as_str() {
                "learn" => {
                    list::bare(key, input)?;
                    args.learn = true;
                }
                "percentile" => args.percentile = Some(percent(key, input, 1, PERCENTILE)?),
                _ => args.max_waste = Some(percent(key, input, 0, MAX_WASTE)?),
            }
            Ok(())
        })?;
        Ok(args)
    }
}

fn percent(key: &Ident, input: ParseStream<'_>, least: u8, example: &str) -> Result<u8> {
    list::assign(key, input, example)?;
    let wrong = |span| {
        let message = format!("`{key}` is a share in percent, {least} to 100; write `{example}`");
        Error::new(span, message)
    };
    let value = input.parse::<LitInt>().map_err(|_| wrong(list::here(key, input)))?;
    match value.base10_parse::<u8>() {
        Ok(percent) if (least..=100).contains(&percent) => Ok(percent),
        _ => Err(wrong(value.span())),
    }
}
