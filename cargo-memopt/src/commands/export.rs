//! `cargo memopt export`: a report in the form of another tool.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::export::{self, Counted, Form};
use crate::input::Input;
use crate::output;
use crate::sources::reports;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Write a report or profile for another tool: pprof, DHAT, speedscope, a browser.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt export run.json -o run.pb.gz      then: go tool pprof -http : run.pb.gz
  cargo memopt export heap.json -o heap.dhat.json
  cargo memopt export before.json after.json -o compared.html")]
pub(crate) struct Args {
    /// A report of sites or a heap report; for a page also two reports, the older one first.
    /// Without one, the report of the last run.
    files: Vec<PathBuf>,
    /// The form. Without it, the extension of the file after -o decides.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// The same as `--format html`.
    #[arg(long, conflicts_with = "format")]
    html: bool,
    /// What folded stacks and pictures count.
    #[arg(long, value_enum)]
    weight: Option<Counted>,
    /// The file to write; without it the standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the file.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let form = form(args)?;
    let files = reports(&args.files)?;
    let bytes = match (form, files.as_slice()) {
        (Form::Html, files) => export::page(files)?.into_bytes(),
        (Form::Svg, [before, after]) => {
            export::difference(&Input::read(before)?, &Input::read(after)?, args.weight)?
        }
        (form, [file]) => export::weighed(&Input::read(file)?, form, args.weight)?,
        (form, files) => {
            return Err(Error::usage(
                format_args!(
                    "{} takes one file, and there are {}",
                    export::name(form),
                    files.len()
                ),
                "export one after the other",
            ));
        }
    };
    let to = args.output.as_deref();
    if form.is_binary() && is_terminal(to) {
        return Err(Error::usage(
            format_args!("{} is no text for a terminal", export::name(form)),
            "name a file after -o",
        ));
    }
    output::write(to, &bytes, console)?;
    Ok(Exit::Success)
}

fn is_terminal(to: Option<&Path>) -> bool {
    to.is_none_or(|path| path.as_os_str() == "-") && std::io::stdout().is_terminal()
}

fn form(args: &Args) -> Result<Form, Error> {
    if args.html {
        return Ok(Form::Html);
    }
    let by_name = || args.output.as_deref().and_then(Form::of_path);
    args.format.or_else(by_name).ok_or_else(|| {
        Error::usage(
            "it is not clear which form is wanted",
            "name it by --format, or by the end of the name after -o, such as .pb.gz or .html",
        )
    })
}
