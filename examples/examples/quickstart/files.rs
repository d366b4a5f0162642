//! Writes the report in the forms other tools read.

use memopt::Report;
use memopt::report::{HeapWeight, Weight};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the report into `folder` and gives each file with what it is for.
pub(crate) fn write(report: &Report, folder: &Path) -> io::Result<Vec<(PathBuf, &'static str)>> {
    fs::create_dir_all(folder).map_err(|error| explain(folder, &error))?;
    let json = folder.join("quickstart.json");
    let csv = folder.join("quickstart.csv");
    let stacks = folder.join("quickstart.folded");
    let svg = folder.join("quickstart.svg");
    text(&json, &report.to_json())?;
    text(&csv, &report.to_csv())?;
    text(&stacks, &report.to_folded(Weight::Bytes))?;
    file(&svg, |file| report.write_flamegraph(file, Weight::Bytes))?;
    let mut files = vec![
        (svg, "flamegraph of allocated bytes; open it in a browser"),
        (json, "the whole report; `memopt::Report::from_json` reads it back"),
        (csv, "one line a site, for a spreadsheet"),
        (stacks, "stacks for speedscope, inferno and the like"),
    ];
    if let Some(heap) = report.heap() {
        let (profile, svg) = (folder.join("quickstart.pb.gz"), folder.join("quickstart-heap.svg"));
        let dhat = folder.join("quickstart.dhat.json");
        text(&dhat, &heap.to_dhat())?;
        file(&profile, |file| heap.write_pprof(file))?;
        file(&svg, |file| heap.write_flamegraph(file, HeapWeight::AtPeak))?;
        files.push((profile, "sampled heap; `go tool pprof -top` and others read it"));
        files.push((dhat, "the same for valgrind's viewer, `dh_view.html`"));
        files.push((svg, "the same as a flamegraph: what was live at the peak"));
    }
    Ok(files)
}

fn text(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text).map_err(|error| explain(path, &error))
}

fn file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path).map_err(|error| explain(path, &error))?);
    write(&mut file).and_then(|()| file.flush()).map_err(|error| explain(path, &error))
}

fn explain(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("cannot write {}: {error}; choose another `--out`", path.display()),
    )
}
