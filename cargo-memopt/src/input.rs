//! Files that memopt wrote, read in bounded memory.
//!
//! The first bytes say what a file is. Only a file that says it is memopt's is read to its end, and
//! only up to a limit. Everything else is refused by name, before more of it is read.

#[cfg(test)]
mod damage;
mod foreign;

use crate::error::Error;
use memopt_report::{Concurrency, Findings, HeapReport, Report};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Larger files are refused. A report of 10,000 sites is 30 MB.
const LIMIT: u64 = 256 << 20;
/// Bytes by which a file is told.
const HEAD: usize = 64 << 10;

/// What a file holds.
#[derive(Debug)]
pub(crate) enum Input {
    /// The sites of a run.
    Report(Box<Report>),
    /// The heap by site and stack.
    Heap(Box<HeapReport>),
    /// What the detectors said.
    Findings(Findings),
    /// Threads and tasks.
    Concurrency(Box<Concurrency>),
}

impl Input {
    /// Reads a file, or the standard input for `-`.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, is too large, or is nothing that memopt wrote.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        if path.as_os_str() == "-" {
            return Self::from_reader("standard input", None, io::stdin().lock(), LIMIT);
        }
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        let about = file.metadata().map_err(|error| unreadable(&name, &error))?;
        if about.is_dir() {
            return Err(Error::usage(format_args!("`{name}` is a folder"), "name a file in it"));
        }
        Self::from_reader(&name, about.is_file().then_some(about.len()), file, LIMIT)
    }

    /// Reads at most `limit` bytes.
    fn from_reader(
        name: &str,
        size: Option<u64>,
        mut reader: impl Read,
        limit: u64,
    ) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        reader
            .by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(name, &error))?;
        let kind = Kind::of(&bytes)
            .map_err(|(why, next)| Error::usage(format_args!("`{name}` {why}"), next))?;
        let too_large = || {
            let limit = memopt_units::format_size(limit);
            Error::usage(
                format_args!("`{name}` is larger than the limit of {limit}"),
                "let the program write it without stacks, or for fewer sites",
            )
        };
        if size.is_some_and(|size| size > limit) {
            return Err(too_large());
        }
        if let Some(size) = size {
            bytes.reserve(size.saturating_sub(bytes.len() as u64) as usize);
        }
        let rest = limit + 1 - (bytes.len() as u64).min(limit);
        reader.take(rest).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::usage(format_args!("`{name}` is not UTF-8 at byte {at}"), "write it again")
        })?;
        kind.parse(&text).map_err(|error| {
            // The text of a report's error ends with the next step.
            let text = error.to_string();
            let (what, next) = text.rsplit_once("; ").unwrap_or((&text, "write it again"));
            Error::usage(format_args!("`{name}`: {what}"), next)
        })
    }
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    let next = match error.kind() {
        io::ErrorKind::NotFound => "name a report, such as one that `cargo memopt run` wrote",
        _ => "check who may read it",
    };
    Error::usage(format_args!("cannot read `{name}`: {error}"), next)
}

/// What a file says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Report,
    Heap,
    Findings,
    Concurrency,
}

impl Kind {
    const ALL: [(&'static str, Self); 4] = [
        ("memopt-report", Self::Report),
        ("memopt-heap", Self::Heap),
        ("memopt-findings", Self::Findings),
        ("memopt-concurrency", Self::Concurrency),
    ];

    /// By the first bytes. The error continues a sentence that begins with the file's name.
    fn of(head: &[u8]) -> Result<Self, (String, &'static str)> {
        if head.iter().all(u8::is_ascii_whitespace) {
            let next = "let the program end by itself, or by `exit`, so that it writes the report";
            return Err(("is empty".to_owned(), next));
        }
        let text = match std::str::from_utf8(head) {
            Ok(text) => text,
            // A character may be cut at the end.
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(foreign::binary(head)),
        };
        match format(text) {
            Some(found) => match Self::ALL.iter().find(|(name, _)| *name == found) {
                Some((_, kind)) => Ok(*kind),
                None => Err((
                    format!(
                        "has the format `{}`, which this command does not read",
                        memopt_report::label::clean(&found)
                    ),
                    "give a report of sites, a heap report, findings, or threads and tasks",
                )),
            },
            None => Err(foreign::text(text)),
        }
    }

    fn parse(self, text: &str) -> Result<Input, memopt_report::Error> {
        Ok(match self {
            Self::Report => Input::Report(Box::new(Report::from_json(text)?)),
            Self::Heap => Input::Heap(Box::new(HeapReport::from_json(text)?)),
            Self::Findings => Input::Findings(Findings::from_json(text)?),
            Self::Concurrency => Input::Concurrency(Box::new(Concurrency::from_json(text)?)),
        })
    }
}

/// The member `format` of an object whose beginning this is, if it is there and begins with
/// `memopt-`. memopt writes it first; a text that was sorted or indented has it further down.
fn format(head: &str) -> Option<String> {
    if !head.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        return None;
    }
    head.match_indices("\"format\"").find_map(|(at, member)| {
        let value = head[at + member.len()..].trim_start().strip_prefix(':')?.trim_start();
        let value = value.strip_prefix('"')?;
        let value = &value[..value.find('"')?];
        value.starts_with("memopt-").then(|| value.to_owned())
    })
}

