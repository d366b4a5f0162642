//! `#[track_alloc(name = "..", skip, budget(..))]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{Error, LitStr, Result, Token, parenthesized};

use super::list::{self, Grammar, bare, here};
use super::size;

const TRACK: Grammar = Grammar {
    owner: "track_alloc",
    keys: &[("name", "name = \"..\""), ("skip", "skip"), ("budget", "budget(..)")],
};

const BUDGET: Grammar = Grammar {
    owner: "budget",
    keys: &[
        ("allocs", "allocs <= 3"),
        ("bytes", "bytes <= \"4 KiB\""),
        ("peak", "peak <= \"4 KiB\""),
        ("retained", "retained <= 0"),
    ],
};

/// The arguments of `#[track_alloc]`; each carries the span of its key for messages about where it stands.
#[derive(Default)]
pub(crate) struct TrackArgs {
    pub(crate) name: Option<(Span, LitStr)>,
    pub(crate) skip: Option<Span>,
    pub(crate) budget: Option<(Span, Budget)>,
}

/// Upper limits for one call; `None` is no limit.
#[derive(Clone, Copy, Default)]
pub(crate) struct Budget {
    pub(crate) allocs: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) peak: Option<u64>,
    pub(crate) retained: Option<u64>,
}

impl TrackArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        TRACK.read(input, |key, input| {
            match key.to_string().as_str() {
                "name" => args.name = Some((key.span(), list::text(key, input, "name = \"ingest\"")?)),
                "skip" => {
                    bare(key, input)?;
                    args.skip = Some(key.span());
                }
                _ => args.budget = Some((key.span(), Budget::read(key, input)?)),
            }
            Ok(())
        })?;
        Ok(args)
    }
}

impl Budget {
    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Paren) {
            let message = "`budget` holds limits; write `budget(allocs <= 3)`";
            return Err(Error::new(here(key, input), message));
        }
        let limits;
        parenthesized!(limits in input);
        let mut budget = Self::default();
        BUDGET.read(&limits, |limit, input| {
            let name = limit.to_string();
            at_most(limit, input, if name == "allocs" { "3" } else { "\"4 KiB\"" })?;
            let (slot, value) = match name.as_str() {
                "allocs" => (&mut budget.allocs, size::count(limit, input)?),
                "bytes" => (&mut budget.bytes, size::bytes(limit, input)?),
                "peak" => (&mut budget.peak, size::bytes(limit, input)?),
                _ => (&mut budget.retained, size::bytes(limit, input)?),
            };
            *slot = Some(value);
            Ok(())
        })?;
        if budget.is_none() {
            let message = "`budget` is empty; give it a limit such as `budget(allocs <= 3)` or leave it out";
            return Err(Error::new(key.span(), message));
        }
        Ok(budget)
    }

    fn is_none(&self) -> bool {
        [self.allocs, self.bytes, self.peak, self.retained].iter().all(Option::is_none)
    }
}

/// The `<=` of a limit. A budget is an upper limit and nothing else, so `<`, `==` and `=` are refused instead of read as one.
fn at_most(limit: &Ident, input: ParseStream<'_>, example: &str) -> Result<()> {
    if input.peek(Token![<=]) {
        input.parse::<Token![<=]>()?;
        return Ok(());
    }
    let span = here(limit, input);
    let operators: [(&str, bool); 5] = [
        ("==", input.peek(Token![==])),
        (">=", input.peek(Token![>=])),
        ("<", input.peek(Token![<])),
        (">", input.peek(Token![>])),
        ("=", input.peek(Token![=])),
    ];
    let message = match operators.iter().find(|(_, found)| *found) {
        Some((operator, _)) => {
            format!(
                "`{operator}` does not state a budget; a budget is an upper limit: write `{limit} <= {example}`"
            )
        }
        None => format!("`{limit}` has no limit; write `{limit} <= {example}`"),
    };
    Err(Error::new(span, message))
}
