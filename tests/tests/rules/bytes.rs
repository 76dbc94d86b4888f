//! Bytes that are not what the intent says.

use strongroom_protocol::{Action, Amount, Codec as _, Unsigned, canonical};
use strongroom_signing::{Review, Rule};
use strongroom_tests::house::{EXCHANGE, STRANGER, SUPPLIER, TOKEN, TestHouse, facts};

use crate::bench::{Bench, COIN, among, only, single, with_bytes_of};

#[test]
fn bytes_that_pay_somebody_else() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let theft = bench.house.pay(SUPPLIER, 2 * COIN, "INV-1");
    let request = with_bytes_of(&bench, request, &theft, &facts(7, 30));
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones that the intent and the facts give");
    among(
        &refusals,
        Rule::Intent,
        5,
        "pays 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC where the intent says",
    );
}

#[test]
fn an_amount_off_by_one_wei() {
    let bench = Bench::new();
    let (plan, request) = single(&bench);
    let theft = bench.house.pay(EXCHANGE, 2 * COIN + 1, "INV-1");
    let request = with_bytes_of(&bench, request, &theft, &facts(7, 30));
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones");
    among(
        &refusals,
        Rule::Intent,
        5,
        "2000000000000000001 base units where the intent says 2000000000000000000",
    );
}

#[test]
fn bytes_for_another_chain() {
    let bench = Bench::new();
    let (plan, mut request) = single(&bench);
    let polygon = TestHouse::new("eip155:137", |text| text);
    let twin = polygon.pay(EXCHANGE, 2 * COIN, "INV-1");
    request.items[0].rungs[0].unsigned = polygon.rung(&twin, &facts(7, 30)).unsigned;
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::Rebuild, 5, "not the ones");
    among(&refusals, Rule::Decode, 5, "137");
}

#[test]
fn a_look_alike_token_and_a_registry_that_does_not_know_it() {
    let bench = Bench::new();
    let fake = strongroom_evm_codec::erc20_asset(
        &bench.house.chain,
        &"0x5FbDB2315678aFecb367f032d93F642f64180aa4".parse().unwrap(),
    );
    // One digit away from the pinned token; its checksum is its own.
    let fake = fake.unwrap_or_else(|_| {
        strongroom_evm_codec::erc20_asset(&bench.house.chain, &STRANGER.parse().unwrap()).unwrap()
    });
    let action =
        Action::Pay { asset: fake, to: EXCHANGE.parse().unwrap(), amount: Amount::from(5_000_000u64) };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    let refusals = bench.refusals(&request, &[]);
    among(&refusals, Rule::Asset, 3, "is not in the pinned registry");
    // Bytes that move it where the intent names the real one are no better.
    let honest = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(honest, "INV-1")]);
    let mut swapped = bench.house.request(&plan, 7);
    swapped.items[0].rungs[0].unsigned = request.items[0].rungs[0].unsigned.clone();
    among(&bench.refusals(&swapped, &bench.house.approvals(&plan)), Rule::Intent, 5, "moves eip155:1/erc20:");
}

#[test]
fn decimals_are_the_policy_s_alone() {
    // A desk that believes in 18 decimals asks for 5·10¹⁸ base units of a token that has 6: five million millions.
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5 * COIN),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let request = bench.house.request(&plan, 7);
    let refusals = bench.refusals(&request, &bench.house.approvals(&plan));
    among(&refusals, Rule::ItemLimit, 3, "5000000000000 TKN");
}

#[test]
fn calldata_appended() {
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: EXCHANGE.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let plan = bench.house.plan(vec![bench.house.intent(action, "INV-1")]);
    let mut request = bench.house.request(&plan, 7);
    let bytes = &mut request.items[0].rungs[0].unsigned.0;
    bytes.push(0);
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Decode, 5, "");
    among(&bench.refusals(&request, &bench.house.approvals(&plan)), Rule::Rebuild, 5, "not the ones");
}

#[test]
fn a_fee_ladder_rises_in_fees_and_in_nothing_else() {
    let mut bench = Bench::new();
    let (plan, mut request) = single(&bench);
    let intent = &plan.intents[0];
    let approvals = bench.house.approvals(&plan);
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 40)), bench.house.rung(intent, &facts(7, 30))];
    only(&bench.refusals(&request, &approvals), Rule::Ladder, 5, "do not rise in fee");
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 30)), bench.house.rung(intent, &facts(8, 40))];
    only(&bench.refusals(&request, &approvals), Rule::Ladder, 5, "differ in more than fees");
    request.items[0].rungs =
        vec![bench.house.rung(intent, &facts(7, 30)), bench.house.rung(intent, &facts(7, 40))];
    assert_eq!(bench.sign(&request, &approvals), Ok(1));
}

#[test]
fn a_damaged_request_is_no_request() {
    let bench = Bench::new();
    let (_, request) = single(&bench);
    let bytes = canonical::encode(&request);
    for cut in (0..bytes.len()).step_by(7) {
        let Err(refusal) =
            Review::open(&bytes[..cut], &[], &bench.house.gate(bench.clock()), &bench.chronicle)
        else {
            panic!("cut at {cut}, it was read")
        };
        assert_eq!((refusal.rule, refusal.exit().code()), (Rule::Bundle, 9));
    }
}

#[test]
fn unsigned_bytes_are_read_by_the_codec_and_nothing_else() {
    // The token's address as a payee of itself is refused when building and when reading.
    let bench = Bench::new();
    let action = Action::Pay {
        asset: bench.house.token(),
        to: TOKEN.parse().unwrap(),
        amount: Amount::from(5_000_000u64),
    };
    let intent = bench.house.intent(action, "INV-1");
    let built = strongroom_evm_codec::EvmCodec.build(&bench.house.accounts[0], &intent, &facts(7, 30));
    assert!(built.is_err());
    let nothing = strongroom_evm_codec::EvmCodec.decode(&bench.house.accounts[0], &Unsigned(Vec::new()));
    assert!(nothing.is_err());
}
#[test]
fn a_signer_that_lies_is_not_believed() {
    let mut bench = Bench::new();
    let (plan, request) = single(&bench);
    let approvals = bench.house.approvals(&plan);
    let review = bench.review(&request, &approvals).unwrap();
    let code = strongroom_protocol::ComparisonCode::of(review.plan_id().as_bytes()).to_string();
    let confirmation = review.challenge().clone().meet(&code).unwrap();
    let approved = review.approve(&confirmation, &mut bench.chronicle).unwrap();
    struct Liar(strongroom_tests::house::MemorySigner);
    impl strongroom_signing::Signer for Liar {
        fn serves(&self, account: &strongroom_protocol::Account) -> bool {
            self.0.serves(account)
        }
        fn public_key(
            &mut self,
            account: &strongroom_protocol::Account,
        ) -> Result<Vec<u8>, strongroom_signing::SignerError> {
            self.0.public_key(account)
        }
        fn sign(
            &mut self,
            task: &strongroom_signing::ApprovedTask<'_>,
        ) -> Result<strongroom_signing::Answer, strongroom_signing::SignerError> {
            let mut answer = self.0.sign(task)?;
            answer.0.0[40] ^= 1;
            Ok(answer)
        }
    }
    let mut liar = Liar(bench.house.signer());
    let error = approved.sign(&bench.house.codecs, &mut liar, false, |_, _| {}).err().unwrap();
    assert!(error.to_string().contains("refused"), "{error}");
}
