//! Holding a test, or `main`, to its report.

mod at_exit;
mod follow;
mod leaks;
mod limits;

pub use self::at_exit::Main;
pub use self::limits::{TestLimits, run_test, run_test_async};
