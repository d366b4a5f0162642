//! One file a command: its arguments, with the help, and `execute`.

pub(crate) mod bench;
pub(crate) mod run;
pub(crate) mod test;
