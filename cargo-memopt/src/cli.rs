//! The words of the command line. What is added here: a variant, and an arm that calls its file.

use crate::commands::{
    bench, check, completions, diff, export, fix, flamegraph, init, mcp, report, run, test, top,
};
use crate::console::{Color, Console};
use crate::error::Error;
use crate::exit::Exit;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
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
    let mut words = words().color(Console::new(color(&args), false).of_parser());
    let parsed = words.try_get_matches_from_mut(args);
    let parsed = parsed.and_then(|found| Cli::from_arg_matches(&found));
    let cli = match parsed.map_err(|error| error.format(&mut words)) {
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

/// When to use colours, for what is printed where the command line does not parse.
fn color(args: &[OsString]) -> Color {
    let own = args.iter().take_while(|word| *word != "--").map(|word| word.to_string_lossy());
    let own: Vec<_> = own.collect();
    let apart = own.windows(2).find(|pair| pair[0] == "--color").map(|pair| &*pair[1]);
    let joined = own.iter().find_map(|word| word.strip_prefix("--color="));
    apart.or(joined).and_then(|word| Color::from_str(word, false).ok()).unwrap_or_default()
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

    #[test]
    fn colours_are_known_before_the_rest() {
        use super::{Color, color};
        let of = |line: &str| color(&line.split(' ').map(Into::into).collect::<Vec<_>>());
        assert_eq!(of("cargo-memopt run --color never --nonsense"), Color::Never);
        assert_eq!(of("cargo-memopt --color=always"), Color::Always);
        assert_eq!(of("cargo-memopt run -- --color=always"), Color::Auto);
        assert_eq!(of("cargo-memopt --color blue"), Color::Auto);
    }

    #[test]
    fn the_help_of_each_command_has_examples() {
        for command in super::words().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let name = command.get_name();
            assert!(help.contains(&format!("cargo memopt {name}")), "{name}: {help}");
        }
    }
}
