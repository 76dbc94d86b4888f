//! Reading a request: what its bytes do, by what names people know it, and what this desk makes of it.
//!
//! | module | noun |
//! |---|---|
//! | [`item`] | an item, decoded and built again |
//! | [`directory`] | by what names a page calls accounts, payees and assets |
//! | [`page`] | everything there is to show of a request |
//! | [`memory`] | what this desk knows of a vault's journal |
//! | [`opinion`] | what every rule says at this desk |
//! | [`approval_files`] | signed statements, as files hold them |

pub mod approval_files;
pub mod directory;
pub mod item;
pub mod memory;
pub mod opinion;
pub mod page;
mod page_json;
mod page_text;
