//! The rules: which arguments fit which item, and which items can be measured at all.
//!
//! Nothing is expanded here. Each check either accepts, or states the rule and the remedy at the
//! token that breaks it. Independent parts of an impl report independently.

mod entry;
mod errors;
mod lazy;
mod mem_size;
mod misplaced;
mod pooled;
mod presize;
mod streamed;
mod track;

pub(crate) use entry::{is_test, main, take_measuring, test};
pub(crate) use errors::Errors;
pub(crate) use lazy::{LazyField, LazyFunc, LazyStruct, Param, lazy_func, lazy_struct, not_lazy};
pub(crate) use mem_size::mem_size;
pub(crate) use misplaced::{POOL, PRESIZE, PRESIZE_IN_ARENA, PRESIZE_SKIPPED};
pub(crate) use pooled::{FieldPlan, Let, Pooled, Reset, lets, parameters, pooled, returned};
pub(crate) use presize::{Begin, Presize, presize};
pub(crate) use streamed::streamed;
pub(crate) use track::{arena, is_streamed, track};
