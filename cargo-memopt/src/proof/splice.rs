//! Places of a text that are replaced, and nothing else of it.

use std::ops::Range;

/// A part of a text and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    /// Bytes of the text as it was.
    pub(crate) at: Range<usize>,
    /// What stands there.
    pub(crate) before: String,
    /// What is to stand there.
    pub(crate) after: String,
}

impl Splice {
    /// Replaces the bytes `at` of `text`.
    pub(crate) fn replace(text: &str, at: Range<usize>, after: impl Into<String>) -> Self {
        Self { before: text[at.clone()].to_owned(), at, after: after.into() }
    }

    /// Puts something in at a place.
    pub(crate) fn insert(at: usize, after: impl Into<String>) -> Self {
        Self { at: at..at, before: String::new(), after: after.into() }
    }

    /// Whether both change one place.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let (one, two) = (&self.at, &other.at);
        if one.is_empty() || two.is_empty() {
            return one.start <= two.end && two.start <= one.end && one != two;
        }
        one.start < two.end && two.start < one.end
    }
}

/// The text with all of them; they are places of the text as it was. `None` where it is another by
/// now, or two change one place.
pub(crate) fn apply(text: &str, splices: &[&Splice]) -> Option<String> {
    let mut sorted = splices.to_vec();
    sorted.sort_by_key(|splice| splice.at.start);
    let mut out = String::with_capacity(text.len() + 64 * sorted.len());
    let mut from = 0;
    for splice in sorted {
        if text.get(splice.at.clone())? != splice.before {
            return None;
        }
        out.push_str(text.get(from..splice.at.start)?);
        out.push_str(&splice.after);
        from = splice.at.end;
    }
    out.push_str(&text[from..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Splice, apply};

    #[test]
    fn places_are_replaced_and_nothing_else() {
        let text = "a\r\n  b\r\nc";
        let (one, two) = (Splice::replace(text, 5..6, "x\r\n  y"), Splice::insert(0, "// "));
        assert_eq!(apply(text, &[&one, &two]).unwrap(), "// a\r\n  x\r\n  y\r\nc");
    }

    #[test]
    fn a_text_that_is_another_by_now_is_left() {
        let splice = Splice::replace("a\nb\n", 2..3, "y");
        assert_eq!(apply("a\nx\n", &[&splice]), None);
        assert_eq!(apply("a", &[&splice]), None);
        assert_eq!(apply("a\nb\n", &[&splice, &splice]), None, "one place twice");
    }

    #[test]
    fn what_meets_is_told() {
        let text = "let a = b;";
        let whole = Splice::replace(text, 0..10, "");
        assert!(whole.meets(&Splice::replace(text, 4..5, "x")));
        assert!(whole.meets(&Splice::insert(4, "x")));
        assert!(!Splice::replace(text, 0..3, "x").meets(&Splice::replace(text, 4..5, "x")));
        assert!(!Splice::insert(4, "x").meets(&Splice::insert(4, "y")), "both can stand there");
    }
}
