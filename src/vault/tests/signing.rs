//! The road of a request: reviewed, confirmed, signed; and every way in which it ends without a signature.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::format_collect,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Action, Bundle, Codec as _, ComparisonCode, Facts, Intent, Plan, Request, Rung, Sealed, SignedText,
    Timestamp, Unsigned, Verdict, canonical,
};
use support::house::{COIN, ETH, EXCHANGE, House, STRANGER, SUPPLIER, TOKEN, facts, sign};
use support::operator::Operator;
use support::{ADDRESS, KEY_PASS, Run, STATION_PASS, WORDS};

/// The last line of the journal for scripts.
fn last_line(house: &House) -> serde_json::Value {
    let document = house.bench.run(&["journal", "show", "--last", "1", "--json"]).ok().json();
    document["data"]["lines"][0].clone()
}

/// Review and signing both refuse alike, nothing is claimed, and the refusal is written down.
#[track_caller]
fn refuses(house: &House, asked: &support::house::Asked, exit: u8, words: &str) {
    let before = house.bench.events();
    let run = house.review(asked).refused(exit, words);
    assert_eq!(house.bench.events(), before, "a review changed the journal");
    let signing = house.sign(asked, "@refused.reply").refused(exit, words);
    assert!(!house.bench.path("refused.reply").exists());
    let events = house.bench.events();
    assert_eq!(events[..before.len()], before);
    assert_eq!(events[before.len()..], ["refused"], "{}", signing.err);
    let line = last_line(house);
    assert_eq!(line["detail"]["exit"], exit);
    drop(run);
}

#[test]
fn what_two_people_approved_is_signed_and_the_reply_holds() {
    let house = House::new();
    let asked = house.payment();
    house.review(&asked).ok();
    let run = house.sign(&asked, "@out.reply").ok();
    assert!(run.text().contains("Reply"), "{}", run.text());
    let reply = house.reply("out.reply");
    assert_eq!(reply.request, asked.request.id());
    assert_eq!(reply.station, house.station_id());
    assert_eq!(reply.head, house.head());
    let account = &house.accounts[0];
    assert_eq!(account.address.as_str(), ADDRESS);
    let tx = EvmCodec.decode(account, &asked.request.items[0].rungs[0].unsigned).unwrap();
    let raw = tx.assemble(&reply.items[0].rungs[0]).unwrap();
    assert_eq!(raw.0[0], 2, "an EIP-1559 transaction");
    let events = house.bench.events();
    assert_eq!(events[events.len() - 2..], ["claimed", "signed"]);
    house.bench.run(&["journal", "verify"]).ok();
    // No secret in anything that was written or said.
    let mut everything = run.logged();
    for (_, bytes) in support::Bench::files(&house.bench.home()) {
        everything += &String::from_utf8_lossy(&bytes);
    }
    for secret in [STATION_PASS, KEY_PASS, WORDS] {
        assert!(!everything.contains(secret));
    }
}

#[test]
fn a_review_reads_as_it_always_did() {
    let house = House::new();
    let text = house.review(&house.payment()).ok().text();
    let (request, plan, policy, book) = {
        let asked = house.payment();
        let short = |id: String| format!("{}…", &id[..16]);
        (
            short(asked.request.id().to_string()),
            short(asked.request.plan.value().id().to_string()),
            short(house.policy.id().to_string()),
            short(house.book.id().to_string()),
        )
    };
    let code = house.payment().code;
    let groups: Vec<&str> = code.split('-').collect();
    let shown = format!("{}-{}-····-····-····-····", groups[0], groups[1]);
    let (facts, rules) = text.split_once("\nRules\n").unwrap();
    let expected = format!(
        "Request   {request}
Plan      {plan}
Prepared  by alice at 2026-06-01T12:00:00Z
Policy    epoch 1, {policy}
Book      epoch 1, {book}
Machine   COLD

Totals, by the bytes
  1.5 ETH  to exchange  1 payment

Fees, at most
  0.0018 ETH  on eip155:1

Lines: 1

  1  from Cold 1  0x 9858 EfFD 232B 4033 E47d 9000 3D41 EC34 EcaE da94
     pays 1.5 ETH to Exchange A  0x 7099 7970 C518 12dc 3A01 0C7d 01b5 0e0d 17dc 79C8
     fee at most 0.0018 ETH   nonce 7   until 2026-06-02T12:00:00Z
     reference \"INV-117\"

Approved by bob, carol; 2 needed
"
    );
    assert_eq!(facts, expected);
    let last = rules.lines().rev().nth(1).unwrap();
    assert_eq!(last, format!("Comparison code  {shown}"));
    let passed: Vec<_> = rules.lines().take_while(|line| !line.is_empty()).collect();
    assert!(passed.len() > 20 && passed.iter().all(|line| line.ends_with("passed")), "{rules}");
    for hidden in &groups[2..] {
        assert!(!text.contains(hidden), "a group that must come from the approvers' screens is shown");
    }
}

