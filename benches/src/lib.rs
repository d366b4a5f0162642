//! The driver of the measurements: builds the subjects, lets them take turns, and prints what came
//! out.
//!
//! Data flows one way: [`plan`] says what runs, [`build`] makes the programs, [`turns`],
//! [`instructions`], [`facts`] and [`compile`] measure, [`row`] holds a result, [`bars`] and
//! [`table`] read rows. Nothing here links memopt or a peer: they are measured in programs of their
//! own.

pub mod asm;
pub mod bars;
pub mod build;
pub mod compile;
pub mod facts;
pub mod generate;
pub mod instructions;
pub mod options;
pub mod plan;
pub mod row;
pub mod stats;
pub mod table;
pub mod turns;

use std::process::ExitCode;

/// What a measurement fails with; said on stderr by the program.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs a measurement and says on stderr what it failed with. The program succeeds where the
/// measurement gives `true`: every bar is met.
pub fn exit(measure: impl FnOnce() -> Result<bool>) -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
