//! `#[memopt::main]`: the report when the program ends.

use super::sample;
use crate::dump;
use crate::report::Report;
use crate::report::error::{Error, Kind};
use std::path::{Path, PathBuf};

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sink {
    Text(Option<PathBuf>),
    Findings(Option<PathBuf>),
    Json(PathBuf),
    Csv(PathBuf),
    Folded(PathBuf),
    /// The heap, in the form the path's ending says.
    Heap(PathBuf),
    #[cfg(feature = "flamegraph")]
    Flamegraph(PathBuf),
}

/// What `MEMOPT_REPORT` and `#[memopt::main(report = ..)]` may say.
const FORMS: &str = "a comma-separated list of `off`, `text`, `findings`, `text:PATH`, \
                     `findings:PATH`, \
    `json:PATH`, `csv:PATH`, `folded:PATH`, `flamegraph:PATH` or `heap:PATH` (pprof for \
    `.pb.gz`, DHAT for `.dhat.json`, ..)";

/// Lives as long as `main` and writes the reports when it goes.
#[derive(Debug)]
pub struct Main {
    sinks: Vec<Sink>,
}

impl Main {
    /// Reads `MEMOPT_REPORT`, else takes `report`, else nothing is written; and samples the blocks
    /// that `MEMOPT_HEAP` says.
    ///
    /// A setting that means nothing is told on the standard error stream and the program goes on.
    pub fn start(report: Option<&str>) -> Self {
        let (source, wanted) = match std::env::var("MEMOPT_REPORT") {
            Ok(value) => ("MEMOPT_REPORT", Some(value)),
            Err(std::env::VarError::NotPresent) => ("report", report.map(str::to_owned)),
            Err(std::env::VarError::NotUnicode(_)) => {
                ("MEMOPT_REPORT", Some("\u{fffd}".to_owned()))
            }
        };
        let sinks = wanted.map_or(Ok(Vec::new()), |wanted| parse(source, &wanted));
        let sinks = sinks.unwrap_or_else(|error| {
            eprintln!("memopt: {error}");
            Vec::new()
        });
        if let Err(error) = sample::start() {
            eprintln!("memopt: {error}");
        }
        Self { sinks }
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        if self.sinks.is_empty() {
            return;
        }
        let report = crate::report();
        for sink in &self.sinks {
            if let Err(error) = write(&report, sink) {
                eprintln!("memopt: {error}");
            }
        }
    }
}

fn parse(source: &str, wanted: &str) -> Result<Vec<Sink>, Error> {
    let mut sinks = Vec::new();
    for item in wanted.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let (form, path) =
            item.split_once(':').map_or((item, None), |(form, path)| (form, Some(path)));
        let path = path.filter(|path| !path.is_empty()).map(PathBuf::from);
        let sink = match (form, path) {
            ("off", None) => continue,
            ("text", path) => Sink::Text(path),
            ("findings", path) => Sink::Findings(path),
            ("json", Some(path)) => Sink::Json(path),
            ("csv", Some(path)) => Sink::Csv(path),
            ("folded", Some(path)) => Sink::Folded(path),
            ("heap", Some(path)) => {
                // Now, and not when the program has run: the ending may be wrong.
                dump::check_path(&path)?;
                Sink::Heap(path)
            }
            #[cfg(feature = "flamegraph")]
            ("flamegraph", Some(path)) => Sink::Flamegraph(path),
            #[cfg(not(feature = "flamegraph"))]
            ("flamegraph", Some(_)) => {
                return Err(Error::new(
                    Kind::Setting,
                    format!(
                        "`{item}` in {source} needs memopt's feature `flamegraph`; enable it in \
                         Cargo.toml"
                    ),
                ));
            }
            _ => {
                return Err(Error::new(
                    Kind::Setting,
                    format!("`{item}` in {source} is not a report; expected {FORMS}"),
                ));
            }
        };
        sinks.push(sink);
    }
    Ok(sinks)
}

fn write(report: &Report, sink: &Sink) -> Result<(), Error> {
    match sink {
        Sink::Text(None) => eprintln!("{report}"),
        Sink::Findings(None) => eprintln!("{}", findings(report)),
        Sink::Text(Some(path)) => save(path, report.to_string().as_bytes())?,
        Sink::Findings(Some(path)) => save(path, findings(report).as_bytes())?,
        Sink::Json(path) => save(path, report.to_json().as_bytes())?,
        Sink::Csv(path) => save(path, report.to_csv().as_bytes())?,
        Sink::Folded(path) => {
            save(path, report.to_folded(crate::report::Weight::Bytes).as_bytes())?;
        }
        Sink::Heap(path) => match report.heap() {
            Some(heap) => {
                if dump::write(heap, path)? {
                    eprintln!(
                        "memopt: nothing is live at the end; {} shows what was live at the peak",
                        path.display()
                    );
                }
            }
            None => {
                return Err(Error::new(
                    Kind::Setting,
                    format!(
                        "cannot write {}: no block was sampled; set MEMOPT_HEAP=512KiB or \
                         MEMOPT_HEAP=exact",
                        path.display()
                    ),
                ));
            }
        },
        #[cfg(feature = "flamegraph")]
        Sink::Flamegraph(path) => {
            let mut svg = Vec::new();
            report.write_flamegraph(&mut svg, crate::report::Weight::Bytes).map_err(|error| {
                Error::new(Kind::Io, format!("cannot draw {}: {error}", path.display()))
            })?;
            save(path, &svg)?;
        }
    }
    Ok(())
}

fn findings(report: &Report) -> String {
    report.findings().to_string() + "\n"
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::fs::write(path, bytes)
        .map_err(|error| Error::new(Kind::Io, format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::{Sink, parse};

    #[test]
    fn a_list_of_reports_is_read() {
        let sinks = parse("MEMOPT_REPORT", "text, json:out/r.json").unwrap();
        assert_eq!(sinks, [Sink::Text(None), Sink::Json("out/r.json".into())]);
        assert!(parse("MEMOPT_REPORT", "off").unwrap().is_empty());
    }

    #[test]
    fn a_heap_path_with_a_wrong_ending_is_told_at_the_start() {
        let error = parse("MEMOPT_REPORT", "text,heap:heap.pprof").unwrap_err();
        assert!(error.is_setting());
        assert!(error.to_string().starts_with(
            "`heap.pprof` has no known ending, so its format is unknown; end it in `.pb.gz`"
        ));
        assert!(parse("MEMOPT_REPORT", "heap:heap.pb.gz").is_ok());
    }

    #[test]
    fn a_word_that_is_no_report_is_named() {
        let error = parse("MEMOPT_REPORT", "yaml:x").unwrap_err();
        assert!(error.is_setting());
        assert!(
            error
                .to_string()
                .starts_with("`yaml:x` in MEMOPT_REPORT is not a report; expected a comma")
        );
    }
}
