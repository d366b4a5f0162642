//! `#[memopt::main(report = "..")]`.

use memopt_units::asked_reports;
use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitStr, Result};

use super::list::{self, Grammar};

const EXAMPLE: &str = "report = \"text\"";
const MAIN: Grammar = Grammar::new("memopt::main", &[("report", EXAMPLE)]);

/// The arguments of `#[memopt::main]`.
#[derive(Default)]
pub(crate) struct MainArgs {
    pub(crate) report: Option<LitStr>,
}

impl MainArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        Self::read.parse2(tokens)
    }

    fn read(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        MAIN.read(input, |key, input| {
            let report = list::text(key, input, EXAMPLE)?;
            check(&report)?;
            args.report = Some(report);
            Ok(())
        })?;
        Ok(args)
    }
}

/// Refuses what cannot mean anything in any build.
fn check(list: &LitStr) -> Result<()> {
    let text = list.value();
    let wrong = asked_reports(&text, "`report`").filter_map(std::result::Result::err);
    let errors = wrong.map(|error| Error::new(list.span(), error));
    let all = errors.reduce(|mut all, error| {
        all.combine(error);
        all
    });
    all.map_or(Ok(()), Err)
}
