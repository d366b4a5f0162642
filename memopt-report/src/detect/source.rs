//! The source a finding is about, where it can still be read.

pub(super) mod body;
mod tokens;
mod types;

use self::body::Body;
pub(super) use self::types::EnumSizes;
use super::finding::Finding;
use crate::{Report, SiteKind, SiteReport};
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Files larger than this are no source anyone wrote. Bytes.
const MAX_FILE: u64 = 16 << 20;

/// A file and where its lines begin.
pub(super) struct File {
    text: String,
    starts: Vec<usize>,
}

impl File {
    fn new(text: String) -> Self {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(behind.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The line of this number from 1, without its end.
    pub(super) fn line(&self, number: u32) -> Option<&str> {
        let at = number.checked_sub(1)? as usize;
        let from = *self.starts.get(at)?;
        let to = self.starts.get(at + 1).map_or(self.text.len(), |next| next - 1);
        // Behind the last line break no line stands.
        (from < self.text.len()).then(|| self.text[from..to].trim_end_matches('\r'))
    }

    /// How many there are.
    fn lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The lines that tell of an item: from so many above it to the line that closes it, by its
    /// indentation; and how many stand before the first.
    pub(super) fn around(&self, item: u32, above: u32) -> (Vec<&str>, u32) {
        let first = item.saturating_sub(above).max(1);
        let mut lines: Vec<&str> = (first..item).filter_map(|at| self.line(at)).collect();
        let own = self.line(item).unwrap_or_default();
        let indent = &own[..own.len() - own.trim_start().len()];
        for at in item..=self.lines() {
            let Some(line) = self.line(at) else { break };
            lines.push(line);
            if line.strip_prefix(indent) == Some("}") {
                break;
            }
        }
        (lines, first - 1)
    }
}

/// A file may be so much newer than the program and be what it was compiled from: clocks of file
/// systems differ.
const NEWER: Duration = Duration::from_secs(1);

/// What was found of a name from one folder.
struct Found {
    manifest_dir: Option<String>,
    file: Option<File>,
    /// It was changed since, so it is not read.
    is_newer: bool,
}

/// Files by name and by the folder they are looked for from; each is read once.
#[derive(Default)]
pub(super) struct Sources {
    files: HashMap<String, Vec<Found>>,
    /// Those that are newer than the program tell nothing.
    program: Option<SystemTime>,
}

impl Sources {
    /// The sources of the program that wrote a report.
    pub(super) fn of(report: &Report) -> Self {
        Self::of_program(report.process().built_at_unix_ns)
    }

    /// The sources of a program that was built then.
    pub(super) fn of_program(built_at_unix_ns: Option<u64>) -> Self {
        let built = built_at_unix_ns.map(Duration::from_nanos);
        let program = built.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        Self { program, ..Self::default() }
    }

    /// Whether the site's file was changed since the program was built.
    pub(super) fn is_newer(&mut self, finding: &Finding) -> bool {
        if self.program.is_none() {
            return false;
        }
        let found = self.found(&finding.file, finding.manifest_dir.as_deref());
        found.is_some_and(|found| found.is_newer)
    }

    /// The file that the site stands in.
    pub(super) fn file_of(&mut self, finding: &Finding) -> Option<&File> {
        self.file(&finding.file, finding.manifest_dir.as_deref())
    }

    fn file(&mut self, name: &str, manifest_dir: Option<&str>) -> Option<&File> {
        self.found(name, manifest_dir)?.file.as_ref()
    }

    fn found(&mut self, name: &str, manifest_dir: Option<&str>) -> Option<&Found> {
        if !self.files.contains_key(name) {
            self.files.insert(name.to_owned(), Vec::new());
        }
        let program = self.program;
        let known = self.files.get_mut(name)?;
        let at = known.iter().position(|found| found.manifest_dir.as_deref() == manifest_dir);
        let at = at.unwrap_or_else(|| {
            let (file, is_newer) = match read(name, manifest_dir, program) {
                Some(Read::Text(text)) => (Some(File::new(text)), false),
                Some(Read::Newer) => (None, true),
                None => (None, false),
            };
            let manifest_dir = manifest_dir.map(str::to_owned);
            known.push(Found { manifest_dir, file, is_newer });
            known.len() - 1
        });
        known.get(at)
    }

    /// What the site's function makes, where its source can still be read.
    pub(super) fn body_of(&mut self, site: &SiteReport) -> Option<Body> {
        let file = self.file(&site.file, site.manifest_dir.as_deref())?;
        // The column points at the item's name: else the file has changed since.
        let column = name_in(file.line(site.line)?, site.column)?.start;
        let at = file.starts.get(site.line.checked_sub(1)? as usize)? + column;
        match site.kind {
            SiteKind::Function | SiteKind::AsyncFunction => {
                Some(Body::read(&file.text, at, site.line))
            }
            SiteKind::Block => Some(Body::below(&file.text, at, site.line)),
            // What a future, a span or a request runs does not stand there.
            _ => None,
        }
    }

    /// The enum of this name in the site's file, where its variants' sizes are known.
    pub(super) fn enum_sizes(&mut self, site: &SiteReport, name: &str) -> Option<EnumSizes> {
        let file = self.file(&site.file, site.manifest_dir.as_deref())?;
        types::enum_sizes(&file.text, name)
    }
}

/// What there is of a file.
enum Read {
    Text(String),
    /// It is newer than the program.
    Newer,
}

/// The file as it is, then from the manifest's folder upwards (the compiler names files relative to
/// the workspace, the manifest lies below it).
fn read(name: &str, manifest_dir: Option<&str>, program: Option<SystemTime>) -> Option<Read> {
    if name.is_empty() {
        return None;
    }
    let file = Path::new(name);
    let manifest_dir = manifest_dir.map(Path::new);
    let below = manifest_dir.into_iter().flat_map(Path::ancestors).map(|dir| dir.join(file));
    std::iter::once(file.to_path_buf()).chain(below).find_map(|path: PathBuf| {
        let known = fs::metadata(&path).ok()?;
        if !known.is_file() || known.len() > MAX_FILE {
            return None;
        }
        let age =
            known.modified().ok().zip(program).map(|(file, program)| file.duration_since(program));
        match age {
            Some(Ok(newer)) if newer > NEWER => Some(Read::Newer),
            _ => fs::read_to_string(&path).ok().map(Read::Text),
        }
    })
}

/// One line and the item's name in it.
pub(super) struct SourceLine<'a> {
    #[cfg_attr(
        not(feature = "findings"),
        expect(dead_code, reason = "shown with the feature alone")
    )]
    pub(super) text: &'a str,
    /// Byte range of the name.
    #[cfg_attr(
        not(feature = "findings"),
        expect(dead_code, reason = "shown with the feature alone")
    )]
    pub(super) name: Range<usize>,
}

