//! The offline language: Review, then Approved, then Signed; there is no other road to a signature.
