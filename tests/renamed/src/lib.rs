//! Nothing is here; the tests name memopt as this package does.
