//! `#[memopt::pooled(max_idle = 64, max_bytes = "1 MiB", max_object = "64 KiB", name = "..")]`, the
//! same in `#[pool(..)]` on a struct or a `let`, and `#[pool(keep)]` on a field.

use proc_macro2::{Literal, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result};

use super::list::{self, Grammar};
use super::quantity;

const MAX_IDLE: &str = "max_idle = 64";
const MAX_BYTES: &str = "max_bytes = \"1 MiB\"";
const MAX_OBJECT: &str = "max_object = \"64 KiB\"";

const KEYS: [(&str, &str); 4] = [
    ("max_idle", MAX_IDLE),
    ("max_bytes", MAX_BYTES),
    ("max_object", MAX_OBJECT),
    ("name", "name = \"..\""),
];

const FIELD: Grammar = Grammar::new(
    "pool",
    &[("keep", "keep"), ("skip", "skip"), ("reset", "reset = .."), ("new", "new = ..")],
);

/// The limits of one pool; `None` leaves the runtime's own.
#[derive(Clone, Default)]
pub(crate) struct PoolArgs {
    pub(crate) max_idle: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) max_object: Option<u64>,
    pub(crate) name: Option<Literal>,
}

impl PoolArgs {
    /// Reads the arguments of `owner`: `memopt::pooled` or `pool`.
    pub(crate) fn parse(owner: &'static str, tokens: TokenStream) -> Result<Self> {
        let read = |input: ParseStream<'_>| {
            let mut args = Self::default();
            Grammar::new(owner, &KEYS).read(input, |key, input| {
                match key.to_string().as_str() {
                    "name" => {
                        args.name = Some(list::text(key, input, "name = \"frames\"")?.token());
                    }
                    "max_idle" => {
                        args.max_idle = Some(quantity::count(key, input, "objects", MAX_IDLE)?);
                    }
                    "max_bytes" => args.max_bytes = Some(quantity::bytes(key, input, MAX_BYTES)?),
                    _ => args.max_object = Some(quantity::bytes(key, input, MAX_OBJECT)?),
                }
                Ok(())
            })?;
            Ok(args)
        };
        read.parse2(tokens)
    }

    /// Limits that are not given here are those of `outer`.
    pub(crate) fn or(self, outer: &Self) -> Self {
        Self {
            max_idle: self.max_idle.or(outer.max_idle),
            max_bytes: self.max_bytes.or(outer.max_bytes),
            max_object: self.max_object.or(outer.max_object),
            name: self.name.or_else(|| outer.name.clone()),
        }
    }
}

/// How one field is made and reset; each argument with the span of its key.
#[derive(Default)]
pub(crate) struct PoolFieldArgs {
    pub(crate) keep: Option<Span>,
    pub(crate) skip: Option<Span>,
    pub(crate) reset: Option<(Span, TokenStream)>,
    pub(crate) new: Option<(Span, TokenStream)>,
}

impl PoolFieldArgs {
    pub(crate) fn parse(at: Span, tokens: TokenStream) -> Result<Self> {
        if tokens.is_empty() {
            let message = "`#[pool]` on a field says how the field is reset; write \
                `#[pool(keep)]`, \
                `#[pool(skip)]`, `#[pool(reset = ..)]` or `#[pool(new = ..)]`, or remove it";
            return Err(Error::new(at, message));
        }
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FIELD.read(input, |key, input| {
            let span = key.span();
            match key.to_string().as_str() {
                "keep" => args.keep = Some(list::bare(key, input)?),
                "skip" => args.skip = Some(list::bare(key, input)?),
                "reset" => args.reset = Some((span, list::expression(key, input, "reset = 0")?)),
                _ => args.new = Some((span, list::expression(key, input, "new = Vec::new()")?)),
            }
            Ok(())
        })?;
        Ok(args)
    }
}
