//! Incident bundles.
