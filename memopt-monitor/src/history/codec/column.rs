//! The values of one series in one block.
//!
//! Most are whole numbers in disguise: bytes of whole pages, counters, times in hundredths of a
//! second, shares in hundredths. They are written as such, divided by what all have in common. The
//! rest is written as the bits that differ from the value before. Values come back bit by bit.

use super::bytes::{Damaged, Reader, put_packed, unpacked};
use super::whole;

/// All values are this one.
const SAME: u8 = 0;
/// Whole numbers, over a scale.
const WHOLE: u8 = 1;
/// Bits that differ from the value before.
const BITS: u8 = 2;
/// Added where some are absent: a bit for each follows.
const GAPS: u8 = 0x10;

/// What values are multiplied by to be whole.
const SCALES: [f64; 5] = [1.0, 100.0, 1e3, 1e6, 1e9];
/// Whole numbers up to here are exact in an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a column. What is no number is absent.
pub(in crate::history) fn encode(values: &[f64]) -> Vec<u8> {
    let there: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let mut body = Vec::new();
    let gaps = if there.len() < values.len() { GAPS } else { 0 };
    body.push(gaps);
    if gaps != 0 {
        for eight in values.chunks(8) {
            let bits = eight.iter().enumerate().map(|(at, value)| u8::from(!value.is_nan()) << at);
            body.push(bits.sum());
        }
    }
    let first = there.first().map_or(0, |value| value.to_bits());
    if there.iter().all(|value| value.to_bits() == first) {
        body[0] |= SAME;
        body.extend_from_slice(&first.to_le_bytes());
    } else if let Some((scale, numbers)) = SCALES.iter().enumerate().find_map(|(at, scale)| {
        let numbers: Option<Vec<i64>> = there.iter().map(|value| exact(*value, *scale)).collect();
        Some((at, numbers?))
    }) {
        body[0] |= WHOLE;
        let common = numbers.iter().fold(0, |all, number| all | number).trailing_zeros().min(62);
        body.extend_from_slice(&[scale as u8, common as u8]);
        let numbers: Vec<i64> = numbers.iter().map(|number| number >> common).collect();
        whole::put(&mut body, &numbers);
    } else {
        body[0] |= BITS;
        put_bits(&mut body, &there);
    }
    let mut out = Vec::with_capacity(body.len() + 1);
    put_packed(&mut out, &body);
    out.shrink_to_fit();
    out
}

/// Reads a column of so many values; absent ones are NaN.
pub(in crate::history) fn decode(packed: &[u8], len: usize) -> Result<Vec<f64>, Damaged> {
    let body = unpacked(packed)?;
    let mut reader = Reader(&body);
    let tag = reader.byte()?;
    let bits = (tag & GAPS != 0).then(|| reader.take(len.div_ceil(8))).transpose()?;
    let is_there = |at: usize| bits.is_none_or(|bits| bits[at / 8] >> (at % 8) & 1 == 1);
    let count = (0..len).filter(|at| is_there(*at)).count();
    let mut there = match tag & !GAPS {
        SAME => vec![reader.float()?; count],
        WHOLE => {
            let scale = *SCALES.get(usize::from(reader.byte()?)).ok_or(Damaged)?;
            let common = reader.byte()?;
            if common > 62 {
                return Err(Damaged);
            }
            let numbers = whole::get(&mut reader, count)?;
            numbers.iter().map(|number| (number << common) as f64 / scale).collect()
        }
        BITS => get_bits(&mut reader, count)?,
        _ => return Err(Damaged),
    };
    if count == len {
        return Ok(there);
    }
    let mut next = there.drain(..);
    Ok((0..len)
        .map(|at| if is_there(at) { next.next().unwrap_or(f64::NAN) } else { f64::NAN })
        .collect())
}

/// The whole number that this value is when multiplied, if it is one and comes back as the same
/// bits.
fn exact(value: f64, scale: f64) -> Option<i64> {
    let number = (value * scale).round();
    let back = (number.abs() < EXACT).then_some(number as i64 as f64 / scale)?;
    (back.to_bits() == value.to_bits()).then_some(number as i64)
}

/// For each value a byte with the number of equal bytes at its front and of those that follow, and
/// those that follow.
fn put_bits(out: &mut Vec<u8>, values: &[f64]) {
    let mut before = 0;
    for value in values {
        let bits = value.to_bits();
        let differ = (bits ^ before).to_be_bytes();
        let front = differ.iter().take_while(|byte| **byte == 0).count();
        let back = differ[front..].iter().rev().take_while(|byte| **byte == 0).count();
        let middle = &differ[front..8 - back];
        out.push((front as u8) << 4 | middle.len() as u8);
        out.extend_from_slice(middle);
        before = bits;
    }
}

fn get_bits(reader: &mut Reader<'_>, count: usize) -> Result<Vec<f64>, Damaged> {
    let mut before = 0;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let head = reader.byte()?;
        let (front, len) = (usize::from(head >> 4), usize::from(head & 0x0f));
        let mut differ = [0; 8];
        let place = differ.get_mut(front..front + len).ok_or(Damaged)?;
        place.copy_from_slice(reader.take(len)?);
        before ^= u64::from_be_bytes(differ);
        values.push(f64::from_bits(before));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(values: &[f64]) -> usize {
        let packed = encode(values);
        let back = decode(&packed, values.len()).expect("it was encoded");
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(values));
        packed.len()
    }

    #[test]
    fn values_come_back_bit_by_bit() {
        there_and_back(&[]);
        there_and_back(&[f64::NAN; 9]);
        there_and_back(&[0.0, -0.0, 1e300, f64::MIN_POSITIVE, -7.25, f64::NAN, 1.0 / 3.0]);
        there_and_back(&[9_007_199_254_740_993.0, 1e19, -1e19]);
        // Times in nanoseconds, told in seconds.
        let times: Vec<f64> = (0..120_u64).map(|at| (at * 1_000_003_511) as f64 / 1e9).collect();
        assert!(there_and_back(&times) < 150);
    }

    #[test]
    fn pages_and_constants_are_short() {
        // Resident bytes that grow by a page now and then.
        let pages: Vec<f64> = (0..120).map(|at| f64::from(50_000 + at / 10) * 4096.0).collect();
        let len = there_and_back(&pages);
        assert!(len < 60, "{len}");
        let len = there_and_back(&[123.456; 120]);
        assert!(len < 12, "{len}");
    }

    #[test]
    fn what_is_damaged_never_panics() {
        let whole: Vec<f64> = (0..120).map(|at| f64::from(at * at)).collect();
        let odd: Vec<f64> = (0..120).map(|at| (f64::from(at)).sqrt()).collect();
        for values in [whole, odd, vec![f64::NAN, 1.0, f64::NAN]] {
            let packed = encode(&values);
            for at in 0..packed.len() {
                for flip in [0x01, 0x80, 0xff] {
                    let mut broken = packed.clone();
                    broken[at] ^= flip;
                    let _ = decode(&broken, values.len());
                    let _ = decode(&broken[..at], values.len());
                }
            }
        }
    }
}
