//! A policy and an address book in plain words, for the people who sign them.

use std::fmt::{Display, Write as _};

use strongroom_protocol::{AssetId, ComparisonCode};

use crate::book::Book;
use crate::policy::Policy;
use crate::quorum::listed;
use crate::registry::{Asset, ChainRules};
use crate::roster::Duty;

/// Columns that the words before a value take.
const COLUMN: usize = 22;

/// Lines of words and values, one under the other. Writing to a String cannot fail, so results are dropped.
#[derive(Default)]
struct Page(String);

impl Page {
    fn title(&mut self, text: impl Display) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.0, "{gap}{text}");
    }

    fn row(&mut self, words: impl Display, value: impl Display) {
        let _ = writeln!(self.0, "  {:<COLUMN$}  {value}", words.to_string());
    }
}

/// A policy in plain words.
pub fn explain(policy: &Policy) -> String {
    let mut page = Page::default();
    page.title(format!("Policy, epoch {}", policy.epoch()));
    page.row("id", policy.id());
    page.row("code", ComparisonCode::of(policy.id().as_bytes()));
    page.row("house", policy.house());
    page.row("in force from", policy.not_before());
    page.row(
        "to be reviewed by",
        policy.review_by().map_or_else(|| "no date".to_owned(), |date| date.to_string()),
    );
    page.row(
        "approvals",
        format!("{} at least, by distinct people, none of them preparer or operator", policy.approvals()),
    );
    page.row("an approval counts", format!("{} hours at most", policy.statement_seconds() / 3600));

    page.title("People");
    for person in policy.persons() {
        page.row(&person.name, listed(&person.roles, "no role"));
        for key in &person.keys {
            let touch = if key.is_security_key() { ", asks for a touch" } else { "" };
            page.row("", format!("key {}{touch}", key.fingerprint()));
        }
    }
    for duty in Duty::ALL {
        page.row(format!("as {duty}"), listed(policy.with_duty(duty).map(|person| &person.name), "nobody"));
    }

    page.title("Vaults");
    for station in policy.stations() {
        page.row(&station.name, format!("worked by {}", listed(&station.operators, "nobody")));
        page.row("", format!("key {}", station.key.fingerprint()));
        page.row(
            "",
            if station.require_cold { "signs on a cold machine only" } else { "signs on any machine" },
        );
    }

    for chain in policy.chains() {
        explain_chain(policy, chain, &mut page);
    }
    page.0
}

fn explain_chain(policy: &Policy, chain: &ChainRules, page: &mut Page) {
    page.title(format!("Chain {}", chain.id));
    if let Some(native) = policy.native(&chain.id) {
        page.row("fee of an item", format!("{} at most", native.show(chain.max_fee)));
        let part = format!("and {} of what it pays, if it pays {}", chain.max_fee_percent, native.symbol);
        page.row("", part);
        page.row("fees of a day", format!("{} at most", native.show(chain.max_fee_day)));
    }
    if let Some(price) = chain.max_gas_price {
        page.row("unit of gas", format!("{} gwei at most", price.to_decimal(9)));
    }
    for account in policy.accounts().filter(|account| account.chain == chain.id) {
        let station = policy
            .station(&account.station)
            .map_or_else(|| account.station.to_string(), |own| own.name.to_string());
        let spends = if account.spend { "spends" } else { "receives only" };
        page.row(
            format!("account {}", account.label),
            format!("{}, {spends}, vault {station}", account.class),
        );
        page.row("", account.address.grouped());
        if let Some(leave) = &account.blind {
            let assets = listed(leave.assets.iter().map(|id| symbol_of(policy, id)), "nothing");
            page.row("", format!("a {} may sign {assets} UNSEEN", leave.device));
        }
    }
    for asset in policy.assets().filter(|asset| asset.chain == chain.id) {
        explain_asset(policy, asset, page);
    }
}

fn symbol_of(policy: &Policy, id: &AssetId) -> String {
    policy.asset(id).map_or_else(|| id.to_string(), |asset| format!("{} ({id})", asset.symbol))
}

fn explain_asset(policy: &Policy, asset: &Asset, page: &mut Page) {
    page.row(format!("asset {}", asset.symbol), format!("{}, {} decimals", asset.id, asset.decimals));
    page.row("  an item", format!("{} at most", asset.show(asset.limits.item)));
    page.row("  a request", format!("{} at most", asset.show(asset.limits.request)));
    page.row("  a day", format!("{} at most", asset.show(asset.limits.day)));
    if let (Some(fee), Some(native)) = (asset.max_fee, policy.native(&asset.chain)) {
        page.row("  fee of an item", format!("{} at most", native.show(fee)));
    }
    if !asset.descriptors.is_empty() {
        page.row("  shown by", listed(asset.descriptors.keys(), "nothing"));
    }
    for tier in &asset.tiers {
        page.row(
            format!("  {} approvals", tier.approvals),
            format!("for more than {} in a day", asset.show(tier.above)),
        );
    }
}

/// An address book in plain words.
pub fn explain_book(book: &Book) -> String {
    let mut page = Page::default();
    page.title(format!("Address book, epoch {}", book.epoch()));
    page.row("id", book.id());
    page.row("code", ComparisonCode::of(book.id().as_bytes()));
    page.row("house", book.house());
    page.row("destinations", book.destinations().count());
    for entry in book.destinations() {
        page.title(&entry.label);
        page.row("chain", &entry.chain);
        page.row("address", entry.address.grouped());
        page.row("class", &entry.class);
        page.row("takes", listed(&entry.assets, "nothing"));
        if let Some(memo) = &entry.memo {
            page.row("memo", format!("{memo:?}"));
        }
        if let Some(from) = entry.not_before {
            page.row("may be paid from", from);
        }
        if let Some(until) = entry.not_after {
            page.row("may be paid until", until);
        }
    }
    page.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{book, policy, public};

    #[test]
    fn a_policy_is_told_whole_and_aligned() {
        let text = explain(&policy());
        for line in [
            "Policy, epoch 1".to_owned(),
            "  approvals               2 at least, by distinct people, none of them preparer or operator"
                .to_owned(),
            "  an approval counts      72 hours at most".to_owned(),
            "  bob                     preparer, approver".to_owned(),
            format!("                          key {}", public(50).fingerprint()),
            "  as operator             dave, grace".to_owned(),
            "  vault-1                 worked by dave, grace".to_owned(),
            "  unit of gas             200.5 gwei at most".to_owned(),
            "  account Warm ETH        warm, receives only, vault vault-1".to_owned(),
            "                          0x 1111 1111 1111 1111 1111 1111 1111 1111 1111 1111".to_owned(),
            "    a day                 250000.5 USDT at most".to_owned(),
            "    fee of an item        0.02 ETH at most".to_owned(),
            "    3 approvals           for more than 60 ETH in a day".to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
        }
        assert!(text.contains(&ComparisonCode::of(policy().id().as_bytes()).to_string()));
        assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    }

    #[test]
    fn a_book_is_told_whole() {
        let text = explain_book(&book());
        for line in [
            "Custodian",
            "  destinations            3",
            "  memo                    \"acct 7\"",
            "  takes                   ETH, USDT",
            "  may be paid until       2027-12-01T00:00:00Z",
        ] {
            assert!(text.lines().any(|found| found == line), "{line:?} is not in\n{text}");
        }
    }
}
