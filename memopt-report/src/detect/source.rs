//! The line of source a finding is about, where it can still be read.

use super::Finding;
use std::fs;
use std::path::{Path, PathBuf};

/// One line and the item's name in it.
pub(super) struct SourceLine {
    pub(super) text: String,
    /// Byte range of the name.
    pub(super) name: std::ops::Range<usize>,
}

/// Files larger than this are no source anyone wrote. Bytes.
const MAX_FILE: u64 = 16 << 20;

/// Finds the line: the path as it is, then from the manifest's folder upwards (the compiler names files relative
/// to the workspace, the manifest lies below it).
///
/// `None` where no file is found, or where its line has changed so that the column points at no name.
pub(super) fn line_of(finding: &Finding) -> Option<SourceLine> {
    let text = text_of(finding)?;
    let line = text.lines().nth(finding.line.checked_sub(1)? as usize)?;
    // Columns count characters from 1.
    let (start, _) = line.char_indices().nth(finding.column.checked_sub(1)? as usize)?;
    let rest = &line[start..];
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '!' | '#');
    let length = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
    (length > 0).then(|| SourceLine { text: line.to_owned(), name: start..start + length })
}

/// All of the file, found likewise.
pub(super) fn text_of(finding: &Finding) -> Option<String> {
    read(Path::new(&finding.file), finding.manifest_dir.as_deref().map(Path::new))
}

fn read(file: &Path, manifest_dir: Option<&Path>) -> Option<String> {
    let below = manifest_dir.into_iter().flat_map(Path::ancestors).map(|dir| dir.join(file));
    std::iter::once(file.to_path_buf()).chain(below).find_map(|path: PathBuf| {
        let known = fs::metadata(&path).ok()?;
        if known.is_file() && known.len() <= MAX_FILE { fs::read_to_string(&path).ok() } else { None }
    })
}
