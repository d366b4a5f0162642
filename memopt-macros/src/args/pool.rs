//! `#[memopt::pooled(max_idle = 64, max_bytes = "1 MiB", max_object = "64 KiB", name = "..")]`, the same in `#[pool(..)]` on a struct or
//! a `let`, and `#[pool(keep)]` on a field.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitStr, Result};

use super::list::{self, Grammar};
use super::size;

const KEYS: [(&str, &str); 4] = [
    ("max_idle", "max_idle = 64"),
    ("max_bytes", "max_bytes = \"1 MiB\""),
    ("max_object", "max_object = \"64 KiB\""),
    ("name", "name = \"..\""),
];

const FIELD: Grammar = Grammar {
    owner: "pool",
    keys: &[("keep", "keep"), ("skip", "skip"), ("reset", "reset = .."), ("new", "new = ..")],
};

/// The limits of one pool; `None` leaves the runtime's own.
#[derive(Clone, Default)]
pub(crate) struct PoolArgs {
    pub(crate) max_idle: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) max_object: Option<u64>,
    pub(crate) name: Option<LitStr>,
}

impl PoolArgs {
    /// Reads the arguments of `owner`: `memopt::pooled` or `pool`.
    pub(crate) fn parse(owner: &'static str, tokens: TokenStream) -> Result<Self> {
        let read = |input: ParseStream<'_>| {
            let mut args = Self::default();
            Grammar { owner, keys: &KEYS }.read(input, |key, input| {
                match key.to_string().as_str() {
                    "name" => args.name = Some(list::text(key, input, "name = \"frames\"")?),
                    "max_idle" => {
                        list::assign(key, input, "max_idle = 64")?;
                        args.max_idle = Some(size::count(key, input, "objects")?);
                    }
                    "max_bytes" => {
                        list::assign(key, input, "max_bytes = \"1 MiB\"")?;
                        args.max_bytes = Some(size::bytes(key, input)?);
                    }
                    _ => {
                        list::assign(key, input, "max_object = \"64 KiB\"")?;
                        args.max_object = Some(size::bytes(key, input)?);
                    }
                }
                Ok(())
            })?;
            Ok(args)
        };
        read.parse2(tokens)
    }

    /// What is not said here is taken from `outer`.
    pub(crate) fn or(self, outer: &Self) -> Self {
        Self {
            max_idle: self.max_idle.or(outer.max_idle),
            max_bytes: self.max_bytes.or(outer.max_bytes),
            max_object: self.max_object.or(outer.max_object),
            name: self.name.or_else(|| outer.name.clone()),
        }
    }
}

/// What becomes of one field; each with the span of its key.
#[derive(Default)]
pub(crate) struct FieldArgs {
    pub(crate) keep: Option<Span>,
    pub(crate) skip: Option<Span>,
    pub(crate) reset: Option<(Span, TokenStream)>,
    pub(crate) new: Option<(Span, TokenStream)>,
}

impl FieldArgs {
    pub(crate) fn parse(at: Span, tokens: TokenStream) -> Result<Self> {
        if tokens.is_empty() {
            let message = "`#[pool]` on a field says what becomes of it; write `#[pool(keep)]`, `#[pool(skip)]`, `#[pool(reset = ..)]` or `#[pool(new = ..)]`, or leave it out";
            return Err(Error::new(at, message));
        }
        let read = |input: ParseStream<'_>| {
            let mut args = Self::default();
            FIELD.read(input, |key, input| {
                let span = key.span();
                match key.to_string().as_str() {
                    "keep" => {
                        list::bare(key, input)?;
                        args.keep = Some(span);
                    }
                    "skip" => {
                        list::bare(key, input)?;
                        args.skip = Some(span);
                    }
                    "reset" => args.reset = Some((span, list::expression(key, input, "reset = 0")?)),
                    _ => args.new = Some((span, list::expression(key, input, "new = Vec::new()")?)),
                }
                Ok(())
            })?;
            Ok(args)
        };
        read.parse2(tokens)
    }
}
