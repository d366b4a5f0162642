//! Nothing is here; the tests put attributes of other crates above and below memopt's.
