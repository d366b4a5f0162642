//! As such programs begin: read all, own all, then count.

use crate::summary::{Summary, corrupt, fields};
use memopt_examples::files::Source;
use std::fs;

/// A line, taken apart.
struct Row {
    kind: String,
    fields: Vec<String>,
    bytes: u64,
}

#[memopt::track_alloc(name = "summarise")]
pub(crate) fn summarise(sources: &[Source]) -> Summary {
    let mut summary = Summary::default();
    let mut all = Vec::new();
    for source in sources {
        match fs::read(&source.path) {
            Ok(content) => all.extend(rows(source, &content, &mut summary.skipped)),
            Err(error) => summary.skipped.push(format!("{}: {error}", source.name)),
        }
    }
    for row in all {
        add(&mut summary, &row);
    }
    summary
}

#[memopt::track_alloc(name = "rows")]
fn rows(source: &Source, content: &[u8], skipped: &mut Vec<String>) -> Vec<Row> {
    let kind = source.path.extension().unwrap_or_default().to_string_lossy();
    let mut out = Vec::new();
    let mut offset = 0;
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let text =
            line.strip_suffix(b"\n").map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
        match String::from_utf8(text.to_vec()) {
            Ok(text) => out.push(Row {
                kind: kind.to_string(),
                fields: fields(&text).map(str::to_owned).collect(),
                bytes: text.len() as u64,
            }),
            Err(error) => {
                let at = offset + error.utf8_error().valid_up_to() as u64;
                skipped.push(corrupt(&source.name, at));
            }
        }
        offset += line.len() as u64;
    }
    out
}

#[memopt::track_alloc(name = "add")]
fn add(summary: &mut Summary, row: &Row) {
    let name = format!("{}:{}", row.kind, row.fields.first().map_or("", String::as_str));
    summary.add(&name, row.fields.len() as u64, row.bytes);
}
