//! A server of the Model Context Protocol, over standard input and output.
//!
//! `protocol` speaks JSON-RPC 2.0, one message a line, `tools` says what can be asked and answers
//! it. Nothing is written and nothing is run, unless the person who started it allowed that.

pub(crate) mod protocol;
pub(crate) mod tools;

#[cfg(test)]
mod tests;
