//! The same after three attributes: one row at a time, in memory that is used again.

use crate::summary::{Summary, corrupt, fields};
use memopt::Error;
use memopt::remedy::{ChunkReader, PoolGuard};
use memopt_examples::files::Source;
use std::fs::File;
use std::ops::Range;

/// A line, taken apart in place. Dropped, it goes back to its pool and keeps its room.
#[derive(memopt::remedy::Pooled)]
struct Row {
    line: String,
    fields: Vec<Range<usize>>,
    /// Where the line is no text.
    corrupt: Option<u64>,
}

impl Row {
    fn read(&mut self, line: &str) {
        self.line.push_str(line);
        let begin = line.as_ptr().addr();
        self.fields.extend(fields(line).map(|field| {
            let at = field.as_ptr().addr() - begin;
            at..at + field.len()
        }));
    }

    fn first(&self) -> &str {
        self.fields.first().map_or("", |range| &self.line[range.clone()])
    }
}

#[memopt::track_alloc(name = "summarise")]
pub(crate) fn summarise(sources: &[Source]) -> Summary {
    let mut summary = Summary::default();
    for source in sources {
        let file = match File::open(&source.path) {
            Ok(file) => file,
            Err(error) => {
                summary.skipped.push(format!("{}: {error}", source.name));
                continue;
            }
        };
        let kind = source.path.extension().unwrap_or_default().to_string_lossy();
        for row in rows(file) {
            match row {
                Ok(row) => match row.corrupt {
                    None => add(&mut summary, &kind, &row),
                    Some(offset) => summary.skipped.push(corrupt(&source.name, offset)),
                },
                Err(error) => summary.skipped.push(format!("{}: {error}", source.name)),
            }
        }
    }
    summary
}

#[memopt::streamed]
#[memopt::track_alloc(name = "rows")]
fn rows(file: File) -> Result<Vec<PoolGuard<Row>>, Error> {
    let mut out = Vec::new();
    // The first version takes lines of any length too.
    let mut reader = ChunkReader::new(file).limit(usize::MAX);
    loop {
        let mut row = Row::acquire();
        match reader.next_line() {
            Ok(Some(line)) => row.read(line),
            Ok(None) => break,
            Err(error) if error.is_not_utf8() => row.corrupt = error.offset(),
            Err(error) => return Err(error),
        }
        out.push(row);
    }
    Ok(out)
}

#[memopt::track_alloc(name = "add")]
#[memopt::pooled]
fn add(summary: &mut Summary, kind: &str, row: &Row) {
    #[pool]
    let mut name = String::new();
    name.push_str(kind);
    name.push(':');
    name.push_str(row.first());
    summary.add(&name, row.fields.len() as u64, row.line.len() as u64);
}
