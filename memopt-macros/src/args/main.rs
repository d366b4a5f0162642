//! `#[memopt::main(report = "..")]`.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::{LitStr, Result};

use super::list::{self, Grammar};

const MAIN: Grammar = Grammar { owner: "memopt::main", keys: &[("report", "report = \"text\"")] };

/// The arguments of `#[memopt::main]`.
#[derive(Default)]
pub(crate) struct MainArgs {
    pub(crate) report: Option<LitStr>,
}

impl MainArgs {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut args = Self::default();
        let read = |input: syn::parse::ParseStream<'_>| {
            MAIN.read(input, |key, input| {
                args.report = Some(list::text(key, input, "report = \"text\"")?);
                Ok(())
            })
        };
        read.parse2(tokens)?;
        Ok(args)
    }
}
