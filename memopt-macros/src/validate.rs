//! The rules: which arguments fit which item, and which items can be measured at all.
//!
//! Nothing is expanded here. Each check either accepts, or says the rule and the remedy at the token that breaks it. Independent parts of
//! an impl report independently, so that one build shows all of them.

pub(crate) mod lazy;
mod mem_size;
mod pooled;
pub(crate) mod presize;
mod streamed;

use proc_macro2::Span;
use syn::{Error, Result};

use crate::args::TrackArgs;
use crate::model::{Container, Func, Item, Member, Plan, Route, Spec};

pub(crate) use mem_size::mem_size;
pub(crate) use pooled::{FieldPlan, Let, Pooled, Reset, lets, parameters, pooled, returned};
pub(crate) use streamed::{is_streamed, streamed};

/// The attribute's own name, as helpers inside an annotated impl, trait or mod carry it.
const HELPER: &str = "track_alloc";

/// The attribute that measures a function too and gives it an arena.
const ARENA: &str = "arena";

const BOTH: &str = "`#[memopt::arena]` measures the function too; put the arguments of `#[track_alloc]` into it and remove `#[track_alloc]`";

/// Words that say a test attribute was meant though its name does not end in `test`.
const TEST_LIKE: [&str; 4] = ["rstest", "test_case", "test_matrix", "quickcheck"];

/// Attributes that change nothing about how a function runs, so that none of them can be what makes `async fn main` run.
const INERT: [&str; 16] = [
    "allow",
    "cfg",
    "clippy",
    "cold",
    "deny",
    "deprecated",
    "diagnostic",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "rustfmt",
    "should_panic",
    "ignore",
    "warn",
];

/// Plans `#[track_alloc(..)]` on `item`.
pub(crate) fn track(item: &mut Item, args: Result<TrackArgs>) -> Result<()> {
    match item {
        Item::Func(func) => direct(func, args),
        Item::Container(container) => {
            let mut errors = Errors::default();
            match args {
                Ok(args) => errors.note(only_members(container, &args)),
                Err(error) => errors.note(Err(error)),
            }
            members(container, &mut errors);
            errors.finish()
        }
        Item::Other { what, span } => {
            args?;
            Err(Error::new(
                *span,
                format!(
                    "`#[track_alloc]` measures functions and does not go on {what}; put it on a fn, impl, trait or inline mod"
                ),
            ))
        }
    }
}

/// Plans `#[memopt::arena(..)]` on `item`.
pub(crate) fn arena(item: &mut Item, args: Result<TrackArgs>) -> Result<()> {
    let (what, span) = match item {
        Item::Func(func) => {
            let twice = take_helpers(func);
            let args = args?;
            if let Some((span, _)) = twice.into_iter().next() {
                return Err(Error::new(span, BOTH));
            }
            if let Some(attr) = func.attrs.iter().find(|attr| attr.name() == ARENA) {
                return Err(Error::new(attr.span(), "`#[memopt::arena]` is given twice; keep one"));
            }
            let route = if args.magazine.is_some() { Route::Magazine } else { Route::Arena };
            let spec = measurable(func, args, "memopt::arena")?;
            func.plan = Plan::Track(Spec { route, ..spec });
            return Ok(());
        }
        Item::Container(container) => {
            let article = if container.keyword == "impl" { "an" } else { "a" };
            (format!("{article} {}", container.keyword), container.keyword.span())
        }
        Item::Other { what, span } => (what.clone(), *span),
    };
    args?;
    Err(Error::new(
        span,
        format!(
            "`#[memopt::arena]` is for the allocations of one function and does not go on {what}; put it on the fn whose blocks are gone when it ends"
        ),
    ))
}

