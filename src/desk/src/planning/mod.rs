//! From payments wanted to a request: what the daily commands share.
