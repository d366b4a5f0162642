//! Tokens, compared in a time that does not tell how much of one was guessed.

use memopt_monitor::config::Secret;
use std::hint::black_box;

/// Comparing takes a time in proportion to what was given, which anybody may send.
const LONGEST: usize = 1 << 10;

/// What the token allows that is the same as the given one. All are compared, whichever it is.
pub(crate) fn among<'a, T: Copy>(
    given: &str,
    tokens: impl Iterator<Item = (&'a Secret, T)>,
) -> Option<T> {
    if given.len() > LONGEST {
        return None;
    }
    let mut found = None;
    for (token, allows) in tokens {
        if equal(given.as_bytes(), token.expose().as_bytes()) {
            found = Some(allows);
        }
    }
    found
}

/// Whether two texts are the same. The time depends on the length of `given` alone.
pub(crate) fn equal(given: &[u8], known: &[u8]) -> bool {
    let mut differs = given.len() ^ known.len();
    for (index, byte) in given.iter().enumerate() {
        // Beyond the end of the known one some byte of it, so that each step is the same work.
        let other = known.get(index % known.len().max(1)).copied().unwrap_or(0);
        differs |= usize::from(black_box(byte ^ other));
    }
    black_box(differs) == 0
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn only_the_same_is_equal() {
        assert!(equal(b"abc", b"abc"));
        for (a, b) in [("abc", "abd"), ("abc", "abcd"), ("abcabc", "abc"), ("", "a"), ("a", "")] {
            assert!(!equal(a.as_bytes(), b.as_bytes()), "{a} {b}");
        }
        assert!(equal(b"", b""));
    }
}
