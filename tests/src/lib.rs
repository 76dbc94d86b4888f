//! Tests that may see every room, the demo, and the runner behind `cargo verify`.
//!
//! | module | noun |
//! |---|---|
//! | [`chain`] | an EVM chain in this process, which judges what Strongroom makes |
//! | [`json_rpc`] | the node in front of it, and nodes that lie, stall or hang up |
//! | [`http`] | the little HTTP that both need |

pub mod chain;
pub mod http;
pub mod json_rpc;
