//! Documents: one encoding each, nothing shorter, nothing longer, no bit that does not count.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test says what is wrong by failing"
)]

mod common;

use std::fmt::Debug;

use common::samples::{
    account, account_with_descriptor, at, bitcoin, empty_reply, intent, pack, pay, plan, reply, request,
    seal, small_plan, small_request,
};
use common::signer::Key;
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::{
    Account, AccountId, Amount, Bundle, Document, DocumentError, KeyOrigin, Plan, PlanId, Reply, Request,
    RequestId, Sealed, SignatureError, Timestamp, canonical,
};

/// Round trip, truncation at every byte, bytes to spare, and every bit flipped: it is refused or another value.
fn attack<T: Document + PartialEq + Debug>(value: &T) {
    let bytes = canonical::encode(value);
    assert_eq!(canonical::decode::<T>(&bytes).as_ref(), Ok(value));
    assert_eq!(canonical::schema(&bytes), Some(T::SCHEMA));
    assert_eq!(Bundle::read::<T>(&Bundle::write(value)).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(canonical::decode::<T>(&bytes[..end]).is_err(), "{} cut at {end} passed", T::SCHEMA);
    }
    let longer = [bytes.as_slice(), &[0xf6]].concat();
    assert!(matches!(canonical::decode::<T>(&longer), Err(DocumentError::Trailing { count: 1, .. })));
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = canonical::decode::<T>(&altered) {
            assert_ne!(other, *value, "bit {bit} of {} does not count", T::SCHEMA);
            assert_eq!(canonical::encode(&other), altered, "bit {bit} of {} has two writings", T::SCHEMA);
        }
    }
}

#[test]
fn accounts_have_one_encoding() {
    attack(&account(1));
    attack(&seal(&account(1), &Key::ed25519(1)));
    attack(&account_with_descriptor());
    assert_ne!(account_with_descriptor().id(), account(3).id());
}

#[test]
fn plans_have_one_encoding() {
    attack(&small_plan());
    attack(&seal(&small_plan(), &Key::p256(1)));
    let large = plan();
    assert_eq!(canonical::decode::<Plan>(&canonical::encode(&large)).unwrap(), large);
}

#[test]
fn requests_have_one_encoding() {
    attack(&small_request());
    let mut coins = small_request();
    coins.items[0].rungs = vec![bitcoin()];
    attack(&coins);
    let large = request();
    assert_eq!(canonical::decode::<Request>(&canonical::encode(&large)).unwrap(), large);
}

#[test]
fn replies_have_one_encoding() {
    attack(&reply());
    attack(&empty_reply());
    attack(&seal(&empty_reply(), &Key::ed25519(2)));
}

#[test]
fn packs_have_one_encoding() {
    let small =
        strongroom_protocol::bundle::Pack { request: vec![1, 2, 3], approvals: vec!["text\n".to_owned()] };
    attack(&small);
    let large = pack();
    assert_eq!(Bundle::read(&Bundle::write(&large)), Ok(large));
}

#[test]
fn ids_are_the_hash_of_the_exact_bytes_and_kinds_never_meet() {
    assert_eq!(plan().id(), PlanId::of(&canonical::encode(&plan())));
    assert_eq!(request().id(), RequestId::of(&canonical::encode(&request())));
    assert_eq!(account(1).id(), AccountId::of(&canonical::encode(&account(1))));
    let bytes = canonical::encode(&plan());
    assert!(matches!(canonical::decode::<Request>(&bytes), Err(DocumentError::OtherSchema { .. })));
    assert!(matches!(canonical::decode::<Account>(&bytes), Err(DocumentError::OtherSchema { .. })));
    assert!(matches!(canonical::decode::<Sealed<Plan>>(&bytes), Err(DocumentError::OtherSchema { .. })));
    let sealed = canonical::encode(&seal(&plan(), &Key::ed25519(1)));
    assert!(matches!(canonical::decode::<Plan>(&sealed), Err(DocumentError::OtherSchema { .. })));
}

