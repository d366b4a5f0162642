//! Programs live in `examples/`.
