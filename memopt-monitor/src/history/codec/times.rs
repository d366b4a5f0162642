//! The moments of a block: the run once, monotonic times, and how far the wall clock is off them.

use super::bytes::{Damaged, Reader, put, put_packed, unpacked};
use super::whole;
use crate::clock::Stamp;

/// Writes the moments of one run.
pub(in crate::history) fn encode(stamps: &[Stamp]) -> Vec<u8> {
    let mut body = Vec::new();
    put(&mut body, u64::from(stamps.first().map_or(0, |at| at.run)));
    put(&mut body, stamps.len() as u64);
    let monotonic: Vec<i64> = stamps.iter().map(|at| at.monotonic_ns.cast_signed()).collect();
    let ahead: Vec<i64> = stamps.iter().map(|at| at.unix_ms.wrapping_sub(ms(at))).collect();
    whole::put(&mut body, &monotonic);
    whole::put(&mut body, &ahead);
    let mut out = Vec::new();
    put_packed(&mut out, &body);
    out.shrink_to_fit();
    out
}

/// Reads what [`encode`] wrote.
pub(in crate::history) fn decode(packed: &[u8]) -> Result<Vec<Stamp>, Damaged> {
    /// No block has more.
    const MOST: u64 = 10_000;
    let body = unpacked(packed)?;
    let mut reader = Reader(&body);
    let run = u32::try_from(reader.number()?).map_err(|_| Damaged)?;
    let len = reader.number().ok().filter(|len| *len <= MOST).ok_or(Damaged)? as usize;
    let monotonic = whole::get(&mut reader, len)?;
    let ahead = whole::get(&mut reader, len)?;
    let stamps = monotonic.into_iter().zip(ahead).map(|(monotonic, ahead)| {
        let mut at = Stamp { run, monotonic_ns: monotonic.cast_unsigned(), unix_ms: 0 };
        at.unix_ms = ms(&at).wrapping_add(ahead);
        at
    });
    Ok(stamps.collect())
}

fn ms(at: &Stamp) -> i64 {
    (at.monotonic_ns / 1_000_000).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_though_the_wall_clock_jumps() {
        let stamps: Vec<Stamp> = (0..120_u64)
            .map(|at| Stamp {
                run: 9,
                monotonic_ns: at * 1_000_000_000 + at * at % 977 * 1_000,
                unix_ms: 1_800_000_000_000 + at as i64 * 1_000
                    - if at > 60 { 7_200_000 } else { 0 },
            })
            .collect();
        let packed = encode(&stamps);
        assert_eq!(decode(&packed), Ok(stamps));
        assert!(packed.len() < 600, "{}", packed.len());
        for at in 0..packed.len() {
            let mut broken = packed.clone();
            broken[at] ^= 0xff;
            let _ = decode(&broken);
        }
    }
}
