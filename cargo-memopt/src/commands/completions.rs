//! `cargo memopt completions` and `cargo memopt man`: made from the words of the command line.

use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use std::path::PathBuf;

/// Write completions for a shell.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt completions bash > ~/.local/share/bash-completion/completions/cargo-memopt
  cargo memopt completions fish > ~/.config/fish/completions/cargo-memopt.fish

They complete `cargo-memopt`; it takes the same words as `cargo memopt`.")]
pub(crate) struct Args {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Writes the completions.
pub(crate) fn execute(args: &Args, words: clap::Command, console: Console) -> Result<Exit, Error> {
    let mut text = Vec::new();
    let mut words = words.name("cargo-memopt").bin_name("cargo-memopt");
    clap_complete::generate(args.shell, &mut words, "cargo-memopt", &mut text);
    output::write(None, &text, console)?;
    Ok(Exit::Success)
}

/// Write the pages of the manual.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt man | man -l -
  cargo memopt man -o ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// A folder that gets one page a command; without it, the first page goes to the standard
    /// output.
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Writes the pages.
pub(crate) fn man(args: &ManArgs, words: clap::Command, console: Console) -> Result<Exit, Error> {
    let mut words = words.name("cargo-memopt");
    words.build();
    let Some(folder) = &args.output else {
        output::write(None, &page(&words)?, console)?;
        return Ok(Exit::Success);
    };
    let file = folder.join("cargo-memopt.1");
    output::write(Some(&file), &page(&words)?, console)?;
    for command in words.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("cargo-memopt-{}", command.get_name());
        let page = page(command)?;
        output::write(Some(&folder.join(format!("{name}.1"))), &page, console)?;
    }
    Ok(Exit::Success)
}

fn page(words: &clap::Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(words.clone()).render(&mut page).map_err(Error::internal)?;
    Ok(page)
}