#[test]
fn a_review_for_scripts_is_one_stable_document() {
    let house = House::new();
    house.pack("a.pack", &house.payment());
    let document = house.bench.run(&["--output", "json", "review", "@a.pack"]).ok().json();
    let mut data = document["data"].clone();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["command", "data", "errors", "ok", "schema", "warnings"]);
    assert_eq!(document["schema"], "strongroom.result.v1");
    let rules = data["rules"].take();
    assert_eq!(rules[0], serde_json::json!({ "rule": "house", "checked": 1, "refused": 0 }));
    let request = data["request"].take();
    assert_eq!(request, house.payment().request.id().to_string());
    let code = house.payment().code;
    let expected = serde_json::json!({
        "request": null,
        "rules": null,
        "plan": house.payment().request.plan.value().id().to_string(),
        "prepared_by": "alice",
        "prepared_at": "2026-06-01T12:00:00Z",
        "policy": { "id": house.policy.id().to_string(), "epoch": 1 },
        "book": { "id": house.book.id().to_string(), "epoch": 1 },
        "machine": { "verdict": "COLD", "warm": [] },
        "items": 1,
        "intents": 1,
        "unread": 0,
        "totals": [{
            "asset": ETH, "class": "exchange", "count": 1, "amount": "1500000000000000000", "display": "1.5 ETH",
        }],
        "fees": [{ "asset": ETH, "amount": "1800000000000000", "display": "0.0018 ETH" }],
        "lines": [{
            "line": 1,
            "account": { "label": "Cold 1", "address": ADDRESS },
            "does": [{
                "kind": "pay",
                "to": { "label": "Exchange A", "address": EXCHANGE },
                "class": "exchange",
                "own": false,
                "amount": { "asset": ETH, "amount": "1500000000000000000", "display": "1.5 ETH" },
            }],
            "fee_cap": { "asset": ETH, "amount": "1800000000000000", "display": "0.0018 ETH" },
            "slots": [format!("eip155:1:{ADDRESS}/7")],
            "versions": 1,
            "ours": true,
            "not_after": "2026-06-02T12:00:00Z",
            "reference": "INV-117",
            "reason": null,
            "device": null,
        }],
        "approved_by": ["bob", "carol"],
        "approvals_needed": 2,
        "passed": true,
        "refusals": [],
        "code_shown": format!("{}-····-····-····-····", code.split('-').take(2).collect::<Vec<_>>().join("-")),
    });
    assert_eq!(data, expected);
}

#[test]
fn signing_for_scripts_is_one_document_too() {
    let house = House::new();
    let asked = house.payment();
    house.pack("a.pack", &asked);
    let args = ["--output", "json", "sign", "@a.pack", "--confirm", &asked.code, "-o", "@a.reply"];
    let run = house.bench.run_secrets(&args, &[STATION_PASS, KEY_PASS]).ok();
    let document = run.json();
    assert_eq!(document["data"]["items"], 1);
    assert_eq!(document["data"]["state"], "signed");
    assert_eq!(document["data"]["head"]["hash"], house.head().hash.to_string());
    assert_eq!(document["data"]["review"]["totals"][0]["display"], "1.5 ETH");
    assert!(run.err.contains("Totals"), "the operator sees the review on standard error: {}", run.err);
    let args = ["--output", "json", "--quiet", "sign", "@a.pack", "--confirm", "X", "-o", "@b.reply"];
    let document =
        house.bench.run_secrets(&args, &[STATION_PASS, KEY_PASS]).refused(5, "comparison code").json();
    assert_eq!(document["errors"][0]["code"], "confirmation");
    assert_eq!(document["ok"], false);
}

/// The attacks that change the request after it was approved or made. Every one has its own rule's exit code.
#[test]
fn bytes_that_are_not_the_intents_are_refused() {
    let house = House::new();
    let account = house.accounts[0].clone();
    let asked = house.payment();
    let rebuilt = |intent: &Intent, facts: &Facts| {
        let mut forged = asked.clone();
        let unsigned = EvmCodec.build(&account, intent, facts).unwrap();
        forged.request.items[0].rungs[0].unsigned = unsigned;
        forged
    };
    let good = facts(7, 60_000, 30);
    refuses(
        &house,
        &rebuilt(&house.pay(STRANGER, 3 * COIN / 2, "INV-117"), &good),
        5,
        "is not in the address book",
    );
    refuses(
        &house,
        &rebuilt(&house.pay(SUPPLIER, 3 * COIN / 2, "INV-117"), &good),
        5,
        "where the intent says",
    );
    refuses(
        &house,
        &rebuilt(&house.pay(EXCHANGE, 3 * COIN / 2 + 1, "INV-117"), &good),
        5,
        "where the intent says",
    );
    refuses(
        &house,
        &rebuilt(&house.pay(EXCHANGE, 3 * COIN / 2, "INV-117"), &facts(8, 60_000, 30)),
        5,
        "rebuild",
    );
    let mut appended = asked.clone();
    appended.request.items[0].rungs[0].unsigned.0.push(0);
    refuses(&house, &appended, 5, "decode");
    let mut noise = asked.clone();
    noise.request.items[0].rungs[0].unsigned = Unsigned(vec![1, 2, 3]);
    refuses(&house, &noise, 5, "decode");
    let mut empty = asked;
    empty.request.items.clear();
    refuses(&house, &empty, 5, "no items");
}

