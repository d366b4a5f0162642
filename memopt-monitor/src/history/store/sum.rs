//! Sums that tell what was damaged.

use crate::history::codec::bytes::Damaged;

/// A sum that tells damage: FNV-1a of 64 bits, folded.
pub(super) fn sum(bytes: &[u8]) -> u32 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold);
    (hash ^ hash >> 32) as u32
}

/// A value with its sum in front.
pub(super) fn summed(value: &[u8]) -> Vec<u8> {
    let mut out = sum(value).to_le_bytes().to_vec();
    out.extend_from_slice(value);
    out
}

/// The value behind its sum.
pub(super) fn checked(value: &[u8]) -> Result<&[u8], Damaged> {
    let (expected, value) = value.split_first_chunk::<4>().ok_or(Damaged)?;
    (sum(value) == u32::from_le_bytes(*expected)).then_some(value).ok_or(Damaged)
}