/// The line of the item's name; `None` where the line has changed so that the column points at no
/// name.
pub(super) fn line_of<'a>(finding: &Finding, file: &'a File) -> Option<SourceLine<'a>> {
    let text = file.line(finding.line)?;
    Some(SourceLine { text, name: name_in(text, finding.column)? })
}

/// The bytes of the name that stands in a line from this column on.
fn name_in(line: &str, column: u32) -> Option<Range<usize>> {
    // Columns count characters from 1.
    let (start, _) = line.char_indices().nth(column.checked_sub(1)? as usize)?;
    let rest = &line[start..];
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '!' | '#');
    let length = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
    (length > 0).then(|| start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;

    #[test]
    fn what_is_newer_than_the_program_is_not_read() {
        let name = std::env::temp_dir().join(format!("memopt_newer_{}.rs", std::process::id()));
        fs::write(&name, "fn parse() {}\n").unwrap();
        let written = fs::metadata(&name).unwrap().modified().unwrap();
        let finding = Finding::new("memopt::reuse", "parse").at(name.to_str().unwrap(), 1, 4);
        let looked = |built: Option<SystemTime>| {
            let mut report = Report::empty(Status::Counting);
            report.process.built_at_unix_ns = built
                .map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64);
            let mut sources = Sources::of(&report);
            (sources.file_of(&finding).is_some(), sources.is_newer(&finding))
        };
        let ms = Duration::from_millis;
        assert_eq!(looked(None), (true, false));
        assert_eq!(looked(Some(written + ms(10))), (true, false));
        assert_eq!(looked(Some(written - ms(900))), (true, false));
        assert_eq!(looked(Some(written - ms(1100))), (false, true));
        fs::remove_file(&name).unwrap();
        assert_eq!(looked(Some(written - ms(1100))), (false, false), "there is none");
    }
}