#[test]
fn a_stranger_is_not_paid_whoever_approves() {
    let house = House::new();
    let asked = house.request(vec![house.pay(STRANGER, COIN, "R")], 7);
    // No honest approver could state this plan's totals: nobody's statement fits, and the payee is refused besides.
    let asked = support::house::Asked {
        code: ComparisonCode::of(asked.plan.value().id().as_bytes()).to_string(),
        request: asked,
        approvals: Vec::new(),
    };
    let run = house.review(&asked).refused(3, "is not in the address book");
    assert!(run.text().contains("(nobody we know)"), "{}", run.text());
    assert!(run.text().contains("1 ETH  to unlisted"), "{}", run.text());
}

#[test]
fn limits_and_caps_are_kept() {
    let house = House::new();
    let asked = |intent: Intent| house.asked(house.request(vec![intent], 7));
    refuses(&house, &asked(house.pay(EXCHANGE, 51 * COIN, "R1")), 3, "item-limit");
    let token = |to: &str| Action::Pay {
        asset: TOKEN.parse().unwrap(),
        to: to.parse().unwrap(),
        amount: 5u64.into(),
    };
    house.review(&asked(house.intent(token(EXCHANGE), "R2"))).ok();
    let mut cheap = house.pay(EXCHANGE, COIN, "R3");
    cheap.max_fee = 1u64.into();
    refuses(&house, &asked(cheap), 3, "fee-intent");
    let many: Vec<_> = (0..9).map(|n| house.pay(EXCHANGE, 50 * COIN - COIN / 10, &format!("B{n}"))).collect();
    refuses(&house, &house.asked(house.request(many, 7)), 3, "request-limit");
}

#[test]
fn time_runs_out() {
    let house = House::new();
    let asked = house.payment();
    house.bench.later(86_400 + 1);
    refuses(&house, &asked, 6, "prepare a new plan");
    let mut long = house.pay(EXCHANGE, COIN, "R");
    long.not_after = house.now().plus(7 * 86_400);
    let asked = house.asked(house.request(vec![long], 7));
    house.bench.later(86_400 + 1);
    refuses(&house, &asked, 6, "ask for a new one");
    house.bench.clock.set("2026-06-01T12:00:00Z".parse().unwrap());
    refuses(&house, &asked, 8, "set the clock right");
}

#[test]
fn approvals_must_be_enough_genuine_and_by_others() {
    let house = House::new();
    let asked = house.payment();
    let with = |approvals: Vec<SignedText>| support::house::Asked { approvals, ..asked.clone() };
    let approve = |person: &str| house.approval(&asked.request, person);
    refuses(&house, &with(vec![]), 3, "2 approvals are needed");
    refuses(&house, &with(vec![approve("bob")]), 3, "1 are here (by bob)");
    refuses(&house, &with(vec![approve("bob"), approve("alice")]), 3, "alice prepared the plan");
    refuses(&house, &with(vec![approve("bob"), approve("dave")]), 3, "dave operates the vault");
    // The same file twice is one statement; the same person with a second statement is refused.
    let mut later = house.statement(&asked.request, "bob", Verdict::Approve);
    later = later.replace("2026-06-02T12:00:00Z", "2026-06-02T11:00:00Z");
    let second = sign(&["bob"], Namespace::Statement, &later);
    refuses(&house, &with(vec![approve("bob"), second]), 3, "bob speaks twice");
    house.review(&with(vec![approve("bob"), approve("carol"), approve("bob")])).ok();
    let text = house.statement(&asked.request, "carol", Verdict::Approve);
    let forged = sign(&["bob"], Namespace::Statement, &text);
    refuses(&house, &with(vec![approve("bob"), forged]), 5, "is signed by");
    let other =
        sign(&["carol"], Namespace::Statement, &text.replace("1500000000000000000", "1400000000000000000"));
    refuses(&house, &with(vec![approve("bob"), other]), 5, "1400000000000000000");
    let purpose = sign(&["carol"], Namespace::Plan, &text);
    refuses(&house, &with(vec![approve("bob"), purpose]), 5, "was made for");
    let nobody = sign(&["mallory"], Namespace::Statement, &text);
    refuses(&house, &with(vec![approve("bob"), nobody]), 5, "nobody in the policy");
    // Another plan's approvals.
    let elsewhere = house.request(vec![house.pay(SUPPLIER, COIN, "R9")], 7);
    let stolen = vec![house.approval(&elsewhere, "bob"), house.approval(&elsewhere, "carol")];
    refuses(&house, &with(stolen), 5, "statement");
}

