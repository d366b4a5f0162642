//! Reads recorded series from files.

use flate2::read::GzDecoder;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// All `.csv` and `.csv.gz` files below a folder, in order.
///
/// # Errors
///
/// If a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_series(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_series(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    [".csv", ".csv.gz"].iter().any(|end| name.ends_with(end))
}

/// The text of a file, unpacked where its name ends in `.gz`.
///
/// # Errors
///
/// If the file cannot be read.
pub fn text(file: &Path) -> Result<String, Box<dyn Error>> {
    let reader = BufReader::new(File::open(file)?);
    let mut text = String::new();
    if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("gz")) {
        GzDecoder::new(reader).read_to_string(&mut text)?;
    } else {
        let mut reader = reader;
        reader.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// The first two columns of rows whose second is a number. A first column that is no number (a
/// date), or that does not rise from row to row, gives the row's place.
pub fn columns(text: &str) -> (Vec<f64>, Vec<f64>) {
    let row = |line: &str| {
        let mut cells = line.split(',').map(str::trim);
        let first = cells.next()?.parse::<f64>();
        let second = cells.next()?.parse::<f64>().ok()?;
        Some((first.ok(), second))
    };
    let rows: Vec<(Option<f64>, f64)> = text.lines().filter_map(row).collect();
    // The first row of a file whose columns are named by numbers has no place in its first column.
    let skip = usize::from(
        rows.len() > 1 && rows[0].0.is_none() && rows[1..].iter().all(|row| row.0.is_some()),
    );
    let rows = &rows[skip..];
    let rises = rows.windows(2).filter(|two| two[0].0.is_some() && two[0].0 < two[1].0).count();
    let timed = rises * 10 >= rows.len().saturating_sub(1) * 9;
    rows.iter()
        .enumerate()
        .map(|(at, (first, second))| (first.filter(|_| timed).unwrap_or(at as f64), *second))
        .unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_dates_are_understood() {
        assert_eq!(columns("t,v\n0,5\n10,6\n"), (vec![0.0, 10.0], vec![5.0, 6.0]));
        assert_eq!(columns(",0\n0,5\n1,6\n"), (vec![0.0, 1.0], vec![5.0, 6.0]));
        assert_eq!(columns("2014-04-01,5\n2014-04-02,6"), (vec![0.0, 1.0], vec![5.0, 6.0]));
        assert_eq!(columns("7,5\n7,6\n7,8"), (vec![0.0, 1.0, 2.0], vec![5.0, 6.0, 8.0]));
        assert_eq!(columns("0,5,x\n\n1,,\n2,7,y"), (vec![0.0, 2.0], vec![5.0, 7.0]));
    }
}
