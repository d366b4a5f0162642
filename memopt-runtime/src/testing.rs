//! Holding a test, or `main`, to its report.

mod at_exit;
#[cfg(feature = "track")]
mod harness;
#[cfg(not(feature = "track"))]
#[path = "testing/harness/off.rs"]
mod harness;
mod keeper;
mod leaks;
mod limits;
mod sample;
mod switch;
#[cfg(not(feature = "track"))]
mod unjudged;
mod unnamed;
#[cfg(not(feature = "track"))]
mod unrecorded;
mod worst;

pub use self::at_exit::Main;
#[cfg(all(feature = "autostart", unix, not(miri)))]
pub(crate) use self::at_exit::write_now;
pub use self::limits::{TestLimits, run_test, run_test_async};
#[cfg(all(feature = "autostart", not(miri)))]
pub(crate) use self::switch::is_on;
#[cfg(not(feature = "track"))]
pub use self::unjudged::limits_not_judged;
#[cfg(not(feature = "track"))]
pub use self::unrecorded::nothing_is_recorded;
