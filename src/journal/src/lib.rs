//! The append-only, hash-chained record that claims slots before a key is asked.
