//! The files that a command reads where none is named.

use crate::error::Error;
use crate::folder::Folder;
use std::path::PathBuf;

/// The files that are named, or the report of the last run.
pub(crate) fn reports(named: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    if named.is_empty() { Ok(vec![last()?]) } else { Ok(named.to_vec()) }
}

/// The report of the last run.
pub(crate) fn last() -> Result<PathBuf, Error> {
    let path = Folder::find(None, None)?.path().join("report.json");
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::usage(
        format_args!("there is no report in `{}`", path.display()),
        "`cargo memopt run` writes one, or name a file",
    ))
}
