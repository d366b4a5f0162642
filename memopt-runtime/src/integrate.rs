//! Sites from spans and routes that other crates already mark: no attribute is needed.
//!
//! Enable feature `tracing` for spans, or `tower` for requests by route.

// `sites` holds the sites made for them, found again by what they are made for.

#[cfg(feature = "track")]
mod sites;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
