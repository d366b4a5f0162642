//! One file a command: its arguments, with the help, and `execute`.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod fix;
pub(crate) mod flamegraph;
pub(crate) mod init;
pub(crate) mod mcp;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod test;
pub(crate) mod top;