#[test]
fn a_plan_that_its_preparer_did_not_sign_is_refused() {
    let house = House::new();
    let plan = house.payment().request.plan.value().clone();
    let bytes = canonical::encode(&plan);
    let by = |name: &str| {
        let mut asked = house.payment();
        let signature = support::house::signature(name, Namespace::Plan, &bytes);
        asked.request.plan = Sealed::new(bytes.clone(), signature).unwrap();
        asked
    };
    refuses(&house, &by("heidi"), 5, "is not signed by alice");
    refuses(&house, &by("mallory"), 5, "is not signed by alice");
    let other: Plan = Plan { house: strongroom_protocol::HouseId::of(b"another"), ..plan };
    let mut asked = house.payment();
    let bytes = canonical::encode(&other);
    let signature = support::house::signature("alice", Namespace::Plan, &bytes);
    asked.request.plan = Sealed::new(bytes, signature).unwrap();
    asked = house.asked(asked.request);
    refuses(&house, &asked, 5, "belongs to house");
}

#[test]
fn a_nonce_and_a_reference_pay_once() {
    let house = House::new();
    house.sign(&house.payment(), "@one.reply").ok();
    let again = house.asked(house.request(vec![house.pay(SUPPLIER, COIN, "INV-118")], 7));
    refuses(&house, &again, 3, "already carries another payment");
    let twice = house.asked(house.request(vec![house.pay(EXCHANGE, 3 * COIN / 2, "INV-117")], 8));
    refuses(&house, &twice, 3, "already pays this destination");
    let mut elsewhere = house.pay(EXCHANGE, COIN, "INV-117");
    elsewhere.account = house.accounts[1].id();
    refuses(&house, &house.asked(house.request(vec![elsewhere], 0)), 3, "already pays this destination");
    // The same payment at a higher fee, on the same nonce, is the only one left.
    let intent = house.pay(EXCHANGE, 3 * COIN / 2, "INV-117");
    let mut request = house.request(vec![intent.clone()], 7);
    let dearer = facts(7, 60_000, 60);
    let unsigned = EvmCodec.build(&house.accounts[0], &intent, &dearer).unwrap();
    request.items[0].rungs = vec![Rung { facts: dearer, unsigned }];
    house.sign(&house.asked(request), "@two.reply").ok();
    house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_request_that_does_not_know_this_vaults_journal_is_refused() {
    let house = House::new();
    house.sign(&house.payment(), "@one.reply").ok();
    let mut asked = house.asked(house.request(vec![house.pay(SUPPLIER, COIN, "S")], 8));
    asked.request.vault_heads.clear();
    asked = house.asked(asked.request);
    refuses(&house, &asked, 5, "does not name the last head");
    // By the request's own word alone; `recovering.rs` has what an approver vouches for.
    let mut asked = house.asked(house.request(vec![house.pay(SUPPLIER, COIN, "S")], 8));
    for head in asked.request.vault_heads.values_mut() {
        head.sequence += 1;
    }
    refuses(&house, &asked, 5, "which is not in it");
}

#[test]
fn only_the_hidden_groups_confirm() {
    let house = House::new();
    let asked = house.payment();
    house.pack("a.pack", &asked);
    let groups: Vec<&str> = asked.code.split('-').collect();
    let confirm = |typed: &str| {
        let args = ["sign", "@a.pack", "--confirm", typed, "-o", "@a.reply"];
        house.bench.run_secrets(&args, &[STATION_PASS, KEY_PASS])
    };
    for wrong in ["", groups[0], &groups[..2].join("-"), "AAAA BBBB", &asked.code.replace(groups[5], "0000")]
    {
        confirm(wrong).refused(5, "comparison code");
    }
    let events = house.bench.events();
    assert!(!events.contains(&"claimed".to_owned()));
    assert_eq!(events.iter().filter(|event| *event == "refused").count(), 5);
    // Which groups will be asked for nobody knows before, so that no two of them are taken here.
    for (one, two) in [(2, 3), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5)] {
        confirm(&format!("{} {}", groups[one], groups[two]))
            .refused(5, "the whole comparison code is wanted");
    }
    confirm(&asked.code.replace('-', ",").to_lowercase()).ok();
}

