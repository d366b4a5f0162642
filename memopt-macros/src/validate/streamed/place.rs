//! Where an expression of a body stands.

/// Whether the function can stop there and give an item out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It can.
    Body,
    Closure,
    Async,
}
