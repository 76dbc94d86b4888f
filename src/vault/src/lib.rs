//! The offline binary: reads, rebuilds, judges and signs.
