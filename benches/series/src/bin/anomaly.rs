//! Streams recorded series through the monitor's anomaly detector, and writes its scores: see the
//! README of this folder's parent.

use memopt_monitor::analysis::anomaly::{Detector, Settings};
use memopt_series::{files, text};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const USAGE: &str = "usage: anomaly --data DIR --out DIR [--known-range]
each .csv and .csv.gz file below the first folder, with columns timestamp,value, gives a file of the
same name without .gz below the second, with columns timestamp,anomaly_score
--known-range: the detector is told each file's least and greatest value";

struct Options {
    data: PathBuf,
    out: PathBuf,
    known_range: bool,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let (mut data, mut out, mut known_range) = (None, None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut folder =
            || arguments.next().ok_or_else(|| format!("{name} needs a folder\n{USAGE}"));
        match name.as_str() {
            "--data" => data = Some(folder()?.into()),
            "--out" => out = Some(folder()?.into()),
            "--known-range" => known_range = true,
            _ => return Err(format!("unknown option {name}\n{USAGE}").into()),
        }
    }
    let (Some(data), Some(out)) = (data, out) else { return Err(USAGE.into()) };
    Ok(Options { data, out, known_range })
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let (mut points, mut time, mut written) = (0, Duration::ZERO, 0);
    for file in files(&options.data)? {
        let text = text(&file)?;
        let rows = rows(&text);
        let settings = Settings {
            range: if options.known_range { range(&rows) } else { None },
            ..Settings::default()
        };
        let began = Instant::now();
        let mut detector = Detector::new(settings);
        let scores: Vec<f64> = rows.iter().map(|row| detector.push(row.1).value).collect();
        time += began.elapsed();
        points += rows.len();
        let name = file.strip_prefix(&options.data)?;
        write(&options.out.join(without_gz(name)), &rows, &scores)?;
        written += 1;
    }
    let rate = points as f64 / time.as_secs_f64().max(1e-9);
    println!("{written} files, {points} points, {rate:.0} points/s in the detector");
    Ok(())
}

/// Timestamp and value of each row below the header. What is no number is NaN: a gap.
fn rows(text: &str) -> Vec<(&str, f64)> {
    text.lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut cells = line.split(',').map(str::trim);
            let timestamp = cells.next().unwrap_or_default();
            (timestamp, cells.next().and_then(|cell| cell.parse().ok()).unwrap_or(f64::NAN))
        })
        .collect()
}

fn range(rows: &[(&str, f64)]) -> Option<(f64, f64)> {
    rows.iter().map(|row| row.1).filter(|value| value.is_finite()).fold(None, |range, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

fn without_gz(name: &Path) -> PathBuf {
    if name.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
        name.with_extension("")
    } else {
        name.to_owned()
    }
}

fn write(file: &Path, rows: &[(&str, f64)], scores: &[f64]) -> Result<(), Box<dyn Error>> {
    let mut text = String::from("timestamp,anomaly_score\n");
    for ((timestamp, _), score) in rows.iter().zip(scores) {
        writeln!(text, "{timestamp},{score}")?;
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(())
}
