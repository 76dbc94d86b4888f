//! Plays the whole road on an embedded chain.
fn main() {}
