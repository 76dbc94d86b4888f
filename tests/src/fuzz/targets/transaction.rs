//! Unsigned transactions of Ethereum-like chains.

use strongroom_evm_codec::{EvmCodec, NETWORKS, parse_slot, read_foreign};
use strongroom_protocol::{
    Account, Action, Amount, ChainId, Codec as _, DeviceBinding, Effects, Facts, HouseId, Intent, KeyOrigin,
    KeyProvenance, Slots, StationId, Timestamp, Unsigned,
};

/// The public key of the scalar 1 (SEC 2 §2.4.1, the generator).
const GENERATOR: [u8; 33] = [
    0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
    0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
];

/// An account on each supported chain, by its place in [`NETWORKS`].
pub fn account(network: u8) -> Option<Account> {
    let chain: ChainId = NETWORKS.get(usize::from(network))?.chain.parse().ok()?;
    Some(Account {
        house: HouseId::of(b"house"),
        address: EvmCodec.address_of(&chain, &GENERATOR).ok()?,
        chain,
        label: "treasury".parse().ok()?,
        key: KeyOrigin {
            fingerprint: [1, 2, 3, 4],
            path: "m/44'/60'/0'/0/0".to_owned(),
            public_key: GENERATOR.to_vec(),
        },
        device: DeviceBinding::Software { key: "treasury".parse().ok()? },
        provenance: KeyProvenance::OnHost,
        station: StationId::of(b"station"),
        enrolled_at: Timestamp::from_unix(1_700_000_000),
        descriptor: None,
    })
}

/// The first byte chooses the chain of the account, the rest is the transaction. What is taken does one thing, and building
/// that thing with the facts that were read gives the same bytes.
pub(super) fn unsigned(bytes: &[u8]) -> bool {
    let Some((network, bytes)) = bytes.split_first() else { return false };
    let Some(account) = account(*network) else { return false };
    let unsigned = Unsigned(bytes.to_vec());
    let Ok(tx) = EvmCodec.decode(&account, &unsigned) else {
        assert!(read_foreign(&account, &unsigned).is_err(), "refused, and yet read");
        return false;
    };
    let effects = tx.effects();
    let Ok(Facts::Evm(facts)) = read_foreign(&account, &unsigned) else { panic!("taken, and yet not read") };
    let Slots::Exclusive(slots) = &effects.slots else { panic!("it has no slot") };
    assert_eq!(slots.len(), 1);
    let slot = parse_slot(&slots[0]).unwrap();
    assert_eq!((&slot.chain, &slot.sender, slot.nonce), (&account.chain, &account.address, facts.nonce));
    assert_eq!(facts.fee_cap(), Some(effects.fee_cap));
    assert_eq!(EvmCodec.native_asset(&account.chain), Ok(effects.fee_asset.clone()));
    assert_eq!(tx.tasks().len(), 1);
    assert_eq!(
        tx.tasks()[0].digest,
        alloy_primitives::keccak256(bytes).0,
        "another digest is signed than the bytes'"
    );
    let intent = Intent {
        account: account.id(),
        actions: vec![action(effects)],
        max_fee: Amount::MAX,
        not_after: Timestamp::from_unix(1_800_000_000),
        reference: "fuzz".parse().unwrap(),
        reason: None,
    };
    let built = EvmCodec.build(&account, &intent, &Facts::Evm(facts)).expect("what was read can be built");
    assert_eq!(built, unsigned, "one deed has two spellings");
    // The bytes say which chain they are for: on no other are they anything.
    for other in (0u8..).map_while(self::account).filter(|other| other.chain != account.chain) {
        assert!(EvmCodec.decode(&other, &unsigned).is_err(), "it counts on {} too", other.chain);
    }
    true
}

/// The one action that has these effects.
pub(super) fn action(effects: &Effects) -> Action {
    match (effects.moves.as_slice(), effects.grants.as_slice()) {
        ([moved], []) if moved.amount.is_zero() => {
            assert_eq!(moved.from, moved.to, "nothing is paid, to a stranger");
            let Slots::Exclusive(slots) = &effects.slots else { panic!("it has no slot") };
            Action::Void { slot: slots[0].clone() }
        }
        ([moved], []) => {
            assert_ne!(moved.from, moved.to);
            Action::Pay { asset: moved.asset.clone(), to: moved.to.clone(), amount: moved.amount }
        }
        ([], [grant]) => {
            assert!(grant.amount.is_zero(), "somebody may take tokens");
            Action::Revoke { asset: grant.asset.clone(), spender: grant.spender.clone() }
        }
        other => panic!("it does something else than one thing: {other:?}"),
    }
}
