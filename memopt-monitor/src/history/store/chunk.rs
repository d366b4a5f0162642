//! The columns of a block in rows that fill a page each.
//!
//! A row of its own for each column would lie beside those of the same series, and each
//! transaction would write a page of every series, most of it not new. Chunks are appended: a
//! transaction writes what is new, and pages are full.

use super::sum::{checked, summed};
use crate::history::codec::bytes::{Damaged, Reader, put, put_bytes};

/// Bytes of a row, so that with its key it fills a page of the database.
const FULL: usize = 4_040;
/// What the number and the length of a column take, nearly always.
const BESIDE: usize = 4;
/// What the sum takes.
const SUM: usize = 4;

/// A row: the number of its first series, and its bytes.
pub(super) struct Chunk {
    pub(super) first: u32,
    pub(super) row: Vec<u8>,
}

/// The columns, whose numbers ascend, as rows.
pub(super) fn chunks(columns: &[(u32, Box<[u8]>)]) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut rest = columns;
    while let Some((first, _)) = rest.first() {
        let mut size = SUM;
        let fits = |(_, column): &&(u32, Box<[u8]>)| {
            size += column.len() + BESIDE;
            size <= FULL
        };
        // One that is larger than a page has a row alone.
        let len = rest.iter().take_while(fits).count().max(1);
        let (these, others) = rest.split_at(len);
        let mut body = Vec::new();
        let mut before = *first;
        for (id, column) in these {
            put(&mut body, u64::from(id - before));
            put_bytes(&mut body, column);
            before = *id;
        }
        chunks.push(Chunk { first: *first, row: summed(&body) });
        rest = others;
    }
    chunks
}

/// The column of a series in the row whose first series is this; none where it has none.
pub(super) fn column(first: u32, row: &[u8], series: u32) -> Result<Option<Box<[u8]>>, Damaged> {
    let mut reader = Reader(checked(row)?);
    let mut id = u64::from(first);
    while !reader.0.is_empty() {
        id += reader.number()?;
        let column = reader.bytes()?;
        if id >= u64::from(series) {
            return Ok((id == u64::from(series)).then(|| column.into()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(lengths: &[usize]) -> Vec<(u32, Box<[u8]>)> {
        let column = |(at, len): (usize, &usize)| (at as u32 * 3 + 7, vec![at as u8; *len].into());
        lengths.iter().enumerate().map(column).collect()
    }

    #[test]
    fn each_column_is_found_and_pages_are_full() {
        let columns = columns(&[250; 200]);
        let chunks = chunks(&columns);
        assert!(chunks.iter().all(|chunk| chunk.row.len() <= FULL));
        let (_, closed) = chunks.split_last().unwrap();
        assert!(closed.iter().all(|chunk| chunk.row.len() > FULL * 9 / 10));
        for (id, expected) in &columns {
            let of = chunks.iter().rev().find(|chunk| chunk.first <= *id).unwrap();
            assert_eq!(column(of.first, &of.row, *id).unwrap().as_ref(), Some(expected));
            assert_eq!(column(of.first, &of.row, id + 1).unwrap(), None);
        }
    }

    #[test]
    fn a_column_larger_than_a_page_has_a_row_alone() {
        let columns = columns(&[100, 9_000, 0, 50]);
        let chunks = chunks(&columns);
        assert_eq!(chunks.iter().map(|chunk| chunk.first).collect::<Vec<_>>(), [7, 10, 13]);
        assert_eq!(column(10, &chunks[1].row, 10).unwrap().unwrap().len(), 9_000);
        assert_eq!(column(13, &chunks[2].row, 13).unwrap().unwrap().len(), 0);
    }

    #[test]
    fn a_changed_row_is_found_out() {
        let mut row = chunks(&columns(&[40, 50])).remove(0).row;
        row[20] ^= 1;
        assert_eq!(column(7, &row, 7), Err(Damaged));
    }
}
