//! `#[memopt::streamed(chunk = 64)]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result};

use super::list::{self, Grammar};
use super::quantity;

const EXAMPLE: &str = "chunk = 64";
const STREAMED: Grammar = Grammar::new("memopt::streamed", &[("chunk", EXAMPLE)]);

/// More items at once than this are no stream.
const MAX_CHUNK: u64 = 1 << 20;

/// The arguments of `#[memopt::streamed]`.
pub(crate) struct StreamedArgs {
    /// Items held at once, at most.
    pub(crate) chunk: usize,
}

impl StreamedArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self { chunk: 1 };
        STREAMED.read(input, |key, input| {
            list::assign(key, input, EXAMPLE)?;
            let here = list::here(key, input);
            let count = quantity::bare_count(key, input, "the items held at once", EXAMPLE)?;
            if !(1..=MAX_CHUNK).contains(&count) {
                let message = format!(
                    "`chunk = {count}` is outside 1 to {MAX_CHUNK}, the items that can be held at \
                    once; write a number such as `64`"
                );
                return Err(Error::new(here, message));
            }
            args.chunk = usize::try_from(count).unwrap_or(1);
            Ok(())
        })?;
        Ok(args)
    }
}
