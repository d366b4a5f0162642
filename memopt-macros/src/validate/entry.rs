//! What `#[memopt::test]` and `#[memopt::main]` go on: functions with a body that something runs.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Error, Result};

use super::misplaced::only_on_functions;
use super::track::HELPER;
use crate::model::{Attr, Func, Item};

/// Words that say a test attribute was meant though its name does not end in `test`.
const TEST_LIKE: [&str; 4] = ["rstest", "test_case", "test_matrix", "quickcheck"];

/// Attributes that change nothing about how a function runs: none of them makes an `async fn main`
/// run.
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
            "async test `{}` has nothing to run it; put the attribute of a runtime, such as \
            `#[tokio::test]`, below `#[memopt::test]`",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    }
    Ok(func)
}

/// Takes the attribute away that measures a sync function too, if one stands below, and gives it
/// and the rest: it has to be expanded first, so that its scope is closed when the report is made.
pub(crate) fn take_measuring(item: &mut Item) -> Option<(Attr, TokenStream)> {
    let Item::Func(func) = item else { return None };
    let measures = |attr: &Attr| [HELPER, "arena"].contains(&attr.name());
    let at = func.attrs.iter().position(measures).filter(|_| func.asyncness.is_none())?;
    let attr = func.attrs.remove(at);
    Some((attr, func.to_token_stream()))
}

/// `#[memopt::main]` goes on `fn main`, and on `async fn main` if a runtime runs it.
pub(crate) fn main(item: Item) -> Result<Func> {
    let func = function(item, "memopt::main")?;
    if func.name != "main" {
        let message = format!(
            "`#[memopt::main]` reports when the program ends and goes on `fn main`, not on `{}`; \
            measure a part of a program with `memopt::record`",
            func.plain_name()
        );
        return Err(Error::new(func.name.span(), message));
    }
    let runtime = |attr: &Attr| !INERT.contains(&attr.root()) && attr.name() != HELPER;
    if func.asyncness.is_some() && !func.attrs.iter().any(runtime) {
        let message = "async `main` has nothing to run it; put the attribute of a runtime, such as \
            `#[tokio::main]`, below `#[memopt::main]`";
        return Err(Error::new(func.name.span(), message));
    }
    Ok(func)
}

fn function(item: Item, owner: &str) -> Result<Func> {
    match item {
        Item::Func(Func { constness: Some(span), .. }) => {
            let message = format!("`#[{owner}]` cannot measure a `const fn`; remove `const`");
            Err(Error::new(span, message))
        }
        Item::Func(func) if func.body.is_none() => {
            let message = format!("`{}` has no body to run; give it one", func.plain_name());
            Err(Error::new(func.name.span(), message))
        }
        Item::Func(func) => Ok(func),
        item => Err(only_on_functions(&item, owner)),
    }
}
