//! A closed block: encoded, never changed again, the same in memory and on disk.

use super::codec::bytes::{Damaged, Reader, put_bytes};
use super::codec::{column, times};
use super::open::Growing;
use super::tier::{Summary, Tier};
use crate::clock::Stamp;
use std::collections::HashMap;

/// A closed block.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) times: Box<[u8]>,
    /// The series in it, ascending, and their columns.
    pub(super) columns: Vec<(u32, Box<[u8]>)>,
}

impl Block {
    pub(super) fn new(stamps: &[Stamp]) -> Self {
        Self { times: times::encode(stamps).into(), columns: Vec::new() }
    }

    /// Bytes that it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        /// What the allocator adds to a block of memory.
        const BESIDE: usize = 16;
        let column = size_of::<(u32, Box<[u8]>)>() + BESIDE;
        let columns: usize = self.columns.iter().map(|(_, bytes)| bytes.len() + column).sum();
        size_of::<Self>() + self.times.len() + BESIDE + columns
    }

    /// Bytes of its times and columns.
    pub(super) fn encoded_bytes(&self) -> u64 {
        let columns = self.columns.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        (self.times.len() + columns) as u64
    }

    /// The same block with other numbers for its series.
    pub(super) fn renamed(&self, ids: &HashMap<u32, u32>) -> Self {
        let renamed = |(id, bytes): &(u32, Box<[u8]>)| Some((*ids.get(id)?, bytes.clone()));
        let mut columns: Vec<_> = self.columns.iter().filter_map(renamed).collect();
        columns.sort_unstable_by_key(|(id, _)| *id);
        Self { times: self.times.clone(), columns }
    }

    fn column(&self, series: u32) -> Option<&[u8]> {
        let at = self.columns.binary_search_by_key(&series, |(id, _)| *id).ok()?;
        Some(&self.columns[at].1)
    }

    /// Adds the points of a series, if it has any.
    pub(super) fn rows(
        &self,
        series: u32,
        tier: Tier,
        out: &mut Vec<Summary>,
    ) -> Result<(), Damaged> {
        match self.column(series) {
            Some(column) => rows(&times::decode(&self.times)?, column, tier, out),
            None => Ok(()),
        }
    }
}

/// The column of a series that lies open.
pub(super) fn encode(growing: &Growing, tier: Tier, len: usize) -> Box<[u8]> {
    if tier == Tier::Raw {
        return column::encode(&padded(&growing.last, len)).into();
    }
    let mut out = Vec::new();
    let counts: Vec<f64> = growing.counts.iter().map(|count| f64::from(*count)).collect();
    for values in [&growing.min, &growing.mean, &growing.max, &growing.last, &counts] {
        put_bytes(&mut out, &column::encode(&padded(values, len)));
    }
    out.into()
}

/// A column is as long as the block. A series that was absent at the end is absent there.
fn padded(values: &[f64], len: usize) -> Vec<f64> {
    let mut values = values.to_vec();
    values.resize(len, f64::NAN);
    values
}

/// Adds the points of a column.
pub(super) fn rows(
    stamps: &[Stamp],
    column: &[u8],
    tier: Tier,
    out: &mut Vec<Summary>,
) -> Result<(), Damaged> {
    if tier == Tier::Raw {
        let values = column::decode(column, stamps.len())?;
        let points = stamps.iter().zip(values).filter(|(_, value)| !value.is_nan());
        out.extend(points.map(|(at, value)| Summary::one(*at, value)));
        return Ok(());
    }
    let mut reader = Reader(column);
    let mut part = || column::decode(reader.bytes()?, stamps.len());
    let [min, mean, max, last, count] = [part()?, part()?, part()?, part()?, part()?];
    for (index, at) in stamps.iter().enumerate() {
        // Where a series was absent, its count is.
        if count[index] >= 1.0 {
            out.push(Summary {
                at: *at,
                min: min[index],
                mean: mean[index],
                max: max[index],
                last: last[index],
                count: count[index] as u64,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(len: u64) -> Vec<Stamp> {
        (0..len)
            .map(|at| Stamp {
                run: 1,
                monotonic_ns: at * 60_000_000_000,
                unix_ms: at as i64 * 60_000,
            })
            .collect()
    }

    #[test]
    fn minutes_come_back_with_their_gaps() {
        let stamps = stamps(5);
        let mut growing = Growing::default();
        growing.add(Tier::Minute, 1, 4.0);
        growing.add(Tier::Minute, 1, 6.0);
        growing.add(Tier::Minute, 3, 1.5);
        let mut block = Block::new(&stamps);
        block.columns.push((7, encode(&growing, Tier::Minute, 5)));
        let mut rows = Vec::new();
        assert_eq!(block.rows(7, Tier::Minute, &mut rows), Ok(()));
        let first = Summary { at: stamps[1], min: 4.0, mean: 5.0, max: 6.0, last: 6.0, count: 2 };
        assert_eq!(rows, [first, Summary::one(stamps[3], 1.5)]);
        assert_eq!(block.rows(8, Tier::Minute, &mut rows), Ok(()));
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn a_damaged_column_is_an_error_and_no_panic() {
        let mut growing = Growing::default();
        (0..5).for_each(|at| growing.add(Tier::Minute, at, at as f64 / 3.0));
        let column = encode(&growing, Tier::Minute, 5);
        for at in 0..column.len() {
            let _ = rows(&stamps(5), &column[..at], Tier::Minute, &mut Vec::new());
            let mut broken = column.to_vec();
            broken[at] ^= 0x55;
            let _ = rows(&stamps(5), &broken, Tier::Minute, &mut Vec::new());
        }
    }
}
