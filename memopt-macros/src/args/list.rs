//! The list all attributes share: `key`, `key = value` and `key(..)`, separated by commas, each key at most once.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result, Token};

use super::near;

/// The attribute whose arguments are read: its name in messages, and every key it knows with an example of its use.
pub(super) struct Grammar {
    pub(super) owner: &'static str,
    pub(super) keys: &'static [(&'static str, &'static str)],
}

impl Grammar {
    /// Reads the whole list and calls `value` after each key, with the input behind it.
    pub(super) fn read(
        &self,
        input: ParseStream<'_>,
        mut value: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let key = self.key(input)?;
            let name = key.to_string();
            if seen.contains(&name) {
                let owner = self.owner;
                return Err(Error::new(
                    key.span(),
                    format!(
                        "`{name}` is given twice; `{owner}` takes each argument once, so remove one of them"
                    ),
                ));
            }
            value(&key, input)?;
            seen.push(name);
            if input.is_empty() {
                break;
            }
            if input.parse::<Token![,]>().is_err() {
                let message =
                    format!("arguments are separated by commas; put a `,` after the value of `{key}`");
                return Err(Error::new(input.span(), message));
            }
        }
        Ok(())
    }

    fn key(&self, input: ParseStream<'_>) -> Result<Ident> {
        let owner = self.owner;
        let Ok(key) = input.call(Ident::parse_any) else {
            let message = format!("an argument of `{owner}` starts with its name; it takes {}", self.forms());
            return Err(Error::new(input.span(), message));
        };
        let name = key.to_string();
        if self.keys.iter().any(|(known, _)| *known == name) {
            return Ok(key);
        }
        let hint = near::hint(&name, self.keys.iter().map(|(known, _)| *known));
        let message = format!("unknown argument `{name}`; `{owner}` takes {}{hint}", self.forms());
        Err(Error::new(key.span(), message))
    }

    fn forms(&self) -> String {
        let forms: Vec<String> = self.keys.iter().map(|(_, form)| format!("`{form}`")).collect();
        match forms.as_slice() {
            [one] => one.clone(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
            [] => "no arguments".to_owned(),
        }
    }
}

/// `= "text"` behind `key`; `example` is the whole argument as it should look.
pub(super) fn text(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<LitStr> {
    let wrong = |span: Span| Error::new(span, format!("`{key}` takes a string; write `{example}`"));
    assign(key, input, example)?;
    let value = input.parse::<LitStr>().map_err(|_| wrong(here(key, input)))?;
    if value.value().trim().is_empty() {
        let message = format!("`{key}` is empty; write `{example}` or leave it out");
        return Err(Error::new(value.span(), message));
    }
    Ok(value)
}

/// The `=` behind `key`.
pub(super) fn assign(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<()> {
    if input.peek(Token![==]) || input.parse::<Token![=]>().is_err() {
        let message = format!("`{key}` takes a value; write `{example}`");
        return Err(Error::new(here(key, input), message));
    }
    Ok(())
}

/// Where the next token is, or `key` when there is none: an error at the end of the list would point at the whole attribute.
pub(super) fn here(key: &Ident, input: ParseStream<'_>) -> Span {
    if input.is_empty() { key.span() } else { input.span() }
}

/// A key that stands alone; its span.
pub(super) fn bare(key: &Ident, input: ParseStream<'_>) -> Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(key.span());
    }
    Err(Error::new(input.span(), format!("`{key}` takes no value; write `{key}` alone")))
}

/// `= expression` behind `key`, up to the next comma that is not between the brackets of a turbofish.
pub(super) fn expression(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<TokenStream> {
    assign(key, input, example)?;
    let mut tokens = TokenStream::new();
    let (mut depth, mut last) = (0usize, ' ');
    while !input.is_empty() && (depth > 0 || !input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        let sign = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match sign {
            '<' if depth > 0 || last == ':' => depth += 1,
            '>' if last != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        last = sign;
        tokens.extend([token]);
    }
    if tokens.is_empty() {
        return Err(Error::new(key.span(), format!("`{key}` takes a value; write `{example}`")));
    }
    Ok(tokens)
}
