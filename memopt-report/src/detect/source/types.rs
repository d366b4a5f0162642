//! The sizes of the types that a file declares, as far as their fields are of known types.
//!
//! Sizes are what the compiler mostly gives: fields without padding between them, the whole rounded
//! up to its alignment, a tag of that alignment before an enum's variants.

use super::tokens::{self, Kind, Token};

/// How deep declared types are looked up inside of each other.
const DEPTH: usize = 6;

/// Size and alignment in bytes.
type Layout = (u64, u64);

/// The variants of an enum, the largest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::detect) struct EnumSizes {
    pub(in crate::detect) name: String,
    /// Bytes of a value.
    pub(in crate::detect) bytes: u64,
    pub(in crate::detect) largest: String,
    /// Bytes of a value whose largest variant holds a pointer alone.
    pub(in crate::detect) boxed_bytes: u64,
}

/// The enum of this name that the source declares, where the sizes of all its variants are known.
pub(in crate::detect) fn enum_sizes(source: &str, name: &str) -> Option<EnumSizes> {
    let body = declared(source, "enum", name)?;
    let mut variants: Vec<(String, Layout)> = Vec::new();
    for part in parts(&body, ",") {
        let part = without_attributes(part);
        let Some(variant) = part.first() else { continue };
        // `Name = 3` has no fields.
        let fields = part.get(1).filter(|open| matches!(open.text, "(" | "{"));
        let layout = match fields {
            Some(_) => fields_layout(source, &part[2..part.len().checked_sub(1)?], 0)?,
            None => (0, 1),
        };
        variants.push((variant.text.to_owned(), layout));
    }
    variants.sort_by_key(|(_, (size, _))| std::cmp::Reverse(*size));
    let (largest, (size, _)) = variants.first()?.clone();
    let align = variants.iter().map(|(_, (_, align))| *align).max()?;
    let second = variants.get(1)?.1.0;
    Some(EnumSizes {
        name: name.to_owned(),
        bytes: (size + align).next_multiple_of(align),
        largest,
        boxed_bytes: second.max(8).next_multiple_of(8) + 8,
    })
}

/// What stands in the braces of an item.
fn declared<'a>(source: &'a str, what: &str, name: &str) -> Option<Vec<Token<'a>>> {
    let word = format!("{what} {name}");
    let is_end = |at: usize| !source[at..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let at = source.match_indices(&word).map(|(at, _)| at).find(|at| is_end(at + word.len()))?;
    let tokens = tokens::item(source, at + what.len() + 1, 1);
    let open = tokens.iter().position(|token| matches!(token.text, "{" | "("))?;
    // Of a generic type the fields are not known.
    if tokens[..open].iter().any(|token| token.text == "<") {
        return None;
    }
    let last = tokens.iter().rposition(|token| matches!(token.text, "}" | ")"))?;
    Some(tokens.get(open + 1..last)?.to_vec())
}

/// Splits at a mark that stands outside all brackets.
fn parts<'a, 'b>(tokens: &'b [Token<'a>], mark: &str) -> Vec<&'b [Token<'a>]> {
    let (mut depth, mut start, mut parts) = (0usize, 0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" | "<" => depth += 1,
            ")" | "]" | "}" | ">" => depth = depth.saturating_sub(1),
            text if text == mark && depth == 0 => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Without `#[..]` and `pub` in front.
fn without_attributes<'a, 'b>(mut part: &'b [Token<'a>]) -> &'b [Token<'a>] {
    loop {
        match part.first().map(|token| token.text) {
            Some("#") => {
                let mut depth = 0usize;
                let end = part.iter().position(|token| {
                    match token.text {
                        "[" => depth += 1,
                        "]" => depth = depth.saturating_sub(1),
                        _ => return false,
                    }
                    depth == 0
                });
                part = &part[end.map_or(part.len(), |end| end + 1)..];
            }
            Some("pub") => part = &part[1..],
            _ => return part,
        }
    }
}

/// All fields together; of named ones what stands behind the colon.
fn fields_layout(source: &str, tokens: &[Token<'_>], depth: usize) -> Option<Layout> {
    let (mut size, mut align) = (0, 1);
    for part in parts(tokens, ",") {
        let part = without_attributes(part);
        let is_named = part.get(1).is_some_and(|colon| colon.text == ":")
            && part.get(2).is_some_and(|next| next.text != ":");
        let of = if is_named { &part[2..] } else { part };
        let (bytes, aligned) = layout(source, of, depth)?;
        size += bytes;
        align = align.max(aligned);
    }
    Some((size.next_multiple_of(align), align))
}

/// The layout of a type.
fn layout(source: &str, of: &[Token<'_>], depth: usize) -> Option<Layout> {
    let first = of.first()?;
    match first.text {
        "&" => return Some((if is_wide(&of[1..]) { 16 } else { 8 }, 8)),
        "(" => return fields_layout(source, of.get(1..of.len().checked_sub(1)?)?, depth),
        "[" => {
            let inner = parts(of.get(1..of.len().checked_sub(1)?)?, ";");
            let [element, count] = inner[..] else { return None };
            let (size, align) = layout(source, element, depth)?;
            let [count] = count else { return None };
            let count: u64 = count.text.replace('_', "").trim_end_matches("usize").parse().ok()?;
            return Some((size.checked_mul(count)?, align));
        }
        _ => {}
    }
    // The last name of a path, and its arguments.
    let open = of.iter().position(|token| token.text == "<").unwrap_or(of.len());
    let name = of[..open].iter().rev().find(|token| token.kind == Kind::Word)?.text;
    let arguments = of.get(open + 1..of.len().saturating_sub(1)).unwrap_or_default();
    Some(match name {
        "u8" | "i8" | "bool" => (1, 1),
        "u16" | "i16" => (2, 2),
        "u32" | "i32" | "f32" | "char" => (4, 4),
        "u64" | "i64" | "f64" | "usize" | "isize" => (8, 8),
        "u128" | "i128" => (16, 16),
        "String" | "Vec" | "BTreeMap" | "BTreeSet" => (24, 8),
        "HashMap" | "HashSet" => (48, 8),
        "VecDeque" => (32, 8),
        "Box" | "Rc" | "Arc" => (if is_wide(arguments) { 16 } else { 8 }, 8),
        "Option" => {
            let (size, align) = layout(source, arguments, depth)?;
            (size + align, align)
        }
        _ if depth < DEPTH => fields_layout(source, &declared(source, "struct", name)?, depth + 1)?,
        _ => return None,
    })
}

/// Whether a pointer to it has two words.
fn is_wide(of: &[Token<'_>]) -> bool {
    of.iter().any(|token| matches!(token.text, "str" | "dyn"))
        || of.first().is_some_and(|token| token.text == "[")
}

#[cfg(test)]
mod tests {
    use super::enum_sizes;

    #[test]
    fn the_largest_variant_and_the_size_without_it() {
        let source = "struct Frame { /// Bytes.\n data: [u8; 1_024], at: u64 }\n\
                      pub enum Event { #[default] Tick, Moved(f32, f32), Raw(Frame), \
                      Named { name: String } }";
        let sizes = enum_sizes(source, "Event").unwrap();
        assert_eq!((sizes.bytes, sizes.largest.as_str()), (1_040, "Raw"));
        assert_eq!(sizes.boxed_bytes, 32);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert!(enum_sizes("enum E { A(Other), B }", "E").is_none());
        assert!(enum_sizes("enum E<T> { A(T), B }", "E").is_none());
        assert!(enum_sizes("enum Event { A, B }", "E").is_none());
        assert!(enum_sizes("enum E { A([u8; N]), B }", "E").is_none());
    }
}
