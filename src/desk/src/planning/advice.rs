//! The judge, asked before anybody is bothered. At the desk its verdict is advice; the vault's is law.

use std::collections::BTreeMap;

use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg, Signature, SshSig};
use strongroom_policy::judge::{
    Bench, Case, History, HouseState, JournalView, Judged, Learned, ReadItem, Refusal, Rule,
};
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{
    Account, AccountId, Facts, Head, Interval, Item, Name, Plan, PlanId, Sealed, SshSignature, StationId,
    Timestamp, canonical,
};
use strongroom_screen::Failure;

use crate::home::Home;
use crate::{chains, exit};

/// Rules that a desk cannot judge: whose approvals there are, and where the vault stands, is seen at the vault.
const NOT_OURS: &[Rule] = &[
    Rule::VaultHead,
    Rule::OtherVaults,
    Rule::Statement,
    Rule::StatementExpiry,
    Rule::Rejection,
    Rule::Quorum,
    Rule::Confirmation,
];

/// A vault's journal that nobody here has seen: whatever is said of it is taken to be so.
struct Unseen;

impl JournalView for Unseen {
    fn contains(&self, _: &Head) -> bool {
        true
    }

    fn has_claims(&self) -> bool {
        false
    }

    fn rejected(&self, _: &PlanId) -> Option<Name> {
        None
    }

    fn learned(&self, _: &StationId, _: &Head) -> Learned {
        Learned::Known
    }
}

/// Judges items of a plan by the policy and book installed here and by what came before.
///
/// # Errors
/// A failure if no policy or book is installed. What the judge refuses is in what it returns.
pub fn judge(
    home: &Home,
    plan: &Sealed<Plan>,
    items: &[Item],
    accounts: &BTreeMap<AccountId, Account>,
    history: &History,
    state: HouseState,
    now: Timestamp,
) -> Result<Judged, Failure> {
    let present =
        Interval::new(now, now).map_err(|error| Failure::new(exit::NOT_READY, "clock", error.to_string()))?;
    // The judge sits at a station, but every rule that asks which one is not ours.
    let station = accounts.values().next().map_or(StationId::from_bytes([0; 32]), |account| account.station);
    let bench = Bench {
        house: home.house,
        station,
        policy: home.policy()?,
        book: home.book()?,
        history,
        journal: &Unseen,
        state,
        now: present,
        machine: None,
    };
    let mut case = Case::open(&bench, plan, &BTreeMap::new());
    for item in items {
        read_item(&mut case, plan.value(), accounts, item);
    }
    Ok(case.close(&[], None))
}

fn read_item(case: &mut Case<'_>, plan: &Plan, accounts: &BTreeMap<AccountId, Account>, item: &Item) {
    let number = item.intent;
    let found = usize::try_from(number).ok().and_then(|place| plan.intents.get(place)).and_then(|intent| {
        let account = accounts.get(&intent.account)?;
        Some((intent, account, chains::codec(&account.chain)?))
    });
    let Some((intent, account, codec)) = found else {
        let words = "there is no record of its account here";
        case.verdict_mut().refuse(Refusal::of_item(Rule::Account, number, words));
        return;
    };
    let mut versions = Vec::with_capacity(item.rungs.len());
    for rung in &item.rungs {
        if let Facts::Evm(facts) = &rung.facts {
            case.gas_price(number, &account.chain, facts.fees.ceiling());
        }
        match codec.decode(account, &rung.unsigned) {
            Ok(tx) => versions.push(tx),
            Err(error) => {
                case.verdict_mut().refuse(Refusal::of_item(Rule::Decode, number, error.to_string()));
                return;
            }
        }
    }
    let effects: Vec<_> = versions.iter().map(|tx| tx.effects()).collect();
    case.item(&ReadItem { number, intent, account, versions: &effects, sight: None });
}

/// What the vault would surely refuse, in the rules' order.
pub fn refusals(judged: &Judged) -> impl Iterator<Item = &Refusal> {
    judged.verdict.refusals().filter(|refusal| !NOT_OURS.contains(&refusal.rule))
}

/// What the vault would surely refuse of a plan that nobody has signed yet.
pub fn refusals_unsigned(judged: &Judged) -> impl Iterator<Item = &Refusal> {
    refusals(judged).filter(|refusal| refusal.rule != Rule::Preparer)
}

/// A plan as the judge wants it, before anybody is asked to sign it: beside it stands a signature by the key of zeros,
/// which no person has and no policy accepts. It goes nowhere but to [`judge`].
///
/// # Errors
/// A failure if the plan is too large to be written.
pub fn unsigned(plan: &Plan) -> Result<Sealed<Plan>, Failure> {
    let refused = |error: &dyn std::fmt::Display| {
        Failure::new(exit::FAILED, "plan", format!("the plan cannot be written: {error}"))
    };
    let nobody = KeyData::Ed25519(Ed25519PublicKey([0; 32]));
    let nothing = Signature::new(Algorithm::Ed25519, vec![0; 64]).map_err(|error| refused(&error))?;
    let signature = SshSig::new(nobody, Namespace::Plan.as_str(), HashAlg::Sha512, nothing)
        .map_err(|error| refused(&error))?;
    let signature = SshSignature::from_ssh(&signature).map_err(|error| refused(&error))?;
    Sealed::new(canonical::encode(plan), signature).map_err(|error| refused(&error))
}
