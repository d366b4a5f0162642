//! `#[mem_size(skip)]` and `#[mem_size(with = path)]`, on a field.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Meta, Path, Result};

use super::list::{self, Grammar};

const WITH: &str = "with = path::to::function";
const FIELD: Grammar = Grammar::new("mem_size", &[("skip", "skip"), ("with", WITH)]);

/// What one attribute says; each argument with the span of its key.
#[derive(Default)]
pub(crate) struct MemSizeArgs {
    pub(crate) skip: Option<Span>,
    pub(crate) with: Option<(Span, Path)>,
}

impl MemSizeArgs {
    /// Reads one `#[mem_size(..)]`.
    pub(crate) fn parse(attr: &Attribute) -> Result<Self> {
        match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list.parse_args_with(Self::read),
            meta => {
                let message = "`#[mem_size]` has no argument; write `#[mem_size(skip)]` or \
                    `#[mem_size(with = path::to::function)]`";
                Err(Error::new_spanned(meta, message))
            }
        }
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FIELD.read(input, |key, input| {
            if key == "skip" {
                args.skip = Some(list::bare(key, input)?);
                return Ok(());
            }
            list::assign(key, input, WITH)?;
            let path = input.parse::<Path>().map_err(|_| {
                let message =
                    format!("`with` takes the path of a function, without quotes; write `{WITH}`");
                Error::new(list::here(key, input), message)
            })?;
            args.with = Some((key.span(), path));
            Ok(())
        })?;
        Ok(args)
    }
}
