//! A report in the forms of other tools.

use crate::error::Error;
use crate::input::{self, Input};
use crate::page;
use clap::ValueEnum;
use memopt_report::{HeapWeight, Weight};
use std::io;
use std::path::{Path, PathBuf};

/// A form that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For `go tool pprof`, compressed.
    Pprof,
    /// For DHAT's viewer; heap reports only.
    Dhat,
    /// For speedscope; heap reports only.
    Speedscope,
    /// Folded stacks, for flamegraph tools.
    Folded,
    /// A flamegraph.
    Svg,
    /// One page for a browser, of one report, or of two: before and after.
    Html,
    /// memopt's own JSON.
    Json,
    /// One line a site or call path.
    Csv,
}

impl Form {
    /// By the end of a file's name.
    pub(crate) fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let ends: [(&str, Self); 10] = [
            (".pb.gz", Self::Pprof),
            (".pprof", Self::Pprof),
            (".dhat.json", Self::Dhat),
            (".speedscope.json", Self::Speedscope),
            (".folded", Self::Folded),
            (".svg", Self::Svg),
            (".html", Self::Html),
            (".htm", Self::Html),
            (".json", Self::Json),
            (".csv", Self::Csv),
        ];
        ends.iter().find(|(end, _)| name.ends_with(end)).map(|(_, form)| *form)
    }

    /// Whether it is no text, and must not be printed on a terminal.
    pub(crate) fn is_binary(self) -> bool {
        self == Self::Pprof
    }
}

/// What is counted by widths and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Counted {
    /// Bytes allocated.
    Bytes,
    /// Blocks allocated; of reports of sites.
    Blocks,
    /// Bytes in use; of heap reports.
    Live,
    /// Bytes in use at the peak; of heap reports.
    Peak,
}

impl Counted {
    /// That of a report of sites.
    pub(crate) fn of_sites(asked: Option<Self>) -> Result<Weight, Error> {
        match asked {
            None | Some(Self::Bytes) => Ok(Weight::Bytes),
            Some(Self::Blocks) => Ok(Weight::Blocks),
            Some(Self::Live | Self::Peak) => Err(Error::usage(
                "a report of sites has no stacks of what is live",
                "give a heap report, or `--weight bytes` or `blocks`",
            )),
        }
    }

    /// That of a heap report.
    pub(crate) fn of_heap(
        asked: Option<Self>,
        heap: &memopt_report::HeapReport,
    ) -> Result<HeapWeight, Error> {
        match asked {
            None => Ok(HeapWeight::live_or_at_peak(heap)),
            Some(Self::Live) => Ok(HeapWeight::Live),
            Some(Self::Peak) => Ok(HeapWeight::AtPeak),
            Some(Self::Bytes) => Ok(HeapWeight::Allocated),
            Some(Self::Blocks) => Err(Error::usage(
                "widths of a heap report are bytes",
                "give `--weight live`, `peak` or `bytes`",
            )),
        }
    }
}

/// One file in another form, with the default weight.
pub(crate) fn bytes(input: &Input, form: Form) -> Result<Vec<u8>, Error> {
    weighed(input, form, None)
}

