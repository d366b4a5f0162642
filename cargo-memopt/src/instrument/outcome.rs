//! What became of each crate: the wrapper writes it, the command tells it.

use super::settings::replace;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::{fs, io};

/// One crate, built once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) package: String,
    /// The crate's name and kind: `shop (lib)`.
    pub(crate) unit: String,
    /// Functions that can carry an attribute.
    pub(crate) eligible: usize,
    /// Those that the choice takes.
    pub(crate) chosen: usize,
    /// Chosen, and left as they are since they do not compile with it.
    pub(crate) plain: Vec<Plain>,
    /// Why the crate was left as it is.
    pub(crate) left: Option<String>,
    /// Its memory is counted.
    pub(crate) has_allocator: bool,
    /// It is a program or a test.
    pub(crate) is_executable: bool,
    /// What the mirror took, in microseconds.
    pub(crate) mirror_us: u64,
    /// Calls of rustc.
    pub(crate) rounds: u32,
}

/// A function that was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Plain {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Outcome {
    /// Whether its crate has one of these names.
    pub(crate) fn is_one_of(&self, names: &[&str]) -> bool {
        let own = self.unit.split(' ').next().unwrap_or_default();
        names.iter().any(|name| name.replace('-', "_") == own)
    }

    /// Writes it to a file of its own, in place of the crate's last.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let name: String = format!("{}-{}", self.package, self.unit)
            .chars()
            .map(|letter| if letter.is_alphanumeric() { letter } else { '-' })
            .collect();
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        replace(&folder.join(format!("{name}.json")), text.as_bytes())
    }

    /// All of a folder, by package and crate.
    pub(crate) fn read_all(folder: &Path) -> Vec<Self> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let read = |entry: fs::DirEntry| {
            serde_json::from_str(&fs::read_to_string(entry.path()).ok()?).ok()
        };
        let mut all: Vec<Self> = entries.flatten().filter_map(read).collect();
        all.sort_by(|one, other| (&one.package, &one.unit).cmp(&(&other.package, &other.unit)));
        all
    }
}
