//! What a command that built something says: what the bytes do, by whom, up to which fee, and the code to compare.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use strongroom_policy::policy::Policy;
use strongroom_protocol::{
    Account, Action, Address, Amount, AssetId, ChainId, ComparisonCode, Effects, Facts, Intent, Item,
    Request, RequestId, Slot,
};
use strongroom_screen::{Report, Table};

use super::precedent::{account_of, accounts_of};
use super::slots;
use crate::chains;
use crate::home::Home;

/// The most lines that are printed whole for people; `request show` prints all.
const SHOWN: usize = 200;

/// What there is to say besides the request.
pub struct Extras<'a> {
    /// The file that was written.
    pub out: &'a Path,
    /// How many must approve.
    pub needed: u32,
    /// What people should hear of.
    pub notices: Vec<String>,
    /// The block that each chain was read at.
    pub blocks: BTreeMap<ChainId, u64>,
}

/// One item as its bytes say it.
struct Line<'a> {
    number: u64,
    intent: &'a Intent,
    item: &'a Item,
    account: &'a Account,
    effects: Effects,
    slot: Option<Slot>,
}

/// What to print for a request that was written.
pub fn report(home: &Home, request: &Request, id: RequestId, extras: Extras<'_>) -> Report {
    let accounts = accounts_of(request);
    let plan = request.plan.value();
    let lines: Vec<_> = request.items.iter().filter_map(|item| line(request, &accounts, item)).collect();
    let plan_id = plan.id();
    let code = ComparisonCode::of(plan_id.as_bytes());
    let deeds = match lines.as_slice() {
        [line] => one(home, line),
        lines => many(home, lines),
    };
    let mut end = Table::new();
    end.row(["prepared by", &format!("{}, {}", plan.prepared_by, plan.prepared_at)])
        .row(["approvals", &format!("{} needed", extras.needed)])
        .row(["request", &id.to_string()])
        .row(["plan", &plan_id.to_string()])
        .row(["file", &extras.out.display().to_string()]);
    let human = format!("{deeds}\n{end}\nCode of the plan: {code}\n");
    let data = json!({
        "file": extras.out.display().to_string(),
        "request": id.to_string(),
        "plan": plan_id.to_string(),
        "code": code.to_string(),
        "policy": plan.policy.to_string(),
        "prepared_by": plan.prepared_by.as_str(),
        "prepared_at": plan.prepared_at.to_string(),
        "approvals_needed": extras.needed,
        "blocks": extras.blocks.iter().map(|(chain, block)| (chain.to_string(), json!(block))).collect::<serde_json::Map<_, _>>(),
        "items": lines.iter().map(|line| value(home, line)).collect::<Vec<_>>(),
        "totals": totals(&lines).iter().map(|(asset, sum)| amount(home, asset, *sum)).collect::<Vec<_>>(),
    });
    let mut report = Report::new(human, data);
    report.warnings = extras.notices;
    report
}

fn line<'a>(
    request: &'a Request,
    accounts: &'a BTreeMap<strongroom_protocol::AccountId, Account>,
    item: &'a Item,
) -> Option<Line<'a>> {
    let account = account_of(request, accounts, item)?;
    let intents = &request.plan.value().intents;
    let intent = usize::try_from(item.intent).ok().and_then(|place| intents.get(place))?;
    let last = item.rungs.last()?;
    let effects = chains::codec(&account.chain)?.decode(account, &last.unsigned).ok()?.effects().clone();
    let slot = slots::of(account, &last.facts);
    Some(Line { number: u64::from(item.intent).saturating_add(1), intent, item, account, effects, slot })
}

/// An amount with its symbol, by the registry; base units where it has none.
pub fn show(home: &Home, asset: &AssetId, amount: Amount) -> String {
    let listed = home.policy.as_ref().and_then(|policy| policy.asset(asset));
    listed.map_or_else(|| format!("{amount} base units of {asset}"), |listed| listed.show(amount))
}

fn amount(home: &Home, asset: &AssetId, sum: Amount) -> Value {
    let listed = home.policy.as_ref().and_then(|policy| policy.asset(asset));
    json!({
        "asset": asset.as_str(),
        "symbol": listed.map(|listed| listed.symbol.as_str()),
        "amount": listed.map(|listed| sum.to_decimal(listed.decimals)),
        "base_units": sum.to_string(),
    })
}

fn account_label(home: &Home, account: &Account) -> String {
    let pinned = home.policy.as_ref().and_then(|policy| policy.account(&account.id()));
    pinned.map_or_else(|| account.label.to_string(), |pinned| pinned.label.to_string())
}

fn payee_label(home: &Home, chain: &ChainId, to: &Address) -> Option<String> {
    let own = |policy: &Policy| policy.own_account_at(chain, to).map(|account| account.label.to_string());
    home.policy.as_ref().and_then(own).or_else(|| {
        home.book.as_ref().and_then(|book| book.find(chain, to)).map(|entry| entry.label.to_string())
    })
}

/// What is paid, to whom; a void pays nothing to nobody.
fn payments(line: &Line<'_>) -> Vec<(AssetId, Amount, Address)> {
    let moves = line.effects.moves.iter().filter(|movement| !movement.amount.is_zero());
    moves.map(|movement| (movement.asset.clone(), movement.amount, movement.to.clone())).collect()
}

