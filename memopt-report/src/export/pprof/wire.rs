//! Protocol buffers, as far as a profile needs them: varints, texts, messages inside messages.
//!
//! Written by hand because `prost` would bring six crates, a second `syn` among them, for two wire
//! types.

/// A message under construction. Members that are zero or empty are left out, as the format has it.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

/// Wire types: a varint; so many bytes.
const VARINT: u64 = 0;
const BYTES: u64 = 2;

impl Message {
    /// A whole number.
    pub(super) fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.varint(field << 3 | VARINT);
            self.varint(value);
        }
    }

    /// A list of whole numbers.
    pub(super) fn numbers(&mut self, field: u64, values: &[u64]) {
        let mut packed = Self::default();
        for &value in values {
            packed.varint(value);
        }
        if !values.is_empty() {
            self.bytes(field, &packed.0);
        }
    }

    /// A text of a list: empty ones are written too.
    pub(super) fn text(&mut self, field: u64, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// A message.
    pub(super) fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// Appends the members of another message of the same type.
    pub(super) fn append(&mut self, members: &Self) {
        self.0.extend_from_slice(&members.0);
    }

    /// The bytes.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn numbers_are_varints() {
        // 150 is the example of the format's documentation: 08 96 01.
        let mut message = Message::default();
        message.number(1, 150);
        message.number(2, 0);
        assert_eq!(message.as_bytes(), [0x08, 0x96, 0x01]);
        let mut largest = Message::default();
        largest.number(1, u64::MAX);
        assert_eq!(largest.as_bytes().len(), 11);
    }

    #[test]
    fn lists_texts_and_messages_have_their_length_in_front() {
        let mut message = Message::default();
        message.numbers(4, &[3, 270, 86942]);
        assert_eq!(message.as_bytes(), [0x22, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
        let mut outer = Message::default();
        outer.numbers(1, &[]);
        outer.text(2, "testing");
        let mut inner = Message::default();
        inner.number(1, 150);
        outer.message(3, &inner);
        assert_eq!(outer.as_bytes(), b"\x12\x07testing\x1a\x03\x08\x96\x01");
    }
}
