//! `#[memopt::streamed(chunk = 64)]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result};

use super::list::{self, Grammar};
use super::size;

const STREAMED: Grammar = Grammar { owner: "memopt::streamed", keys: &[("chunk", "chunk = 64")] };

/// The arguments of `#[memopt::streamed]`.
pub(crate) struct StreamedArgs {
    /// Items held at once, at most.
    pub(crate) chunk: usize,
}

impl StreamedArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut args = Self { chunk: 1 };
        let read = |input: ParseStream<'_>| {
            STREAMED.read(input, |key, input| {
                list::assign(key, input, "chunk = 64")?;
                let here = list::here(key, input);
                let wrong = |_| {
                    Error::new(here, "`chunk` counts the items held at once; write a whole number such as `64`")
                };
                let count = size::count(key, input, "items").map_err(wrong)?;
                if !(1..=1 << 20).contains(&count) {
                    let message = format!(
                        "`chunk = {count}` is outside 1 to 1048576, the items that can be held at once; write a number such as `64`"
                    );
                    return Err(Error::new(here, message));
                }
                args.chunk = usize::try_from(count).unwrap_or(1);
                Ok(())
            })
        };
        read.parse2(tokens)?;
        Ok(args)
    }
}
