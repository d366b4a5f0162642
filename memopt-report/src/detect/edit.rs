//! The change to the source that applies a remedy, where an attribute of memopt or one line does
//! it.
//!
//! `attribute` reads what stands above an item, `body` the lines inside a function. Both read
//! lines, no syntax tree: where these do not tell, there is no edit.

mod attribute;
mod body;

use super::finding::Finding;
use super::source::{Sources, line_of};
use crate::model::costs::CostModel;
use crate::model::edit::Edit;
use crate::model::reclaimable::Remedy;

impl Finding {
    /// The change to the source that applies another remedy than that of the finding; `None` where
    /// neither an attribute of memopt nor one line does, or where the source cannot be read any
    /// more.
    pub fn edit_for(&self, remedy: Remedy) -> Option<Edit> {
        if self.source_is_newer { None } else { of(self, remedy, &mut Sources::default()) }
    }
}

/// Remedies that an attribute of memopt or one line may apply.
const CHANGED: [Remedy; 7] = [
    Remedy::Arena,
    Remedy::Pool,
    Remedy::Hoist,
    Remedy::Reuse,
    Remedy::Stream,
    Remedy::PreSize,
    Remedy::Shrink,
];
/// Lines of attributes and comments that may stand above an item.
const ABOVE: u32 = 200;

/// The edit that applies `remedy`.
pub(super) fn of(finding: &Finding, remedy: Remedy, sources: &mut Sources) -> Option<Edit> {
    if !CHANGED.contains(&remedy) {
        return None;
    }
    let file = sources.file_of(finding)?;
    // The column points at the item's name: else the file has changed since.
    line_of(finding, file)?;
    let (lines, before) = file.around(finding.line, ABOVE);
    let item = (finding.line - 1 - before) as usize;
    let (at, after) = match remedy {
        Remedy::Arena => attribute::measuring(&lines, item, "memopt::arena", "")?,
        Remedy::Pool | Remedy::Hoist | Remedy::Reuse => {
            attribute::measuring(&lines, item, "memopt::arena", "reuse")?
        }
        Remedy::Stream => attribute::streamed(&lines, item)?,
        Remedy::PreSize => body::presize(&lines, item)?,
        // One that shrinks already is to ask for less, which no line tells how to.
        Remedy::Shrink if finding.saving.retained_bytes > 0 => body::shrink(&lines, item)?,
        _ => return None,
    };
    let (file, line) = (finding.file.clone(), at as u32 + before + 1);
    let saving_percent = match remedy {
        Remedy::Pool | Remedy::Hoist | Remedy::Reuse => (CostModel::LISTS * 100.0) as u8,
        _ => Edit::ALL,
    };
    Some(Edit { file, line, before: lines[at].to_owned(), after, saving_percent })
}

/// Puts a line above one.
fn insert(lines: &[&str], at: usize, what: &str) -> Option<(usize, String)> {
    let line = lines.get(at)?;
    Some((at, format!("{}{what}\n{line}", indent(line))))
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}
