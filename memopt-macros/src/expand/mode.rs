//! Whether the attributes instrument.

/// The `memopt` crate decides, by its feature `track`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Instrument.
    Track,
    /// Check the arguments and give the user's own item back.
    Off,
}
