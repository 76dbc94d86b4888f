//! What the vault's self-test asks of this room: work on published secrets, whose answers other programs gave.
//!
//! The inputs are fixed here. Nothing that the outside hands in is signed or opened.

use strongroom_protocol::Signature;
use strongroom_protocol::sshsig::Namespace;

use crate::extended_key::ExtendedPrivateKey;
use crate::key_file;
use crate::mnemonic::Mnemonic;
use crate::secret::{Passphrase, Secret};
use crate::software_signer;
use crate::station::StationKey;

/// The words that every wallet's test vectors begin with (BIP-39, entropy of zeros). They own nothing.
const WORDS: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
/// Where Ethereum's first key lies (BIP-44, SLIP-44 coin type 60).
const PATH: &str = "m/44'/60'/0'/0/0";
/// The signing hash of the EIP-1559 transaction that the self-test builds; `eth-account` gives the same.
const DIGEST: [u8; 32] = [
    0xe7, 0xc2, 0xb2, 0x0a, 0xb7, 0x64, 0x69, 0x40, 0x5e, 0x0c, 0x80, 0xe2, 0x33, 0x75, 0x6d, 0x86, 0x86,
    0x24, 0x28, 0x0e, 0xb6, 0x03, 0xb0, 0x82, 0xcf, 0x66, 0xb2, 0x88, 0xf0, 0xe7, 0xff, 0x3a,
];
/// The private key of RFC 8032 §7.1, TEST 1.
const SEED: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
    0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];
/// What that key signs, as a reply.
pub const STATION_MESSAGE: &[u8] = b"strongroom known answer\n";
/// A file that `age` 1.1.1 made, with its own work factor of 18.
const AGE_FILE: &[u8] = include_bytes!("known_answer.age");

/// A software key's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftwareAnswer {
    /// The public key, SEC 1 compressed.
    pub public_key: [u8; 33],
    /// What was signed: the signing hash of the self-test's own transaction.
    pub digest: [u8; 32],
    /// The signature, `r ‖ s`.
    pub signature: Signature,
}

/// Words to seed to key to signature, by the code that the software signer uses (BIP-39, BIP-32, RFC 6979).
///
/// `None` if a step refuses.
pub fn software() -> Option<SoftwareAnswer> {
    let mnemonic = Mnemonic::parse(&Passphrase::take(WORDS.to_owned()).ok()?).ok()?;
    let master = ExtendedPrivateKey::from_seed(&mnemonic.seed(None)).ok()?;
    let key = master.private_key(&PATH.parse().ok()?).ok()?;
    let signature = software_signer::ecdsa(&key, &DIGEST).ok()?;
    Some(SoftwareAnswer { public_key: key.public_key(), digest: DIGEST, signature })
}

/// The public key of RFC 8032 §7.1, TEST 1, and its SSHSIG over [`STATION_MESSAGE`] as a reply.
///
/// `None` if a step refuses.
pub fn station() -> Option<(ssh_key::PublicKey, ssh_key::SshSig)> {
    let key = StationKey::from_seed(&Secret::take(&mut { SEED }).ok()?).ok()?;
    Some((key.public_key(), key.sign(Namespace::Reply, STATION_MESSAGE).ok()?))
}

/// What is inside a file that `age` made. Takes a second.
///
/// `None` if it does not open.
pub fn age_file() -> Option<String> {
    let passphrase = Passphrase::take("strongroom known answer".to_owned()).ok()?;
    key_file::open(AGE_FILE, &passphrase).ok().map(|text| text.expose().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ssh-keygen -Y sign -n strongroom-reply` of OpenSSH 9.2 with the same key over the same message.
    const SSH_KEYGEN: &str = "-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg11qYAYKxCrfVS/7TyWQHOg7hcv
PapiMlrwIaaPcHURoAAAAQc3Ryb25ncm9vbS1yZXBseQAAAAAAAAAGc2hhNTEyAAAAUwAA
AAtzc2gtZWQyNTUxOQAAAEB/Zz+w46Iug1YB14BjdqI0QzDoTcN3ZoZMyNozMdDUamDZIy
FRlF21r/uNN1QPO2FGGtJbbOrpjU5zpmOmZ28O
-----END SSH SIGNATURE-----
";

    #[test]
    fn the_signature_is_the_one_that_eth_account_makes() {
        let answer = software().unwrap();
        let hex = base16ct::lower::encode_string(&answer.signature.0);
        assert_eq!(
            hex,
            "02e0b7a383c511f7005cafad7492f7ffb00ec1186bebc9382ca58805aa0a6a9d\
             74e43d8d8daafc2f9c8eef503f4c9ddf9290c68dc064c8a8230a6200f1c47fd6"
        );
    }

    #[test]
    fn the_file_that_age_made_opens() {
        assert_eq!(age_file().unwrap(), "This is what the known answer decrypts to.\n");
    }

    #[test]
    fn the_station_signs_what_ssh_keygen_signs() {
        let (key, signature) = station().unwrap();
        assert_eq!(
            key.to_openssh().unwrap(),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
        );
        assert_eq!(signature.to_pem(ssh_key::LineEnding::LF).unwrap(), SSH_KEYGEN);
    }
}
