//! The path of a dump's file, and the form that its ending asks for.

use crate::report::HeapReport;
use crate::report::HeapWeight;
use crate::report::error::{Error, Kind};
use crate::report::file::fresh;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pprof,
    Dhat,
    Speedscope,
    Json,
    Csv,
    Folded,
    #[cfg(feature = "flamegraph")]
    Svg,
    Text,
}

/// A path with `{pid}` and `{n}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    form: Form,
}

/// Whether all braces of a path are such as are filled in.
pub(super) fn check_braces(text: &str) -> Result<(), Error> {
    memopt_units::check_braces(text).map_err(refused)
}

fn refused(reason: String) -> Error {
    Error::new(Kind::Setting, reason)
}

/// The path with the number of this process and that of the file.
pub(super) fn fill(text: &str, n: u64) -> PathBuf {
    let pid = std::process::id().to_string();
    text.replace("{pid}", &pid).replace("{n}", &n.to_string()).into()
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        check_braces(text)?;
        let form = match memopt_units::heap_ending(text).map_err(refused)? {
            ".pb.gz" => Form::Pprof,
            ".dhat.json" => Form::Dhat,
            ".speedscope.json" => Form::Speedscope,
            ".json" => Form::Json,
            ".csv" => Form::Csv,
            ".folded" => Form::Folded,
            #[cfg(feature = "flamegraph")]
            ".svg" => Form::Svg,
            #[cfg(not(feature = "flamegraph"))]
            ".svg" => {
                let reason = "needs memopt's feature `flamegraph`; enable it in Cargo.toml";
                return Err(refused(format!("`{text}` {reason}")));
            }
            _ => Form::Text,
        };
        Ok(Self { text: text.to_owned(), form })
    }

    /// Whether the folder of the first file is there. One that has the number of the dump in its
    /// name may come later.
    #[cfg(feature = "dump")]
    pub(super) fn check_folder(&self) -> Result<(), Error> {
        let path = self.path(1);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let comes_later = Path::new(&self.text)
            .parent()
            .is_some_and(|folder| folder.to_string_lossy().contains("{n}"));
        match folder {
            Some(folder) if !comes_later && !folder.is_dir() => {
                let reason = format!(
                    "there is no folder `{}` for dumps; create it first, or take another path",
                    folder.display()
                );
                Err(Error::new(Kind::Setting, reason))
            }
            _ => Ok(()),
        }
    }

    /// Whether what is written shows what was live at the peak: the form has room for one quantity,
    /// and nothing is live.
    pub(super) fn shows_the_peak(&self, report: &HeapReport) -> bool {
        let one = match self.form {
            Form::Pprof | Form::Folded => true,
            #[cfg(feature = "flamegraph")]
            Form::Svg => true,
            Form::Dhat | Form::Speedscope | Form::Json | Form::Csv | Form::Text => false,
        };
        one && HeapWeight::live_or_at_peak(report) == HeapWeight::AtPeak
    }

    /// The path of dump number `n`.
    pub(super) fn path(&self, n: u64) -> PathBuf {
        fill(&self.text, n)
    }

    /// Writes the report there. The file gets its name when it is whole, so that who waits for it
    /// never reads a part.
    pub(super) fn write(&self, report: &HeapReport, path: &Path) -> Result<(), Error> {
        let failed = |error| Error::failed(format!("write {}", path.display()), error);
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        // A link that somebody laid there must not lead us to another file.
        let written = fresh(Path::new(&part)).and_then(|file| {
            let mut file = BufWriter::new(file);
            self.form.write(report, &mut file)?;
            file.flush()
        });
        written.and_then(|()| fs::rename(&part, path)).map_err(|error| {
            // What is there of it is of no use; that it may not go either adds nothing to the first
            // error.
            let _ = fs::remove_file(&part);
            failed(error)
        })
    }
}

