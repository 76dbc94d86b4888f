//! Ethereum and Polygon over JSON-RPC: facts, fees, sending and finality.
//!
//! Everything is read at one block, named by number, whose hash all nodes agree on; nodes that see the newest block a
//! moment apart then still say the same. What nodes estimate each in its own way (gas, tips) may differ a little;
//! everything else must be equal. What they say is parsed as hostile input and bounded before it is reckoned with.
//!
//! | module | noun | standard |
//! |---|---|---|
//! | `field` | one field of a node's answer | Ethereum JSON-RPC "quantity" and "data" |
//! | `anchor` | the block that everything is read at | `finalized` tag: execution-apis |
//! | `market` | what blocks cost now | `eth_feeHistory`, EIP-1559 |
//! | `ladder` | fees of versions that replace each other | go-ethereum's 10 % rule |
//! | `facts` | nonces, gas and fees for intents | EIP-1559, EIP-155, EIP-7825 |
//! | `submission` | what a node's answer to a transaction means | |
//! | `follow` | where a nonce stands | |
//! | `token` | what a token says | ERC-20 |

mod anchor;
mod facts;
mod feed;
mod field;
mod follow;
mod gas;
mod inquiry;
mod ladder;
mod market;
mod receipt;
mod rules;
mod submission;
mod token;

pub use feed::EvmFeed;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