#[test]
fn each_field_of_a_plan_is_in_its_id() {
    let plan = plan();
    let mut others = vec![plan.clone(); 9];
    others[0].house = strongroom_protocol::HouseId::of(b"another");
    others[1].policy = strongroom_protocol::PolicyId::of(b"another");
    others[2].prepared_by = "bob".parse().unwrap();
    others[3].prepared_at = at(1);
    others[4].mandate = None;
    others[5].intents.swap(0, 1);
    others[6].intents[0].max_fee = Amount::from(1u64);
    others[7].intents[0].actions[0] = pay(Amount::from(1u64));
    others[8].intents.pop();
    for (number, other) in others.iter().enumerate() {
        assert_ne!(other.id(), plan.id(), "alteration {number} kept the id");
    }
}

/// Every bit of a sealed document flipped, in every place: it is no longer that document, or its signature fails.
fn no_bit_is_free<T: Sealable + PartialEq + Debug>(value: &T, key: &Key) {
    let sealed = seal(value, key);
    sealed.verify(&key.public()).unwrap();
    assert_eq!(sealed.value(), value);
    let bytes = canonical::encode(&sealed);
    let mut held = 0;
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(other) = canonical::decode::<Sealed<T>>(&altered) {
            assert!(other.verify(&key.public()).is_err(), "bit {bit} of {} is free", T::SEALED);
            held += 1;
        }
    }
    assert!(held > 100, "hardly any alteration came as far as the signature: {held}");
}

#[test]
fn every_flipped_bit_of_a_sealed_document_is_refused() {
    no_bit_is_free(&small_plan(), &Key::ed25519(1));
    no_bit_is_free(&small_plan(), &Key::sk_ed25519(1));
    no_bit_is_free(&account(1), &Key::ed25519(1));
    no_bit_is_free(&empty_reply(), &Key::ed25519(1));
}

#[test]
fn a_seal_is_by_one_key_for_one_kind_of_document() {
    let sealed = seal(&small_plan(), &Key::p256(1));
    sealed.verify(&Key::p256(1).public()).unwrap();
    assert!(matches!(sealed.verify(&Key::p256(2).public()), Err(SignatureError::OtherKey { .. })));
    assert!(matches!(sealed.verify(&Key::ed25519(1).public()), Err(SignatureError::OtherKey { .. })));

    let bytes = canonical::encode(&small_plan());
    let foreign = Sealed::<Plan>::new(bytes.clone(), Key::p256(1).sign("strongroom-reply", &bytes)).unwrap();
    assert!(matches!(foreign.verify(&Key::p256(1).public()), Err(SignatureError::OtherNamespace { .. })));

    let transplanted = Sealed::<Plan>::new(canonical::encode(&plan()), sealed.signature().clone()).unwrap();
    assert_eq!(transplanted.verify(&Key::p256(1).public()), Err(SignatureError::Wrong));
}

#[test]
fn a_seal_around_anything_but_the_canonical_document_is_refused() {
    let key = Key::ed25519(1);
    let good = canonical::encode(&small_plan());
    let trailing = [good.as_slice(), &[0]].concat();
    for bytes in [trailing, good[..good.len() - 1].to_vec(), canonical::encode(&account(1)), Vec::new()] {
        let signature = key.sign("strongroom-plan", &bytes);
        assert!(Sealed::<Plan>::new(bytes.clone(), signature.clone()).is_err());
        // The same, as it would arrive.
        let mut encoder = minicbor::Encoder::new(Vec::new());
        encoder.array(2).unwrap().str(Plan::SEALED).unwrap().array(2).unwrap();
        encoder.bytes(&bytes).unwrap().bytes(signature.blob()).unwrap();
        assert!(canonical::decode::<Sealed<Plan>>(&encoder.into_writer()).is_err());
    }
}

#[test]
fn documents_that_claim_to_be_endless_are_refused_without_taking_memory() {
    let claims: [&[u8]; 6] = [
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0x9a, 0xff, 0xff, 0xff, 0xff],
        &[0xa6, 0x04, 0x9b, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff],
    ];
    for claim in claims {
        let mut bytes = minicbor::to_vec((Plan::SCHEMA,)).unwrap();
        bytes[0] = 0x82;
        bytes.extend_from_slice(claim);
        assert!(canonical::decode::<Plan>(&bytes).is_err(), "{claim:x?}");
    }
}

