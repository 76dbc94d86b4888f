//! The table of lies: each fact that a desk or a vault supplies, the worst that could come of it, and what stands in the way.
//!
//! Every lie is told by somebody who does the rest right: the bytes are built anew to match, the genuine preparer signs, the
//! approvers approve what they are shown. Before the lie the request is signed; after it, the rules named in the table refuse
//! and no others do, so that a judge without them would have signed.

mod told;

use std::collections::BTreeSet;

use strongroom_protocol::bundle::Pack;
use strongroom_protocol::{
    Account, Action, DeviceBinding, EvmFacts, EvmFees, Head, HouseId, Intent, Item, JournalHash, KeyOrigin,
    KeyProvenance, MandateId, Plan, PlanId, PolicyId, Reply, Request, RequestId, Rung, Sealed, Signature,
    SignedItem, Statement, StationId, Total, canonical,
};
use strongroom_tests::house::{EXCHANGE, STRANGER, SUPPLIER, facts};

use crate::bench::COIN;
use told::{Told, eip1559, legacy, lie, reply_lie, reply_without_consequence, statement_lie};

/// A row of the table.
struct Lie {
    fact: &'static str,
    worst: &'static str,
    guard: &'static str,
    test: &'static str,
}

/// The table and its tests: name, fact, worst outcome, guards, and how the lie is told.
macro_rules! lies {
    ($($test:ident: $fact:literal, $worst:literal, $guard:literal, $tell:expr;)*) => {
        const TABLE: &[Lie] =
            &[$(Lie { fact: $fact, worst: $worst, guard: $guard, test: stringify!($test) }),*];
        $(
            #[test]
            fn $test() {
                let tell: fn(&str) = $tell;
                tell($guard);
            }
        )*
    };
}

