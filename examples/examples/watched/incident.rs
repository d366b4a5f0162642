//! The incident bundle, opened as somebody does who was not there.

use flate2::read::GzDecoder;
use memopt::Report;
use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Lines of the report that are shown.
const LINES: usize = 14;

/// Prints what the newest bundle in a folder holds.
pub(crate) fn show(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut bundles: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    bundles.sort();
    let Some(bundle) = bundles.last() else {
        println!("\nNo incident bundle was written: no leak was told in this time.");
        return Ok(());
    };
    println!("\nThe incident bundle holds:");
    let mut archive = tar::Archive::new(GzDecoder::new(File::open(bundle)?));
    let mut report = None;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.display().to_string();
        println!("  {:>9}  {path}", entry.size());
        if path.ends_with("report.json") {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            report = Some(Report::from_json(&text)?);
        }
    }
    let report = report.ok_or("the bundle has no report")?;
    println!("\nIts report:\n");
    for line in report.to_string().lines().take(LINES) {
        println!("{line}");
    }
    Ok(())
}
