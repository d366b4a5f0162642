//! How far the attribute, the group or the item reaches that some tokens begin with.

use super::lex::Token;

/// The length of the attribute that the tokens begin with.
pub fn attribute_length(tokens: &[Token]) -> Option<usize> {
    match tokens {
        [hash, open, ..] if hash.is("#") && open.is("[") => Some(1 + group_length(&tokens[1..])),
        [hash, bang, open, ..] if hash.is("#") && bang.is("!") && open.is("[") => {
            Some(2 + group_length(&tokens[2..]))
        }
        _ => None,
    }
}

/// The length of the `(..)`, `[..]` or `{..}` that the tokens begin with.
pub fn group_length(tokens: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if ["(", "[", "{"].iter().any(|open| token.is(open)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|close| token.is(close)) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        }
    }
    tokens.len()
}

/// The length of the item that the tokens begin with: it ends with `;` or with its braces, or
/// before what closes the group around it. A `part` may also be a field or an arm, which end with
/// `,`.
pub fn item_length(tokens: &[Token], part: bool) -> usize {
    let begins = |word: &str| tokens[0].is(word);
    let function = tokens
        .get(1)
        .is_some_and(|token| ["fn", "unsafe", "async", "extern"].iter().any(|word| token.is(word)));
    // Braces belong to their value or tree: only `;` ends them.
    let with_value = ["static", "use", "let", "type"].iter().any(|word| begins(word))
        || (begins("const") && !function);
    let generic = ["fn", "impl", "struct", "enum", "trait", "const", "async", "unsafe", "extern"];
    let with_comma = part && !with_value && !generic.iter().any(|word| begins(word));
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is(";") || (token.is(",") && with_comma) {
            return at + 1;
        } else if token.is("(") || token.is("[") || token.is("{") {
            at += group_length(&tokens[at..]);
            if token.is("{") && !with_value {
                return at;
            }
        } else if token.is(")") || token.is("]") || token.is("}") {
            return at.max(1);
        } else {
            at += 1;
        }
    }
    tokens.len()
}