#[test]
fn a_rejection_shown_once_holds_when_it_is_left_out() {
    let house = House::new();
    let asked = house.payment();
    let statement = house.statement(&asked.request, "judy", Verdict::Reject);
    let reject = sign(&["judy"], Namespace::Statement, &statement);
    let mut shown = asked.clone();
    shown.approvals.push(reject);
    house.review(&shown).refused(3, "judy rejected this plan");
    assert!(!house.bench.events().contains(&"rejected".to_owned()), "a review changes nothing");
    house.sign(&shown, "@a.reply").refused(3, "judy rejected this plan");
    let events = house.bench.events();
    assert_eq!(events[events.len() - 2..], ["rejected", "refused"]);
    house.review(&asked).refused(3, "judy rejected this plan before: it stays unsigned");
    house.sign(&asked, "@a.reply").refused(3, "judy rejected this plan before: it stays unsigned");
    assert!(!house.bench.path("a.reply").exists());
    house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn at_a_terminal_the_code_may_be_typed_again_and_passphrases_too() {
    let house = House::new();
    let asked = house.payment();
    house.pack("a.pack", &asked);
    let operator = Operator::typing(&["AAAA BBBB", &asked.code, "no", STATION_PASS, KEY_PASS]);
    let run = house.bench.run_operated(&["sign", "@a.pack", "-o", "@a.reply"], operator).ok();
    assert!(run.terminal.contains("That is not what the approvers' screens show."), "{}", run.terminal);
    assert!(run.text().starts_with("Request "), "the review comes before the question: {}", run.text());
    let operator = Operator::typing(&["a", "b", "c", &asked.code]);
    house.bench.run_operated(&["sign", "@a.pack", "-o", "@b.reply"], operator).refused(5, "comparison code");
    house.bench.run(&["sign", "@a.pack", "-o", "@b.reply"]).refused(8, "no terminal");
}

#[test]
fn a_wrong_passphrase_claims_nothing() {
    let house = House::new();
    let asked = house.payment();
    house.pack("a.pack", &asked);
    let before = house.bench.events();
    let sign = |secrets: &[&str]| {
        let args = ["sign", "@a.pack", "--confirm", &asked.code, "-o", "@a.reply"];
        house.bench.run_secrets(&args, secrets)
    };
    sign(&["not the station's", KEY_PASS]).refused(8, "the passphrase does not open it");
    sign(&[STATION_PASS, "not the treasury's"]).refused(8, "the passphrase does not open it");
    sign(&[STATION_PASS]).refused(8, "standard input ended before: Passphrase of key treasury");
    assert_eq!(house.bench.events(), before);
    sign(&[STATION_PASS, KEY_PASS]).ok();
}

#[test]
fn another_seed_under_the_same_name_claims_nothing() {
    let house = House::new();
    let bench = &house.bench;
    // Somebody swaps the key file for one of their own, with the same name and passphrase.
    let elsewhere = support::house::founded().0;
    let other = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    elsewhere.run_secrets(&["key", "restore", "treasury"], &[other, KEY_PASS]).ok();
    for file in ["home/keys/treasury.age", "home/keys/treasury.toml"] {
        bench.write(file, elsewhere.read(file));
    }
    let before = bench.events();
    house.sign(&house.payment(), "@a.reply").refused(5, "not the enrolled one");
    assert_eq!(bench.events(), before);
}

/// Stops between any two steps leave the journal at one of its lines: from each of them the same command goes on.
#[test]
fn from_wherever_it_stopped_the_same_command_goes_on_to_the_same_signatures() {
    let house = House::new();
    let asked = house.payment();
    let files = |names: [&str; 2]| names.map(|name| house.bench.read(name));
    let journal = ["home/journal", "home/journal.mark"];
    let before = files(journal);
    house.sign(&asked, "@first.reply").ok();
    let first = house.reply("first.reply");
    let whole = house.bench.read(journal[0]);
    // Killed after the claim was on disk: cut the journal to it, mark and all.
    let frame =
        |at: usize| 4 + usize::try_from(u32::from_be_bytes(whole[at..at + 4].try_into().unwrap())).unwrap();
    let claimed = before[0].len() + frame(before[0].len());
    let head = strongroom_protocol::JournalHash::of(&whole[before[0].len() + 4..claimed]);
    house.bench.write(journal[0], &whole[..claimed]);
    house.bench.write(journal[1], format!("{} {head}\n", first.head.sequence - 1));
    assert_eq!(house.bench.events().last().unwrap(), "claimed");
    house.sign(&asked, "@second.reply").ok();
    let second = house.reply("second.reply");
    assert_eq!(second.items, first.items);
    assert_eq!(house.bench.events().iter().filter(|event| *event == "claimed").count(), 1);
    // Killed while the line of the signatures was being written.
    house.bench.write(journal[0], &whole[..claimed + 9]);
    house.bench.write(journal[1], format!("{} {head}\n", first.head.sequence - 1));
    house.sign(&asked, "@third.reply").ok();
    assert_eq!(house.reply("third.reply").items, first.items);
    let events = house.bench.events();
    assert_eq!(events[events.len() - 3..], ["claimed", "torn-tail", "signed"]);
    // Killed after everything was written down but before the reply was out.
    house.sign(&asked, "@fourth.reply").ok();
    let fourth = house.reply("fourth.reply");
    assert_eq!(fourth.items, first.items);
    house.bench.run(&["journal", "verify"]).ok();
    assert_eq!(house.bench.events().iter().filter(|event| *event == "claimed").count(), 1);
}

#[test]
fn an_output_that_is_there_is_the_reply_or_in_the_way() {
    let house = House::new();
    let asked = house.payment();
    house.bench.write("a.reply", "something else");
    house.pack("sign.pack", &asked);
    // Told before anybody types anything.
    house.bench.run(&["sign", "@sign.pack", "-o", "@a.reply"]).refused(8, "exists already");
    house.sign(&asked, "@b.reply").ok();
    let reply = house.bench.read("b.reply");
    let events = house.bench.events();
    let run = house.bench.run(&["sign", "@sign.pack", "-o", "@b.reply"]).ok();
    assert!(run.text().contains("answered already"), "{}", run.text());
    assert_eq!(house.bench.read("b.reply"), reply);
    assert_eq!(house.bench.events(), events);
    // Another request's reply is in the way.
    let other = house.asked(house.request(vec![house.pay(SUPPLIER, COIN, "S")], 8));
    house.sign(&other, "@b.reply").refused(8, "exists already");
    // A reply that somebody changed is no reply.
    let mut forged = reply;
    let last = forged.len() - 1;
    forged[last] ^= 1;
    house.bench.write("b.reply", forged);
    house.bench.run(&["sign", "@sign.pack", "-o", "@b.reply"]).refused(8, "exists already");
}

#[test]
fn an_output_that_cannot_be_written_loses_nothing() {
    let house = House::new();
    let asked = house.payment();
    house.sign(&asked, "@missing/a.reply").refused(8, "missing");
    house.sign(&asked, "@a.reply").ok();
    assert_eq!(house.bench.events().iter().filter(|event| *event == "claimed").count(), 1);
}

#[test]
fn requests_come_bare_or_packed_and_statements_in_every_form_that_ssh_keygen_leaves() {
    let house = House::new();
    let bench = &house.bench;
    let asked = house.payment();
    bench.write("a.request", Bundle::write(&asked.request));
    let [bob, carol] = asked.approvals.as_slice() else { panic!() };
    bench.write("bob.sig", bob.to_string());
    // `ssh-keygen -Y sign` leaves the text alone and writes NAME.sig beside it.
    bench.write("carol.txt", carol.text());
    bench.write("carol.txt.sig", carol.signatures()[0].to_armour());
    bench.run(&["review", "@a.request", "--approval", "@bob.sig", "--approval", "@carol.txt.sig"]).ok();
    bench.run(&["review", "@a.request", "--approval", "@bob.sig"]).refused(3, "1 are here (by bob)");
    bench.write("alone.sig", carol.signatures()[0].to_armour());
    bench.run(&["review", "@a.request", "--approval", "@alone.sig"]).refused(8, "no text beside it");
    bench.run(&["review", "@a.request", "--approval", "@carol.txt"]).refused(8, "no signature");
    // A pack and its own approvals again, and a bundle on standard input.
    house.pack("a.pack", &asked);
    bench.run(&["review", "@a.pack", "--approval", "@bob.sig"]).ok();
    let stdin = bench.read("a.pack");
    bench.run_with(&["review", "-"], stdin, &mut Operator::absent()).ok();
    bench.run_secrets(&["sign", "-", "--confirm", "X", "-o", "@x"], &[]).refused(2, "not both");
}

#[test]
fn a_reply_may_go_to_standard_output() {
    let house = House::new();
    let asked = house.payment();
    let run = house.sign(&asked, "-").ok();
    let (before, bundle) = run.out.split_at(run.out.windows(10).position(|at| at == b"STRONGROOM").unwrap());
    assert!(before.is_empty(), "the review went into the reply: {}", String::from_utf8_lossy(before));
    let reply: Sealed<strongroom_protocol::Reply> = Bundle::read(bundle).unwrap();
    reply.verify(&house.station).unwrap();
    assert!(run.err.contains("Reply"), "{}", run.err);
}

#[test]
fn damaged_bundles_are_damaged() {
    let house = House::new();
    let bench = &house.bench;
    house.pack("a.pack", &house.payment());
    let whole = bench.read("a.pack");
    let review = |bytes: &[u8]| {
        bench.write("b.pack", bytes);
        bench.run(&["review", "@b.pack"])
    };
    review(b"").refused(9, "no Strongroom bundle");
    review(b"a letter\n").refused(9, "no Strongroom bundle");
    review(&whole[..whole.len() - 1]).refused(9, "malformed");
    review(&[&whole[..], &[0]].concat()).refused(9, "follow the end");
    let mut version = whole.clone();
    version[10] = 9;
    review(&version).refused(9, "format version 9");
    review(&Bundle::write(&house.accounts[0])).refused(9, "not a request or a pack");
    bench.run(&["review", "@nothing"]).refused(8, "nothing");
    // The bundle is whole, but the request inside is not in the one form.
    let request = canonical::encode(&house.payment().request);
    let pack = Pack { request: [&request[..], &[0]].concat(), approvals: Vec::new() };
    review(&Bundle::write(&pack)).refused(9, "follow the end");
    let approvals = vec!["no statement at all\n".to_owned()];
    review(&Bundle::write(&Pack { request: request.clone(), approvals }))
        .refused(5, "line 1 of the statement");
    let approvals = vec!["no newline".to_owned()];
    review(&Bundle::write(&Pack { request, approvals })).refused(9, "newline");
    // Any bit of it: never a panic, and what passes does what was approved. (The head of a journal that has claimed
    // nothing is in nobody's statement but the approvers' own.)
    let good = house.payment().request;
    for bit in (0..whole.len() * 8).step_by(97) {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let run = review(&flipped);
        if run.exit == 0 {
            let pack: Pack = Bundle::read(&flipped).unwrap();
            let request: Request = canonical::decode(&pack.request).unwrap();
            assert_eq!((&request.plan, &request.items), (&good.plan, &good.items), "bit {bit}");
            assert_eq!(request.accounts, good.accounts, "bit {bit}");
        } else {
            assert!([3, 5, 6, 8, 9].contains(&run.exit), "bit {bit}: exit {}\n{}", run.exit, run.logged());
        }
    }
}

#[test]
fn who_operates_must_be_an_operator() {
    let house = House::new();
    house.pack("a.pack", &house.payment());
    let review = |operator: &str| house.bench.run(&["review", "@a.pack", "--operator", operator]);
    review("dave").ok();
    review("bob").refused(3, "bob is not an operator of this station");
    review("mallory").refused(3, "not an operator");
    review("alice").refused(3, "alice");
    let two = House::with(|text| {
        let judy = text.replacen(
            "name = \"judy\"\nroles = [\"approver\"]",
            "name = \"judy\"\nroles = [\"operator\"]",
            1,
        );
        judy.replacen("operators = [\"dave\"]", "operators = [\"dave\", \"judy\"]", 1)
    });
    two.pack("a.pack", &two.payment());
    two.bench.run(&["review", "@a.pack"]).refused(2, "names 2 operators");
    two.bench.run(&["review", "@a.pack", "--operator", "judy"]).ok();
}

#[test]
fn nothing_is_reviewed_without_rules() {
    let house = House::new();
    house.pack("a.pack", &house.payment());
    let (bench, _) = support::house::founded();
    bench.write("a.pack", house.bench.read("a.pack"));
    bench.run(&["review", "@a.pack"]).refused(8, "no policy is installed");
    bench.write("policy.txt", house.bench.read("policy.txt"));
}

#[test]
fn items_of_keys_that_are_not_at_hand_are_left_out_only_if_asked() {
    let house = House::new();
    let bench = &house.bench;
    let second = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    bench.run_secrets(&["key", "restore", "second"], &[second, KEY_PASS]).ok();
    let enroll =
        ["enroll", "--key", "second", "--chain", "eip155:1", "--label", "Second", "-o", "@second.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    let account = support::house::read_account(bench, "second.account").value().clone();
    let mut accounts = house.accounts.clone();
    accounts.push(account.clone());
    let text = support::house::policy_text(&house.station, &accounts).replacen(
        "epoch = 1\n",
        &format!("epoch = 2\nprevious = \"{}\"\n", house.policy.id()),
        1,
    );
    bench.write("policy.txt", sign(&["erin", "frank"], Namespace::Policy, &text).to_string());
    bench.run(&["policy", "install", "@policy.txt"]).ok();
    let house = House { accounts, policy: strongroom_policy::Policy::unsigned(&text).unwrap(), ..house };
    let mut intent = house.pay(SUPPLIER, COIN, "S-1");
    intent.account = account.id();
    let asked = house.asked(house.request(vec![house.pay(EXCHANGE, COIN, "E-1"), intent], 0));
    house.pack("a.pack", &asked);
    let sign = |more: &[&str], secrets: &[&str]| -> Run {
        let args = ["sign", "@a.pack", "--confirm", &asked.code];
        house.bench.run_secrets(&[&args[..], more].concat(), secrets)
    };
    sign(&["--key", "second", "-o", "@a.reply"], &[STATION_PASS, KEY_PASS])
        .refused(8, "no key at hand serves Cold 1");
    assert!(!house.bench.events().contains(&"claimed".to_owned()));
    sign(&["--key", "nobody", "--partial", "-o", "@a.reply"], &[STATION_PASS])
        .refused(3, "for a key of this station");
    sign(&["--key", "second", "--partial", "-o", "@a.reply"], &[STATION_PASS, KEY_PASS]).ok();
    let intents = |name: &str| house.reply(name).items.iter().map(|item| item.intent).collect::<Vec<_>>();
    assert_eq!(intents("a.reply"), [1]);
    // The same again is done; all of it is another reply.
    sign(&["--key", "second", "--partial", "-o", "@a.reply"], &[]).ok();
    sign(&["-o", "@a.reply"], &[]).refused(8, "exists already");
    sign(&["-o", "@b.reply"], &[STATION_PASS, KEY_PASS, KEY_PASS]).ok();
    assert_eq!(intents("b.reply"), [0, 1]);
    house.bench.run(&["journal", "verify"]).ok();
}

#[test]
fn a_request_for_another_station_alone_is_said_to_be_that() {
    // The second vault of the house, with a key of its own.
    let (elsewhere, _) = support::house::founded();
    elsewhere.run(&["selftest"]).ok();
    std::fs::remove_dir_all(elsewhere.home()).unwrap();
    let code = support::house::house_code();
    let init = ["init", "--admins", "@house.txt", "--house", &code];
    elsewhere.run_secrets(&init, &[STATION_PASS]).ok();
    let other = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    elsewhere.run_secrets(&["key", "restore", "second"], &[other, KEY_PASS]).ok();
    let enroll =
        ["enroll", "--key", "second", "--chain", "eip155:1", "--label", "Second", "-o", "@second.account"];
    elsewhere.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    let theirs = support::house::read_account(&elsewhere, "second.account").value().clone();
    let keys = elsewhere.run(&["key", "list", "--output", "json"]).ok().json();
    let station = keys["data"]["keys"][1]["public_key"].as_str().unwrap().to_owned();
    let house = House::with(|text| {
        let entry = format!(
            "[[station]]\nname = \"vault-two\"\nkey = \"{station}\"\noperators = [\"dave\"]\n\n[[account]]\nid = \"{}\"\n\
             label = \"Second\"\nchain = \"eip155:1\"\naddress = \"{}\"\nclass = \"cold\"\nstation = \"vault-two\"\n\
             spend = true\n\n[[chain]]",
            theirs.id(),
            theirs.address
        );
        text.replacen("[[chain]]", &entry, 1)
    });
    let mut accounts = house.accounts.clone();
    accounts.push(theirs.clone());
    let house = House { accounts, ..house };
    let mut intent = house.pay(EXCHANGE, COIN, "S-1");
    intent.account = theirs.id();
    let alone = house.asked(house.request(vec![intent.clone()], 0));
    let run = house.review(&alone).refused(3, "no item of the request is for a key of this station");
    assert!(run.text().contains("(another station's)"), "{}", run.text());
    house.sign(&alone, "@a.reply").refused(3, "no item of the request is for a key of this station");
    assert!(!house.bench.events().contains(&"claimed".to_owned()));
    // Beside an item of ours, ours alone is signed.
    let both = house.asked(house.request(vec![intent, house.pay(EXCHANGE, COIN, "E-1")], 0));
    house.sign(&both, "@b.reply").ok();
    assert_eq!(house.reply("b.reply").items.iter().map(|item| item.intent).collect::<Vec<_>>(), [1]);
}

#[test]
fn long_requests_show_totals_the_ends_and_what_was_refused() {
    let house = House::new();
    let mut intents: Vec<_> = (0..40).map(|n| house.pay(EXCHANGE, COIN / 10, &format!("R{n}"))).collect();
    let asked = house.asked(house.request(intents.clone(), 0));
    let text = house.review(&asked).ok().text();
    assert!(text.contains("4 ETH  to exchange  40 payments"), "{text}");
    assert!(text.contains("30 lines are not shown"), "{text}");
    assert_eq!(text.matches("reference").count() - text.matches("reference  ").count(), 10, "{text}");
    house.pack("long.pack", &asked);
    let all = house.bench.run(&["review", "--all", "@long.pack"]).ok().text();
    assert_eq!(
        all.matches("     reference \"R").count() + all.matches("      reference \"R").count(),
        40 + 31
    );
    intents[20].not_after = Timestamp::from_unix(1);
    let run = house.review(&house.asked(house.request(intents, 0))).refused(6, "line 21");
    assert!(run.text().contains("\n  21  from Cold 1"), "{}", run.text());
    assert!(!run.text().contains("\n  20  from Cold 1"), "{}", run.text());
    // A rule that refuses everything is told in a few words.
    let dear: Vec<_> = (0..40).map(|n| house.pay(EXCHANGE, COIN / 1000, &format!("D{n}"))).collect();
    let dear = house.asked(house.request(dear, 0));
    let text = house.review(&dear).refused(3, "over 5%").text();
    assert_eq!(text.matches("fee-relative, line").count(), 10, "{text}");
    assert!(text.contains("fee-relative: and 30 more") && text.contains("REFUSED 40"), "{text}");
    house.pack("dear.pack", &dear);
    let all = house.bench.run(&["review", "--all", "@dear.pack"]).refused(3, "over 5%").text();
    assert_eq!(all.matches("fee-relative, line").count(), 40);
    // All forty are signed, and the reply holds all of them in order.
    house.sign(&asked, "@long.reply").ok();
    assert_eq!(house.reply("long.reply").items.len(), 40);
}

#[test]
fn part_of_a_plan_is_said_to_be_a_part() {
    let house = House::new();
    let intents = vec![house.pay(EXCHANGE, COIN, "A"), house.pay(SUPPLIER, COIN, "B")];
    let whole = house.request(intents, 7);
    let part = Request { items: whole.items[1..].to_vec(), ..whole };
    let text = house.review(&house.asked(part)).ok().text();
    assert!(text.contains("Lines: 1 of the plan's 2"), "{text}");
    assert!(text.contains("1 ETH  to supplier  1 payment\n"), "{text}");
    assert!(!text.contains("exchange"), "{text}");
}

#[test]
fn voids_and_payments_to_ourselves_are_told_apart() {
    let house = House::new();
    house.sign(&house.payment(), "@one.reply").ok();
    let slot = format!("eip155:1:{ADDRESS}/7").parse().unwrap();
    let void = house.intent(Action::Void { slot }, "void INV-117");
    let asked = house.asked(house.request(vec![void], 7));
    let text = house.review(&asked).ok().text();
    assert!(text.contains("spends its slot on nothing") && text.contains("nothing leaves"), "{text}");
    house.bench.run(&["freeze", "--by", "erin", "--reason", "r"]).ok();
    house.sign(&asked, "@void.reply").ok();
    let own = house.pay(house.accounts[1].address.as_str(), COIN, "return");
    let text = house.review(&house.asked(house.request(vec![own], 8))).ok().text();
    assert!(
        text.contains("to Cold 2") && text.contains("(our own)") && text.contains("1 ETH  to own"),
        "{text}"
    );
}
