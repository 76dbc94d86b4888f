//! Tests that may see every room, the demo, and the runner behind cargo verify.
