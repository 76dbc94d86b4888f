//! Ethereum and Polygon over JSON-RPC: facts, fees, sending and finality.
