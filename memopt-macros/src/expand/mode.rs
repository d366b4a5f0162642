//! Whether the attributes instrument.

/// The feature `track` decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Instrument.
    Track,
    /// Check the arguments and give the user's own item back.
    Off,
}
