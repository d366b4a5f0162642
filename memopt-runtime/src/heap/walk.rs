//! What became of a walk up the stack.

/// How far a walk came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Return addresses that were written.
    pub frames: usize,
    /// Whether the outermost frame was reached. If not, there was no room for more, or what lies
    /// further out could not be told.
    pub whole: bool,
}
