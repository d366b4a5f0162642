//! Counts and sizes: `3`, `4096`, `"4 KiB"`.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr, Result};

use super::list::here;
use super::near;

/// Powers of 1000 for the SI names, of 1024 for the IEC ones. The runtime prints the latter.
const UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("KB", 1000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

/// A number of `things`: an integer.
pub(super) fn count(key: &Ident, input: ParseStream<'_>, things: &str) -> Result<u64> {
    if input.peek(LitInt) {
        return integer(&input.parse()?);
    }
    let message = format!("`{key}` counts {things}; write a whole number such as `3`");
    Err(Error::new(here(key, input), message))
}

/// A number of bytes: an integer, or a string with a unit.
pub(super) fn bytes(key: &Ident, input: ParseStream<'_>) -> Result<u64> {
    if input.peek(LitInt) {
        return integer(&input.parse()?);
    }
    let Ok(text) = input.parse::<LitStr>() else {
        let message =
            format!("`{key}` is a size; write bytes such as `4096` or a string such as `\"4 KiB\"`");
        return Err(Error::new(here(key, input), message));
    };
    size(&text.value()).map_err(|message| Error::new(text.span(), message))
}

fn integer(literal: &LitInt) -> Result<u64> {
    // `3u8` is fine; `3KiB` has a suffix that means something else.
    if !matches!(literal.suffix(), "" | "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64") {
        let message = format!(
            "`{literal}` is no number; write a size with a unit as a string: `\"{} {}\"`",
            literal.base10_digits(),
            literal.suffix()
        );
        return Err(Error::new(literal.span(), message));
    }
    if literal.base10_digits().starts_with('-') {
        let message = format!("`{literal}` is negative; a limit is 0 or more");
        return Err(Error::new(literal.span(), message));
    }
    literal.base10_parse().map_err(|_| Error::new(literal.span(), too_large(&literal.to_string())))
}

fn size(text: &str) -> std::result::Result<u64, String> {
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(trimmed.len());
    let (number, unit) = (trimmed[..digits].replace('_', ""), trimmed[digits..].trim());
    if number.is_empty() || unit.starts_with('.') {
        return Err(format!("`{text}` is no size; write a whole number and a unit such as `4 KiB`"));
    }
    let factor = if unit.is_empty() { 1 } else { factor(unit)? };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| too_large(text))
}

fn factor(unit: &str) -> std::result::Result<u64, String> {
    if let Some((_, factor)) = UNITS.iter().find(|(known, _)| *known == unit) {
        return Ok(*factor);
    }
    let names: Vec<&str> = UNITS.iter().map(|(known, _)| *known).collect();
    let hint = near::hint(unit, names.iter().copied());
    Err(format!("unknown unit `{unit}`; a size takes {}{hint}", names.join(", ")))
}

fn too_large(text: &str) -> String {
    format!("`{text}` does not fit in 64 bits; write a smaller number")
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn units_are_powers_of_1000_and_1024() {
        assert_eq!(size("7"), Ok(7));
        assert_eq!(size("7 B"), Ok(7));
        assert_eq!(size("4 KB"), Ok(4000));
        assert_eq!(size("4KiB"), Ok(4096));
        assert_eq!(size("1_000 KiB"), Ok(1_024_000));
        assert_eq!(size("2 MB"), Ok(2_000_000));
        assert_eq!(size(" 2 MiB "), Ok(2_097_152));
        assert_eq!(size("3 GB"), Ok(3_000_000_000));
        assert_eq!(size("3 GiB"), Ok(3_221_225_472));
    }

    #[test]
    fn wrong_sizes_say_what_is_right() {
        assert_eq!(
            size("4 kib").unwrap_err(),
            "unknown unit `kib`; a size takes B, KB, KiB, MB, MiB, GB, GiB; did you mean `KiB`?"
        );
        assert_eq!(
            size("KiB").unwrap_err(),
            "`KiB` is no size; write a whole number and a unit such as `4 KiB`"
        );
        assert_eq!(
            size("1.5 MiB").unwrap_err(),
            "`1.5 MiB` is no size; write a whole number and a unit such as `4 KiB`"
        );
        assert!(size("99999999999 GiB").unwrap_err().contains("does not fit in 64 bits"));
    }
}
