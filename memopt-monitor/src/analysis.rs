//! What series say. Pure functions over numbers: they know no metric and no clock.
//!
//! docs/architecture/analysis.md has the formulas, their sources and their costs.

pub mod anomaly;
pub mod forecast;
pub mod kernel;
pub mod leak;
pub mod patterns;
pub mod risk;
pub mod sample;
pub mod season;
pub mod trend;
