//! The self-test: questions whose answers other programs gave. Nothing else is done while one comes out differently.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use strongroom_evm_codec::{EvmCodec, transaction_hash};
use strongroom_keys::known_answer::{self, SoftwareAnswer};
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, AccountId, Action, Amount, Codec, DeviceBinding, EvmFacts, EvmFees, Facts, HouseId, Intent,
    KeyOrigin, KeyProvenance, PublicKey, RawTx, SshSignature, StationId, Timestamp, Tx, canonical,
};

use crate::error::VaultError;

/// A question, what asks it, and its answer.
struct Question {
    name: &'static str,
    ask: fn(&Work) -> Option<String>,
    answer: &'static str,
}

/// What the keys' room did with its published secrets, once for all questions.
struct Work {
    software: Option<SoftwareAnswer>,
    station: Option<(PublicKey, SshSignature)>,
}

impl Work {
    fn done() -> Self {
        let station = known_answer::station().and_then(|(key, signature)| {
            Some((PublicKey::new(key).ok()?, SshSignature::from_ssh(&signature).ok()?))
        });
        Self { software: known_answer::software(), station }
    }
}

/// Asked at every start, in this order.
const QUESTIONS: &[Question] = &[
    Question {
        // FIPS 180-4, example "abc".
        name: "sha-256",
        ask: sha_256,
        answer: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    },
    Question {
        // Keccak-256 of nothing: Ethereum's empty code hash, Yellow Paper §4.1.
        name: "keccak-256",
        ask: keccak_256,
        answer: "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    },
    Question {
        // BIP-39 entropy of zeros, m/44'/60'/0'/0/0: what every wallet gives.
        name: "bip-39-bip-32-address",
        ask: address,
        answer: "0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
    },
    Question {
        // `eth-account` 0.13, Account.sign_transaction.
        name: "rfc-6979-signature",
        ask: signature,
        answer: "02e0b7a383c511f7005cafad7492f7ffb00ec1186bebc9382ca58805aa0a6a9d\
                 74e43d8d8daafc2f9c8eef503f4c9ddf9290c68dc064c8a8230a6200f1c47fd6",
    },
    Question {
        // The same; assembling verifies the signature by libsecp256k1, which did not make it.
        name: "eip-1559-transaction",
        ask: transaction,
        answer: "02f87301078459682f008506fc23ac00825208945aaeb6053f3e94c9b9a09f33669435e7ef1beaed88ad78ebc5ac62000080c0\
                 80a002e0b7a383c511f7005cafad7492f7ffb00ec1186bebc9382ca58805aa0a6a9d\
                 a074e43d8d8daafc2f9c8eef503f4c9ddf9290c68dc064c8a8230a6200f1c47fd6",
    },
    Question {
        name: "eip-1559-effects",
        ask: effects,
        answer: "12500000000000000000 of eip155:1/slip44:60 to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed, \
                 fee at most 630000000000000",
    },
    Question {
        name: "another-signature-refused",
        ask: another_signature,
        answer: "the signature does not verify against the account's key",
    },
    Question {
        // `ssh-keygen -Y sign -n strongroom-reply` of OpenSSH 9.2, key of RFC 8032 §7.1 TEST 1.
        name: "ed25519-sshsig",
        ask: station_signature,
        answer: "-----BEGIN SSH SIGNATURE-----\n\
                 U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg11qYAYKxCrfVS/7TyWQHOg7hcv\n\
                 PapiMlrwIaaPcHURoAAAAQc3Ryb25ncm9vbS1yZXBseQAAAAAAAAAGc2hhNTEyAAAAUwAA\n\
                 AAtzc2gtZWQyNTUxOQAAAEB/Zz+w46Iug1YB14BjdqI0QzDoTcN3ZoZMyNozMdDUamDZIy\n\
                 FRlF21r/uNN1QPO2FGGtJbbOrpjU5zpmOmZ28O\n\
                 -----END SSH SIGNATURE-----\n",
    },
    Question {
        name: "another-message-refused",
        ask: another_message,
        answer: "the signature does not verify over this text",
    },
    Question {
        // RFC 8949 §4.2.1: the empty array with its length in two bytes where one does.
        name: "canonical-cbor",
        ask: canonical_cbor,
        answer: "the strongroom.pack.v1 is not in canonical form (RFC 8949 §4.2): it differs at byte 24",
    },
];

/// Asked by the command `selftest` alone: it takes a second.
const SLOW: &[Question] = &[Question {
    // A file that `age` 1.1.1 made.
    name: "age-scrypt",
    ask: |_| known_answer::age_file(),
    answer: "This is what the known answer decrypts to.\n",
}];

/// What the self-test must come to. Tests plant wrong answers to see that nothing else is done then.
#[derive(Clone, Debug, Default)]
pub struct KnownAnswers {
    planted: Vec<(&'static str, String)>,
}

impl KnownAnswers {
    /// Expects another answer to a question, named as `selftest` prints it.
    #[must_use]
    pub fn expecting(mut self, name: &'static str, answer: &str) -> Self {
        self.planted.push((name, answer.to_owned()));
        self
    }

    /// The names of the questions asked at every start.
    pub fn names() -> impl Iterator<Item = &'static str> {
        QUESTIONS.iter().map(|question| question.name)
    }

    /// Asks everything that is asked at every start.
    pub(crate) fn check(&self) -> Result<Vec<&'static str>, VaultError> {
        self.ask(QUESTIONS)
    }

    /// Asks what takes longer.
    pub(crate) fn check_slow(&self) -> Result<Vec<&'static str>, VaultError> {
        self.ask(SLOW)
    }

    fn ask(&self, questions: &[Question]) -> Result<Vec<&'static str>, VaultError> {
        let work = Work::done();
        let mut names = Vec::with_capacity(questions.len());
        for Question { name, ask, answer } in questions {
            let planted = self.planted.iter().find(|(planted, _)| planted == name);
            let expected = planted.map_or(*answer, |(_, answer)| answer);
            let found = ask(&work).unwrap_or_else(|| "nothing".to_owned());
            if found != expected {
                return Err(VaultError::SelfTest { name, found, expected: expected.to_owned() });
            }
            names.push(*name);
        }
        Ok(names)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[expect(clippy::unnecessary_wraps, reason = "a question may have no answer; this one always has")]
