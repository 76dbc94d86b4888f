//! A request in which everything is true, for somebody to tell a lie in; and a reply.

use std::collections::BTreeSet;

use strongroom_journal::{Line, VaultEntry};
use strongroom_policy::judge::Refusal;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, Action, Amount, AssetId, Claim, EvmFacts, EvmFees, Facts, Head, JournalHash, Plan, Reply,
    Request, SignedText, Statement, Verdict, canonical,
};
use strongroom_signing::Review;
use strongroom_tests::house::{EXCHANGE, facts};

use crate::bench::{Bench, COIN, single};
use crate::stage::{Run, Stage};

/// A vault that signed one payment, with nonce 7, and a request for another, with nonce 8.
pub(crate) struct Told {
    pub(crate) bench: Bench,
    /// The plan that was signed.
    pub(crate) first: Plan,
    pub(crate) plan: Plan,
    pub(crate) request: Request,
    pub(crate) approvals: Vec<SignedText>,
}

impl Told {
    fn new() -> Self {
        let mut bench = Bench::new();
        let (first, request) = single(&bench);
        let approvals = bench.house.approvals(&first);
        assert_eq!(bench.sign(&request, &approvals), Ok(1));
        let plan = bench.house.plan(vec![bench.house.pay(EXCHANGE, 3 * COIN, "INV-2")]);
        let request = bench.knowing(bench.house.request(&plan, 8));
        let approvals = bench.house.approvals(&plan);
        Self { bench, first, plan, request, approvals }
    }

    fn refusals(&self) -> Vec<Refusal> {
        self.bench.refusals(&self.request, &self.approvals)
    }

    /// So far everything is true, and would be signed.
    #[track_caller]
    pub(crate) fn honest(&self) {
        assert_eq!(self.refusals(), []);
    }

    /// The request names the head that the vault has.
    pub(crate) fn know(&mut self) {
        self.request = self.bench.knowing(self.request.clone());
    }

    /// The preparer changes the plan and signs it, and the desk builds everything anew.
    pub(crate) fn prepare(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.request = self.bench.knowing(self.bench.house.request(&self.plan, 8));
    }

    /// The preparer signs the plan as it is now.
    pub(crate) fn reseal(&mut self) {
        self.request.plan = self.bench.house.seal(&self.plan);
    }

    /// Two people approve the plan as it is now.
    pub(crate) fn approve(&mut self) {
        self.approvals = self.bench.house.approvals(&self.plan);
    }

    /// Two people approve for so many seconds.
    pub(crate) fn approve_until(&mut self, seconds: u64) {
        let until = self.bench.house.start().plus(seconds);
        self.approve_with(|statement| statement.valid_until = until);
    }

    /// Two people approve who know where the vault stands.
    pub(crate) fn approve_knowing(&mut self) {
        let known = self.request.vault_heads.clone();
        self.approve_with(|statement| statement.vaults = known.clone().into_iter().collect());
    }

    fn approve_with(&mut self, change: impl Fn(&mut Statement)) {
        let house = &self.bench.house;
        let approve = |person: &strongroom_tests::house::Person| {
            let mut statement = house.statement(&self.plan, person, Verdict::Approve);
            change(&mut statement);
            person.sign_text(Namespace::Statement, &statement.to_string())
        };
        self.approvals = house.approvers[..2].iter().map(approve).collect();
    }

    /// The first line of this field, in the first approval, says something else, or is not there. The signature stays.
    #[track_caller]
    pub(crate) fn alter_first(&mut self, field: &str, value: Option<&str>) {
        let genuine = &self.approvals[0];
        let prefix = format!("{field} ");
        let mut found = false;
        let mut text = String::new();
        for line in genuine.text().lines() {
            if !found && line.starts_with(&prefix) {
                found = true;
                text += &value.map_or_else(String::new, |value| format!("{prefix}{value}\n"));
            } else {
                text += &format!("{line}\n");
            }
        }
        assert!(found && text != genuine.text(), "{field} is as it was");
        self.approvals[0] = SignedText::with_signatures(text, genuine.signatures().to_vec()).unwrap();
    }

    /// The first item's versions, with the bytes that belong to them.
    pub(crate) fn rungs(&mut self, facts: &[Facts]) {
        let rung = |facts: &Facts| self.bench.house.rung(&self.plan.intents[0], facts);
        self.request.items[0].rungs = facts.iter().map(rung).collect();
    }

