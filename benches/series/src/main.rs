//! Gives recorded series of memory to a `LeakWatch`, value by value, and prints how often it spoke
//! of a leak: see the README of this folder's parent.

use memopt_runtime::report::leak::{LeakKind, LeakWatch, Moment};
use memopt_runtime::report::{CallPath, Estimate, HeapReport};
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Snapshots between two questions.
const ASK_EVERY: usize = 32;
/// What one unit of the series stands for. Series are shares of a machine's memory; only their
/// shape matters.
const UNIT_BYTES: f64 = (1u64 << 20) as f64;

/// What came of one series.
struct Row {
    asked: usize,
    alarms: usize,
    /// Value at which a leak was first told.
    first: Option<usize>,
    values: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (folder, hours) = match arguments[..] {
        ["--data", folder] => (folder, None),
        ["--data", folder, "--look-back", hours] => (folder, Some(hours.parse::<u64>()?)),
        _ => {
            return Err(
                "usage: memopt-series --data DIR [--look-back HOURS], a folder of .csv.gz \
                        files with a value in the second column, one in ten seconds"
                    .into(),
            );
        }
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(".csv.gz"));
    files.sort();
    let (mut asked, mut alarms) = (0, 0);
    for file in files {
        let row = watch(&values(&file)?, hours);
        let first = row.first.map_or_else(|| "never".to_owned(), |at| format!("at value {at}"));
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!(
            "{name}: {} values, asked {} times, {} times a leak, first {first}",
            row.values, row.asked, row.alarms
        );
        asked += row.asked;
        alarms += row.alarms;
    }
    println!("all: asked {asked} times, {alarms} times a leak");
    Ok(())
}

/// The numbers in the second column, below its header.
fn values(file: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(BufReader::new(File::open(file)?)).read_to_string(&mut text)?;
    Ok(text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect())
}

fn watch(values: &[f64], hours: Option<u64>) -> Row {
    let mut watch = LeakWatch::new();
    if let Some(hours) = hours {
        watch = watch.looking_back(Duration::from_secs(hours * 3_600));
    }
    let mut row = Row { asked: 0, alarms: 0, first: None, values: values.len() };
    for (at, value) in values.iter().enumerate() {
        let bytes = (value * UNIT_BYTES) as u64;
        let mut live = Estimate::default();
        (live.blocks, live.bytes) = (bytes / 1000, bytes);
        let mut call_path = CallPath::new(vec!["machine".to_owned()], Estimate::default(), live);
        call_path.usable_bytes = bytes;
        let heap = HeapReport::new(vec![call_path]);
        watch.add(&heap, &Moment::at(at as u64 * 10_000_000_000));
        if at % ASK_EVERY == ASK_EVERY - 1 {
            row.asked += 1;
            if watch.verdicts().iter().any(|verdict| verdict.kind == LeakKind::Leak) {
                row.alarms += 1;
                row.first.get_or_insert(at);
            }
        }
    }
    row
}
