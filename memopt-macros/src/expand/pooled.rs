//! `#[derive(Pooled)]` and `#[memopt::pooled]`.

mod family;
mod function;
mod object;

pub(crate) use function::pooled_function;
pub(crate) use object::pooled_object;
