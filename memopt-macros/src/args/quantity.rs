//! Counts, sizes and durations: `3`, `4096`, `"4 KiB"`, `"30 s"`. The grammar is that of
//! `memopt_units`, which the environment and the configuration share.

use memopt_units::{parse_duration, parse_size};
use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr, Result};

use super::list::{assign, here};

/// `= 3` behind `key`: a number of `things`.
pub(super) fn count(
    key: &Ident,
    input: ParseStream<'_>,
    things: &str,
    example: &str,
) -> Result<u64> {
    assign(key, input, example)?;
    bare_count(key, input, things, example)
}

/// `= 4096` or `= "4 KiB"` behind `key`: a number of bytes.
pub(super) fn bytes(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<u64> {
    assign(key, input, example)?;
    bare_bytes(key, input)
}

/// `= "30 s"` behind `key`: a number of milliseconds, at least one.
pub(super) fn milliseconds(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<u64> {
    assign(key, input, example)?;
    let span = here(key, input);
    let Ok(text) = input.parse::<LitStr>() else {
        let message = format!("`{key}` is a duration; write a string such as `{example}`");
        return Err(Error::new(span, message));
    };
    let time = parse_duration(&text.value()).map_err(|error| Error::new(text.span(), error))?;
    match u64::try_from(time.as_millis()) {
        Ok(time) if time > 0 => Ok(time),
        _ => {
            let message = format!("`{key}` is shorter than a millisecond; write `{example}`");
            Err(Error::new(text.span(), message))
        }
    }
}

/// A number of `things`, without `=`; `example` is the whole argument as it should look.
pub(super) fn bare_count(
    key: &Ident,
    input: ParseStream<'_>,
    things: &str,
    example: &str,
) -> Result<u64> {
    if input.peek(LitInt) {
        return integer(&input.parse()?);
    }
    let message = format!("`{key}` counts {things}; write a whole number, as in `{example}`");
    Err(Error::new(here(key, input), message))
}

/// A number of bytes, without `=`.
pub(super) fn bare_bytes(key: &Ident, input: ParseStream<'_>) -> Result<u64> {
    if input.peek(LitInt) {
        return integer(&input.parse()?);
    }
    let Ok(text) = input.parse::<LitStr>() else {
        let message = format!(
            "`{key}` is a size; write bytes such as `4096` or a string such as `\"4 KiB\"`"
        );
        return Err(Error::new(here(key, input), message));
    };
    parse_size(&text.value()).map_err(|error| Error::new(text.span(), error))
}

fn integer(literal: &LitInt) -> Result<u64> {
    // `3u8` is fine; `3KiB` has a suffix that means something else.
    if !matches!(literal.suffix(), "" | "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64") {
        let message = format!(
            "`{literal}` is not a number; write a size with a unit as a string: `\"{} {}\"`",
            literal.base10_digits(),
            literal.suffix()
        );
        return Err(Error::new(literal.span(), message));
    }
    if literal.base10_digits().starts_with('-') {
        let message = format!("`{literal}` is negative; a limit is 0 or more");
        return Err(Error::new(literal.span(), message));
    }
    literal.base10_parse().map_err(|_| {
        let message = format!("`{literal}` does not fit in 64 bits; write a smaller number");
        Error::new(literal.span(), message)
    })
}
