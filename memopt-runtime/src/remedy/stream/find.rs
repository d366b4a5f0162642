//! Looking for one byte.

/// Where `byte` first lies in `bytes`.
///
/// PERF: the C library's search, as every other dependency of this crate is linked to it anyway; it
/// looks at 32 bytes at once.
#[cfg(all(unix, not(miri)))]
pub(super) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    // SAFETY: the search reads `len` bytes from the start of a slice of that length.
    let found = unsafe { libc::memchr(bytes.as_ptr().cast(), i32::from(byte), bytes.len()) };
    (!found.is_null()).then(|| found.addr() - bytes.as_ptr().addr())
}

/// As above, where there is no such library.
#[cfg(not(all(unix, not(miri))))]
pub(super) fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|other| *other == byte)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_first_of_several_is_found_and_none_in_nothing() {
        assert_eq!(find(b'\n', b"one\ntwo\n"), Some(3));
        assert_eq!((find(b'x', b"one"), find(0, b"")), (None, None));
        assert_eq!(find(255, &[1, 2, 255]), Some(2));
    }
}
