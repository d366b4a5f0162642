//! Lists of whole numbers: their differences, or the differences of those, whichever is shorter.

use super::bytes::{Damaged, Reader, put_signed};

/// Writes a list whose length the reader knows.
pub(super) fn put(out: &mut Vec<u8>, numbers: &[i64]) {
    let (mut once, mut twice) = (Vec::new(), Vec::new());
    let (mut before, mut step) = (0_i64, 0_i64);
    for &number in numbers {
        let now = number.wrapping_sub(before);
        put_signed(&mut once, now);
        put_signed(&mut twice, now.wrapping_sub(step));
        (before, step) = (number, now);
    }
    let (tag, body) = if twice.len() < once.len() { (1, twice) } else { (0, once) };
    out.push(tag);
    out.extend_from_slice(&body);
}

/// Reads a list of this length.
pub(super) fn get(reader: &mut Reader<'_>, len: usize) -> Result<Vec<i64>, Damaged> {
    let twice = match reader.byte()? {
        0 => false,
        1 => true,
        _ => return Err(Damaged),
    };
    let (mut before, mut step) = (0_i64, 0_i64);
    let mut numbers = Vec::with_capacity(len);
    for _ in 0..len {
        let read = reader.signed()?;
        step = if twice { step.wrapping_add(read) } else { read };
        before = before.wrapping_add(step);
        numbers.push(before);
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(numbers: &[i64]) -> usize {
        let mut out = Vec::new();
        put(&mut out, numbers);
        let mut reader = Reader(&out);
        assert_eq!(get(&mut reader, numbers.len()).as_deref(), Ok(numbers));
        assert!(reader.0.is_empty());
        out.len()
    }

    #[test]
    fn lists_come_back() {
        there_and_back(&[]);
        there_and_back(&[i64::MAX, i64::MIN, 0, -1, i64::MIN]);
        // A steady climb is a byte a number.
        let climb: Vec<i64> = (0..120).map(|at| 5_000_000_000 + at * 1_000_000_007).collect();
        assert!(there_and_back(&climb) < 140);
    }
}
