//! `#[track_alloc(name = "..", skip, budget(..))]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{Error, LitStr, Result, Token, parenthesized};

use super::list::{self, Grammar, here};
use super::size;

const TRACK: Grammar = Grammar {
    owner: "track_alloc",
    keys: &[("name", "name = \"..\""), ("skip", "skip"), ("budget", "budget(..)"), ("no_apply", "no_apply")],
};

const ARENA: Grammar = Grammar {
    owner: "arena",
    keys: &[("name", "name = \"..\""), ("budget", "budget(..)"), ("magazine", "magazine")],
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

/// The arguments of `#[track_alloc]` and `#[memopt::arena]`; each carries the span of its key for messages about where it stands.
#[derive(Default)]
pub(crate) struct TrackArgs {
    pub(crate) name: Option<(Span, LitStr)>,
    pub(crate) skip: Option<Span>,
    pub(crate) budget: Option<(Span, Budget)>,
    pub(crate) no_apply: Option<Span>,
    /// Only of `#[memopt::arena]`.
    pub(crate) magazine: Option<Span>,
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

    /// The arguments of `#[memopt::arena]`.
    pub(crate) fn parse_arena(tokens: TokenStream) -> Result<Self> {
        (|input: ParseStream<'_>| Self::read_as(&ARENA, input)).parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        Self::read_as(&TRACK, input)
    }

    fn read_as(grammar: &Grammar, input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        grammar.read(input, |key, input| {
            match key.to_string().as_str() {
                "name" => args.name = Some((key.span(), list::text(key, input, "name = \"ingest\"")?)),
                "skip" => args.skip = Some(list::bare(key, input)?),
                "no_apply" => args.no_apply = Some(list::bare(key, input)?),
                "magazine" => args.magazine = Some(list::bare(key, input)?),
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
                "allocs" => (&mut budget.allocs, size::count(limit, input, "allocations")?),
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