/// Reads a report of sites.
///
/// # Errors
///
/// As [`Input::read`], and where the file holds something else of memopt's.
pub(crate) fn report(path: &Path) -> Result<Report, Error> {
    match Input::read(path)? {
        Input::Report(report) => Ok(*report),
        other => Err(Error::usage(
            format_args!(
                "`{}` holds {}, and a report of sites is needed here",
                path.display(),
                other.noun()
            ),
            "`MEMOPT_REPORT=json:PATH` writes one",
        )),
    }
}

impl Input {
    /// What it is called in a message.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Report(_) => "a report of sites",
            Self::Heap(_) => "a heap report",
            Self::Findings(_) => "findings",
            Self::Concurrency(_) => "threads and tasks",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::Status;

    fn read(text: &[u8], limit: u64) -> Result<Input, String> {
        Input::from_reader("x.json", None, text, limit).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_is_told_by_its_head() {
        let report = Report::empty(Status::Counting).to_json();
        assert!(matches!(read(report.as_bytes(), LIMIT), Ok(Input::Report(_))));
        let heap = HeapReport::default().to_json();
        assert!(matches!(read(heap.as_bytes(), LIMIT), Ok(Input::Heap(_))));
        let findings = Findings::default().to_json();
        assert!(matches!(read(findings.as_bytes(), LIMIT), Ok(Input::Findings(_))));
        let concurrency = Concurrency::empty(Status::Counting).to_json();
        assert!(matches!(read(concurrency.as_bytes(), LIMIT), Ok(Input::Concurrency(_))));
    }

    #[test]
    fn a_file_that_was_indented_is_still_read() {
        let report = Report::empty(Status::Counting).to_json();
        let value: serde_json::Value = serde_json::from_str(&report).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        assert!(matches!(read(pretty.as_bytes(), LIMIT), Ok(Input::Report(_))));
    }

    #[test]
    fn other_tools_files_are_named() {
        let cases: [(&[u8], &str); 8] = [
            (b"", "is empty"),
            (b" \n", "is empty"),
            (b"{\"dhatFileVersion\":2}", "is a DHAT profile"),
            (b"{\"$schema\":\"https://www.speedscope.app/x\"}", "is a speedscope profile"),
            (b"\x1f\x8b\x08\x00\x00", "is compressed"),
            (b"{\"a\":1}", "is JSON of another tool"),
            (b"main;parse 77\n", "is no JSON"),
            (b"{\"format\":\"memopt-x\"}", "has the format `memopt-x`"),
        ];
        for (text, expected) in cases {
            let error = read(text, LIMIT).unwrap_err();
            assert!(error.starts_with(&format!("`x.json` {expected}")), "{error}");
        }
    }

    #[test]
    fn a_cut_or_newer_report_says_so() {
        let report = Report::empty(Status::Counting).to_json();
        let error = read(&report.as_bytes()[..80], LIMIT).unwrap_err();
        assert!(error.contains("the report is corrupt"), "{error}");
        let newer = report.replacen("\"version\":2", "\"version\":9", 1);
        let error = read(newer.as_bytes(), LIMIT).unwrap_err();
        assert!(error.contains("update memopt to read it"), "{error}");
    }

    /// An endless stream of nothing, as a file of any size would be.
    struct Endless(u64);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += buffer.len() as u64;
            buffer.fill(b' ');
            let head = b"{\"format\":\"memopt-report\",\"version\":2,";
            if self.0 == buffer.len() as u64 {
                let n = head.len().min(buffer.len());
                buffer[..n].copy_from_slice(&head[..n]);
            }
            Ok(buffer.len())
        }
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let mut endless = Endless(0);
        let error = Input::from_reader("x.json", None, &mut endless, 1 << 20).unwrap_err();
        assert!(error.to_string().contains("larger than the limit of 1 MiB"), "{error}");
        assert!(endless.0 < 4 << 20, "{}", endless.0);
    }

    #[test]
    fn a_foreign_file_is_refused_by_its_first_bytes() {
        let mut all = io::repeat(b'x');
        let error = Input::from_reader("x.json", None, &mut all, LIMIT).unwrap_err();
        assert!(error.to_string().contains("is no JSON"), "{error}");
    }
}
