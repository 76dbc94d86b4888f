//! Whom nobody may pay: scripts that no key opens or that everybody opens, and amounts that no node relays.

use std::sync::LazyLock;

use bitcoin::hashes::{Hash, hash160, sha256};
use bitcoin::hex::FromHex;
use bitcoin::{PubkeyHash, Script, ScriptBuf, ScriptHash, WPubkeyHash, WScriptHash, XOnlyPublicKey};

/// Hashes that belong to no key: addresses people made up and burnt coins at. In order: 1BitcoinEater…,
/// 1CounterpartyXXX….
const BURNT: [&str; 2] =
    ["759d6677091e973b9e9d99f19c68fbf43e3f05f9", "818895f3dc2c178629d3d2d8fa3ec4a3f8179821"];

/// The point that BIP-341 names so that nobody knows its logarithm (§"Constructing and spending Taproot outputs").
const NOTHING_UP_MY_SLEEVE: &str = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0";

/// Scripts that no key opens.
static GRAVES: LazyLock<Vec<ScriptBuf>> = LazyLock::new(|| {
    let mut hashes: Vec<[u8; 20]> = BURNT.iter().filter_map(|hex| <[u8; 20]>::from_hex(hex).ok()).collect();
    hashes.extend([[0; 20], [0xff; 20], hash160::Hash::hash(&[]).to_byte_array()]);
    let mut scripts = Vec::new();
    for hash in hashes {
        scripts.push(ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array(hash)));
        scripts.push(ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array(hash)));
    }
    for byte in [0, 0xff] {
        scripts.push(ScriptBuf::new_p2sh(&ScriptHash::from_byte_array([byte; 20])));
        scripts.push(ScriptBuf::new_p2wsh(&WScriptHash::from_byte_array([byte; 32])));
    }
    scripts
});

/// Scripts that everybody opens: the empty one, and the one that says yes.
static OPEN: LazyLock<Vec<ScriptBuf>> = LazyLock::new(|| {
    let mut scripts = Vec::new();
    for script in [&[][..], &[0x51]] {
        let hash = hash160::Hash::hash(script).to_byte_array();
        scripts.push(ScriptBuf::new_p2sh(&ScriptHash::from_byte_array(hash)));
        let hash = sha256::Hash::hash(script).to_byte_array();
        scripts.push(ScriptBuf::new_p2wsh(&WScriptHash::from_byte_array(hash)));
    }
    scripts
});

/// Why coins sent to this script are lost, if so.
pub(crate) fn grave(script: &Script) -> Option<&'static str> {
    if script.is_p2tr() {
        let key = script.as_bytes().get(2..).unwrap_or_default();
        if XOnlyPublicKey::from_slice(key).is_err() {
            return Some("its key is no point of the curve, so nobody can ever spend it");
        }
        if <[u8; 32]>::from_hex(NOTHING_UP_MY_SLEEVE).is_ok_and(|point| key == point) {
            return Some("its key is the point of BIP-341 for which nobody has the secret");
        }
    }
    if GRAVES.iter().any(|grave| grave.as_script() == script) {
        return Some("it is a well-known burn or placeholder address: nobody has a key for it");
    }
    if OPEN.iter().any(|open| open.as_script() == script) {
        return Some("its script says yes to everybody: anybody could take what is sent there");
    }
    None
}

/// The least satoshi that an output with this script may hold: below it, nodes take it for dust (Core's
/// `GetDustThreshold` at its default of 3 satoshi a virtual byte).
pub(crate) fn least(script: &Script) -> u64 {
    script.minimal_non_dust().to_sat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::script_of;
    use crate::networks::NETWORKS;

    fn script(address: &str) -> ScriptBuf {
        script_of(&NETWORKS[0].chain.parse().unwrap(), &address.parse().unwrap()).unwrap()
    }

    #[test]
    fn graves_are_known() {
        for (address, words) in [
            ("1111111111111111111114oLvT2", "nobody has a key"),
            ("1BitcoinEaterAddressDontSendf59kuE", "nobody has a key"),
            ("1CounterpartyXXXXXXXXXXXXXXXUWLpVr", "nobody has a key"),
            // The hash of no bytes at all: a famous mistake.
            ("1HT7xU2Ngenf7D4yocz2SAcnNLW7rK8d4E", "nobody has a key"),
            // The hash of the empty script, and of OP_TRUE.
            ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "anybody could take"),
            ("3MaB7QVq3k4pQx3BhsvEADgzQonLSBwMdj", "anybody could take"),
        ] {
            let text: Result<bitcoin::Address<_>, _> = address.parse::<bitcoin::Address<_>>();
            let Ok(text) = text else { panic!("{address} is miswritten") };
            let why = grave(&text.assume_checked().script_pubkey());
            assert!(why.is_some_and(|why| why.contains(words)), "{address}: {why:?}");
        }
        let yes = ScriptBuf::from(vec![0x51]).to_p2wsh();
        assert!(grave(&yes).unwrap().contains("anybody could take"));
        let off_curve = [&[0x51, 0x20][..], &[0; 31], &[5]].concat();
        assert!(grave(Script::from_bytes(&off_curve)).unwrap().contains("no point of the curve"));
        let nums = Vec::from_hex(&format!("5120{NOTHING_UP_MY_SLEEVE}")).unwrap();
        assert!(grave(Script::from_bytes(&nums)).unwrap().contains("nobody has the secret"));
        assert_eq!(GRAVES.len(), 14);
    }

    #[test]
    fn addresses_that_keys_have_are_no_graves_and_their_dust_is_cores() {
        for (address, least_of_it) in [
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 546),
            ("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", 540),
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 294),
            ("bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", 330),
            ("bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr", 330),
        ] {
            assert_eq!(grave(&script(address)), None, "{address}");
            assert_eq!(least(&script(address)), least_of_it, "{address}");
        }
    }
}
