//! Nothing is here; the tests of this edition are shapes of `tests/editions/shapes`.
