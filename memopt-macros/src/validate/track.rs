//! Which functions `#[track_alloc]` and `#[memopt::arena]` measure, and which of their arguments
//! fit where.

use proc_macro2::Span;
use std::collections::BTreeSet;
use syn::{Error, Result};

use super::errors::Errors;
use crate::args::TrackArgs;
use crate::model::{Attr, Container, Func, Item, Member, Plan, Route, Spec, is_trivial};

/// The attribute's own name, as helpers inside an annotated impl, trait or mod carry it.
pub(super) const HELPER: &str = "track_alloc";

/// The attribute that measures a function too and gives it an arena.
const ARENA: &str = "arena";

/// The attribute that gives the items of a function out one by one.
const STREAMED: &str = "streamed";

const BOTH: &str = "`#[memopt::arena]` measures the function too; move the arguments of \
    `#[track_alloc]` into it and remove `#[track_alloc]`";

const OUTLIVES: &str = "`#[memopt::arena]` is for blocks that are freed when the function ends, \
    and a \
    streamed function gives its items out before; remove one of the two attributes";

/// The attribute may stand once.
pub(super) const TWICE: &str =
    "`#[track_alloc]` is given twice; keep one and put all arguments into it";

/// Plans `#[track_alloc(..)]` on `item`.
pub(crate) fn track(item: &mut Item, args: Result<TrackArgs>) -> Result<()> {
    match item {
        Item::Func(func) => direct(func, args),
        Item::Container(container) => {
            let mut errors = Errors::default();
            let mut all = false;
            match args {
                Ok(args) => {
                    all = args.all.is_some();
                    errors.note(only_members(container, &args));
                }
                Err(error) => errors.add(error),
            }
            members(container, all, &mut errors);
            errors.finish()
        }
        Item::Other { what, span } => {
            args?;
            let message = format!(
                "`#[track_alloc]` measures functions and cannot stand on {what}; put it on a fn, \
                impl, trait or inline mod"
            );
            Err(Error::new(*span, message))
        }
    }
}

/// Plans `#[memopt::arena(..)]` on `item`.
pub(crate) fn arena(item: &mut Item, args: Result<TrackArgs>) -> Result<()> {
    let Item::Func(func) = item else {
        args?;
        let (what, span) = item.described();
        let message = format!(
            "`#[memopt::arena]` is for the allocations of one function and does not go on {what}; \
            put it on the fn whose blocks are freed when it ends"
        );
        return Err(Error::new(span, message));
    };
    let twice = take_helpers(&mut func.attrs);
    let args = args?;
    if let Some((span, _)) = twice.into_iter().next() {
        return Err(Error::new(span, BOTH));
    }
    if let Some(attr) = func.attrs.iter().find(|attr| attr.name() == ARENA) {
        return Err(Error::new(attr.span(), "`#[memopt::arena]` is given twice; keep one"));
    }
    if is_streamed(func) {
        return Err(Error::new(func.name.span(), OUTLIVES));
    }
    let route = if args.reuse.is_some() { Route::Reuse } else { Route::Arena };
    let spec = measurable(func, args, "memopt::arena")?;
    func.plan = Plan::Track(Spec { route, ..spec });
    Ok(())
}

/// Whether `#[memopt::streamed]` stands on the function too, and has not been expanded yet.
pub(crate) fn is_streamed(func: &Func) -> bool {
    func.attrs.iter().any(|attr| attr.name() == STREAMED)
}

/// An arena for a function that is streamed.
pub(super) fn no_arena(func: &Func) -> Result<()> {
    let arena = func.attrs.iter().find(|attr| attr.name() == ARENA);
    arena.map_or(Ok(()), |attr| Err(Error::new(attr.span(), OUTLIVES)))
}

/// The attribute stands on the function itself.
pub(super) fn direct(func: &mut Func, args: Result<TrackArgs>) -> Result<()> {
    let twice = take_helpers(&mut func.attrs);
    let args = args?;
    if let Some(span) = args.skip {
        let message = "`skip` leaves out a function of an annotated impl, trait or mod; remove the \
            attribute here instead";
        return Err(Error::new(span, message));
    }
    if let Some((span, _)) = twice.into_iter().next() {
        return Err(Error::new(span, TWICE));
    }
    if func.attrs.iter().any(|attr| attr.name() == ARENA) {
        return Err(Error::new(func.name.span(), BOTH));
    }
    func.plan = Plan::Track(measurable(func, args, HELPER)?);
    Ok(())
}

