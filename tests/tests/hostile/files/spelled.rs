//! Documents in other spellings, under genuine seals: the plan by its preparer, the record and the reply by their station.
//!
//! A reader that does not compare what it read with the input takes most of them for the very same document: that is counted
//! here, so that the attacks are known to work where the comparison is left out.

use std::collections::BTreeMap;
use std::fmt::Debug;

use minicbor::{Decoder, Encoder};
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::canonical::{self, Document};
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Bundle, Plan, SshSignature};

use super::doors::{DeskSide, Door, Import, Record, Review, Sign, VaultSide, Watch};
use super::spelling::{Quirk, spellings};
use crate::support::house::signature;

/// Reads a document as a careless program would.
fn careless<T: Document>(bytes: &[u8]) -> Option<T> {
    let mut decoder = Decoder::new(bytes);
    decoder.array().ok()?;
    (decoder.str().ok()? == T::SCHEMA).then(|| decoder.decode().ok())?
}

/// How many spellings of each kind a careless program takes for the same document.
#[derive(Default)]
struct Taken(BTreeMap<Quirk, (usize, usize)>);

impl Taken {
    fn count<T: Document + PartialEq>(&mut self, quirk: Quirk, spelt: &[u8], value: &T) {
        let (tried, taken) = self.0.entry(quirk).or_default();
        *tried += 1;
        *taken += usize::from(careless::<T>(spelt).as_ref() == Some(value));
    }

    /// Every kind of attack was tried, and would have worked.
    fn would_have_worked(&self, kinds: &[Quirk]) {
        for kind in kinds {
            let (tried, taken) = self.0.get(kind).copied().unwrap_or_default();
            assert!(taken > 0, "{kind:?} was tried {tried} times, and a careless reader took none");
        }
    }
}

const ALL: [Quirk; 4] = [Quirk::Long, Quirk::Endless, Quirk::Disorder, Quirk::Twice];

/// A sealed document around bytes that are not written as they should be.
fn sealed<T: Sealable>(bytes: &[u8], signature: &SshSignature) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(2).unwrap().str(T::SEALED).unwrap();
    encoder.array(2).unwrap().bytes(bytes).unwrap().bytes(signature.blob()).unwrap();
    encoder.into_writer()
}

/// Lays every spelling of a document down, wrapped as it would come.
fn attack<T: Document + PartialEq + Debug>(
    door: &dyn Door,
    value: &T,
    kinds: &[Quirk],
    wrap: impl Fn(&[u8]) -> Vec<u8>,
) {
    let mut watch = Watch::on(door);
    let mut taken = Taken::default();
    for spelling in spellings(&canonical::encode(value)) {
        taken.count(spelling.quirk, &spelling.bytes, value);
        let what = format!("{:?} in {}", spelling.quirk, T::SCHEMA);
        watch.refused(&what, &wrap(&spelling.bytes), &[9]);
    }
    taken.would_have_worked(kinds);
    watch.genuine_is_taken();
}

#[test]
fn a_pack_in_other_spellings() {
    let side = VaultSide::new();
    attack(&Sign(&side), &side.pack(), &ALL, Bundle::wrap);
}

#[test]
fn a_request_in_other_spellings() {
    let side = VaultSide::new();
    let pack = side.pack();
    attack(&Review(&side), &side.asked.request, &ALL, |request| {
        Bundle::write(&Pack { request: request.to_vec(), approvals: pack.approvals.clone() })
    });
}

#[test]
fn a_plan_in_other_spellings_that_its_preparer_signed() {
    let side = VaultSide::new();
    let (request, approvals) = (&side.asked.request, side.pack().approvals);
    attack(&Review(&side), request.plan.value(), &ALL, |plan| {
        let seal = signature("alice", Namespace::Plan, plan);
        // In the place of the sealed plan stands the one with other bytes; everything else is as it was.
        let genuine = canonical::encode(&request.plan);
        let (genuine, other) = (&genuine[1 + Plan::SEALED.len() + 2..], sealed::<Plan>(plan, &seal));
        let other = &other[1 + Plan::SEALED.len() + 2..];
        let bytes = canonical::encode(request);
        let at = bytes.windows(genuine.len()).position(|window| window == genuine).unwrap();
        let request = [&bytes[..at], other, &bytes[at + genuine.len()..]].concat();
        Bundle::write(&Pack { request, approvals: approvals.clone() })
    });
}

#[test]
fn a_reply_in_other_spellings_that_its_station_signed() {
    let side = DeskSide::new();
    attack(&Import(&side), &side.reply, &ALL, |reply| {
        let seal = DeskSide::station().sign(Namespace::Reply, reply);
        Bundle::wrap(&sealed::<strongroom_protocol::Reply>(reply, &seal))
    });
}

#[test]
fn an_account_record_in_other_spellings_that_its_station_signed() {
    let side = DeskSide::new();
    let door = Record(&side);
    attack(&door, &door.account(), &ALL, |account| {
        let seal = DeskSide::station().sign(Namespace::Account, account);
        Bundle::wrap(&sealed::<strongroom_protocol::Account>(account, &seal))
    });
}
