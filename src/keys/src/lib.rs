//! Entropy, mnemonics, derivation, the encrypted keystore and the software signer: the only private scalars.