lies! {
    nonce: "EvmFacts.nonce", "an invoice that was paid is paid again, in a slot of its own", "reference",
        |guard| lie(guard, |told| {
            told.request = told.bench.house.request(&told.first, 8);
            told.know();
            told.approvals = told.bench.house.approvals(&told.first);
        });
    nonce_of_another_payment: "EvmFacts.nonce", "a payment takes the slot of another, which never lands", "slot",
        |guard| lie(guard, |told| told.rungs(&[facts(7, 30)]));
    gas_limit: "EvmFacts.gas_limit", "a thousand times the gas is bought", "fee-intent",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.intents[0].max_fee = (COIN / 200).into());
            told.approve();
            told.honest();
            told.rungs(&[eip1559(8, 200_000, 30, 1)]);
        });
    kind_of_fees: "EvmFacts.fees", "the bytes pay by other rules than the ones that are judged", "rebuild",
        |guard| lie(guard, |told| told.request.items[0].rungs[0].facts = legacy(8, 30));
    gas_price: "EvmFees::Legacy.gas_price", "a small payment costs more in fees than it moves", "fee-relative",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.intents[0].actions = told::pay(EXCHANGE, COIN / 10));
            told.approve();
            told.honest();
            told.rungs(&[legacy(8, 100)]);
        });
    ceiling: "EvmFees::Eip1559.max_fee_per_gas", "the fee takes what the payment leaves", "fee-absolute",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.intents[0].max_fee = COIN.into());
            told.approve();
            told.honest();
            told.rungs(&[eip1559(8, 60_000, 200, 1)]);
        });
    tip: "EvmFees::Eip1559.max_priority_fee_per_gas", "a block's producer is given more than anybody was told", "rebuild",
        |guard| lie(guard, |told| {
            told.rungs(&[eip1559(8, 60_000, 30, 30)]);
            told.request.items[0].rungs[0].facts = facts(8, 30);
        });

    facts_of_other_bytes: "Rung.facts", "what is judged is not what is signed", "rebuild",
        |guard| lie(guard, |told| told.request.items[0].rungs[0].facts = facts(8, 29));
    bytes_of_a_theft: "Rung.unsigned", "a signature over a payment to the thief", "rebuild, intent",
        |guard| lie(guard, |told| {
            let theft = told.bench.house.pay(SUPPLIER, 3 * COIN, "INV-2");
            told.request.items[0].rungs[0].unsigned = told.bench.house.rung(&theft, &facts(8, 30)).unsigned;
        });
    bytes_of_noise: "Rung.unsigned", "a signature over what nobody understands", "decode, rebuild",
        |guard| lie(guard, |told| told.request.items[0].rungs[0].unsigned.0.push(0));

    item_of_no_intent: "Item.intent", "something is signed that the plan does not have", "shape",
        |guard| lie(guard, |told| told.request.items[0].intent = 1);
    item_twice: "Item.intent", "one intent is carried out twice", "shape",
        |guard| lie(guard, |told| {
            let mut again = told.request.items[0].clone();
            again.rungs = vec![told.bench.house.rung(&told.plan.intents[0], &facts(9, 30))];
            told.request.items.push(again);
        });
    ladder_over_two_slots: "Item.rungs", "a ladder pays once on each of its rungs", "ladder",
        |guard| lie(guard, |told| told.rungs(&[facts(8, 30), facts(9, 40)]));
    ladder_without_end: "Item.rungs", "the signer is kept busy for ever", "shape",
        |guard| lie(guard, |told| {
            let all: Vec<_> = (30..39).map(|gwei| facts(8, gwei)).collect();
            told.rungs(&all);
        });

    plan_of_somebody_else: "Request.plan", "whoever owns the desk prepares plans in a preparer's name", "preparer",
        |guard| lie(guard, |told| {
            let bytes = canonical::encode(&told.plan);
            let signature = told.bench.house.approvers[0].sign(strongroom_protocol::sshsig::Namespace::Plan, &bytes);
            told.request.plan = Sealed::new(bytes, signature).unwrap();
        });
    plan_under_an_old_signature: "Request.plan", "a plan is changed after it was prepared", "preparer, statement",
        |guard| lie(guard, |told| {
            let signature = told.request.plan.signature().clone();
            told.prepare(|plan| plan.intents[0].actions = told::pay(EXCHANGE, 4 * COIN));
            told.request.plan = Sealed::new(canonical::encode(&told.plan), signature).unwrap();
        });
    no_items: "Request.items", "a review of nothing passes for a review", "shape",
        |guard| lie(guard, |told| told.request.items.clear());
    items_out_of_order: "Request.items", "the lines that people compare are not the lines that are signed", "shape",
        |guard| lie(guard, |told| {
            let second = told.bench.house.pay(SUPPLIER, COIN, "INV-3");
            told.prepare(|plan| plan.intents.push(second));
            told.approve();
            told.honest();
            told.request.items.reverse();
        });
    forgotten_head: "Request.vault_heads", "a vault restored from an old copy signs what it signed before", "vault-head",
        |guard| lie(guard, |told| told.request.vault_heads.clear());
    forged_head: "Request.vault_heads", "a second vault with another past is taken for this one", "vault-head",
        |guard| lie(guard, |told| {
            let head = Head { sequence: 2, hash: JournalHash::of(b"another past") };
            told.request.vault_heads.values_mut().for_each(|known| *known = head);
        });
    no_account: "Request.accounts", "a key is used without the record that says what it may do", "account",
        |guard| lie(guard, |told| told.request.accounts.clear());
    account_of_another_plan: "Request.accounts", "people are shown an account that the plan does not name", "shape",
        |guard| lie(guard, |told| told.request.accounts.push(told.bench.house.accounts[1].clone()));

    account_house: "Account.house", "an account of another house is spent from", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.house = HouseId::of(b"another")));
    account_chain: "Account.chain", "a signature for one chain is good on another", "account, asset, destination, fee-absolute, statement",
        |guard| lie(guard, |told| told.forge_elsewhere("eip155:11155111"));
    account_address: "Account.address", "the address that people compare is not the one that pays", "decode, statement",
        |guard| lie(guard, |told| {
            let honest = told.request.items.clone();
            told.forge_without_bytes(|account| account.address = SUPPLIER.parse().unwrap());
            told.request.items = honest;
        });
    account_label: "Account.label", "a cold account is shown as a petty one", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.label = "Petty cash".parse().unwrap()));
    account_key: "Account.key", "another key signs than the one that was enrolled", "decode, statement",
        |guard| lie(guard, |told| {
            let key = told.bench.house.accounts[1].key.clone();
            let honest = told.request.items.clone();
            told.forge_without_bytes(|account| account.key = key);
            told.request.items = honest;
        });
    account_device: "Account.device", "a key on a device is taken for one in the vault's own keystore", "account, statement",
        |guard| lie(guard, |told| {
            told.forge(|account| account.device = DeviceBinding::Software { key: "warm".parse().unwrap() });
        });
    account_provenance: "Account.provenance", "an imported key passes for one made on a device", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.provenance = KeyProvenance::OnDevice));
    account_station: "Account.station", "a key is asked for at a vault that is not its own", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.station = StationId::of(b"another vault")));
    account_enrolled_at: "Account.enrolled_at", "a second record of one key escapes what the first is bound by", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.enrolled_at = account.enrolled_at.plus(1)));
    account_descriptor: "Account.descriptor", "coins are locked by keys that nobody enrolled", "decode, rebuild, statement",
        |guard| lie(guard, |told| {
            let honest = told.request.items.clone();
            let descriptor = "raw(deadbeef)#89f8spxm".parse().unwrap();
            told.forge_without_bytes(|account| account.descriptor = Some(descriptor));
            told.request.items = honest;
        });
    key_fingerprint: "KeyOrigin.fingerprint", "the key is looked for in another seed", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.key.fingerprint = [9; 4]));
    key_path: "KeyOrigin.path", "the key is derived at a place that nobody backed up", "account, statement",
        |guard| lie(guard, |told| told.forge(|account| account.key.path = "m/44'/60'/0'/0/9".to_owned()));
    key_public_key: "KeyOrigin.public_key", "a signature of another key is accepted", "decode, statement",
        |guard| lie(guard, |told| {
            let key = told.bench.house.accounts[1].key.public_key.clone();
            let honest = told.request.items.clone();
            told.forge_without_bytes(|account| account.key.public_key = key);
            told.request.items = honest;
        });

    plan_house: "Plan.house", "approvals given in another house are used here", "house",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.house = HouseId::of(b"another"));
            told.approve();
        });
    plan_policy: "Plan.policy", "limits that the admins tightened still count as they were", "policy-in-force",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.policy = PolicyId::of(b"last year's"));
            told.approve();
        });
    plan_prepared_by: "Plan.prepared_by", "an approver prepares what they approve", "preparer, duties",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.prepared_by = "bob".parse().unwrap());
            told.approve();
        });
    plan_prepared_at: "Plan.prepared_at", "approvals of one plan serve for its twin, and both are paid", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.prepared_at = plan.prepared_at.plus(1)));
    plan_intents: "Plan.intents", "a payment is added after people approved", "statement",
        |guard| lie(guard, |told| {
            let more = told.bench.house.pay(EXCHANGE, COIN, "INV-9");
            told.prepare(|plan| plan.intents.push(more));
        });
    plan_mandate: "Plan.mandate", "a mandate for the day of a breach stands in for a quorum", "mandate",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.mandate = Some(MandateId::of(b"a breach")));
            told.approve();
        });

    intent_account: "Intent.account", "another account pays than the one people saw", "statement",
        |guard| lie(guard, |told| {
            let other = told.bench.house.accounts[1].id();
            told.prepare(|plan| plan.intents[0].account = other);
        });
    intent_actions: "Intent.actions", "something is done that nobody approved", "statement",
        |guard| lie(guard, |told| {
            let spender = SUPPLIER.parse().unwrap();
            let action = Action::Revoke { asset: told.bench.house.token(), spender };
            told.prepare(|plan| plan.intents[0].actions = vec![action]);
        });
    intent_two_deeds: "Intent.actions", "one line that people read does two things", "rebuild, intent",
        |guard| lie(guard, |told| {
            let honest = told.request.items.clone();
            let second = told::pay(SUPPLIER, COIN);
            told.plan.intents[0].actions.extend(second);
            told.reseal();
            told.request.items = honest;
            told.approve();
        });
    intent_max_fee: "Intent.max_fee", "the cap on fees is lifted after people approved", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.intents[0].max_fee = COIN.into()));
    intent_not_after: "Intent.not_after", "a payment that nobody wants any more is made", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| {
            plan.intents[0].not_after = plan.intents[0].not_after.plus(86_400);
        }));
    intent_ended: "Intent.not_after", "a request is kept back until it does harm", "not-after",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.intents[0].not_after = plan.prepared_at.plus(60));
            told.approve();
        });
    intent_reference: "Intent.reference", "an invoice is paid twice under two names", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.intents[0].reference = "INV-2b".parse().unwrap()));
    intent_reason: "Intent.reason", "people remember another reason than the one that is filed", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.intents[0].reason = Some("a gift".parse().unwrap())));

    pay_asset: "Action::Pay.asset", "a worthless token is paid for a dear one, or the other way round", "statement",
        |guard| lie(guard, |told| {
            let asset = told.bench.house.token();
            let (to, amount) = (EXCHANGE.parse().unwrap(), 5_000_000u64.into());
            told.prepare(|plan| plan.intents[0].actions = vec![Action::Pay { asset, to, amount }]);
        });
    pay_to: "Action::Pay.to", "another payee of the book is paid", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.intents[0].actions = told::pay(SUPPLIER, 3 * COIN)));
    pay_to_a_stranger: "Action::Pay.to", "the thief is paid", "destination, statement",
        |guard| lie(guard, |told| {
            told.prepare(|plan| plan.intents[0].actions = told::pay(STRANGER, 3 * COIN));
        });
    pay_amount: "Action::Pay.amount", "more is paid than was approved", "statement",
        |guard| lie(guard, |told| told.prepare(|plan| plan.intents[0].actions = told::pay(EXCHANGE, 4 * COIN)));
    revoke_asset: "Action::Revoke.asset", "another allowance is taken back than the dangerous one", "asset, statement",
        |guard| lie(guard, |told| {
            let token = told.bench.house.token();
            told.prepare(|plan| plan.intents[0].actions = told::revoke(&token, SUPPLIER));
            told.approve();
            told.honest();
            let other = strongroom_evm_codec::erc20_asset(&told.bench.house.chain, &STRANGER.parse().unwrap()).unwrap();
            told.prepare(|plan| plan.intents[0].actions = told::revoke(&other, SUPPLIER));
        });
    revoke_spender: "Action::Revoke.spender", "the thief keeps the allowance", "statement",
        |guard| lie(guard, |told| {
            let token = told.bench.house.token();
            told.prepare(|plan| plan.intents[0].actions = told::revoke(&token, SUPPLIER));
            told.approve();
            told.honest();
            told.prepare(|plan| plan.intents[0].actions = told::revoke(&token, EXCHANGE));
        });
    void_slot: "Action::Void.slot", "a payment that people want is killed", "statement",
        |guard| lie(guard, |told| {
            told.void(8);
            told.approve();
            told.honest();
            told.void(7);
        });

    pack_request: "Pack.request", "a request that cannot be read to the last byte is signed", "bundle",
        |guard| told::bytes_lie(guard, |bytes| bytes.push(0));
    pack_approvals: "Pack.approvals", "one person is enough", "quorum",
        |guard| lie(guard, |told| told.approvals.truncate(1));
    pack_approval_twice: "Pack.approvals", "one person counts for two", "duties, quorum",
        |guard| lie(guard, |told| {
            let bob = told.bench.house.approvers[0].name.clone();
            let mut again = told.approvals[0].clone();
            let mut statement: Statement = again.text().parse().unwrap();
            statement.signed_at = statement.signed_at.plus(1);
            assert_eq!(statement.person, bob);
            again = told.bench.house.approvers[0]
                .sign_text(strongroom_protocol::sshsig::Namespace::Statement, &statement.to_string());
            told.approvals[1] = again;
        });
    pack_rejection_left_out: "Pack.approvals", "a rejection is forgotten by leaving it out", "rejection",
        |guard| lie(guard, Told::reject_and_forget);

    statement_house: "Statement.house", "an approval given in another house", "statement",
        |guard| statement_lie(guard, "house", &"0".repeat(64));
    statement_plan: "Statement.plan", "an approval of another plan", "statement",
        |guard| statement_lie(guard, "plan", &"0".repeat(64));
    statement_person: "Statement.person", "an approval in somebody else's name", "statement",
        |guard| statement_lie(guard, "person", "carol");
    statement_role: "Statement.role", "an approval in another role", "statement",
        |guard| statement_lie(guard, "role", "preparer");
    statement_verdict: "Statement.verdict", "a rejection is turned into an approval", "statement",
        |guard| statement_lie(guard, "verdict", "reject");
    statement_policy: "Statement.policy", "an approval by older rules", "statement",
        |guard| statement_lie(guard, "policy", &"0".repeat(64));
    statement_book: "Statement.book", "an approval by an older address book", "statement",
        |guard| statement_lie(guard, "book", &"0".repeat(64));
    statement_signed_at: "Statement.signed_at", "an old approval looks new, and yesterday's limits count as today's", "statement",
        |guard| statement_lie(guard, "signed-at", "2026-06-01T00:30:00Z");
    statement_valid_until: "Statement.valid_until", "an approval that ended goes on", "statement",
        |guard| statement_lie(guard, "valid-until", "2026-06-03T00:00:00Z");
    statement_ended: "Statement.valid_until", "an approval is kept back until it does harm", "statement-expiry",
        |guard| lie(guard, |told| told.approve_until(60));
    statement_vaults: "Statement.vaults", "what an approver knows of the vault is left out, and an old copy of it signs", "statement",
        |guard| lie(guard, |told| {
            told.approve_knowing();
            told.honest();
            told.alter_first("vault", None);
        });
    statement_totals: "Statement.totals", "people approve smaller sums than are paid", "statement",
        |guard| lie(guard, |told| told.alter_first("total", Some("eip155:1/slip44:60 exchange 1 1")));
    statement_max_fees: "Statement.max_fees", "people approve smaller fees than are paid", "statement",
        |guard| lie(guard, |told| told.alter_first("max-fee", Some("eip155:1/slip44:60 1")));
    total_asset: "Total.asset", "a sum in a dear asset is shown in a cheap one", "statement",
        |guard| lie(guard, |told| told.alter_first("total", Some("eip155:137/slip44:966 exchange 1 3000000000000000000")));
    total_class: "Total.class", "a payment to a stranger is shown as one to ourselves", "statement",
        |guard| lie(guard, |told| told.alter_first("total", Some("eip155:1/slip44:60 own 1 3000000000000000000")));
    total_count: "Total.count", "one payment is shown as three smaller ones", "statement",
        |guard| lie(guard, |told| told.alter_first("total", Some("eip155:1/slip44:60 exchange 3 3000000000000000000")));
    total_amount: "Total.amount", "a sum loses a digit", "statement",
        |guard| lie(guard, |told| told.alter_first("total", Some("eip155:1/slip44:60 exchange 1 300000000000000000")));

    reply_house: "Reply.house", "a reply from a training house is taken in", "house",
        |guard| reply_lie(guard, |reply| reply.house = HouseId::of(b"another"));
    reply_station: "Reply.station", "anybody's machine answers as a vault", "station",
        |guard| reply_lie(guard, |reply| reply.station = StationId::of(b"another"));
    reply_request: "Reply.request", "signatures are put to a request that nobody here wrote", "unknown-request",
        |guard| reply_lie(guard, |reply| reply.request = RequestId::of(b"another"));
    reply_plan: "Reply.plan", "the evidence joins a payment to approvals of another plan", "plan",
        |guard| reply_lie(guard, |reply| reply.plan = PlanId::of(b"another"));
    reply_items: "Reply.items", "one signature is counted twice", "reply-order",
        |guard| reply_lie(guard, |reply| reply.items.push(reply.items[0].clone()));
    reply_since: "Reply.since", "lines that tell of other signatures are passed over", "journal-lines",
        |guard| reply_lie(guard, |reply| reply.since.hash = JournalHash::of(b"another past"));
    reply_lines: "Reply.lines", "a signature is made that no journal tells of", "journal-lines",
        |guard| reply_lie(guard, |reply| drop(reply.lines.pop()));
    reply_lines_of_a_quiet_vault: "Reply.lines", "slots are spent that nobody claimed", "unclaimed",
        |guard| reply_lie(guard, |reply| {
            reply.lines.truncate(1);
            reply.head = Head { sequence: 1, hash: JournalHash::of(&reply.lines[0]) };
        });
    reply_head: "Reply.head", "the desk remembers a head that the vault never had, and the vault never signs again", "journal-lines",
        |guard| reply_lie(guard, |reply| reply.head.hash = JournalHash::of(b"another head"));
    reply_signed_at: "Reply.signed_at", "the evidence dates a signature by a clock that nobody set", "(decides nothing)",
        |_| reply_without_consequence(|reply| reply.signed_at = reply.signed_at.plus(1_000_000));
    reply_machine: "Reply.machine", "a machine with a network calls itself cold", "machine",
        |guard| reply_lie(guard, |reply| reply.machine = strongroom_protocol::Warmth::Warm);
    signed_intent: "SignedItem.intent", "the signature of one line is put to another", "reply-item",
        |guard| reply_lie(guard, |reply| reply.items[0].intent = 1);
    signed_rungs: "SignedItem.rungs", "the signature of another transaction is sent", "reply-item",
        |guard| reply_lie(guard, |reply| reply.items[0].rungs[0][0] = Signature(vec![1; 64]));
    signed_rungs_missing: "SignedItem.rungs", "a version that could land is left out of the record", "reply-item",
        |guard| reply_lie(guard, |reply| drop(reply.items[0].rungs.pop()));
    signed_blind: "SignedItem.blind", "nobody hears that a device signed what it could not show, or is told so for nothing", "(decides nothing)",
        |_| reply_without_consequence(|reply| reply.items[0].blind = !reply.items[0].blind);
    claim_intent: "Claim.intent", "a signature is made that the vault did not claim", "reply-item",
        |guard| reply_lie(guard, |reply| told::claim(reply, |claim| claim.intent = 1));
    claim_slots: "Claim.slots", "the vault forgets which slot it spent, and spends it again", "reply-item",
        |guard| reply_lie(guard, |reply| told::claim(reply, |claim| {
            claim.slots = vec!["eip155:1:0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf/9".parse().unwrap()];
        }));
}

