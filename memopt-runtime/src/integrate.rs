//! Sites made from what other crates mark already: no attribute is needed.
//!
//! Rooms: `tracing` (spans), `tower` (requests by route), `sites` (the sites made for them, found
//! again by what they are made for). Each is behind the feature of its name.

#[cfg(feature = "track")]
mod sites;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
