//! The source a finding is about, where it can still be read.

pub(super) mod body;
mod tokens;

use self::body::Body;
use super::finding::Finding;
use crate::SiteReport;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files larger than this are no source anyone wrote. Bytes.
const MAX_FILE: u64 = 16 << 20;

/// Files by name and by the folder they are looked for from; each is read once.
#[derive(Default)]
pub(super) struct Sources(HashMap<(String, Option<String>), Option<String>>);

impl Sources {
    /// All of the file that the site stands in.
    pub(super) fn text_of(&mut self, finding: &Finding) -> Option<&str> {
        let key = (finding.file.clone(), finding.manifest_dir.clone());
        self.0.entry(key).or_insert_with(|| read(finding)).as_deref()
    }
}

impl Sources {
    /// What the site's function makes, where its source can still be read.
    pub(super) fn body_of(&mut self, site: &SiteReport) -> Option<Body> {
        let mut finding = Finding::new("", &site.name).at(&site.file, site.line, site.column);
        finding.manifest_dir.clone_from(&site.manifest_dir);
        let text = self.text_of(&finding)?;
        // The column points at the item's name: else the file has changed since.
        let column = line_of(&finding, text)?.name.start;
        let line = finding.line;
        let above = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
        Some(Body::read(text, above + column, line))
    }
}

/// The file as it is, then from the manifest's folder upwards (the compiler names files relative to
/// the workspace, the manifest lies below it).
fn read(finding: &Finding) -> Option<String> {
    if finding.file.is_empty() {
        return None;
    }
    let file = Path::new(&finding.file);
    let manifest_dir = finding.manifest_dir.as_deref().map(Path::new);
    let below = manifest_dir.into_iter().flat_map(Path::ancestors).map(|dir| dir.join(file));
    std::iter::once(file.to_path_buf()).chain(below).find_map(|path: PathBuf| {
        let known = fs::metadata(&path).ok()?;
        if known.is_file() && known.len() <= MAX_FILE {
            fs::read_to_string(&path).ok()
        } else {
            None
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
    pub(super) name: std::ops::Range<usize>,
}

/// The line of the item's name; `None` where the line has changed so that the column points at no
/// name.
pub(super) fn line_of<'a>(finding: &Finding, text: &'a str) -> Option<SourceLine<'a>> {
    let line = text.lines().nth(finding.line.checked_sub(1)? as usize)?;
    // Columns count characters from 1.
    let (start, _) = line.char_indices().nth(finding.column.checked_sub(1)? as usize)?;
    let rest = &line[start..];
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '!' | '#');
    let length = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
    (length > 0).then(|| SourceLine { text: line, name: start..start + length })
}