#[test]
fn documents_nested_without_end_are_refused_without_taking_the_stack() {
    for (opening, length) in [(0x81u8, 1 << 20), (0xa1, 1 << 20), (0xc1, 1 << 20), (0x9f, 1 << 20)] {
        // In the place of the body, and in the place of a field that nobody knows.
        for before in [&[][..], &[0xa1, 0x09]] {
            let mut bytes = minicbor::to_vec((Reply::SCHEMA,)).unwrap();
            bytes[0] = 0x82;
            bytes.extend_from_slice(before);
            bytes.resize(bytes.len() + length, opening);
            assert!(canonical::decode::<Reply>(&bytes).is_err());
        }
    }
}

#[test]
fn the_first_differing_byte_is_named() {
    let mut bytes = canonical::encode(&small_plan());
    // The time of preparation: field 3, one 32-bit integer; written in 64 bits it is not canonical.
    let at = bytes.windows(3).position(|window| window == [0x03, 0x1a, 0x6b]).unwrap();
    bytes.splice(at + 1..at + 2, [0x1b, 0, 0, 0, 0]);
    assert_eq!(
        canonical::decode::<Plan>(&bytes),
        Err(DocumentError::NotCanonical { schema: Plan::SCHEMA, position: at + 1 })
    );
}

#[test]
fn a_time_after_the_year_9999_is_refused() {
    let last: Timestamp = "9999-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(minicbor::decode::<Timestamp>(&minicbor::to_vec(last).unwrap()).unwrap(), last);
    for seconds in [last.unix() + 1, u64::MAX] {
        let refusal = minicbor::decode::<Timestamp>(&minicbor::to_vec(seconds).unwrap());
        assert!(refusal.is_err(), "{seconds} would print as the end of the year 9999");
    }
}

#[test]
fn a_derivation_path_is_nothing_but_steps() {
    let with = |path: &str| {
        let mut account = account(1);
        account.key = KeyOrigin { path: path.to_owned(), ..account.key };
        canonical::decode::<Account>(&canonical::encode(&account))
    };
    for good in ["m", "m/0", "m/44'/60'/0'/0/0", "m/84h/0h/0h", "m/2147483647'"] {
        assert_eq!(with(good).unwrap().key.path, good);
    }
    for bad in [
        "",
        "/",
        "m/",
        "m//0",
        "M/0",
        "44'/60'",
        "m/44'/",
        "m/'",
        "m/4'4",
        "m/0''",
        "m/-1",
        "m/0 ",
        " m/0",
        "m/0\n",
        "m/\u{1b}[2J",
        "m/\u{202e}0",
        "m/\u{661}",
        &format!("m{}", "/0".repeat(64)),
    ] {
        assert!(
            matches!(with(bad), Err(DocumentError::Malformed { schema: Account::SCHEMA, .. })),
            "{bad:?} passed"
        );
    }
}

#[test]
fn a_plan_larger_than_plans_are_is_refused_unread() {
    let bytes = vec![0; Plan::LIMIT + 1];
    assert_eq!(
        canonical::decode::<Plan>(&bytes),
        Err(DocumentError::TooLarge { schema: Plan::SCHEMA, found: Plan::LIMIT + 1, limit: Plan::LIMIT })
    );
}

#[test]
fn ten_thousand_intents_come_back() {
    let account = account(1).id();
    let intents = (0..10_000u64).map(|units| intent(account, vec![pay(Amount::from(units))])).collect();
    let large = Plan { intents, ..plan() };
    let sealed = seal(&large, &Key::ed25519(1));
    let back: Sealed<Plan> = canonical::decode(&canonical::encode(&sealed)).unwrap();
    assert_eq!(back.value(), &large);
    back.verify(&Key::ed25519(1).public()).unwrap();
}
