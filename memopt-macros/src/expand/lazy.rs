//! `#[memopt::lazy_load]`.

mod fields;
mod func;

pub(crate) use fields::lazy_fields;
pub(crate) use func::lazy_func;
