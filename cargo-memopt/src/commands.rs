//! One file a command: its arguments, with the help, and `execute`.

pub(crate) mod run;
