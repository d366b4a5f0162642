//! Lines put into a file, shown as a diff before they are written.

use crate::error::Error;
use crate::paint::{Look, Tone};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines shown around what is new.
const AROUND: usize = 2;

/// A file with lines put in, or a new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it holds now; none where it is new.
    pub(crate) before: Option<String>,
    /// The lines go before this one, counted from 0.
    pub(crate) at: usize,
    /// The lines, without their ends.
    pub(crate) lines: Vec<String>,
}

impl Insertion {
    /// The change as people read it.
    pub(crate) fn diff(&self, look: Look) -> String {
        let mut out = String::new();
        let path = self.path.display();
        let state = if self.before.is_none() { " (new)" } else { "" };
        let _ = writeln!(out, "{}", look.paint(Tone::Strong, format_args!("{path}{state}")));
        let old: Vec<&str> = self.before.as_deref().unwrap_or_default().lines().collect();
        let at = self.at.min(old.len());
        for line in &old[at.saturating_sub(AROUND)..at] {
            let _ = writeln!(out, "  {line}");
        }
        for line in &self.lines {
            let line = format!("+ {line}");
            let _ = writeln!(out, "{}", look.paint(Tone::Good, line.trim_end()));
        }
        for line in &old[at..old.len().min(at + AROUND)] {
            let _ = writeln!(out, "  {line}");
        }
        out
    }

    /// What the file holds then, with the line ends it has now.
    pub(crate) fn after(&self) -> String {
        let before = self.before.as_deref().unwrap_or_default();
        let end = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let mut out = String::with_capacity(before.len() + 200);
        let mut lines = before.split_inclusive('\n');
        for line in lines.by_ref().take(self.at) {
            out.push_str(line);
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push_str(end);
        }
        for line in &self.lines {
            out.push_str(line);
            out.push_str(end);
        }
        out.extend(lines);
        out
    }
}

/// The line that makes a package depend on a crate, where its manifest has none.
pub(crate) fn dependency(
    manifest: &Path,
    krate: &str,
    version: &str,
) -> Result<Option<Insertion>, Error> {
    let text =
        fs::read_to_string(manifest).map_err(|error| Error::file("read", manifest, &error))?;
    let parsed = toml_span::parse(&text).map_err(|error| {
        Error::usage(format_args!("`{}`: {error}", manifest.display()), "mend the manifest")
    })?;
    let has = |table: &str| {
        parsed.as_table().and_then(|root| root.get(table)?.as_table()?.get(krate)).is_some()
    };
    if has("dependencies") {
        return Ok(None);
    }
    let line = format!("{krate} = \"{version}\"");
    let header = text
        .lines()
        .position(|line| line.split('#').next().unwrap_or("").trim() == "[dependencies]");
    let (at, lines) = if let Some(header) = header {
        // In the order of the alphabet, where the table has one.
        let after = text.lines().skip(header + 1);
        let above = after.take_while(|line| {
            let name = line.split(['=', '.', ' ']).next().unwrap_or("");
            !name.is_empty() && !name.starts_with(['[', '#']) && name < krate
        });
        let above: Vec<&str> = above.collect();
        // A value of several lines is no place to stop in.
        let is_flat = above.iter().all(|line| !line.trim_end().ends_with(['[', '{', ',']));
        (header + 1 + if is_flat { above.len() } else { 0 }, vec![line])
    } else {
        let gap = if text.ends_with("\n\n") || text.is_empty() { vec![] } else { vec![""] };
        let lines = gap.into_iter().chain(["[dependencies]", line.as_str()]);
        (text.lines().count(), lines.map(str::to_owned).collect())
    };
    Ok(Some(Insertion { path: manifest.to_owned(), before: Some(text), at, lines }))
}

/// Writes all of them: first beside the files, then in their place, so that a fault in between
/// leaves every file whole.
pub(crate) fn write_all(changes: &[Insertion]) -> Result<(), Error> {
    let mut drafts: Vec<(PathBuf, &Path)> = Vec::new();
    let mut written = Ok(());
    for change in changes {
        let draft = draft(&change.path);
        written = changed_since(change).and_then(|()| {
            fs::write(&draft, change.after())
                .map_err(|error| Error::file("write", &change.path, &error))
        });
        drafts.push((draft, &change.path));
        if written.is_err() {
            break;
        }
    }
    for (draft, path) in &drafts {
        if written.is_ok() {
            written = keep_mode(draft, path)
                .and_then(|()| fs::rename(draft, path))
                .map_err(|error| Error::file("write", path, &error));
        }
        if written.is_err() {
            // What is left of it is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(draft);
        }
    }
    written
}

/// That nobody wrote the file while the change was looked at.
fn changed_since(change: &Insertion) -> Result<(), Error> {
    let now = fs::read_to_string(&change.path).ok();
    if now == change.before {
        return Ok(());
    }
    Err(Error::usage(
        format_args!("`{}` was changed meanwhile", change.path.display()),
        "nothing was written; run it again",
    ))
}

fn keep_mode(draft: &Path, path: &Path) -> std::io::Result<()> {
    match fs::metadata(path) {
        Ok(about) => fs::set_permissions(draft, about.permissions()),
        Err(_) => Ok(()),
    }
}

fn draft(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, at: usize) -> Insertion {
        let lines = vec!["new".to_owned()];
        Insertion { path: "a.rs".into(), before: Some(before.to_owned()), at, lines }
    }

    #[test]
    fn lines_go_where_they_belong_with_the_ends_of_the_file() {
        assert_eq!(change("a\nb\n", 1).after(), "a\nnew\nb\n");
        assert_eq!(change("a\r\nb\r\n", 1).after(), "a\r\nnew\r\nb\r\n");
        assert_eq!(change("a", 1).after(), "a\nnew\n");
        assert_eq!(change("", 0).after(), "new\n");
    }

    #[test]
    fn the_diff_shows_two_lines_around() {
        let look = Look { color: false, width: 80 };
        assert_eq!(change("1\n2\n3\n4\n5\n", 3).diff(look), "a.rs\n  2\n  3\n+ new\n  4\n  5\n");
    }
}
