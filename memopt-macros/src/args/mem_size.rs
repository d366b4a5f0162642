//! `#[mem_size(skip)]` and `#[mem_size(with = path)]`, on a field.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Meta, Path, Result};

use super::list::{self, Grammar};

const FIELD: Grammar =
    Grammar { owner: "mem_size", keys: &[("skip", "skip"), ("with", "with = path::to::function")] };

/// What one attribute says; each argument with the span of its key.
#[derive(Default)]
pub(crate) struct FieldArgs {
    pub(crate) skip: Option<Span>,
    pub(crate) with: Option<(Span, Path)>,
}

impl FieldArgs {
    /// Reads one `#[mem_size(..)]`.
    pub(crate) fn parse(attr: &Attribute) -> Result<Self> {
        match &attr.meta {
            Meta::List(list) if !list.tokens.is_empty() => list.parse_args_with(Self::read),
            meta => {
                let message = "`mem_size` says nothing; write `#[mem_size(skip)]` or `#[mem_size(with = path::to::function)]`";
                Err(Error::new_spanned(meta, message))
            }
        }
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FIELD.read(input, |key, input| {
            if key == "skip" {
                list::bare(key, input)?;
                args.skip = Some(key.span());
            } else {
                let example = "with = path::to::function";
                list::assign(key, input, example)?;
                let path = input.parse::<Path>().map_err(|_| {
                    let message =
                        format!("`with` takes the path of a function, without quotes; write `{example}`");
                    Error::new(list::here(key, input), message)
                })?;
                args.with = Some((key.span(), path));
            }
            Ok(())
        })?;
        Ok(args)
    }
}