/// One file in another form.
pub(crate) fn weighed(
    input: &Input,
    form: Form,
    counted: Option<Counted>,
) -> Result<Vec<u8>, Error> {
    let line = |mut text: String| {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.into_bytes()
    };
    let drawn = |write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut bytes = Vec::new();
        write(&mut bytes).map(|()| bytes).map_err(|error| {
            Error::usage(error, "give a report of a run that allocated in tracked code")
        })
    };
    match (form, input) {
        (Form::Json, Input::Report(report)) => Ok(line(report.to_json())),
        (Form::Json, Input::Heap(heap)) => Ok(line(heap.to_json())),
        (Form::Json, Input::Findings(findings)) => Ok(line(findings.to_json())),
        (Form::Json, Input::Concurrency(tasks)) => Ok(line(tasks.to_json())),
        (Form::Csv, Input::Report(report)) => Ok(line(report.to_csv())),
        (Form::Csv, Input::Heap(heap)) => Ok(line(heap.to_csv())),
        (Form::Pprof, Input::Report(report)) => drawn(&|to| report.write_pprof(to)),
        (Form::Pprof, Input::Heap(heap)) => drawn(&|to| heap.write_pprof(to)),
        (Form::Dhat, Input::Heap(heap)) => Ok(line(heap.to_dhat())),
        (Form::Speedscope, Input::Heap(heap)) => Ok(line(heap.to_speedscope())),
        (Form::Folded, Input::Report(report)) => {
            Ok(line(report.to_folded(Counted::of_sites(counted)?)))
        }
        (Form::Folded, Input::Heap(heap)) => {
            Ok(line(heap.to_folded(Counted::of_heap(counted, heap)?)))
        }
        (Form::Svg, Input::Report(report)) => {
            let weight = Counted::of_sites(counted)?;
            drawn(&|to| report.write_flamegraph(to, weight))
        }
        (Form::Svg, Input::Heap(heap)) => {
            let weight = Counted::of_heap(counted, heap)?;
            drawn(&|to| heap.write_flamegraph(to, weight))
        }
        // A report of sites may hold a heap report.
        (Form::Dhat | Form::Speedscope, Input::Report(report)) => match report.heap() {
            Some(heap) if form == Form::Dhat => Ok(line(heap.to_dhat())),
            Some(heap) => Ok(line(heap.to_speedscope())),
            None => Err(Error::usage(
                "the report has no stacks",
                "run the program with MEMOPT_HEAP set, or export folded stacks, pprof or SVG",
            )),
        },
        (form, input) => Err(mismatch(&name(form), input)),
    }
}

/// Two files as one flamegraph of what changed.
pub(crate) fn difference(
    before: &Input,
    after: &Input,
    counted: Option<Counted>,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let drawn = match (before, after) {
        (Input::Report(before), Input::Report(after)) => {
            before.write_diff_flamegraph(after, &mut bytes, Counted::of_sites(counted)?)
        }
        (Input::Heap(before), Input::Heap(after)) => {
            let weight = Counted::of_heap(counted, after)?;
            before.write_diff_flamegraph(after, &mut bytes, weight)
        }
        _ => {
            return Err(Error::usage(
                format_args!(
                    "{} and {} cannot be compared in one picture",
                    before.noun(),
                    after.noun()
                ),
                "give two of a kind",
            ));
        }
    };
    let next = "give a report of a run that allocated in tracked code";
    drawn.map(|()| bytes).map_err(|error| Error::usage(error, next))
}

/// One page of one report of sites, or of two: before and after.
pub(crate) fn page(files: &[PathBuf]) -> Result<String, Error> {
    let read = |path: &PathBuf| Ok((path.display().to_string(), input::report(path)?));
    match files {
        [one] => {
            let (name, report) = read(one)?;
            Ok(page::html(None, (&name, &report)))
        }
        [before, after] => {
            let (before, after) = (read(before)?, read(after)?);
            Ok(page::html(Some((&before.0, &before.1)), (&after.0, &after.1)))
        }
        _ => Err(Error::usage(
            format_args!("a page shows one report or two, and there are {}", files.len()),
            "give the older and the newer one",
        )),
    }
}

/// That a kind of file cannot be written in some form.
pub(crate) fn mismatch(form: &str, input: &Input) -> Error {
    let forms = match input {
        Input::Report(_) => "text, tree, findings, json, csv, html, pprof, folded or svg",
        Input::Heap(_) => "text, json, csv, pprof, dhat, speedscope, folded or svg",
        Input::Findings(_) => "text or json",
        Input::Concurrency(_) => "text, findings or json",
    };
    Error::usage(
        format_args!("{} cannot be written as {form}", input.noun()),
        format_args!("choose {forms}"),
    )
}

/// The form's word on the command line.
pub(crate) fn name(form: Form) -> String {
    form.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
}
