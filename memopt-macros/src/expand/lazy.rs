//! `#[memopt::lazy_load]`.

mod fields;
mod func;

pub(super) use fields::expand as fields;
pub(super) use func::expand as func;
