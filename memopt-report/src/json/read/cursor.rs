//! A place in a text, and the tokens that nearly all of a report is made of. Others are left to the
//! lexer `hifijson`.

use hifijson::SliceLexer;

/// A place in a text.
///
/// PERF: names of members and numbers are all but all of a report. The lexer takes each byte by a
/// generic reader, and looks at each text for UTF-8 once more.
pub(super) struct Cursor<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Cursor<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes are taken.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The first byte of the next token, which is not taken.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Takes the byte that was seen.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Takes the rest of a text that stands there as it is, with its end; one with a sign that
    /// stands for another is left.
    #[inline]
    pub(super) fn plain(&mut self) -> Option<&'de str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let len = special(rest)?;
        if rest[len] != b'"' {
            return None;
        }
        let plain = self.text.get(self.at..self.at + len)?;
        self.at += len + 1;
        Some(plain)
    }

    /// Takes a number that is digits alone and surely fits; others are left.
    #[inline]
    pub(super) fn digits(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let (number, end) = number(bytes, self.at)?;
        if matches!(bytes[end], b'.' | b'e' | b'E') {
            return None;
        }
        self.at = end;
        Some(number)
    }

    /// Takes the name of a member with its quotes, if it is this one and stands there as it is.
    #[inline]
    pub(super) fn is_name(&mut self, name: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let rest = rest.strip_prefix(b"\"").and_then(|rest| rest.strip_prefix(name.as_bytes()));
        let is_it = rest.is_some_and(|rest| rest.first() == Some(&b'"'));
        if is_it {
            self.at += name.len() + 2;
        }
        is_it
    }

    /// Takes a list of pairs, `[[1,2],[3,4]]`, into a list of numbers. Where anything else is in
    /// it, be it a space, nothing is taken.
    pub(super) fn pairs(&mut self, into: &mut Vec<u64>) -> bool {
        into.clear();
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(len) = pairs(rest, into) else { return false };
        self.at += len;
        true
    }

    /// Takes another token by the lexer.
    pub(super) fn lexed<T>(&mut self, take: impl FnOnce(&mut SliceLexer<'de>) -> T) -> T {
        let mut lexer = SliceLexer::new(&self.text.as_bytes()[self.at..]);
        let taken = take(&mut lexer);
        self.at = self.text.len() - lexer.as_slice().len();
        taken
    }
}

/// Digits of a number that surely fits.
const SURE: usize = 19;

const LOWEST: u64 = u64::from_le_bytes([1; 8]);
const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);

/// Where the first byte is that ends a text, stands for another, or may not be in one.
///
/// PERF: eight bytes at once. A byte of a word is zero where taking 1 from it borrows from a bit
/// that was not set, its highest; above the first such byte there may be false ones, which do not
/// count.
#[inline]
fn special(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (LOWEST * u64::from(b'"'));
        let slash = word ^ (LOWEST * u64::from(b'\\'));
        let found = (quote.wrapping_sub(LOWEST) & !quote)
            | (slash.wrapping_sub(LOWEST) & !slash)
            | (word.wrapping_sub(LOWEST * 0x20) & !word);
        if found & HIGHEST != 0 {
            return Some(at + (found & HIGHEST).trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    Some(at + rest)
}

/// The numbers of a list of pairs, and its length in bytes.
fn pairs(bytes: &[u8], into: &mut Vec<u64>) -> Option<usize> {
    if bytes.starts_with(b"[]") {
        return Some(2);
    }
    let mut at = 0;
    loop {
        // The bracket of the list, or a comma behind a pair.
        at += 1;
        if *bytes.get(at)? != b'[' {
            return None;
        }
        let (first, end) = number(bytes, at + 1)?;
        if bytes[end] != b',' {
            return None;
        }
        let (second, end) = number(bytes, end + 1)?;
        if bytes[end] != b']' {
            return None;
        }
        into.extend_from_slice(&[first, second]);
        at = end + 1;
        match *bytes.get(at)? {
            b',' => {}
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// A number of digits that surely fits, and where the byte behind it is.
#[inline]
fn number(bytes: &[u8], start: usize) -> Option<(u64, usize)> {
    let (mut number, mut at) = (0_u64, start);
    loop {
        let digit = bytes.get(at)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        // One of more digits than surely fit is left below.
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let len = at - start;
    let is_plain = len == 1 || (bytes[start] != b'0' && (2..=SURE).contains(&len));
    is_plain.then_some((number, at))
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn the_first_special_byte_is_found_wherever_it_stands() {
        for byte in 0..=255 {
            let is_special = matches!(byte, b'"' | b'\\' | 0..0x20);
            for around in [b'a', b'!', b'#', b'[', b']', b' ', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                for at in 0..20 {
                    let mut text = [around; 20];
                    text[at] = byte;
                    let found = special(&text);
                    assert_eq!(found, is_special.then_some(at), "{byte} in {around} at {at}");
                    text[19] = b'"';
                    assert_eq!(special(&text), Some(if is_special { at } else { 19 }));
                }
            }
        }
        assert_eq!(special(b""), None);
    }
}
