//! The list of reports that `MEMOPT_REPORT` and `#[memopt::main(report = "..")]` ask for: read by
//! the program when it starts, and by the attribute when the program is compiled.

use crate::near::did_you_mean;

/// What a part of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportForm {
    /// Nothing.
    Off,
    /// The table.
    Text,
    /// The findings.
    Findings,
    /// The whole report.
    Json,
    /// A line a site.
    Csv,
    /// Folded stacks.
    Folded,
    /// A picture.
    Flamegraph,
    /// The heap, in the form that the end of the path says.
    Heap,
}

/// Whether a form has a path behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Never,
    Possibly,
    Always,
}

/// Each form with its word and a part that is right.
const FORMS: [(&str, ReportForm, Path, &str); 8] = [
    ("off", ReportForm::Off, Path::Never, "off"),
    ("text", ReportForm::Text, Path::Possibly, "text:report.txt"),
    ("findings", ReportForm::Findings, Path::Possibly, "findings:findings.txt"),
    ("json", ReportForm::Json, Path::Always, "json:report.json"),
    ("csv", ReportForm::Csv, Path::Always, "csv:report.csv"),
    ("folded", ReportForm::Folded, Path::Always, "folded:report.folded"),
    ("flamegraph", ReportForm::Flamegraph, Path::Always, "flamegraph:sites.svg"),
    ("heap", ReportForm::Heap, Path::Always, "heap:heap.pb.gz"),
];

/// The forms as a message lists them.
const LISTED: &str = "a comma-separated list of `off`, `text`, `findings`, `text:PATH`, \
                      `findings:PATH`, `json:PATH`, `csv:PATH`, `folded:PATH`, `flamegraph:PATH` \
                      or `heap:PATH`";

/// Ends of paths that say what a file of the heap holds; of two that fit the longer stands first.
pub const HEAP_ENDINGS: [&str; 8] =
    [".pb.gz", ".dhat.json", ".speedscope.json", ".json", ".csv", ".folded", ".svg", ".txt"];

/// The parts of a list, each with its path, or what is wrong with it; `taker` is what takes the
/// list, in messages.
pub fn asked_reports<'a>(
    list: &'a str,
    taker: &str,
) -> impl Iterator<Item = Result<(ReportForm, Option<&'a str>), String>> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(move |part| one(part, taker))
}

fn one<'a>(part: &'a str, taker: &str) -> Result<(ReportForm, Option<&'a str>), String> {
    let (word, path) = part.split_once(':').map_or((part, None), |(word, path)| (word, Some(path)));
    let Some(&(_, asked, path_is, example)) = FORMS.iter().find(|(known, ..)| *known == word)
    else {
        let hint = did_you_mean(word, FORMS.iter().map(|(known, ..)| *known));
        return Err(format!("`{part}` is not a report; {taker} takes {LISTED}{hint}"));
    };
    let path = path.filter(|path| !path.is_empty());
    match (path_is, path) {
        (Path::Never, Some(_)) => return Err(format!("`{word}` takes no path; write `{word}`")),
        (Path::Always, None) => {
            return Err(format!("`{word}` is written to a file; give its path, as in `{example}`"));
        }
        _ => {}
    }
    if let Some(path) = path {
        check_braces(path)?;
        if asked == ReportForm::Heap {
            heap_ending(path)?;
        }
    }
    Ok((asked, path))
}

/// Whether all braces of a path are such as are filled in.
///
/// # Errors
///
/// Where others are.
pub fn check_braces(path: &str) -> Result<(), String> {
    if path.replace("{pid}", "").replace("{n}", "").contains(['{', '}']) {
        return Err(format!("`{path}` has unknown braces; `{{pid}}` and `{{n}}` are filled in"));
    }
    Ok(())
}

/// Which of [`HEAP_ENDINGS`] a path has.
///
/// # Errors
///
/// Where it has none.
pub fn heap_ending(path: &str) -> Result<&'static str, String> {
    HEAP_ENDINGS.into_iter().find(|ending| path.ends_with(ending)).ok_or_else(|| {
        let endings = HEAP_ENDINGS.map(|ending| format!("`{ending}`")).join(", ");
        format!("`{path}` has no known ending, so its format is unknown; end it in {endings}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Vec<Result<(ReportForm, Option<&str>), String>> {
        asked_reports(list, "MEMOPT_REPORT").collect()
    }

    #[test]
    fn every_example_is_right() {
        for (word, form, path_is, example) in FORMS {
            let path = example.split_once(':').map(|(_, path)| path);
            assert_eq!(read(example), [Ok((form, path))]);
            assert_eq!(read(word).remove(0).is_err(), path_is == Path::Always, "{word}");
        }
        assert_eq!(read("text:"), [Ok((ReportForm::Text, None))]);
        assert_eq!(read(" , text , "), [Ok((ReportForm::Text, None))]);
    }

    #[test]
    fn a_word_that_is_none_is_met_with_the_nearest() {
        let error = read("txt").remove(0).unwrap_err();
        let start = "`txt` is not a report; MEMOPT_REPORT takes a comma-separated list of `off`, ";
        assert!(error.starts_with(start), "{error}");
        assert!(error.ends_with("; did you mean `text`?"), "{error}");
        assert!(read("report").remove(0).unwrap_err().ends_with("or `heap:PATH`"));
    }

    #[test]
    fn a_path_belongs_to_forms_that_are_files() {
        let error = |list| read(list).remove(0).unwrap_err();
        assert_eq!(
            error("json:"),
            "`json` is written to a file; give its path, as in `json:report.json`"
        );
        assert_eq!(error("off:x"), "`off` takes no path; write `off`");
        assert_eq!(
            error("text:a-{time}"),
            "`a-{time}` has unknown braces; `{pid}` and `{n}` are filled in"
        );
        let unknown =
            "`heap.gz` has no known ending, so its format is unknown; end it in `.pb.gz`,";
        assert!(error("heap:heap.gz").starts_with(unknown));
    }

    #[test]
    fn the_longest_ending_that_fits_is_found() {
        for ending in HEAP_ENDINGS {
            assert_eq!(heap_ending(&format!("dir/heap{ending}")), Ok(ending));
        }
    }
}