fn sha_256(_: &Work) -> Option<String> {
    Some(hex(&Sha256::digest(b"abc")))
}

#[expect(clippy::unnecessary_wraps, reason = "a question may have no answer; this one always has")]
fn keccak_256(_: &Work) -> Option<String> {
    Some(transaction_hash(&RawTx(Vec::new())).to_string())
}

fn address(work: &Work) -> Option<String> {
    let answer = work.software.as_ref()?;
    let address = EvmCodec.address_of(&"eip155:1".parse().ok()?, &answer.public_key).ok()?;
    Some(address.to_string())
}

fn signature(work: &Work) -> Option<String> {
    Some(hex(&work.software.as_ref()?.signature.0))
}

/// The transaction that other programs signed: built from an intent and facts, and read again from its bytes.
fn known_transaction(work: &Work) -> Option<Box<dyn Tx>> {
    let answer = work.software.as_ref()?;
    let chain = "eip155:1".parse().ok()?;
    let account = Account {
        house: HouseId::of(b"self-test"),
        address: EvmCodec.address_of(&chain, &answer.public_key).ok()?,
        label: "self-test".parse().ok()?,
        key: KeyOrigin {
            fingerprint: [0; 4],
            path: "m/44'/60'/0'/0/0".to_owned(),
            public_key: answer.public_key.to_vec(),
        },
        device: DeviceBinding::Software { key: "self-test".parse().ok()? },
        provenance: KeyProvenance::Imported,
        station: StationId::of(b"self-test"),
        enrolled_at: Timestamp::from_unix(0),
        descriptor: None,
        chain,
    };
    let intent = Intent {
        account: AccountId::of(b"self-test"),
        actions: vec![Action::Pay {
            asset: "eip155:1/slip44:60".parse().ok()?,
            to: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse().ok()?,
            amount: Amount::from_decimal("12.5", 18).ok()?,
        }],
        max_fee: Amount::MAX,
        not_after: Timestamp::from_unix(0),
        reference: "self-test".parse().ok()?,
        reason: None,
    };
    let fees = EvmFees::Eip1559 {
        max_fee_per_gas: Amount::from(30_000_000_000u64),
        max_priority_fee_per_gas: Amount::from(1_500_000_000u64),
    };
    let facts = Facts::Evm(EvmFacts { nonce: 7, gas_limit: 21_000, fees });
    let unsigned = EvmCodec.build(&account, &intent, &facts).ok()?;
    let tx = EvmCodec.decode(&account, &unsigned).ok()?;
    // What the software key signed is this transaction's signing hash and no other.
    tx.tasks().iter().map(|task| task.digest).eq([answer.digest]).then_some(tx)
}

