//! The driver against the software device, which was written from the same recordings by other hands.

use alloy_primitives::{Address, U256, hex, keccak256};
use alloy_rlp::{Encodable, Header};
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use strongroom_protocol::Account;
use strongroom_signing::{Device, SignerError};
use strongroom_virtual::{App, Decision, Fault, Script, Setup, Socket, TrainingSeed, VirtualBus};
use strongroom_wire::Bus;

use super::recordings::{PATH, Signing, account, describe, signing, signings};
use super::screens::{flat, preview};
use crate::Ledger;
use crate::device::LedgerDevice;
use crate::error::LedgerError;
use crate::framing::{Channel, frames};

/// Chain ids around every edge: of one byte in v, of the last chain id that fits it, of 32 bits.
const CHAINS: [u64; 9] = [1, 56, 109, 110, 137, 8453, 42161, 4_294_967_295, 7_777_777_777];

const PAYEE: [u8; 20] = hex!("5a321744667052affa8386ed49e00ef223cbffc3");

fn plugged(owner: Script, blind_signing: bool) -> (VirtualBus, Socket) {
    let seed = TrainingSeed::emulator().unwrap();
    let device =
        strongroom_virtual::Ledger::new(Setup { blind_signing, ..Setup::new(seed) }, Box::new(owner));
    let bus = VirtualBus::new();
    let socket = bus.add(device);
    (bus, socket)
}

fn opened(bus: &VirtualBus) -> LedgerDevice {
    let mut bus = bus.clone();
    let found = bus.list().unwrap().remove(0);
    assert!(Ledger::is(&found));
    LedgerDevice::open(&mut bus, &found).unwrap()
}

fn list(fields: &[&dyn Encodable]) -> Vec<u8> {
    let mut payload = Vec::new();
    for field in fields {
        field.encode(&mut payload);
    }
    let mut whole = Vec::new();
    Header { list: true, payload_length: payload.len() }.encode(&mut whole);
    whole.extend(payload);
    whole
}

/// 0.1 of the chain's coin; the nonce makes each a transaction of its own.
fn transactions(chain: u64, nonce: u64) -> [Vec<u8>; 3] {
    let value = U256::from(100_000_000_000_000_000u64);
    let (price, limit, nothing) = (20_000_000_000u64, 100_000u64, [0u8; 0].as_slice());
    let payee = PAYEE.as_slice();
    let no_list = Vec::<u64>::new();
    let legacy = list(&[&nonce, &price, &limit, &payee, &value, &nothing, &chain, &nothing, &nothing]);
    let first = list(&[&chain, &nonce, &price, &limit, &payee, &value, &nothing, &no_list]);
    let second = list(&[&chain, &nonce, &1u64, &price, &limit, &payee, &value, &nothing, &no_list]);
    [legacy, [vec![1], first].concat(), [vec![2], second].concat()]
}

fn sign(device: &mut LedgerDevice, account: &Account, unsigned: &[u8]) -> Result<[u8; 64], LedgerError> {
    device.signature(account, unsigned, &keccak256(unsigned).0)
}

/// Whose signature it may be, by either parity: recovered anew, whatever the driver has checked.
fn signers(unsigned: &[u8], signature: &[u8; 64]) -> Vec<String> {
    let (signature, digest) = (Signature::from_slice(signature).unwrap(), keccak256(unsigned));
    let of = |odd| {
        let id = RecoveryId::new(odd, false);
        let key = VerifyingKey::recover_from_prehash(digest.as_slice(), &signature, id).ok()?;
        Some(Address::from_raw_public_key(&key.to_encoded_point(false).as_bytes()[1..]).to_checksum(None))
    };
    [false, true].into_iter().filter_map(of).collect()
}

#[test]
fn every_type_is_signed_for_every_chain_id_with_as_few_reports_as_there_can_be() {
    let (bus, socket) = plugged(Script::always(Decision::Approve), false);
    let mut device = opened(&bus);
    for chain in CHAINS {
        let account = account(chain);
        assert_eq!(device.key_at(&account.chain, PATH).unwrap(), account.key.public_key);
        // Eight of each: both parities come up.
        for unsigned in (0..8).flat_map(|nonce| transactions(chain, nonce)) {
            let before = bus.reports(socket);
            bus.device(socket, strongroom_virtual::Ledger::screens_seen);
            let signed = sign(&mut device, &account, &unsigned);
            let signed = signed.unwrap_or_else(|error| panic!("chain {chain}: {error}"));
            assert!(signers(&unsigned, &signed).contains(&account.address.to_string()), "chain {chain}");
            let there = frames(Channel::HOST, &vec![0; 5 + 21 + unsigned.len()]).unwrap().len();
            let crossed = usize::try_from(bus.reports(socket) - before).unwrap();
            assert_eq!(crossed, there + 2, "chain {chain}");
        }
    }
}

#[test]
fn reports_of_a_signature_are_as_many_as_recorded() {
    for signing in signings() {
        let odd = ["40-byte chunks", "vboundary", "no token info", "rejected", "same without", "unknown"];
        if odd.iter().any(|odd| signing.op().contains(odd)) {
            continue;
        }
        let (bus, socket) = plugged(Script::always(Decision::Approve), true);
        let mut device = opened(&bus);
        let account = account(signing.chain_id());
        device.key_at(&account.chain, PATH).unwrap();
        let before = bus.reports(socket);
        let signed = sign(&mut device, &account, &signing.unsigned);
        // A token without its descriptor: as many reports, another screen.
        assert_eq!(signed.unwrap()[..], signing.last().bytes("rsp")[1..65], "{}", signing.op());
        let count = |field| -> usize {
            signing.rows.iter().map(|row| frames(Channel::HOST, &row.bytes(field)).unwrap().len()).sum()
        };
        assert_eq!(bus.reports(socket) - before, (count("cmd") + count("rsp")) as u64, "{}", signing.op());
    }
}

