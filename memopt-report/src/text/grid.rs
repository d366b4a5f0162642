//! Rows and columns within a width.

#[cfg(feature = "text")]
use crate::label::{self, shorten};
#[cfg(feature = "text")]
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

/// Columns of a terminal that a table fits in, unless told otherwise.
pub(crate) const WIDTH: usize = 100;
/// Rows shown unless told otherwise.
pub(super) const LIMIT: usize = 20;
/// What stands in the place of a table without the feature `text`.
#[cfg(not(feature = "text"))]
pub(super) fn grid(first: &str, _: &[&str], names: &[&str], _: &[Vec<String>], _: usize) -> String {
    let rows = crate::units::counted(names.len() as u64, "row");
    format!("{first}: {rows}; tables need the feature `text` of `memopt-report`")
}

/// A name column is never narrower, whatever the other columns need.
#[cfg(feature = "text")]
const MIN_NAME: usize = 16;

/// Lays out the cells; the names get the room that is left.
#[cfg(feature = "text")]
pub(super) fn grid(
    first: &str,
    headers: &[&str],
    names: &[&str],
    rows: &[Vec<String>],
    total: usize,
) -> String {
    const GAP: usize = 2;
    let taken: usize = headers
        .iter()
        .enumerate()
        .map(|(i, header)| {
            GAP + rows
                .iter()
                .map(|row| label::width(&row[i]))
                .fold(label::width(header), usize::max)
        })
        .sum();
    let room = total.saturating_sub(taken).max(MIN_NAME);
    let mut table = Table::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(std::iter::once(first).chain(headers.iter().copied()).collect::<Vec<_>>());
    for (name, row) in names.iter().zip(rows) {
        table.add_row(
            std::iter::once(shorten(name, room)).chain(row.iter().cloned()).collect::<Vec<_>>(),
        );
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding(if i == 0 { (0, 0) } else { (GAP as u16, 0) });
        column.set_cell_alignment(if i == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    table.trim_fmt()
}