    /// The plan spends a slot on nothing.
    pub(crate) fn void(&mut self, nonce: u64) {
        let house = &self.bench.house;
        let slot = strongroom_evm_codec::slot(&house.chain, &house.accounts[0].address, nonce).unwrap();
        let intent = house.intent(Action::Void { slot }, "void");
        self.plan.intents = vec![intent];
        self.request = self.bench.knowing(self.bench.house.request(&self.plan, nonce));
    }

    /// The plan names an account whose record says something else than the one that was enrolled. Nobody's program states
    /// anything about such a plan, so the approvals stay as they were.
    pub(crate) fn forge(&mut self, change: impl FnOnce(&mut Account)) {
        self.forge_without_bytes(change);
        let account = &self.request.accounts[0];
        let intent = &self.plan.intents[0];
        let codec = self.bench.house.codecs.of(&account.chain).unwrap();
        let facts = facts(8, 30);
        let unsigned = codec.build(account, intent, &facts).unwrap();
        self.request.items[0].rungs = vec![strongroom_protocol::Rung { facts, unsigned }];
    }

    /// The same on another chain, in the coin of which it pays.
    pub(crate) fn forge_elsewhere(&mut self, chain: &str) {
        let native = strongroom_evm_codec::native_asset(&chain.parse().unwrap()).unwrap();
        for action in &mut self.plan.intents[0].actions {
            if let Action::Pay { asset, .. } = action {
                *asset = native.clone();
            }
        }
        self.forge(|account| account.chain = chain.parse().unwrap());
    }

    /// The same, and the bytes stay as they were.
    pub(crate) fn forge_without_bytes(&mut self, change: impl FnOnce(&mut Account)) {
        let mut account = self.bench.house.accounts[0].clone();
        change(&mut account);
        self.plan.intents[0].account = account.id();
        self.request.accounts = vec![account];
        self.reseal();
    }

    /// Somebody rejects the plan, and the vault sees it once.
    pub(crate) fn reject_and_forget(&mut self) {
        let house = &self.bench.house;
        let text = house.statement(&self.plan, &house.approvers[2], Verdict::Reject).to_string();
        let rejection = house.approvers[2].sign_text(Namespace::Statement, &text);
        let (clock, id) = (self.bench.clock(), house.id);
        self.bench.chronicle.reject(clock, &[rejection], &self.bench.house.policy, id).unwrap();
        self.know();
    }

    /// These rules refuse, and no others; nothing is signed and nothing is claimed.
    #[track_caller]
    fn is_refused(mut self, guards: &str) {
        let refusals = self.refusals();
        let found: BTreeSet<_> = refusals.iter().map(|refusal| refusal.rule.name()).collect();
        assert_eq!(found, guards.split(", ").collect(), "{refusals:?}");
        for refusal in &refusals {
            assert!(refusal.words.len() > 15, "these words help nobody: {refusal}");
        }
        let head = self.bench.chronicle.head();
        let (request, approvals) = (self.request.clone(), self.approvals.clone());
        let refusal = self.bench.sign(&request, &approvals).unwrap_err();
        assert!(found.contains(refusal.rule.name()));
        assert_eq!(self.bench.chronicle.head(), head, "something was claimed");
    }
}

/// A lie is told in a request that was true.
#[track_caller]
pub(crate) fn lie(guards: &str, tell: impl FnOnce(&mut Told)) {
    let mut told = Told::new();
    told.honest();
    tell(&mut told);
    told.is_refused(guards);
}

/// A statement is altered in one field, and its signature left as it was.
#[track_caller]
pub(crate) fn statement_lie(guards: &str, field: &str, value: &str) {
    lie(guards, |told| told.alter_first(field, Some(value)));
}

/// The bytes of a request are altered.
#[track_caller]
pub(crate) fn bytes_lie(guard: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let told = Told::new();
    told.honest();
    let mut bytes = canonical::encode(&told.request);
    change(&mut bytes);
    let gate = told.bench.house.gate(told.bench.clock());
    let refusal =
        Review::open(&bytes, &told.approvals, &gate, &told.bench.chronicle).err().expect("it was read");
    assert_eq!(refusal.rule.name(), guard, "{refusal}");
}

