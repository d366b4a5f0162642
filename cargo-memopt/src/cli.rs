//! The words of the command line. What is added here: a variant, and an arm that calls its file.

use crate::commands::{
    bench, check, completions, diff, export, fix, flamegraph, init, mcp, report, run, test, top,
};
use crate::console::{Color, Console};
use crate::error::Error;
use crate::exit::Exit;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;

/// Measures what a Rust program allocates, without a change to its source.
#[derive(Debug, Parser)]
#[command(
    name = "cargo memopt",
    bin_name = "cargo memopt",
    version,
    arg_required_else_help = true,
    after_help = "Results are written to target/memopt/. `cargo memopt help COMMAND` has examples."
)]
struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    color: Color,
    /// Print results and errors only.
    #[arg(short, long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Test(test::Args),
    Bench(bench::Args),
    Fix(fix::Args),
    Report(report::Args),
    Diff(diff::Args),
    Check(check::Args),
    Flamegraph(flamegraph::Args),
    Export(export::Args),
    Top(top::Args),
    Mcp(mcp::Args),
    Init(init::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

/// Parses the arguments of a process, `args[0]` among them, and runs what they say.
pub(crate) fn main(mut args: Vec<OsString>) -> Exit {
    // `cargo memopt ..` runs `cargo-memopt memopt ..`.
    if args.get(1).is_some_and(|word| word == "memopt") {
        args.remove(1);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and the version are no errors; nobody reads a closed stream.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Success };
        }
    };
    let console = Console::new(cli.color, cli.quiet);
    dispatch(cli.command, console).unwrap_or_else(|error| {
        console.error(&error);
        error.exit()
    })
}

fn dispatch(command: Command, console: Console) -> Result<Exit, Error> {
    match command {
        Command::Run(args) => run::execute(&args, console),
        Command::Test(args) => test::execute(&args, console),
        Command::Bench(args) => bench::execute(&args, console),
        Command::Fix(args) => fix::execute(&args, console),
        Command::Report(args) => report::execute(&args, console),
        Command::Diff(args) => diff::execute(&args, console),
        Command::Check(args) => check::execute(&args, console),
        Command::Flamegraph(args) => flamegraph::execute(&args, console),
        Command::Export(args) => export::execute(&args, console),
        Command::Top(args) => top::execute(&args, console),
        Command::Mcp(args) => mcp::execute(&args, console),
        Command::Init(args) => init::execute(&args, console),
        Command::Completions(args) => completions::execute(&args, words(), console),
        Command::Man(args) => completions::man(&args, words(), console),
    }
}

/// The words, for completions and the manual.
fn words() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_do_not_contradict_each_other() {
        super::words().debug_assert();
    }
}
