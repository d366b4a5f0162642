//! `#[track_alloc(name = "..", skip, all, budget(..))]` and `#[memopt::arena(reuse)]`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::token::Paren;
use syn::{Error, LitStr, Result, Token, parenthesized};

use super::list::{self, Grammar, here};
use super::quantity;

const NAME: (&str, &str) = ("name", "name = \"..\"");
const BUDGET: (&str, &str) = ("budget", "budget(..)");

const ALL: (&str, &str) = ("all", "all");

/// Read before the others, by `root`.
const CRATE: (&str, &str) = ("crate", "crate = path");

const TRACK: Grammar = Grammar::new(
    "track_alloc",
    &[NAME, ("skip", "skip"), ALL, BUDGET, ("no_apply", "no_apply"), CRATE],
)
.hidden(&["may_rest"]);

const ARENA: Grammar = Grammar::new("memopt::arena", &[NAME, BUDGET, ("reuse", "reuse")])
    .renamed(&[("magazine", "#[memopt::arena(reuse)]")]);

const LIMITS: Grammar = Grammar::new(
    "budget",
    &[
        ("allocs", "allocs <= 3"),
        ("bytes", "bytes <= \"4 KiB\""),
        ("peak", "peak <= \"4 KiB\""),
        ("retained", "retained <= 0"),
    ],
);

/// The arguments of `#[track_alloc]` and `#[memopt::arena]`; each carries the span of its key.
#[derive(Default)]
pub(crate) struct TrackArgs {
    pub(crate) name: Option<(Span, LitStr)>,
    pub(crate) skip: Option<Span>,
    /// Those are measured too that would be left alone.
    pub(crate) all: Option<Span>,
    pub(crate) budget: Option<(Span, Budget)>,
    pub(crate) no_apply: Option<Span>,
    /// Nobody chose this function by itself: it may be switched off while the program runs, where
    /// it costs more than it tells. `cargo memopt` writes it.
    pub(crate) may_rest: bool,
    /// Only of `#[memopt::arena]`.
    pub(crate) reuse: Option<Span>,
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
    /// The arguments of `#[track_alloc]`.
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read(&TRACK, tokens)
    }

    /// The arguments of `#[memopt::arena]`.
    pub(crate) fn parse_arena(tokens: TokenStream) -> Result<Self> {
        Self::read(&ARENA, tokens)
    }

    fn read(grammar: &Grammar, tokens: TokenStream) -> Result<Self> {
        let read = |input: ParseStream<'_>| {
            let mut args = Self::default();
            grammar.read(input, |key, input| {
                let span = key.span();
                match key.to_string().as_str() {
                    "name" => {
                        args.name = Some((span, list::text(key, input, "name = \"ingest\"")?));
                    }
                    "all" => args.all = Some(list::bare(key, input)?),
                    "skip" => args.skip = Some(list::bare(key, input)?),
                    "no_apply" => args.no_apply = Some(list::bare(key, input)?),
                    "may_rest" => args.may_rest = list::bare(key, input).is_ok(),
                    "reuse" => args.reuse = Some(list::bare(key, input)?),
                    "crate" => {
                        let message = "`crate` is for the whole item; put it into the attribute \
                            above";
                        return Err(Error::new(span, message));
                    }
                    _ => args.budget = Some((span, Budget::read(key, input)?)),
                }
                Ok(())
            })?;
            Ok(args)
        };
        read.parse2(tokens)
    }
}

impl Budget {
    fn read(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Paren) {
            let message = "`budget` takes limits in brackets; write `budget(allocs <= 3)`";
            return Err(Error::new(here(key, input), message));
        }
        let limits;
        parenthesized!(limits in input);
        let mut budget = Self::default();
        LIMITS.read(&limits, |limit, input| {
            let name = limit.to_string();
            at_most(limit, input, if name == "allocs" { "3" } else { "\"4 KiB\"" })?;
            let (slot, value) = match name.as_str() {
                "allocs" => (
                    &mut budget.allocs,
                    quantity::bare_count(limit, input, "allocations", "allocs <= 3")?,
                ),
                "bytes" => (&mut budget.bytes, quantity::bare_bytes(limit, input)?),
                "peak" => (&mut budget.peak, quantity::bare_bytes(limit, input)?),
                _ => (&mut budget.retained, quantity::bare_bytes(limit, input)?),
            };
            *slot = Some(value);
            Ok(())
        })?;
        if budget.is_none() {
            let message =
                "`budget` is empty; give it a limit such as `budget(allocs <= 3)` or leave it out";
            return Err(Error::new(key.span(), message));
        }
        Ok(budget)
    }

    fn is_none(&self) -> bool {
        [self.allocs, self.bytes, self.peak, self.retained].iter().all(Option::is_none)
    }
}

/// The `<=` of a limit. A budget is an upper limit and nothing else: `<`, `==` and `=` are refused.
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
    let what = match operators.iter().find(|(_, found)| *found) {
        Some((operator, _)) => format!("`{operator}` is not an upper limit"),
        None => format!("`{limit}` has no limit"),
    };
    Err(Error::new(span, format!("{what}; write `{limit} <= {example}`")))
}
