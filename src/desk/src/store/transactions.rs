//! Signed transactions, and what became of them.
