//! `#[memopt::main(report = "..")]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Result};

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
            args.report = Some(list::text(key, input, EXAMPLE)?);
            Ok(())
        })?;
        Ok(args)
    }
}
