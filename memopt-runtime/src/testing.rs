//! Holding a test, or `main`, to its report.

mod at_exit;
mod leaks;
mod limits;
mod sample;
mod unjudged;

pub use self::at_exit::Main;
pub use self::limits::{TestLimits, run_test, run_test_async};
pub use self::unjudged::limits_not_judged;