#[test]
fn what_is_foretold_is_what_the_owner_sees() {
    for chain in CHAINS {
        for unsigned in transactions(chain, 7) {
            let (bus, socket) = plugged(Script::always(Decision::Approve), false);
            sign(&mut opened(&bus), &account(chain), &unsigned).unwrap();
            let seen = bus.device(socket, strongroom_virtual::Ledger::screens_seen).unwrap();
            let seen: Vec<_> =
                seen.iter().map(|screen| screen.split(" => ").next().unwrap().replace(" / ", "")).collect();
            let signing = Signing { rows: Vec::new(), unsigned };
            assert_eq!(flat(&preview(&signing, None)), seen, "chain {chain}");
        }
    }
}

#[test]
fn no_lie_becomes_a_signature() {
    let [.., unsigned] = transactions(1, 7);
    for (name, fault) in Fault::ALL {
        let (bus, socket) = plugged(Script::always(Decision::Approve), false);
        let mut device = opened(&bus);
        device.key_at(&account(1).chain, PATH).unwrap();
        bus.device(socket, |device| device.corrupt(Some(fault)));
        let refused = sign(&mut device, &account(1), &unsigned).expect_err(name);
        let refused = SignerError::from(refused);
        let expected = matches!(refused, SignerError::Untrusted(_))
            // The missing second report is waited for, as silence is.
            || (matches!(fault, Fault::Silence | Fault::SequenceGap) && matches!(refused, SignerError::NotReady(_)));
        assert!(expected, "{name}: {refused}");
        // And from the first question on.
        let (bus, socket) = plugged(Script::always(Decision::Approve), false);
        bus.device(socket, |device| device.corrupt(Some(fault)));
        assert!(sign(&mut opened(&bus), &account(1), &unsigned).is_err(), "{name}");
    }
}

#[test]
fn pulling_the_cable_at_each_report_leaves_nothing_and_the_next_time_works() {
    let usdc = signing("ERC-20 USDC transfer EIP-1559 after token info");
    for after in 0.. {
        let (bus, socket) = plugged(Script::always(Decision::Approve), false);
        let mut device = opened(&bus);
        describe(&mut device);
        bus.unplug_after(socket, after);
        let made = sign(&mut device, &account(1), &usdc.unsigned);
        if made.is_ok() {
            assert!(after > 10, "only {after} reports crossed");
            return;
        }
        assert!(matches!(SignerError::from(made.unwrap_err()), SignerError::Unplugged), "after {after}");
        bus.plug_in(socket);
        let mut device = opened(&bus);
        describe(&mut device);
        let made = sign(&mut device, &account(1), &usdc.unsigned).unwrap();
        assert_eq!(made[..], usdc.last().bytes("rsp")[1..65]);
    }
}

#[test]
fn lock_apps_and_owners_are_told_apart() {
    let [.., unsigned] = transactions(1, 7);
    let after = |act: fn(&mut strongroom_virtual::Ledger)| {
        let (bus, socket) = plugged(Script::always(Decision::Reject), false);
        let mut device = opened(&bus);
        let chain = account(1).chain;
        device.key_at(&chain, PATH).unwrap();
        bus.device(socket, act);
        let signed = sign(&mut device, &account(1), &unsigned);
        device.explained(signed).unwrap_err()
    };
    assert!(matches!(after(|_| {}), SignerError::Rejected));
    assert!(matches!(after(strongroom_virtual::Ledger::lock), SignerError::Locked));
    let wrong = after(|device| device.open(App::Dashboard));
    assert!(matches!(&wrong, SignerError::WrongApp { open, .. } if open == "BOLOS"), "{wrong}");
    let bitcoin = |device: &mut strongroom_virtual::Ledger| {
        device.open(App::Other { name: "Bitcoin".to_owned(), version: "2.4.6".to_owned(), class: 0xe1 });
    };
    let wrong = after(bitcoin);
    assert!(matches!(&wrong, SignerError::WrongApp { open, .. } if open == "Bitcoin"), "{wrong}");
}

#[test]
fn two_alike_are_told_apart_by_their_keys() {
    let (bus, _) = plugged(Script::always(Decision::Approve), false);
    let seed = TrainingSeed::new(strongroom_virtual::seed::PUBLISHED[1], "").unwrap();
    bus.add(strongroom_virtual::Ledger::new(Setup::new(seed), Box::new(Script::always(Decision::Approve))));
    let mut bus = bus;
    let keys: Vec<_> = bus
        .list()
        .unwrap()
        .iter()
        .map(|found| {
            LedgerDevice::open(&mut bus.clone(), found).unwrap().key_at(&account(1).chain, PATH).unwrap()
        })
        .collect();
    assert_eq!(keys[0], account(1).key.public_key);
    assert_ne!(keys[1], keys[0]);
}

#[test]
fn an_owner_who_takes_time_is_waited_for() {
    let [.., unsigned] = transactions(1, 7);
    let slow = Script::new([Decision::Leave], Decision::Approve);
    let (bus, _) = plugged(slow, false);
    sign(&mut opened(&bus), &account(1), &unsigned).unwrap();
}