/// Names every field of a type. A field that is not named here does not compile, and one that is named must be in the table.
macro_rules! fields {
    ($names:ident; $($kind:ident { $($field:ident),* })*) => {$(
        #[allow(dead_code, reason = "it is only to compile")]
        {
            let all = |value: $kind| { let $kind { $($field: _),* } = value; };
            let _ = all;
        }
        $($names.insert(concat!(stringify!($kind), ".", stringify!($field)));)*
    )*};
}

/// The same for the variants of a type.
macro_rules! variants {
    ($names:ident; $($kind:ident::$variant:ident { $($field:ident),* })*) => {$(
        {
            let all = |value: $kind| { if let $kind::$variant { $($field: _),* } = value {} };
            let _ = all;
        }
        $($names.insert(concat!(stringify!($kind), "::", stringify!($variant), ".", stringify!($field)));)*
    )*};
}

#[test]
fn every_fact_is_in_the_table() {
    let mut facts = BTreeSet::new();
    fields! { facts;
        EvmFacts { nonce, gas_limit, fees }
        Rung { facts, unsigned }
        Item { intent, rungs }
        Request { plan, items, vault_heads, accounts }
        Account { house, chain, address, label, key, device, provenance, station, enrolled_at, descriptor }
        KeyOrigin { fingerprint, path, public_key }
        Plan { house, policy, prepared_by, prepared_at, intents, mandate }
        Intent { account, actions, max_fee, not_after, reference, reason }
        Pack { request, approvals }
        Statement { house, plan, person, role, verdict, policy, book, signed_at, valid_until, vaults, totals, max_fees }
        Total { asset, class, count, amount }
        Reply { house, station, request, plan, items, since, lines, head, signed_at, machine }
        SignedItem { intent, rungs, blind }
    }
    variants! { facts;
        EvmFees::Legacy { gas_price }
        EvmFees::Eip1559 { max_fee_per_gas, max_priority_fee_per_gas }
        Action::Pay { asset, to, amount }
        Action::Revoke { asset, spender }
        Action::Void { slot }
    }
    // What a vault says it claimed: the desk needs two of it, and takes the rest from bytes of its own.
    facts.extend(["Claim.intent", "Claim.slots"]);
    let table: BTreeSet<_> = TABLE.iter().map(|lie| lie.fact).collect();
    assert_eq!(table, facts);
}

/// Writes the table into the book instead of comparing it.
const UPDATE: &str = "UPDATE_LIES";

#[test]
fn the_book_has_the_same_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/lies.md");
    let page = std::fs::read_to_string(path).unwrap();
    let rows: Vec<_> = TABLE.iter().map(row).collect();
    if std::env::var_os(UPDATE).is_some() {
        let kept: Vec<_> = page.lines().filter(|line| !line.starts_with("| `")).map(str::to_owned).collect();
        std::fs::write(path, [kept, rows].concat().join("\n") + "\n").unwrap();
        return;
    }
    let found: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(found, rows, "run {UPDATE}=1 cargo test -p strongroom-tests --test hostile and read the diff");
    let tests: BTreeSet<_> = TABLE.iter().map(|lie| lie.test).collect();
    assert_eq!(tests.len(), TABLE.len());
}

fn row(lie: &Lie) -> String {
    let guards: Vec<_> = lie
        .guard
        .split(", ")
        .map(|guard| if guard.starts_with('(') { guard.to_owned() } else { format!("`{guard}`") })
        .collect();
    format!("| `{}` | {} | {} | `{}` |", lie.fact, lie.worst, guards.join(", "), lie.test)
}
