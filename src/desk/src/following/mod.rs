//! What became of slots: asked of the nodes, and written down once it is final.
//!
//! | module | noun |
//! |---|---|
//! | [`slot_versions`] | a slot with everything that was ever signed for it |
//! | [`fate`] | what became of a slot, in our own terms |
//! | [`item_state`] | how an item of a request stands, as far as it is written down |
//! | [`round`] | one look at the chains, and what is written down of it |

pub mod fate;
pub mod item_state;
pub mod round;
pub mod slot_versions;