/// What every measured function must be.
fn measurable(func: &Func, args: TrackArgs, owner: &str) -> Result<Spec> {
    if let Some(span) = args.all {
        let message = "`all` measures each function of an impl, trait or mod; this one is measured \
            without it, so remove it";
        return Err(Error::new(span, message));
    }
    if let Some(span) = func.constness {
        let message = format!(
            "`#[{owner}]` cannot measure a `const fn`, which may run in the compiler; remove \
            `const` \
            or the attribute"
        );
        return Err(Error::new(span, message));
    }
    if func.body.is_none() {
        let message = format!(
            "`{}` has no body to measure; put `#[{owner}]` on the implementation",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    }
    Ok(Spec {
        name: args.name.map(|(_, name)| name),
        budget: args.budget.map(|(_, budget)| budget),
        route: Route::Plain,
        no_apply: args.no_apply.is_some(),
        may_rest: args.may_rest,
    })
}

/// Arguments that mean something for one function only.
fn only_members(container: &Container, args: &TrackArgs) -> Result<()> {
    let keyword = &container.keyword;
    if let Some(span) = args.skip {
        let message = format!(
            "`skip` leaves out a part of an annotated impl, trait or mod; to measure nothing in \
            this \
            {keyword}, remove the attribute"
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
                "`{key}` is for one function and not for a whole {keyword}; put \
                `#[track_alloc({form})]` on the fn inside"
            );
            return Err(Error::new(span, message));
        }
    }
    if container.body.is_none() {
        let message = "`#[track_alloc]` must see the functions it measures; put it on an inline \
            `mod \
            name { .. }`, or on the items in the file";
        return Err(Error::new(keyword.span(), message));
    }
    Ok(())
}

/// Plans every function inside, and takes the helper attributes away.
fn members(container: &mut Container, all: bool, errors: &mut Errors) {
    let Some(body) = &mut container.body else { return };
    let functions = body.members.iter().filter_map(|member| match member {
        Member::Func(func) if func.body.is_some() => Some(func.name.to_string()),
        _ => None,
    });
    let functions: BTreeSet<String> = functions.collect();
    for member in &mut body.members {
        match member {
            Member::Func(func) => match member_plan(func, all, &functions) {
                Ok(plan) => func.plan = plan,
                Err(error) => errors.add(error),
            },
            Member::Container(inner) => {
                let (mut skip, mut all) = (false, all);
                for (_, args) in take_helpers(&mut inner.attrs) {
                    all |= args.as_ref().is_ok_and(|args| args.all.is_some());
                    match args.and_then(|args| only_inner(inner, args)) {
                        Ok(skipped) => skip |= skipped,
                        Err(error) => errors.add(error),
                    }
                }
                if !skip {
                    members(inner, all, errors);
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

/// A function inside is measured unless it says `skip`, cannot be measured, or has nothing to tell.
/// One with an attribute of its own must be measurable.
fn member_plan(func: &mut Func, all: bool, neighbours: &BTreeSet<String>) -> Result<Plan> {
    let mut helpers = take_helpers(&mut func.attrs).into_iter();
    let helper = helpers.next();
    if let Some((span, _)) = helpers.next() {
        return Err(Error::new(span, TWICE));
    }
    let has_arena = func.attrs.iter().any(|attr| attr.name() == ARENA);
    match helper {
        Some((span, _)) if has_arena => Err(Error::new(span, BOTH)),
        None if has_arena || func.constness.is_some() || func.body.is_none() => Ok(Plan::Leave),
        None if !all && is_trivial(func, neighbours) => Ok(Plan::Leave),
        None => Ok(Plan::Track(Spec { may_rest: !all, ..Spec::default() })),
        Some((_, args)) => match args? {
            TrackArgs { skip: Some(_), name: None, budget: None, no_apply: None, .. } => {
                Ok(Plan::Leave)
            }
            TrackArgs { skip: Some(span), .. } => {
                let message = "`skip` leaves this function out, so its other arguments have no \
                    effect; keep either `skip` or them";
                Err(Error::new(span, message))
            }
            args => measurable(func, args, HELPER).map(Plan::Track),
        },
    }
}

/// Takes each `#[track_alloc]` away: where it stands, and its arguments.
pub(super) fn take_helpers(attrs: &mut Vec<Attr>) -> Vec<(Span, Result<TrackArgs>)> {
    attrs
        .extract_if(.., |attr| attr.name() == HELPER)
        .map(|attr| (attr.span(), TrackArgs::parse(attr.arguments())))
        .collect()
}