/// The attribute stands on the function itself.
fn direct(func: &mut Func, args: Result<TrackArgs>) -> Result<()> {
    let twice = take_helpers(func);
    let args = args?;
    if let Some(span) = args.skip {
        return Err(Error::new(
            span,
            "`skip` leaves a function of an annotated impl, trait or mod out; remove the attribute here instead",
        ));
    }
    if let Some((span, _)) = twice.into_iter().next() {
        return Err(Error::new(
            span,
            "`#[track_alloc]` is given twice; keep one and put all arguments into it",
        ));
    }
    if func.attrs.iter().any(|attr| attr.name() == ARENA) {
        return Err(Error::new(func.name.span(), BOTH));
    }
    func.plan = Plan::Track(measurable(func, args, HELPER)?);
    Ok(())
}

/// What every measured function must be.
fn measurable(func: &Func, args: TrackArgs, owner: &str) -> Result<Spec> {
    if let Some(span) = func.constness {
        return Err(Error::new(
            span,
            format!(
                "`#[{owner}]` cannot measure a `const fn`: it may run in the compiler, where nothing is allocated; remove `const` or the attribute"
            ),
        ));
    }
    if func.body.is_none() {
        return Err(Error::new(
            func.name.span(),
            format!("`{}` has no body to measure; put `#[{owner}]` on the implementation", func.plain_name()),
        ));
    }
    Ok(Spec {
        name: args.name.map(|(_, name)| name),
        budget: args.budget.map(|(_, budget)| budget),
        route: Route::Plain,
        no_apply: args.no_apply.is_some(),
    })
}

/// Arguments that mean something for one function only.
fn only_members(container: &Container, args: &TrackArgs) -> Result<()> {
    let keyword = &container.keyword;
    if let Some(span) = args.skip {
        let message = format!(
            "`skip` leaves a part of an annotated impl, trait or mod out; to measure nothing in this {keyword}, remove the attribute"
        );
        return Err(Error::new(span, message));
    }
    for (key, form, span) in [
        ("name", "name = \"..\"", args.name.as_ref().map(|(span, _)| *span)),
        ("budget", "budget(..)", args.budget.as_ref().map(|(span, _)| *span)),
        ("no_apply", "no_apply", args.no_apply),
    ] {
        if let Some(span) = span {
            let message = format!(
                "`{key}` belongs to one function and not to a whole {keyword}; put `#[track_alloc({form})]` on the fn inside"
            );
            return Err(Error::new(span, message));
        }
    }
    if container.body.is_none() {
        let message = "`#[track_alloc]` must see the functions it measures; put it on an inline `mod name { .. }` or on the items in the file";
        return Err(Error::new(keyword.span(), message));
    }
    Ok(())
}

/// Plans every function inside, and takes the helper attributes away.
fn members(container: &mut Container, errors: &mut Errors) {
    let Some(body) = &mut container.body else { return };
    for member in &mut body.members {
        match member {
            Member::Func(func) => match member_plan(func) {
                Ok(plan) => func.plan = plan,
                Err(error) => errors.note(Err(error)),
            },
            Member::Container(inner) => {
                let mut skip = false;
                for (_, args) in take(&mut inner.attrs) {
                    match args.and_then(|args| only_inner(inner, args)) {
                        Ok(skipped) => skip |= skipped,
                        Err(error) => errors.note(Err(error)),
                    }
                }
                if !skip {
                    members(inner, errors);
                }
            }
            Member::Verbatim { .. } => {}
        }
    }
}

/// Whether an impl, trait or mod inside an annotated mod is to be left out.
fn only_inner(container: &Container, mut args: TrackArgs) -> Result<bool> {
    let skip = args.skip.take().is_some();
    only_members(container, &args).map(|()| skip)
}

