//! The online binary: plans withdrawals, collects approvals, sends and follows. Also the approver's own tool.
//!
//! [`run`] is the whole program; what it touches of the machine it is handed in a [`World`], so that it runs in process.
//!
//! | module | noun |
//! |---|---|
//! | [`world`] | what the program touches: streams, clock, nodes, SSH signers |
//! | [`cli`] | the command line |
//! | [`desk`] | one run of a command: the world and the global options |
//! | [`home`] | an opened home: house, policy, book, store, journal |
//! | [`store`] | what the desk remembers, in SQLite |
//! | [`commands`] | one file a command |
//! | [`planning`] | from payments wanted to a request |
//! | [`chains`] | the chains it speaks |
//! | [`http`] | the way to a node; the only place that names an HTTP client |
//! | [`signed_texts`] | texts of the house, and signatures made apart |
//! | [`reading`] | what a request does by its own bytes, and what this desk makes of it |
//! | [`following`] | what became of slots |
//! | [`requested`] | which request a command means |
//! | [`findings`] | what lint found, what a diff shows |
//! | [`ssh`] | people's signatures, by ssh-agent or `ssh-keygen` |

pub mod chains;
pub mod cli;
pub mod commands;
pub mod comparison;
pub mod desk;
pub mod exit;
pub mod failure;
pub mod findings;
pub mod following;
pub mod home;
pub mod http;
pub mod planning;
pub mod reading;
pub mod requested;
pub mod signed_texts;
pub mod ssh;
pub mod store;
pub mod times;
pub mod vault_export;
pub mod world;

pub use cli::run;
pub use desk::Desk;
pub use home::Home;
pub use world::World;
