//! The command `cargo memopt`: all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_memopt::main()
}
