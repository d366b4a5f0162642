//! Whole numbers of one to ten bytes, and lz4 where it helps.

/// What was read is no encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::history) struct Damaged;

/// Shorter texts are not worth a try.
const WORTH_COMPRESSING: usize = 24;
/// No body is longer; a damaged length must not make the reader take memory.
const LONGEST: u64 = 1 << 20;

pub(in crate::history) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign are short.
pub(in crate::history) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

pub(in crate::history) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The body, compressed where that is shorter; a byte in front says which.
pub(in crate::history) fn put_packed(out: &mut Vec<u8>, body: &[u8]) {
    if body.len() >= WORTH_COMPRESSING {
        let packed = lz4_flex::block::compress(body);
        if packed.len() + 2 < body.len() {
            out.push(1);
            put(out, body.len() as u64);
            out.extend_from_slice(&packed);
            return;
        }
    }
    out.push(0);
    out.extend_from_slice(body);
}

/// What [`put_packed`] made, which is all that `packed` holds.
pub(in crate::history) fn unpacked(packed: &[u8]) -> Result<Vec<u8>, Damaged> {
    let mut reader = Reader(packed);
    match reader.byte()? {
        0 => Ok(reader.0.to_vec()),
        1 => {
            let len = reader.number().ok().filter(|len| *len <= LONGEST).ok_or(Damaged)?;
            lz4_flex::block::decompress(reader.0, len as usize).map_err(|_| Damaged)
        }
        _ => Err(Damaged),
    }
}

/// Takes bytes from the front of a text.
#[derive(Debug)]
pub(in crate::history) struct Reader<'a>(pub(in crate::history) &'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::history) fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(in crate::history) fn take(&mut self, len: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(in crate::history) fn number(&mut self) -> Result<u64, Damaged> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    pub(in crate::history) fn signed(&mut self) -> Result<i64, Damaged> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    pub(in crate::history) fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let len = self.number()?;
        self.take(usize::try_from(len).map_err(|_| Damaged)?)
    }

    pub(in crate::history) fn float(&mut self) -> Result<f64, Damaged> {
        let bytes = self.take(8)?.try_into().map_err(|_| Damaged)?;
        Ok(f64::from_le_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, -1, 63, -64, 64, 1 << 40, i64::MAX, i64::MIN];
        let mut out = Vec::new();
        for number in numbers {
            put_signed(&mut out, number);
        }
        let mut reader = Reader(&out);
        for number in numbers {
            assert_eq!(reader.signed(), Ok(number));
        }
        assert_eq!(reader.byte(), Err(Damaged));
    }

    #[test]
    fn what_is_no_encoding_is_an_error() {
        assert_eq!(Reader(&[0x80; 12]).number(), Err(Damaged));
        assert_eq!(Reader(&[9, 1, 2]).bytes(), Err(Damaged));
        assert_eq!(unpacked(&[]), Err(Damaged));
        assert_eq!(unpacked(&[7, 1]), Err(Damaged));
        assert_eq!(unpacked(&[1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]), Err(Damaged));
    }

    #[test]
    fn what_repeats_is_compressed_and_comes_back() {
        let body: Vec<u8> = (0..240).map(|at| (at % 3) as u8).collect();
        let mut packed = Vec::new();
        put_packed(&mut packed, &body);
        assert!(packed.len() < 30, "{}", packed.len());
        assert_eq!(unpacked(&packed), Ok(body));
    }
}
