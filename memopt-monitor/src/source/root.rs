//! The files of the system, below a folder that tests replace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the system's files begin: `/`, or a made-up machine of a test.
#[derive(Clone, Debug)]
pub struct Root {
    folder: PathBuf,
    is_real: bool,
}

impl Default for Root {
    fn default() -> Self {
        Self { folder: PathBuf::from("/"), is_real: true }
    }
}

impl Root {
    /// A machine whose files lie below this folder.
    pub fn made_up(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), is_real: false }
    }

    /// Whether the files are those of the system.
    pub(super) fn is_real(&self) -> bool {
        self.is_real
    }

    /// `path` without a leading `/`.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// Reads a file; the error says which.
    pub(super) fn read(&self, path: &str) -> Result<String, String> {
        let told =
            |error: io::Error| format!("cannot read /{}: {error}", path.trim_start_matches('/'));
        fs::read_to_string(self.path(path)).map_err(told)
    }

    /// The number that is all of a file; `None` where there is no such file or it is `max`.
    pub(super) fn number(&self, path: &Path) -> Option<u64> {
        let path = self.folder.join(path.strip_prefix("/").unwrap_or(path));
        fs::read_to_string(path).ok()?.trim().parse().ok()
    }
}

/// The number behind a name in lines of `name value` or `Name: value kB`; kilobytes are made bytes.
pub(super) fn field(text: &str, name: &str) -> Option<u64> {
    let of = |line: &str| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix(' '))?;
        let mut words = rest.split_whitespace();
        let number: u64 = words.next()?.parse().ok()?;
        Some(if words.next() == Some("kB") { number * 1024 } else { number })
    };
    text.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "VmRSSx: 1 kB\nVmRSS:\t     12 kB\nThreads:\t7\nfile 4096\nfile_dirty 5\n";
        assert_eq!(field(text, "VmRSS"), Some(12 << 10));
        assert_eq!(field(text, "Threads"), Some(7));
        assert_eq!(field(text, "file"), Some(4096));
        assert_eq!(field(text, "anon"), None);
    }
}
