//! Statements: made, signed, refused, counted and packed.

use strongroom_evm_codec::EvmCodec;
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Bundle, Codec as _, Facts, Head, JournalHash, SignedText, Statement, Verdict};

use crate::house::Person;
use crate::showing::{pay_another, tampered};
use crate::stage::{ALICE, BOB, CAROL, GRACE, HOUR, Stage};

fn paid() -> Stage {
    let stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "1", "pay.req").exit, 0);
    stage
}

fn approve(stage: &mut Stage, person: (&'static str, u8), request: &str, out: &str) -> crate::stage::Run {
    let (request, out) = (stage.path(request), stage.path(out));
    stage.run_as(person, &["request", "approve", &request, "--agent", "--yes", "-o", &out])
}

fn signed(stage: &Stage, name: &str) -> SignedText {
    SignedText::parse(&std::fs::read(stage.house.file(name)).unwrap()).unwrap()
}

#[test]
fn an_approval_is_a_statement_with_its_signature() {
    let mut stage = paid();
    let data = approve(&mut stage, BOB, "pay.req", "bob.sig");
    assert_eq!(data.exit, 0, "{}{}", data.out, data.err);
    let text = signed(&stage, "bob.sig");
    let statement: Statement = text.text().parse().unwrap();
    let request = stage.request("pay.req");
    assert_eq!((statement.person.as_str(), statement.verdict), ("bob", Verdict::Approve));
    assert_eq!(statement.plan, request.plan.value().id());
    assert_eq!(statement.totals[0].amount.to_string(), "1500000000000000000");
    assert_eq!((statement.totals[0].class.as_str(), statement.totals[0].count), ("exchange", 1));
    assert_eq!(statement.valid_until.since(statement.signed_at), 86_400);
    let bob = Person::new("bob", 4).public_key();
    bob.verify(Namespace::Statement, text.text().as_bytes(), &text.signatures()[0]).unwrap();
    // What `request statement` prints is what `approve` signs.
    stage.output = "human";
    let printed = stage.run(&["request", "statement", &stage.path("pay.req"), "--person", "bob"]);
    assert_eq!((printed.exit, printed.out.as_str()), (0, text.text()), "{}", printed.err);
}

#[test]
fn nobody_signs_before_typing_yes() {
    let mut stage = paid();
    let (request, out) = (stage.path("pay.req"), stage.path("bob.sig"));
    let args = ["request", "approve", &request, "--agent", "-o", &out];
    for typed in ["", "no\n", "y\n", "yes please\n"] {
        stage.typed = typed;
        assert_eq!(stage.run_as(BOB, &args).error(), (1, "not-confirmed".to_owned()), "{typed:?}");
        assert!(!stage.house.file("bob.sig").exists());
    }
    stage.typed = "yes\n";
    let run = stage.run_as(BOB, &args);
    assert_eq!(run.exit, 0, "{}", run.err);
    assert!(run.err.contains("Approve this plan?") && run.err.contains("1.5 ETH"), "{}", run.err);
}

#[test]
fn other_bytes_are_not_approved_but_can_be_rejected() {
    let mut stage = paid();
    let path = tampered(&stage, "pay.req", pay_another);
    let out = stage.path("bob.sig");
    let run = stage.run_as(BOB, &["request", "approve", &path, "--agent", "--yes", "-o", &out]);
    assert_eq!(run.error(), (5, "rebuild".to_owned()));
    assert!(!stage.house.file("bob.sig").exists());
    let run = stage.run_as(BOB, &["request", "reject", &path, "--agent", "--yes", "-o", &out]);
    assert_eq!(run.exit, 0, "{}", run.out);
    let statement: Statement = signed(&stage, "bob.sig").text().parse().unwrap();
    assert_eq!((statement.verdict, statement.totals.len()), (Verdict::Reject, 0));
}

#[test]
fn the_rule_that_refuses_gives_the_exit_code() {
    let mut stage = paid();
    // Two days later the intent has ended.
    stage.now = 48 * HOUR;
    assert_eq!(approve(&mut stage, BOB, "pay.req", "bob.sig").error(), (6, "not-after".to_owned()));
    // While the desk is frozen, no payment is approved.
    stage.now = HOUR;
    assert_eq!(stage.run(&["freeze", "--by", "bob", "--reason", "a laptop is missing"]).exit, 0);
    assert_eq!(approve(&mut stage, BOB, "pay.req", "bob.sig").error(), (3, "state".to_owned()));
    assert!(!stage.house.file("bob.sig").exists());
}

#[test]
fn a_plan_signed_by_nobody_who_prepares_is_not_approved() {
    let mut stage = paid();
    let path = tampered(&stage, "pay.req", |request| {
        let bytes = request.plan.bytes().to_vec();
        let signature = Person::new("grace", 6).sign(Namespace::Plan, &bytes);
        request.plan = strongroom_protocol::Sealed::new(bytes, signature).unwrap();
    });
    let out = stage.path("bob.sig");
    let run = stage.run_as(BOB, &["request", "approve", &path, "--agent", "--yes", "-o", &out]);
    assert_eq!(run.error(), (5, "preparer".to_owned()));
}

#[test]
fn who_prepared_or_is_a_stranger_cannot_approve() {
    let mut stage = paid();
    assert_eq!(approve(&mut stage, ALICE, "pay.req", "a.sig").error(), (3, "signer".to_owned()));
    assert_eq!(approve(&mut stage, ("mallory", 99), "pay.req", "m.sig").error(), (3, "signer".to_owned()));
    let run = stage.run(&["request", "statement", &stage.path("pay.req"), "--person", "alice"]);
    assert_eq!(run.error(), (3, "duties".to_owned()));
}

#[test]
fn a_statement_may_not_count_for_longer_than_the_policy_allows() {
    let stage = paid();
    let path = stage.path("pay.req");
    let statement =
        |valid: &str| stage.run(&["request", "statement", &path, "--person", "bob", "--valid", valid]);
    assert_eq!(statement("72h").exit, 0);
    assert_eq!(statement("73h").error(), (3, "statement-expiry".to_owned()));
    assert_eq!(statement("2026-05-31T00:00:00Z").error(), (3, "statement-expiry".to_owned()));
}

#[test]
fn approvals_are_counted_by_people() {
    let mut stage = paid();
    assert_eq!(approve(&mut stage, BOB, "pay.req", "bob.sig").exit, 0);
    assert_eq!(approve(&mut stage, CAROL, "pay.req", "carol.sig").exit, 0);
    let (request, bob, carol) = (stage.path("pay.req"), stage.path("bob.sig"), stage.path("carol.sig"));
    let one = stage.run(&["request", "approvals", &request, &bob, &bob]);
    assert_eq!(one.exit, 3);
    let data = &one.json()["data"];
    assert_eq!((&data["needed"], &data["missing"], &data["enough"]), (&2.into(), &1.into(), &false.into()));
    assert_eq!(data["could_approve"], serde_json::json!(["carol", "grace"]));
    let data = stage.run(&["request", "approvals", &request, &bob, &carol]).data();
    assert_eq!((&data["approvers"], &data["enough"]), (&serde_json::json!(["bob", "carol"]), &true.into()));
    // A day later they have ended.
    stage.now = 26 * HOUR;
    assert_eq!(stage.run(&["request", "approvals", &request, &bob, &carol]).exit, 6);
    stage.now = HOUR;
    let out = stage.path("grace.sig");
    assert_eq!(stage.run_as(GRACE, &["request", "reject", &request, "--agent", "--yes", "-o", &out]).exit, 0);
    let run = stage.run(&["request", "approvals", &request, &bob, &carol, &out]);
    assert_eq!((run.exit, run.json()["data"]["refusals"][0]["rule"].as_str()), (3, Some("rejection")));
}

#[test]
fn a_bare_signature_beside_its_statement_is_as_good() {
    let mut stage = paid();
    stage.output = "human";
    let text = stage.run(&["request", "statement", &stage.path("pay.req"), "--person", "bob"]).out;
    stage.output = "json";
    let signature = Person::new("bob", 4).sign(Namespace::Statement, text.as_bytes());
    stage.house.write("bob.txt", &text);
    let sig = stage.house.write("bob.txt.sig", &signature.to_armour()).display().to_string();
    let run = stage.run(&["request", "approvals", &stage.path("pay.req"), &sig]);
    assert_eq!(run.json()["data"]["approvers"], serde_json::json!(["bob"]));
    let lone = stage.house.write("lone.sig", &signature.to_armour()).display().to_string();
    assert_eq!(
        stage.run(&["request", "approvals", &stage.path("pay.req"), &lone]).error(),
        (8, "approval".to_owned())
    );
}

#[test]
fn a_pack_holds_the_request_and_genuine_approvals_of_it() {
    let mut stage = paid();
    assert_eq!(approve(&mut stage, BOB, "pay.req", "bob.sig").exit, 0);
    assert_eq!(approve(&mut stage, CAROL, "pay.req", "carol.sig").exit, 0);
    let [request, bob, carol, out] =
        ["pay.req", "bob.sig", "carol.sig", "pay.pack"].map(|name| stage.path(name));
    let data = stage.run(&["request", "pack", &request, &bob, &carol, "-o", &out]).data();
    assert_eq!(data["approvals"], serde_json::json!(["bob", "carol"]));
    let pack: Pack = Bundle::read(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(Bundle::wrap(&pack.request), std::fs::read(&request).unwrap());
    assert_eq!(
        pack.approvals,
        [std::fs::read_to_string(&bob).unwrap(), std::fs::read_to_string(&carol).unwrap()]
    );
    // A pack is as good as its request, approvals included.
    assert_eq!(stage.run(&["request", "approvals", &out]).data()["enough"], true);
}

#[test]
fn a_pack_refuses_what_is_no_approval_of_this_plan() {
    let mut stage = paid();
    assert_eq!(stage.pay("2", "INV-2", "1", "other.req").exit, 0);
    assert_eq!(approve(&mut stage, BOB, "other.req", "other.sig").exit, 0);
    assert_eq!(approve(&mut stage, BOB, "pay.req", "bob.sig").exit, 0);
    let genuine = signed(&stage, "bob.sig");
    let mut statement: Statement = genuine.text().parse().unwrap();
    statement.totals[0].amount = strongroom_protocol::Amount::from(1u64);
    let forge = |stage: &Stage, name: &str, text: &str, signer: (&'static str, u8)| {
        let signature = Person::new(signer.0, signer.1).sign(Namespace::Statement, text.as_bytes());
        let text = SignedText::with_signatures(text.to_owned(), vec![signature]).unwrap();
        stage.house.write(name, &text.to_string());
    };
    forge(&stage, "totals.sig", &statement.to_string(), BOB);
    forge(&stage, "carol.sig", genuine.text(), CAROL);
    forge(&stage, "mallory.sig", genuine.text(), ("mallory", 99));
    let text = genuine.text().replace("person bob", "person alice");
    forge(&stage, "alice.sig", &text, ALICE);
    let edited = genuine.to_string().replacen("1500000000000000000", "1500000000000000001", 1);
    stage.house.write("edited.sig", &edited);
    let reject = stage.path("reject.sig");
    let request = stage.path("pay.req");
    assert_eq!(
        stage.run_as(BOB, &["request", "reject", &request, "--agent", "--yes", "-o", &reject]).exit,
        0
    );
    for (name, exit, code) in [
        ("other.sig", 5, "statement"),
        ("totals.sig", 5, "statement"),
        ("carol.sig", 5, "statement"),
        ("mallory.sig", 5, "statement"),
        ("edited.sig", 5, "statement"),
        ("alice.sig", 3, "duties"),
        ("reject.sig", 3, "rejection"),
    ] {
        let out = stage.path("out.pack");
        let run = stage.run(&["request", "pack", &request, &stage.path(name), "-o", &out]);
        assert_eq!(run.error(), (exit, code.to_owned()), "{name}: {}", run.out);
        assert!(!stage.house.file("out.pack").exists(), "{name}");
    }
}

#[test]
fn what_the_desk_knows_of_the_vault_is_judged_by() {
    let mut stage = paid();
    stage.sign("pay.req");
    assert_eq!(stage.pay("2", "INV-2", "1", "next.req").exit, 0);
    let out = stage.path("bob.sig");
    let approve = |stage: &mut Stage, path: &str| {
        stage.run_as(BOB, &["request", "approve", path, "--agent", "--yes", "-o", &out])
    };
    // Another line of the vault's journal in the place of the one that is known here.
    let path = tampered(&stage, "next.req", |request| {
        for head in request.vault_heads.values_mut() {
            *head = Head { hash: JournalHash::of(b"another"), ..*head };
        }
    });
    assert_eq!(approve(&mut stage, &path).error(), (5, "vault-head".to_owned()));
    // The plan that was signed already, in another slot: both could land.
    let heads = stage.request("next.req").vault_heads;
    let path = tampered(&stage, "pay.req", |request| {
        request.vault_heads = heads;
        let intent = request.plan.value().intents[0].clone();
        let rung = &mut request.items[0].rungs[0];
        let Facts::Evm(facts) = &mut rung.facts else { panic!() };
        facts.nonce += 1;
        rung.unsigned = EvmCodec.build(&request.accounts[0], &intent, &rung.facts).unwrap();
    });
    assert_eq!(approve(&mut stage, &path).error(), (3, "reference".to_owned()));
    // What the statement says of the vault is the line that is known here.
    let path = stage.path("next.req");
    let run = approve(&mut stage, &path);
    assert_eq!(run.exit, 0, "{}", run.out);
    let statement: Statement = signed(&stage, "bob.sig").text().parse().unwrap();
    assert_eq!((statement.vaults.len(), statement.vaults[0].1.sequence), (1, 3));
}
