//! The list that all attributes share: `key`, `key = value` and `key(..)`, separated by commas,
//! each key at most once.

use memopt_units::did_you_mean;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result, Token};

use crate::tokens::{Angles, is_punct, is_word};

/// The attribute whose arguments are read.
pub(super) struct Grammar {
    /// Its name in messages.
    owner: &'static str,
    /// Every key it knows, with an example of its use.
    keys: &'static [(&'static str, &'static str)],
    /// Keys of earlier versions, each with the argument that replaces it.
    renamed: &'static [(&'static str, &'static str)],
    /// Keys that tools write and no message names.
    hidden: &'static [&'static str],
}

impl Grammar {
    pub(super) const fn new(
        owner: &'static str,
        keys: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { owner, keys, renamed: &[], hidden: &[] }
    }

    pub(super) const fn renamed(
        mut self,
        renamed: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.renamed = renamed;
        self
    }

    pub(super) const fn hidden(mut self, hidden: &'static [&'static str]) -> Self {
        self.hidden = hidden;
        self
    }

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
                let message = format!(
                    "`{name}` is given twice; `{owner}` takes each argument once, so remove one of \
                    them"
                );
                return Err(Error::new(key.span(), message));
            }
            value(&key, input)?;
            seen.push(name);
            if input.is_empty() {
                break;
            }
            if input.parse::<Token![,]>().is_err() {
                let message = format!(
                    "arguments are separated by commas; put a `,` after the value of `{key}`"
                );
                return Err(Error::new(input.span(), message));
            }
        }
        Ok(())
    }

    fn key(&self, input: ParseStream<'_>) -> Result<Ident> {
        let owner = self.owner;
        let Ok(key) = input.call(Ident::parse_any) else {
            let message =
                format!("an argument of `{owner}` starts with its name; it takes {}", self.forms());
            return Err(Error::new(input.span(), message));
        };
        let name = key.to_string();
        let is_known = self.keys.iter().any(|(known, _)| *known == name);
        if is_known || self.hidden.contains(&name.as_str()) {
            return Ok(key);
        }
        if let Some((_, new)) = self.renamed.iter().find(|(old, _)| *old == name) {
            let message = format!("`{name}` has a new name; write `{new}`");
            return Err(Error::new(key.span(), message));
        }
        let hint = did_you_mean(&name, self.keys.iter().map(|(known, _)| *known));
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
        return Err(no_value(key, here(key, input), example));
    }
    Ok(())
}

/// Where the next token is, or `key` when there is none: an error at the end of the list would
/// point at the whole attribute.
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

/// `= expression` behind `key`. A comma ends it, except among the parameters of a closure or
/// between the brackets of a turbofish.
pub(super) fn expression(
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
) -> Result<TokenStream> {
    let mut before_closure = true;
    let mut parameters = false;
    let mut last_is_colon = false;
    value(key, input, example, &mut |token, angles| {
        if is_punct(token, '|') && (before_closure || parameters) {
            parameters = !parameters;
        }
        before_closure &= is_word(token, "move") || is_word(token, "async");
        // Elsewhere `<` compares.
        if last_is_colon || !angles.closed() {
            angles.feed(token);
        }
        last_is_colon = is_punct(token, ':');
        angles.closed() && !parameters
    })
}

/// `= type` behind `key`. A comma ends it, except between angle brackets.
pub(super) fn ty(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<TokenStream> {
    value(key, input, example, &mut |token, angles| {
        angles.feed(token);
        angles.closed()
    })
}

/// The tokens behind `key =` up to a comma; `complete` tells after each whether a comma may end
/// them.
fn value(
    key: &Ident,
    input: ParseStream<'_>,
    example: &str,
    complete: &mut dyn FnMut(&TokenTree, &mut Angles) -> bool,
) -> Result<TokenStream> {
    assign(key, input, example)?;
    let mut tokens = TokenStream::new();
    let mut angles = Angles::default();
    let mut may_end = true;
    while !(input.is_empty() || may_end && input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        may_end = complete(&token, &mut angles);
        tokens.extend([token]);
    }
    if tokens.is_empty() {
        return Err(no_value(key, here(key, input), example));
    }
    Ok(tokens)
}

fn no_value(key: &Ident, span: Span, example: &str) -> Error {
    Error::new(span, format!("`{key}` takes a value; write `{example}`"))
}

#[cfg(test)]
mod tests {
    use super::{Grammar, expression, ty};
    use syn::parse::{ParseStream, Parser};

    /// The values of `a` and `b` in a list.
    fn values(list: &str, types: bool) -> Vec<String> {
        let grammar = Grammar::new("test", &[("a", "a = 1"), ("b", "b = 2")]);
        let mut values = Vec::new();
        let read = |input: ParseStream<'_>| {
            grammar.read(input, |key, input| {
                let value =
                    if types { ty(key, input, "a = 1")? } else { expression(key, input, "a = 1")? };
                values.push(value.to_string().replace(' ', ""));
                Ok(())
            })
        };
        read.parse_str(list).unwrap();
        values
    }

    #[test]
    fn an_expression_ends_at_its_comma() {
        assert_eq!(values("a = x < y, b = 1", false), ["x<y", "1"]);
        assert_eq!(values("a = A | B, b = C || D", false), ["A|B", "C||D"]);
        assert_eq!(values("a = f::<A, B>(c, d), b = 1", false), ["f::<A,B>(c,d)", "1"]);
        assert_eq!(values("a = |x, y| x | y, b = move |x: A<B, C>, y| (x, y)", false), {
            ["|x,y|x|y", "move|x:A<B,C>,y|(x,y)"]
        });
        assert_eq!(
            values("a = Vec::<fn() -> A>::new(), b = || 1,", false),
            ["Vec::<fn()->A>::new()", "||1"]
        );
    }

    #[test]
    fn a_type_ends_at_its_comma() {
        assert_eq!(
            values("a = Error<A, fn(B) -> C>, b = (D, E)", true),
            ["Error<A,fn(B)->C>", "(D,E)"]
        );
    }
}
