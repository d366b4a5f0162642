//! Formats other tools read.