fn totals(lines: &[Line<'_>]) -> BTreeMap<AssetId, Amount> {
    let mut totals: BTreeMap<AssetId, Amount> = BTreeMap::new();
    for (asset, paid, _) in lines.iter().flat_map(payments) {
        let sum = totals.entry(asset).or_default();
        *sum = sum.checked_add(paid).unwrap_or(Amount::MAX);
    }
    totals
}

fn number_of(line: &Line<'_>) -> String {
    line.slot.as_ref().and_then(slots::place).map(|(_, number)| number.to_string()).unwrap_or_default()
}

fn one(home: &Home, line: &Line<'_>) -> String {
    let chain = &line.account.chain;
    let mut table = Table::new();
    table.row(["from", &format!("{}, {}", account_label(home, line.account), chain)]);
    table.row(["", &line.account.address.grouped()]);
    let payments = payments(line);
    for (asset, paid, to) in &payments {
        table.row(["pays", &show(home, asset, *paid)]);
        table.row(["to", &payee_label(home, chain, to).unwrap_or_else(|| "nobody in the book".to_owned())]);
        table.row(["", &to.grouped()]);
    }
    if payments.is_empty() {
        table.row(["does", &deed(line.intent)]);
    }
    let versions = line.item.rungs.len();
    let fee = show(home, &line.effects.fee_asset, line.effects.fee_cap);
    let many = if versions > 1 { format!(", in {versions} versions") } else { String::new() };
    table.row(["fee", &format!("at most {fee}{many}")]);
    table.row(["nonce", &number_of(line)]);
    table.row(["until", &line.intent.not_after.to_string()]);
    table.row(["reference", &format!("{:?}", line.intent.reference)]);
    if let Some(reason) = &line.intent.reason {
        table.row(["reason", &format!("{reason:?}")]);
    }
    table.to_string()
}

fn deed(intent: &Intent) -> String {
    let deeds: Vec<_> = intent
        .actions
        .iter()
        .map(|action| match action {
            Action::Void { slot } => format!("spends slot {slot} on nothing"),
            Action::Revoke { asset, spender } => format!("takes back what {spender} may take of {asset}"),
            _ => "pays nothing".to_owned(),
        })
        .collect();
    deeds.join(", ")
}

fn many(home: &Home, lines: &[Line<'_>]) -> String {
    let mut table = Table::new().right(&[0, 1, 6]);
    table.row(["line", "amount", "from", "to", "", "fee at most", "nonce", "reference"]);
    for line in lines.iter().take(SHOWN) {
        let fee = show(home, &line.effects.fee_asset, line.effects.fee_cap);
        let from = account_label(home, line.account);
        let reference = format!("{:?}", line.intent.reference);
        let (paid, label, address) = match payments(line).as_slice() {
            [(asset, paid, to)] => (
                show(home, asset, *paid),
                payee_label(home, &line.account.chain, to).unwrap_or_default(),
                to.grouped(),
            ),
            _ => (String::new(), deed(line.intent), String::new()),
        };
        table.row([line.number.to_string(), paid, from, label, address, fee, number_of(line), reference]);
    }
    let more = match lines.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("… and {more} more: `strongroom request show` prints them all\n"),
    };
    let mut sums = Table::new();
    for (asset, sum) in totals(lines) {
        sums.row(["total", &show(home, &asset, sum)]);
    }
    format!("{table}{more}\n{sums}")
}

fn value(home: &Home, line: &Line<'_>) -> Value {
    let chain = &line.account.chain;
    let payments: Vec<_> = payments(line)
        .iter()
        .map(|(asset, paid, to)| {
            let mut value = amount(home, asset, *paid);
            if let Some(fields) = value.as_object_mut() {
                fields.insert("to".to_owned(), json!(to.as_str()));
                fields.insert("to_label".to_owned(), json!(payee_label(home, chain, to)));
            }
            value
        })
        .collect();
    let fee_asset = &line.effects.fee_asset;
    json!({
        "line": line.number,
        "chain": chain.as_str(),
        "account": line.intent.account.to_string(),
        "label": account_label(home, line.account),
        "from": line.account.address.as_str(),
        "payments": payments,
        "slot": line.slot.as_ref().map(Slot::as_str),
        "nonce": line.slot.as_ref().and_then(slots::place).map(|(_, number)| number.to_string()),
        "max_fee": amount(home, fee_asset, line.intent.max_fee),
        "fee_cap": amount(home, fee_asset, line.effects.fee_cap),
        "versions": line.item.rungs.iter().map(|rung| facts(&rung.facts)).collect::<Vec<_>>(),
        "not_after": line.intent.not_after.to_string(),
        "reference": line.intent.reference.as_str(),
        "reason": line.intent.reason.as_ref().map(strongroom_protocol::Text::as_str),
    })
}

fn facts(facts: &Facts) -> Value {
    use strongroom_protocol::EvmFees;
    let Facts::Evm(facts) = facts else { return Value::Null };
    match &facts.fees {
        EvmFees::Legacy { gas_price } => json!({
            "gas_limit": facts.gas_limit.to_string(),
            "gas_price": gas_price.to_string(),
        }),
        EvmFees::Eip1559 { max_fee_per_gas, max_priority_fee_per_gas } => json!({
            "gas_limit": facts.gas_limit.to_string(),
            "max_fee_per_gas": max_fee_per_gas.to_string(),
            "max_priority_fee_per_gas": max_priority_fee_per_gas.to_string(),
        }),
    }
}
