//! The rules of `#[derive(Pooled)]` and `#[memopt::pooled]`.

mod lets;
mod object;
mod returned;

pub(crate) use lets::{Let, lets};
pub(crate) use object::{FieldPlan, Pooled, Reset, parameters, pooled};
pub(crate) use returned::returned;
