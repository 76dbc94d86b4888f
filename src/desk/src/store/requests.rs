//! Requests that were written or taken in, and where they stand.