/// An action that pays the chain's coin.
pub(crate) fn pay(to: &str, amount: u128) -> Vec<Action> {
    let asset = "eip155:1/slip44:60".parse().unwrap();
    vec![Action::Pay { asset, to: to.parse().unwrap(), amount: Amount::from(amount) }]
}

/// An action that takes back an allowance.
pub(crate) fn revoke(asset: &AssetId, spender: &str) -> Vec<Action> {
    vec![Action::Revoke { asset: asset.clone(), spender: spender.parse().unwrap() }]
}

/// Facts with prices in gwei.
pub(crate) fn eip1559(nonce: u64, gas_limit: u64, ceiling: u64, tip: u64) -> Facts {
    let wei = |gwei: u64| Amount::from(u128::from(gwei) * 1_000_000_000);
    let fees = EvmFees::Eip1559 { max_fee_per_gas: wei(ceiling), max_priority_fee_per_gas: wei(tip) };
    Facts::Evm(EvmFacts { nonce, gas_limit, fees })
}

/// Facts of the older kind of transaction, with a price in gwei.
pub(crate) fn legacy(nonce: u64, gwei: u64) -> Facts {
    let fees = EvmFees::Legacy { gas_price: Amount::from(u128::from(gwei) * 1_000_000_000) };
    Facts::Evm(EvmFacts { nonce, gas_limit: 60_000, fees })
}

/// A desk with a payment in two versions that its vault is to sign.
fn desk() -> (Stage, Reply) {
    let mut stage = Stage::new();
    assert_eq!(stage.pay("1.5", "INV-1", "2", "pay.req").exit, 0);
    let reply = stage.vault.reply(&stage.request("pay.req"));
    (stage, reply)
}

fn import(stage: &Stage, bundle: &[u8]) -> Run {
    std::fs::write(stage.house.file("in.reply"), bundle).unwrap();
    stage.run(&["reply", "import", &stage.path("in.reply")])
}

/// A vault tells a lie in a reply that was true, under its own seal: it is not taken in, and the true one is.
#[track_caller]
pub(crate) fn reply_lie(guard: &str, tell: impl FnOnce(&mut Reply)) {
    let (stage, honest) = desk();
    let truth = stage.vault.seal(&honest);
    let mut reply = honest;
    tell(&mut reply);
    let run = import(&stage, &stage.vault.seal(&reply));
    assert_eq!(run.error(), (5, guard.to_owned()), "{}", run.words());
    assert!(run.words().len() > 15, "these words help nobody: {}", run.words());
    let id = stage.request("pay.req").id().to_string();
    let data = stage.run(&["status", &id]).data();
    assert_eq!((data["state"].as_str(), data["versions"].as_array().unwrap().len()), (Some("open"), 0));
    assert!(!stage.journal().contains("\"imported\""), "it is taken in");
    assert_eq!(import(&stage, &truth).exit, 0, "the truth is not believed any more");
}

/// A lie that a vault may tell: whatever it says there, the same transactions are taken in.
#[track_caller]
pub(crate) fn reply_without_consequence(tell: impl FnOnce(&mut Reply)) {
    let taken = |stage: &Stage, reply: &Reply| {
        let run = import(stage, &stage.vault.seal(reply));
        assert_eq!(run.exit, 0, "{}", run.out);
        let id = stage.request("pay.req").id().to_string();
        let mut data = stage.run(&["status", &id]).data();
        data["versions"].take()
    };
    let (stage, reply) = desk();
    let truth = taken(&stage, &reply);
    assert_eq!(truth.as_array().unwrap().len(), 2);
    let (stage, mut reply) = desk();
    tell(&mut reply);
    assert_eq!(taken(&stage, &reply), truth);
}

/// The vault claims something else in its journal than it was asked for.
pub(crate) fn claim(reply: &mut Reply, change: impl Fn(&mut Claim)) {
    let mut before = reply.since;
    for bytes in &mut reply.lines {
        let mut line: Line<VaultEntry> = canonical::decode(bytes).unwrap();
        line.previous = before.hash;
        if let VaultEntry::Claimed { claims, .. } = &mut line.entry {
            claims.iter_mut().for_each(&change);
        }
        let written = canonical::encode(&line);
        before = Head { sequence: line.sequence, hash: JournalHash::of(&written) };
        *bytes = written.into();
    }
    reply.head = before;
}
