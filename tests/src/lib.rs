//! Tests that may see every room, the demo, and the runner behind `cargo verify`.
//!
//! | module | noun |
//! |---|---|
//! | [`chain`] | an EVM chain in this process, which judges what Strongroom makes |
//! | [`contracts`] | token contracts of our own, to put on a chain |
//! | [`json_rpc`] | the node in front of a chain, and nodes that lie, stall or hang up |
//! | [`fuzz`] | what must hold for every reader of hostile bytes |
//! | [`house`] | a house of known people and keys |
//! | [`http`] | the little HTTP that both need |
//! | [`prepare`] | other people's programs that the tests need |
//! | [`residue`] | a vault whose memory is searched when it is done |
//! | [`scenes`] | what a treasury does in a week, judged by the chain |
//! | [`stage`] | a whole house on one machine, played through the programs' command lines |
//! | [`training`] | the vault with devices that are none |
//! | [`uhid`] | devices that the kernel takes for real ones |
//! | [`verify`] | what `cargo verify` was asked for and what it runs |
//! | [`vm`] | a virtual machine, in which released programs meet such a device |
//! | [`wallet`] | a key pair that Strongroom knows nothing of |

pub mod chain;
pub mod contracts;
pub mod fuzz;
pub mod house;
pub mod http;
pub mod json_rpc;
pub mod prepare;
pub mod residue;
pub mod scenes;
pub mod stage;
pub mod training;
pub mod uhid;
pub mod verify;
pub mod vm;
pub mod wallet;
