//! The house rules as data, and the judge that applies them. Pure: no files, clocks, sockets or randomness.
