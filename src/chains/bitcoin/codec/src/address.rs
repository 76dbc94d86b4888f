//! Addresses in canonical form (BIP-173, BIP-350, `Base58Check`), and the scripts they stand for.

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Script, ScriptBuf, WitnessVersion};
use strongroom_protocol::codec::AddressError;
use strongroom_protocol::{Address, AssetId, ChainId};

use crate::networks::Network;

/// Bytes of a Taproot output's key (BIP-341).
const TAPROOT_KEY: usize = 32;

/// The asset that fees are paid in on a chain.
///
/// # Errors
/// [`AddressError::Chain`] if the chain is not supported.
pub fn native_asset(chain: &ChainId) -> Result<AssetId, AddressError> {
    Network::of(chain)?.native.parse().map_err(|_| AddressError::Chain(chain.clone()))
}

/// Reads an address that must be in canonical form, into the script it stands for.
///
/// # Errors
/// [`AddressError`] if the chain is not supported, or the address is of another network, of an unknown witness version,
/// miswritten or not canonical.
pub fn script_of(chain: &ChainId, text: &Address) -> Result<ScriptBuf, AddressError> {
    let network = Network::of(chain)?;
    let malformed =
        |why: String| AddressError::Malformed { address: text.clone(), chain: chain.clone(), why };
    let parsed: bitcoin::Address<NetworkUnchecked> = text
        .as_str()
        .parse()
        .map_err(|error: bitcoin::address::ParseError| malformed(miswritten(text, &error)))?;
    let address = parsed
        .require_network(network.kind)
        .map_err(|_| malformed(format!("it is of another network than {}", network.name)))?;
    if let Some(version) = unknown_version(&address) {
        return Err(malformed(version));
    }
    let canonical = address.to_string();
    if canonical == text.as_str() {
        return Ok(address.script_pubkey());
    }
    match canonical.parse() {
        Ok(canonical) => Err(AddressError::NotCanonical { found: text.clone(), canonical }),
        Err(_) => Err(malformed("it has another canonical form".to_owned())),
    }
}

/// Why a text is no address, with what to do about it.
fn miswritten(text: &Address, error: &bitcoin::address::ParseError) -> String {
    if text.as_str().starts_with("0x") {
        "it is written like an Ethereum address: ask its owner for one of Bitcoin".to_owned()
    } else {
        format!("{error}, so at least one character is wrong: get it again from its owner")
    }
}

/// Version 0 is of 20 or 32 bytes, which its reader checks, and version 1 of 32. All others anybody could spend today
/// (BIP-141 §"Witness program"), and what they will mean nobody knows.
fn unknown_version(address: &bitcoin::Address) -> Option<String> {
    let program = address.witness_program()?;
    let bytes = program.program().len();
    match program.version() {
        WitnessVersion::V0 => None,
        WitnessVersion::V1 if bytes == TAPROOT_KEY => None,
        version => Some(format!(
            "a program of witness version {} and {bytes} bytes is not understood: anybody could spend what is sent there",
            version.to_num()
        )),
    }
}

/// The address of a script, in canonical form; none if it has no address that may be paid.
pub(crate) fn of_script(network: &Network, script: &Script) -> Option<Address> {
    let address = bitcoin::Address::from_script(script, network.kind).ok()?;
    if unknown_version(&address).is_some() { None } else { address.to_string().parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::NETWORKS;

    fn chain(name: &str) -> ChainId {
        NETWORKS.iter().find(|network| network.name == name).unwrap().chain.parse().unwrap()
    }

    #[test]
    fn each_kind_is_read_and_written_the_same() {
        // BIP-173, BIP-350 and BIP-86, and Base58Check addresses in wide use.
        for (name, good) in [
            ("Bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
            ("Bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
            ("Bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
            ("Bitcoin", "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"),
            ("Bitcoin testnet", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),
            ("Bitcoin signet", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7"),
            ("Bitcoin regtest", "bcrt1q6rhpng9evdsfnn833a4f4vej0asu6dk5srld6x"),
            ("Bitcoin regtest", "2MsFDzHRUAMpjHxKyoEHU3aMCMsVtMqs1PV"),
        ] {
            let chain = chain(name);
            let script = script_of(&chain, &good.parse().unwrap()).unwrap_or_else(|e| panic!("{good}: {e}"));
            assert_eq!(of_script(Network::of(&chain).unwrap(), &script).unwrap().as_str(), good);
        }
    }

    #[test]
    fn others_are_refused_in_words() {
        for (bad, words) in [
            // Another network's, by prefix.
            ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "another network"),
            ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "another network"),
            ("bcrt1q6rhpng9evdsfnn833a4f4vej0asu6dk5srld6x", "another network"),
            // BIP-350: versions 16, 2 and 1, whole and well written.
            ("bc1sw50qgdz25j", "witness version 16 and 2 bytes"),
            ("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "witness version 2 and 16 bytes"),
            (
                "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
                "witness version 1 and 40",
            ),
            ("bc1pfeessrawgf", "witness version 1 and 2 bytes"),
            // BIP-350: Bech32 where Bech32m must be, and the other way round.
            ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "character is wrong"),
            ("bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqz8f9g7", "character is wrong"),
            // One letter wrong.
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "character is wrong"),
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "character is wrong"),
            ("0xdAC17F958D2ee523a2206206994597C13D831ec7", "Ethereum"),
            ("bc1", "character is wrong"),
        ] {
            let text: Address = bad.parse().unwrap();
            let refused = script_of(&chain("Bitcoin"), &text).unwrap_err().to_string();
            assert!(refused.contains(words), "{bad}: {refused}");
        }
    }

    #[test]
    fn capitals_name_the_canonical_form() {
        let found: Address = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4".parse().unwrap();
        let canonical = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".parse().unwrap();
        let refused = script_of(&chain("Bitcoin"), &found);
        assert_eq!(refused, Err(AddressError::NotCanonical { found, canonical }));
    }
}
