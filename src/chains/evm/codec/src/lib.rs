//! Ethereum and Polygon transactions: building, decoding into effects, verifying and assembling.
