//! `BytesMut`.

use super::Recycle;
use bytes::BytesMut;

/// What was split off and frozen is gone for this buffer; it keeps the rest.
impl Recycle for BytesMut {
    #[inline]
    fn recycle(&mut self) {
        self.clear();
    }

    #[inline]
    fn held_bytes(&self) -> usize {
        self.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::{BytesMut, Recycle};

    #[test]
    fn keeps_what_is_not_split_off() {
        let mut buffer = BytesMut::with_capacity(64);
        buffer.extend_from_slice(b"head body");
        let head = buffer.split_to(4).freeze();
        buffer.recycle();
        assert_eq!((&head[..], buffer.len(), buffer.held_bytes()), (&b"head"[..], 0, 60));
    }
}
