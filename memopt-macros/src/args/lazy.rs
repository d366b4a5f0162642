//! `#[memopt::lazy_load(idle = "30s", max_bytes = "16 MiB", weigh = path)]` and `#[lazy(load = path, error = Type, async, weigh = path,
//! evict, idle = "5min")]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitStr, Result, Token};

use super::list::{self, Grammar, here};
use super::size;

const FUNCTION: Grammar = Grammar {
    owner: "memopt::lazy_load",
    keys: &[("idle", "idle = \"30s\""), ("max_bytes", "max_bytes = \"16 MiB\""), ("weigh", "weigh = path")],
};

const FIELD: Grammar = Grammar {
    owner: "lazy",
    keys: &[
        ("load", "load = Self::read"),
        ("error", "error = Error"),
        ("async", "async"),
        ("weigh", "weigh = path"),
        ("evict", "evict"),
        ("idle", "idle = \"5min\""),
    ],
};

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
    /// It may go while nobody holds it.
    pub(crate) evict: bool,
    /// Milliseconds; it goes after them.
    pub(crate) idle: Option<u64>,
}

impl LazyArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        FUNCTION.read(input, |key, input| {
            match key.to_string().as_str() {
                "idle" => args.idle = Some((key.span(), time(key, input)?)),
                "max_bytes" => {
                    list::assign(key, input, "max_bytes = \"16 MiB\"")?;
                    args.max_bytes = Some((key.span(), size::bytes(key, input)?));
                }
                _ => args.weigh = Some((key.span(), value(key, input, "weigh = path")?)),
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
                "load" => args.load = Some(value(key, input, "load = Self::read")?),
                "error" => args.error = Some(value(key, input, "error = std::io::Error")?),
                "evict" => {
                    list::bare(key, input)?;
                    args.evict = true;
                }
                "idle" => args.idle = Some(time(key, input)?),
                "async" if input.is_empty() || input.peek(Token![,]) => args.is_async = true,
                "async" => {
                    return Err(Error::new(input.span(), "`async` takes no value; write `async` alone"));
                }
                _ => args.weigh = Some(value(key, input, "weigh = path")?),
            }
            Ok(())
        })?;
        Ok(args)
    }
}

/// The tokens behind `key =`, up to a comma that is not inside angle brackets.
fn value(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<TokenStream> {
    list::assign(key, input, example)?;
    let mut tokens = TokenStream::new();
    let mut angles = crate::model::Angles::default();
    let mut bars = 0;
    while !input.is_empty() {
        if input.peek(Token![,]) && angles.closed() && bars % 2 == 0 {
            break;
        }
        let token: TokenTree = input.parse()?;
        // `|a, b| ..`
        bars += usize::from(crate::model::is_punct(&token, '|'));
        angles.feed(&token);
        tokens.extend([token]);
    }
    if tokens.is_empty() {
        return Err(Error::new(here(key, input), format!("`{key}` takes a value; write `{example}`")));
    }
    Ok(tokens)
}

/// A time: a whole number and a unit; in milliseconds.
fn time(key: &Ident, input: ParseStream<'_>) -> Result<u64> {
    const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000)];
    list::assign(key, input, "idle = \"30s\"")?;
    let wrong = |span| {
        let message = format!(
            "`{key}` is a time; write a whole number above 0 and one of ms, s, min, h, as in `idle = \"30s\"`"
        );
        Error::new(span, message)
    };
    let text = input.parse::<LitStr>().map_err(|_| wrong(here(key, input)))?;
    let value = text.value();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let factor = UNITS.iter().find(|(unit, _)| *unit == value[digits..].trim()).map(|(_, factor)| *factor);
    let number = value[..digits].parse::<u64>().ok();
    match number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)) {
        Some(time) if time > 0 => Ok(time),
        _ => Err(wrong(text.span())),
    }
}