/// A function inside: measured unless it says `skip` or cannot be measured; asked for by name, it must be measurable.
fn member_plan(func: &mut Func) -> Result<Plan> {
    let mut helpers = take_helpers(func).into_iter();
    let helper = helpers.next();
    if let Some((span, _)) = helpers.next() {
        return Err(Error::new(
            span,
            "`#[track_alloc]` is given twice; keep one and put all arguments into it",
        ));
    }
    let has_arena = func.attrs.iter().any(|attr| attr.name() == ARENA);
    match helper {
        Some((span, _)) if has_arena => Err(Error::new(span, BOTH)),
        None if has_arena || func.constness.is_some() || func.body.is_none() => Ok(Plan::Leave),
        None => Ok(Plan::Track(Spec::default())),
        Some((_, args)) => match args? {
            TrackArgs { skip: Some(_), name: None, budget: None, no_apply: None, .. } => Ok(Plan::Leave),
            TrackArgs { skip: Some(span), .. } => Err(Error::new(
                span,
                "`skip` leaves this function out, so its other arguments say nothing; keep one or the other",
            )),
            args => measurable(func, args, HELPER).map(Plan::Track),
        },
    }
}

type Helpers = Vec<(Span, Result<TrackArgs>)>;

fn take_helpers(func: &mut Func) -> Helpers {
    take(&mut func.attrs)
}

fn take(attrs: &mut Vec<crate::model::Attr>) -> Helpers {
    attrs
        .extract_if(.., |attr| attr.name() == HELPER)
        .map(|attr| (attr.span(), TrackArgs::parse(attr.arguments())))
        .collect()
}

/// Whether another attribute registers the function as a test.
pub(crate) fn is_test(func: &Func) -> bool {
    func.attrs.iter().any(|attr| {
        let name = attr.name();
        name == "test" || name.ends_with("_test") || TEST_LIKE.contains(&name)
    })
}

/// `#[memopt::test]` goes on functions with a body that something can run.
pub(crate) fn test(item: Item) -> Result<Func> {
    let func = function(item, "memopt::test")?;
    if func.asyncness.is_some() && !is_test(&func) {
        let message = format!(
            "async test `{}` has nothing to run it; add the attribute of a runtime below `#[memopt::test]`, such as `#[tokio::test]`",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    }
    Ok(func)
}

/// `#[memopt::main]` goes on `fn main`, and on `async fn main` if a runtime runs it.
pub(crate) fn main(item: Item) -> Result<Func> {
    let func = function(item, "memopt::main")?;
    if func.name != "main" {
        let message = format!(
            "`#[memopt::main]` reports when the program ends and goes on `fn main`, not on `{}`; measure a part with `memopt::record`",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    }
    let runtime = |attr: &crate::model::Attr| !INERT.contains(&attr.root()) && attr.name() != HELPER;
    if func.asyncness.is_some() && !func.attrs.iter().any(runtime) {
        let message = "async `main` has nothing to run it; add the attribute of a runtime below `#[memopt::main]`, such as `#[tokio::main]`";
        return Err(Error::new(func.name.span(), message));
    }
    Ok(func)
}

fn function(item: Item, owner: &str) -> Result<Func> {
    let (what, span) = match item {
        Item::Func(Func { constness: Some(span), .. }) => {
            let message = format!("`#[{owner}]` cannot measure a `const fn`; remove `const`");
            return Err(Error::new(span, message));
        }
        Item::Func(func) if func.body.is_none() => {
            let message = format!("`{}` has no body to run; give `#[{owner}]` one", func.plain_name());
            return Err(Error::new(func.name.span(), message));
        }
        Item::Func(func) => return Ok(func),
        Item::Container(container) => {
            let article = if container.keyword == "impl" { "an" } else { "a" };
            (format!("{article} {}", container.keyword), container.keyword.span())
        }
        Item::Other { what, span } => (what, span),
    };
    Err(Error::new(
        span,
        format!("`#[{owner}]` goes on a function, not on {what}; move it to the fn it is meant for"),
    ))
}

/// Errors of independent parts.
#[derive(Default)]
struct Errors(Option<Error>);

impl Errors {
    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            match &mut self.0 {
                Some(errors) => errors.combine(error),
                None => self.0 = Some(error),
            }
        }
    }

    fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
