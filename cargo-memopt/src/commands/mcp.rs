//! `cargo memopt mcp`: a server for coding agents.

use crate::client::Trust;
use crate::console::Console;
use crate::error::Error;
use crate::exit::Exit;
use crate::mcp::protocol;
use crate::mcp::tools::Tools;
use std::io;
use std::path::Path;

/// Serve coding agents by the Model Context Protocol, over standard input and output.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt mcp
  cargo memopt mcp --allow-run

An agent's settings name the command and its arguments:
  { \"mcpServers\": { \"memopt\": { \"command\": \"cargo-memopt\", \"args\": [\"mcp\"] } } }

Its tools list sites and findings, compare and check runs, and ask running programs. They change
nothing; --allow-run adds one that runs the program of the current package.")]
pub(crate) struct Args {
    /// Offer a tool that runs `cargo memopt run`.
    #[arg(long)]
    allow_run: bool,
    #[command(flatten)]
    trust: Trust,
}

/// Serves until the input ends.
pub(crate) fn execute(args: &Args, _: Console) -> Result<Exit, Error> {
    let tools = Tools { may_run: args.allow_run, trust: args.trust.clone() };
    match protocol::serve(io::stdin().lock(), io::stdout().lock(), &tools) {
        // An agent that closes the stream is done.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::file("serve on", Path::new("standard input and output"), &error))
        }
        _ => Ok(Exit::Success),
    }
}
