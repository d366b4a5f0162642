//! `#[memopt::lazy_load(idle = "30 s", max_bytes = "16 MiB", weigh = path)]` and
//! `#[lazy(load = path, error = Type, async, weigh = path, evict, idle = "5 min")]`.

use proc_macro2::{Span, TokenStream};
use syn::Result;
use syn::parse::{ParseStream, Parser};

use super::list::{self, Grammar};
use super::quantity;

const IDLE: &str = "idle = \"5 min\"";
const MAX_BYTES: &str = "max_bytes = \"16 MiB\"";
const WEIGH: &str = "weigh = path";

const FUNCTION: Grammar = Grammar::new(
    "memopt::lazy_load",
    &[("idle", IDLE), ("max_bytes", MAX_BYTES), ("weigh", WEIGH)],
);

const FIELD: Grammar = Grammar::new(
    "lazy",
    &[
        ("load", "load = Self::read"),
        ("error", "error = Error"),
        ("async", "async"),
        ("weigh", WEIGH),
        ("evict", "evict"),
        ("idle", IDLE),
    ],
);

/// The arguments of `#[memopt::lazy_load]`; each carries the span of its key.
#[derive(Default)]
pub(crate) struct LazyArgs {
    /// Milliseconds.
    pub(crate) idle: Option<(Span, u64)>,
    pub(crate) max_bytes: Option<(Span, u64)>,
    pub(crate) weigh: Option<(Span, TokenStream)>,
}

/// The arguments of `#[lazy]` on a field.
#[derive(Default)]
pub(crate) struct LazyFieldArgs {
    pub(crate) load: Option<TokenStream>,
    pub(crate) error: Option<TokenStream>,
    pub(crate) is_async: bool,
    pub(crate) weigh: Option<TokenStream>,
    /// The value may be evicted while nothing uses it.
    pub(crate) evict: bool,
    /// Milliseconds without use after which the value is evicted.
    pub(crate) idle: Option<u64>,
}

impl LazyArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FUNCTION.read(input, |key, input| {
            let span = key.span();
            match key.to_string().as_str() {
                "idle" => args.idle = Some((span, quantity::milliseconds(key, input, IDLE)?)),
                "max_bytes" => {
                    args.max_bytes = Some((span, quantity::bytes(key, input, MAX_BYTES)?));
                }
                _ => args.weigh = Some((span, list::expression(key, input, WEIGH)?)),
            }
            Ok(())
        })?;
        Ok(args)
    }

    pub(crate) fn first(&self) -> Option<(Span, &'static str)> {
        let idle = self.idle.as_ref().map(|(span, _)| (*span, "idle"));
        let max_bytes = self.max_bytes.as_ref().map(|(span, _)| (*span, "max_bytes"));
        let weigh = self.weigh.as_ref().map(|(span, _)| (*span, "weigh"));
        idle.or(max_bytes).or(weigh)
    }
}

impl LazyFieldArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FIELD.read(input, |key, input| {
            match key.to_string().as_str() {
                "load" => args.load = Some(list::expression(key, input, "load = Self::read")?),
                "error" => args.error = Some(list::ty(key, input, "error = std::io::Error")?),
                "async" => {
                    list::bare(key, input)?;
                    args.is_async = true;
                }
                "evict" => {
                    list::bare(key, input)?;
                    args.evict = true;
                }
                "idle" => args.idle = Some(quantity::milliseconds(key, input, IDLE)?),
                _ => args.weigh = Some(list::expression(key, input, WEIGH)?),
            }
            Ok(())
        })?;
        Ok(args)
    }
}
