//! A part of the history for other programs: JSON, one object a line, or CSV.

use super::{History, Summary, Tier, Window};
use crate::series::Key;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// How points are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// RFC 4180, with a heading.
    Csv,
}

/// The members of each line, and the heading.
const COLUMNS: [&str; 11] = [
    "metric",
    "label",
    "label_value",
    "run",
    "monotonic_ns",
    "unix_ms",
    "min",
    "mean",
    "max",
    "last",
    "count",
];

impl History {
    /// Writes the points of these series, series by series, the oldest point first.
    ///
    /// Numbers are written so that they read back as the same bits.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn export(
        &self,
        keys: &[Key],
        window: Window,
        tier: Tier,
        format: Format,
        out: &mut impl Write,
    ) -> io::Result<()> {
        if format == Format::Csv {
            out.write_all(COLUMNS.join(",").as_bytes())?;
            out.write_all(b"\r\n")?;
        }
        let mut line = String::new();
        for key in keys {
            for row in self.summaries(key, window, tier) {
                line.clear();
                match format {
                    Format::JsonLines => json(&mut line, key, &row),
                    Format::Csv => csv(&mut line, key, &row),
                }
                out.write_all(line.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// The values behind the names, in their order, as both formats write them.
fn numbers(row: &Summary) -> [String; 8] {
    let Summary { at, min, mean, max, last, count } = row;
    [
        at.run.to_string(),
        at.monotonic_ns.to_string(),
        at.unix_ms.to_string(),
        format!("{min:?}"),
        format!("{mean:?}"),
        format!("{max:?}"),
        format!("{last:?}"),
        count.to_string(),
    ]
}

fn json(line: &mut String, key: &Key, row: &Summary) {
    line.push_str("{\"metric\":");
    quoted(line, &key.metric);
    if let Some((name, value)) = &key.label {
        line.push_str(",\"label\":");
        quoted(line, name);
        line.push_str(",\"label_value\":");
        quoted(line, value);
    }
    for (name, value) in COLUMNS[3..].iter().zip(numbers(row)) {
        // Writing into a String cannot fail.
        let _ = write!(line, ",\"{name}\":{value}");
    }
    line.push_str("}\n");
}

fn csv(line: &mut String, key: &Key, row: &Summary) {
    field(line, &key.metric);
    let (name, value) = key.label.as_ref().map_or(("", ""), |(name, value)| (name, value));
    for text in [name, value] {
        line.push(',');
        field(line, text);
    }
    for number in numbers(row) {
        line.push(',');
        line.push_str(&number);
    }
    line.push_str("\r\n");
}

/// A field of CSV, in quotes where it needs them.
fn field(line: &mut String, text: &str) {
    // What a spreadsheet would take for a formula is a text.
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) };
    if text.contains([',', '"', '\r', '\n']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(&text);
    }
}

/// A text of JSON.
fn quoted(line: &mut String, text: &str) {
    line.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                line.push('\\');
                line.push(letter);
            }
            '\0'..='\x1f' => {
                let _ = write!(line, "\\u{:04x}", letter as u32);
            }
            _ => line.push(letter),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::history::Options;
    use crate::source::Frame;

    fn history() -> (History, Key) {
        let history = History::in_memory(&Options::default());
        let key = Key::new("site.live").of("site", "a,\"b\"\n");
        for (second, value) in [(1, 0.1), (2, 3e20)] {
            let at = Stamp { run: 4, monotonic_ns: second * 1_000_000_000, unix_ms: 77 };
            let mut frame = Frame::new(at);
            frame.add(key.clone(), value);
            history.append(&frame);
        }
        (history, key)
    }

    fn exported(tier: Tier, format: Format) -> String {
        let (history, key) = history();
        let mut out = Vec::new();
        history.export(&[key], Window::All, tier, format, &mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn lines_of_json() {
        let text = exported(Tier::Raw, Format::JsonLines);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[0],
            r#"{"metric":"site.live","label":"site","label_value":"a,\"b\"\u000a","run":4,"monotonic_ns":1000000000,"unix_ms":77,"min":0.1,"mean":0.1,"max":0.1,"last":0.1,"count":1}"#
        );
        assert!(lines[1].contains("\"last\":3e20,"));
    }

    #[test]
    fn csv_with_a_heading_and_quotes() {
        let text = exported(Tier::Minute, Format::Csv);
        assert_eq!(
            text,
            "metric,label,label_value,run,monotonic_ns,unix_ms,min,mean,max,last,count\r\n\
             site.live,site,\"a,\"\"b\"\"\n\",4,2000000000,77,0.1,1.5e20,3e20,3e20,2\r\n"
        );
    }
}
