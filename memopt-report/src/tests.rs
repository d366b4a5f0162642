//! Tests of whole reports, and the reports by hand that the tests of all rooms use.

pub(crate) mod fixture;
mod invariants;
