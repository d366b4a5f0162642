//! The statistics that the rooms above are made of, one file each. Each is tested against values of
//! another library, kept in `tests/fixtures`.

pub mod autocorrelation;
pub mod change;
pub mod distribution;
pub mod harmonic;
pub mod quantile;
pub mod rank;
pub mod regression;
pub mod solve;
pub mod spectrum;
