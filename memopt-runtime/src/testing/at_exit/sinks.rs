//! Where reports go: what `MEMOPT_REPORT` says, and writing it.

use super::super::sample::{self, Started};
use super::say::say;
use crate::dump;
use crate::report::Report;
use crate::report::error::{Error, Kind};
use crate::report::file;
use memopt_units::{ReportForm, asked_reports};
use std::path::{Path, PathBuf};

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sink {
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

/// The parts of a list that mean something, and what is wrong with the others; messages call the
/// list `taker`.
pub(super) fn parse(taker: &str, wanted: &str) -> (Vec<Sink>, Vec<Error>) {
    let (mut sinks, mut errors) = (Vec::new(), Vec::new());
    for part in asked_reports(wanted, taker) {
        let part = part.map_err(|error| Error::new(Kind::Setting, error));
        match part.and_then(|(form, path)| sink(form, path)) {
            Ok(Some(sink)) => sinks.push(sink),
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    (sinks, errors)
}

/// Where one part goes; `None` for `off`.
fn sink(form: ReportForm, path: Option<&str>) -> Result<Option<Sink>, Error> {
    let file = path.map(dump::path).transpose()?;
    Ok(Some(match (form, file) {
        (ReportForm::Text, file) => Sink::Text(file),
        (ReportForm::Findings, file) => Sink::Findings(file),
        (ReportForm::Json, Some(file)) => Sink::Json(file),
        (ReportForm::Csv, Some(file)) => Sink::Csv(file),
        (ReportForm::Folded, Some(file)) => Sink::Folded(file),
        (ReportForm::Heap, Some(file)) => {
            // Now, and not when the program has run: its form may need a feature.
            dump::check_path(&file)?;
            Sink::Heap(file)
        }
        #[cfg(feature = "flamegraph")]
        (ReportForm::Flamegraph, Some(file)) => Sink::Flamegraph(file),
        #[cfg(not(feature = "flamegraph"))]
        (ReportForm::Flamegraph, Some(_)) => {
            let path = path.unwrap_or_default();
            let message = format!(
                "`flamegraph:{path}` needs memopt's feature `flamegraph`; enable it in Cargo.toml"
            );
            return Err(Error::new(Kind::Setting, message));
        }
        // Nothing else is without a path.
        _ => return Ok(None),
    }))
}

impl Sink {
    pub(super) fn is_findings(&self) -> bool {
        matches!(self, Self::Findings(_))
    }

    /// The file; `None` for the standard error stream.
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Text(path) | Self::Findings(path) => path.as_deref(),
            Self::Json(path) | Self::Csv(path) | Self::Folded(path) | Self::Heap(path) => {
                Some(path)
            }
            #[cfg(feature = "flamegraph")]
            Self::Flamegraph(path) => Some(path),
        }
    }

    /// Tries whether the file can be written, and leaves everything as it was.
    pub(super) fn try_path(&self) -> Result<(), Error> {
        let Some(path) = self.path() else { return Ok(()) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        file::try_write(path).map_err(|error| {
            let remedy = match folder {
                Some(folder) if !folder.exists() => {
                    format!("create the folder {} before the program ends", folder.display())
                }
                _ => "take another path, or allow writing there".to_owned(),
            };
            let path = path.display();
            Error::new(Kind::Io, format!("no report can be written to {path}: {error}; {remedy}"))
        })
    }

    /// Writes a report there, of a program in which this came of `MEMOPT_HEAP`.
    pub(super) fn write(
        &self,
        report: &Report,
        started: &Result<Started, Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Text(None) => say(&report.to_string()),
            Self::Findings(None) => say(&report.findings().to_string()),
            Self::Text(Some(path)) => save(path, report.to_string().as_bytes())?,
            Self::Findings(Some(path)) => {
                save(path, format!("{}\n", report.findings()).as_bytes())?;
            }
            Self::Json(path) => save(path, report.to_json().as_bytes())?,
            Self::Csv(path) => save(path, report.to_csv().as_bytes())?,
            Self::Folded(path) => {
                save(path, report.to_folded(crate::report::Weight::Bytes).as_bytes())?;
            }
            Self::Heap(path) => heap(report, path, started)?,
            #[cfg(feature = "flamegraph")]
            Self::Flamegraph(path) => {
                let mut svg = Vec::new();
                report.write_flamegraph(&mut svg, crate::report::Weight::Bytes).map_err(
                    |error| {
                        let message = format!("cannot draw {}: {error}", path.display());
                        Error::new(Kind::Io, message)
                    },
                )?;
                save(path, &svg)?;
            }
        }
        Ok(())
    }
}

fn heap(report: &Report, path: &Path, started: &Result<Started, Error>) -> Result<(), Error> {
    let Some(heap) = report.heap() else {
        let why = sample::why_nothing(started, report.status());
        let message = format!("cannot write {}: {why}", path.display());
        return Err(Error::new(Kind::Setting, message));
    };
    if dump::write(heap, path)? {
        let path = path.display();
        say(&format!("memopt: nothing is live at the end; {path} shows what was live at the peak"));
    }
    Ok(())
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    file::write(path, bytes)
        .map_err(|error| Error::new(Kind::Io, format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::{Error, Kind, Sink, Started, parse};
    use std::path::PathBuf;

    #[test]
    fn a_list_of_reports_is_read() {
        let (sinks, errors) = parse("MEMOPT_REPORT", "text, json:out/r.json");
        assert_eq!(sinks, [Sink::Text(None), Sink::Json("out/r.json".into())]);
        assert!(errors.is_empty() && parse("MEMOPT_REPORT", "off").0.is_empty());
    }

    #[test]
    fn one_bad_part_does_not_drop_the_good_ones() {
        let (sinks, errors) = parse("MEMOPT_REPORT", "text,foo,json:r.json,heap:heap.pprof");
        assert_eq!(sinks, [Sink::Text(None), Sink::Json("r.json".into())]);
        assert_eq!(errors.len(), 2);
        let [foo, heap] = [0, 1].map(|at| errors[at].to_string());
        assert!(foo.starts_with("`foo` is not a report; MEMOPT_REPORT takes a comma-separated"));
        assert!(heap.starts_with("`heap.pprof` has no known ending, so its format is unknown"));
        assert!(errors.iter().all(crate::Error::is_setting));
    }

    #[test]
    fn the_process_number_is_filled_in_everywhere() {
        let pid = std::process::id();
        let wanted = "text:a-{pid},findings:b-{pid},json:c-{pid},csv:d-{pid},folded:e-{pid},\
                      heap:f-{pid}.json";
        let (sinks, errors) = parse("MEMOPT_REPORT", wanted);
        assert!(errors.is_empty(), "{errors:?}");
        let paths: Vec<_> = sinks.iter().map(|sink| sink.path().unwrap().to_owned()).collect();
        let expected = ["a", "b", "c", "d", "e"].map(|name| PathBuf::from(format!("{name}-{pid}")));
        assert_eq!(paths[..5], expected);
        assert_eq!(paths[5], PathBuf::from(format!("f-{pid}.json")));
        let (_, errors) = parse("MEMOPT_REPORT", "json:{time}.json");
        assert!(errors[0].to_string().starts_with("`{time}.json` has unknown braces"));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_in_a_folder_of_everybody_is_not_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let everybody = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), everybody).unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("r.json"));
        std::fs::write(&victim, "kept").unwrap();
        symlink(&victim, &path).unwrap();
        let sink = Sink::Json(path.clone());
        sink.try_path().unwrap();
        let report = crate::report::Report::empty(crate::report::Status::Counting);
        sink.write(&report, &Ok(Started::NotAsked)).unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "kept");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_heap_that_was_not_recorded_is_told_with_its_own_cause() {
        let report = crate::report::Report::empty(crate::report::Status::Counting);
        let why = |started| {
            let sink = Sink::Heap("y.txt".into());
            sink.write(&report, &started).unwrap_err().to_string()
        };
        assert_eq!(
            why(Ok(Started::NotAsked)),
            "cannot write y.txt: no block was sampled; set MEMOPT_HEAP=512KiB or MEMOPT_HEAP=exact"
        );
        let failed = Error::new(Kind::Setting, "no stack can be taken: enable `heap`");
        assert_eq!(
            why(Err(failed)),
            "cannot write y.txt: what MEMOPT_HEAP asks for did not start: no stack can be taken: \
             enable `heap`"
        );
        assert_eq!(
            why(Ok(Started::Nothing)),
            "cannot write y.txt: MEMOPT_HEAP is off, so no block was sampled; set \
             MEMOPT_HEAP=512KiB or MEMOPT_HEAP=exact"
        );
    }

    #[test]
    fn a_path_that_cannot_be_written_is_told_and_one_that_can_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none");
        let error = Sink::Json(missing.join("r.json")).try_path().unwrap_err();
        assert!(error.is_io());
        let text = error.to_string();
        let remedy = format!("create the folder {} before the program ends", missing.display());
        assert!(text.starts_with("no report can be written to ") && text.ends_with(&remedy));
        let fresh = folder.path().join("r.json");
        Sink::Json(fresh.clone()).try_path().unwrap();
        assert!(!fresh.exists());
        std::fs::write(&fresh, "kept").unwrap();
        Sink::Json(fresh.clone()).try_path().unwrap();
        assert_eq!(std::fs::read_to_string(&fresh).unwrap(), "kept");
        // A folder has the name.
        assert!(Sink::Csv(folder.path().to_owned()).try_path().is_err());
        Sink::Text(None).try_path().unwrap();
    }
}