fn transaction(work: &Work) -> Option<String> {
    let signature = work.software.as_ref()?.signature.clone();
    let raw = known_transaction(work)?.assemble(&[signature]).ok()?;
    Some(hex(&raw.0))
}

fn effects(work: &Work) -> Option<String> {
    let tx = known_transaction(work)?;
    let effects = tx.effects();
    let [movement] = effects.moves.as_slice() else { return None };
    let (amount, asset, to) = (movement.amount, &movement.asset, &movement.to);
    Some(format!("{amount} of {asset} to {to}, fee at most {}", effects.fee_cap))
}

fn another_signature(work: &Work) -> Option<String> {
    let mut signature = work.software.as_ref()?.signature.clone();
    let last = signature.0.last_mut()?;
    *last ^= 1;
    Some(known_transaction(work)?.assemble(&[signature]).err()?.to_string())
}

fn station_signature(work: &Work) -> Option<String> {
    let (key, signature) = work.station.as_ref()?;
    key.verify(Namespace::Reply, known_answer::STATION_MESSAGE, signature).ok()?;
    Some(signature.to_armour())
}

fn another_message(work: &Work) -> Option<String> {
    let (key, signature) = work.station.as_ref()?;
    Some(key.verify(Namespace::Reply, b"another", signature).err()?.to_string())
}

fn canonical_cbor(_: &Work) -> Option<String> {
    let pack = Pack { request: Vec::new(), approvals: Vec::new() };
    let mut bytes = canonical::encode(&pack);
    canonical::decode::<Pack>(&bytes).ok()?;
    // The empty list of approvals stands last: 80 becomes 98 00, which says the same at greater length.
    bytes.pop().filter(|last| *last == 0x80)?;
    bytes.extend([0x98, 0x00]);
    Some(canonical::decode::<Pack>(&bytes).err()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_the_known_one() {
        let asked = KnownAnswers::default().check().unwrap();
        assert_eq!(asked, KnownAnswers::names().collect::<Vec<_>>());
        KnownAnswers::default().check_slow().unwrap();
    }

    #[test]
    fn every_question_can_fail() {
        for name in KnownAnswers::names() {
            let refused = KnownAnswers::default().expecting(name, "another answer").check().unwrap_err();
            assert!(refused.to_string().contains(&format!("self-test failed at {name}:")), "{refused}");
        }
        let refused = KnownAnswers::default().expecting("age-scrypt", "x").check_slow().unwrap_err();
        assert!(refused.to_string().contains("age-scrypt"), "{refused}");
    }

    #[test]
    fn it_is_over_before_anybody_notices() {
        let start = std::time::Instant::now();
        KnownAnswers::default().check().unwrap();
        // An unoptimised build on a busy machine has room here; a release build takes a few milliseconds.
        assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
    }
}
