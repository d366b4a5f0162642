//! `cargo run -p xtask -- shape`: measures the shape of the project and holds it to its limits.

/// The lexer of the layer test: both read sources.
#[allow(dead_code, unreachable_pub, reason = "the layer test uses all of it")]
#[path = "../../tests/tests/layers/lex.rs"]
mod lex;
mod shape;

use shape::Runs;
use std::process::ExitCode;

const HELP: &str = "\
checks of this repository that are no tests of its code

usage: cargo run -p xtask -- shape [--no-tests] [--build-times]

  shape          counts crates, names, files and lines, and runs the tests of the layers and of the
                 report's schema; fails where a limit is missed
  --no-tests     does not run the tests
  --build-times  builds memopt and hotpath by one job each and compares the times, for minutes";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["shape", ref flags @ ..]
            if flags.iter().all(|flag| ["--no-tests", "--build-times"].contains(flag)) =>
        {
            shape::print(Runs {
                tests: !flags.contains(&"--no-tests"),
                build_times: flags.contains(&"--build-times"),
            })
        }
        ["--help" | "-h" | "help"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(format!("unknown arguments `{}`\n\n{HELP}", arguments.join(" ")).into()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The result of a check that may not come to an end.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