impl Form {
    fn write(self, report: &HeapReport, mut file: impl Write) -> io::Result<()> {
        let text = match self {
            Self::Pprof => return report.write_pprof(file),
            #[cfg(feature = "flamegraph")]
            Self::Svg => {
                return report.write_flamegraph(file, HeapWeight::live_or_at_peak(report));
            }
            Self::Dhat => report.to_dhat(),
            Self::Speedscope => report.to_speedscope(),
            Self::Json => report.to_json(),
            Self::Csv => report.to_csv(),
            Self::Folded => report.to_folded(HeapWeight::live_or_at_peak(report)),
            Self::Text => format!("{report}\n"),
        };
        file.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ending_that_fits_says_the_form() {
        let form = |text| Pattern::parse(text).unwrap().form;
        assert_eq!(form("/tmp/heap.pb.gz"), Form::Pprof);
        assert_eq!(form("heap.dhat.json"), Form::Dhat);
        assert_eq!(form("heap.speedscope.json"), Form::Speedscope);
        assert_eq!(form("heap.json"), Form::Json);
        assert_eq!(form("heap.csv"), Form::Csv);
        assert_eq!(form("heap.folded"), Form::Folded);
        assert_eq!(form("heap.txt"), Form::Text);
        // Each ending has a form of its own.
        let known = memopt_units::HEAP_ENDINGS.map(|ending| Pattern::parse(ending).ok());
        let texts = known.iter().flatten().filter(|pattern| pattern.form == Form::Text);
        assert_eq!(texts.count(), 1);
    }

    #[test]
    fn numbers_are_filled_in() {
        let path = Pattern::parse("/tmp/{pid}/heap-{n}.folded").unwrap().path(7);
        assert_eq!(path, PathBuf::from(format!("/tmp/{}/heap-7.folded", std::process::id())));
    }

    #[test]
    fn another_ending_and_other_braces_are_refused() {
        let error = Pattern::parse("heap.gz").unwrap_err();
        assert!(error.is_setting());
        assert!(error.to_string().starts_with(
            "`heap.gz` has no known ending, so its format is unknown; end it in `.pb.gz`, `.dhat"
        ));
        let error = Pattern::parse("heap-{time}.json").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`heap-{time}.json` has unknown braces; `{pid}` and `{n}` are filled in"
        );
    }

    #[test]
    #[cfg(feature = "dump")]
    fn a_folder_that_is_not_there_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = |rest: &str| {
            let path = folder.path().join(rest);
            Pattern::parse(path.to_str().unwrap()).unwrap().check_folder()
        };
        place("heap.json").unwrap();
        place("{n}/heap.json").unwrap();
        Pattern::parse("heap.json").unwrap().check_folder().unwrap();
        let error = place("none/heap-{n}.json").unwrap_err();
        assert!(error.is_setting());
        let missing = folder.path().join("none");
        let start = format!("there is no folder `{}` for dumps; create it", missing.display());
        assert!(error.to_string().starts_with(&start), "{error}");
        // A folder of the process's number.
        assert!(place("{pid}/heap.json").is_err());
    }

    #[test]
    #[cfg(not(feature = "flamegraph"))]
    fn a_picture_without_the_feature_is_refused() {
        let error = Pattern::parse("heap.svg").unwrap_err();
        assert!(error.to_string().contains("needs memopt's feature `flamegraph`"), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken.json");
        // A folder has the name already.
        fs::create_dir(&path).unwrap();
        let pattern = Pattern::parse(path.to_str().unwrap()).unwrap();
        let error = pattern.write(&HeapReport::default(), &path).unwrap_err();
        assert!(error.is_io());
        assert!(
            error.to_string().starts_with(&format!("cannot write {}: ", path.display())),
            "{error}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_not_followed_and_the_file_is_its_owners_alone() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("heap.json"));
        fs::write(&victim, "kept").unwrap();
        symlink(&victim, &path).unwrap();
        symlink(&victim, folder.path().join("heap.json.part")).unwrap();
        let pattern = Pattern::parse(path.to_str().unwrap()).unwrap();
        pattern.write(&HeapReport::default(), &path).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn each_form_writes_what_its_method_gives() {
        let report = HeapReport::default();
        for (form, text) in [
            (Form::Dhat, report.to_dhat()),
            (Form::Speedscope, report.to_speedscope()),
            (Form::Json, report.to_json()),
            (Form::Csv, report.to_csv()),
            (Form::Text, format!("{report}\n")),
        ] {
            let mut file = Vec::new();
            form.write(&report, &mut file).unwrap();
            assert_eq!(String::from_utf8(file).unwrap(), text);
        }
    }
}
