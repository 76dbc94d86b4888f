//! Lint of chains, assets and accounts: limits that contradict each other, or that bind nothing.

use super::Finding;
use crate::look_alike::mixes_scripts;
use crate::policy::Policy;
use crate::registry::{Asset, ChainRules};

/// Decimal places of native assets, by the family of chains, as the chains themselves define them.
const NATIVE_DECIMALS: [(&str, u8); 4] = [("eip155", 18), ("bip122", 8), ("solana", 9), ("tron", 6)];
/// A relative fee cap above this, in basis points, hardly caps anything.
const HIGH_FEE_POINTS: u32 = 1_000;
/// Statements that count longer than this, in seconds, outlive what people remember.
const LONG_STATEMENT: u64 = 168 * 3600;

pub(super) fn lint_limits(policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if policy.statement_seconds() > LONG_STATEMENT {
        findings.push(Finding::warning(
            "statement-long",
            "statement_hours",
            "an approval may count for more than a week",
            "write 72 or less",
        ));
    }
    for chain in policy.chains() {
        lint_chain(policy, chain, &mut findings);
    }
    for asset in policy.assets() {
        lint_asset(policy, asset, &mut findings);
    }
    for account in policy.accounts() {
        let place = format!("account {}", account.label);
        if mixes_scripts(account.label.as_str()) {
            findings.push(Finding::warning(
                "label-mixes-scripts",
                &place,
                "the label mixes letters of alphabets that look alike",
                "write it in one alphabet",
            ));
        }
        if !account.spend {
            findings.push(Finding::warning(
                "account-receives-only",
                &place,
                "spend = false: what arrives there stays there until the policy changes",
                "leave it so if that is meant",
            ));
        }
    }
    findings
}

fn lint_chain(policy: &Policy, chain: &ChainRules, findings: &mut Vec<Finding>) {
    let place = format!("chain {}", chain.id);
    if !policy.accounts().any(|account| account.chain == chain.id) {
        findings.push(Finding::warning(
            "chain-unused",
            &place,
            "no account lives there",
            "remove it, or pin one",
        ));
    }
    if chain.max_fee > chain.max_fee_day {
        findings.push(Finding::error(
            "fees-inconsistent",
            &place,
            "one item may cost more than a whole day (max_fee > max_fee_day)",
            "correct one of the two",
        ));
    }
    if chain.max_fee.is_zero() {
        findings.push(Finding::warning(
            "fee-zero",
            &place,
            "max_fee is 0, so that nothing can be sent there",
            "write what an item may cost, or leave it so to close the chain",
        ));
    }
    match chain.max_fee_percent.points() {
        0 => findings.push(Finding::warning(
            "fee-percent-zero",
            &place,
            "max_fee_percent is 0, so that no native payment passes",
            "write a percentage such as 1",
        )),
        points if points > HIGH_FEE_POINTS => findings.push(Finding::warning(
            "fee-percent-high",
            &place,
            format!("fees may take {} of a native payment", chain.max_fee_percent),
            "write 10 or less",
        )),
        _ => {}
    }
    let expected = NATIVE_DECIMALS.iter().find(|(namespace, _)| *namespace == chain.id.namespace());
    if let (Some((_, decimals)), Some(native)) = (expected, policy.native(&chain.id))
        && native.decimals != *decimals
    {
        findings.push(Finding::error(
            "native-decimals",
            format!("asset {}", native.id),
            format!("it is listed with {} decimals, but this chain's coin has {decimals}", native.decimals),
            "correct the decimals, and look at every amount again",
        ));
    }
}

fn lint_asset(policy: &Policy, asset: &Asset, findings: &mut Vec<Finding>) {
    let place = format!("asset {} ({})", asset.id, asset.symbol);
    let limits = asset.limits;
    for (inside, outside, words) in [
        (limits.item, limits.request, "one item may pay more than a request (max_item > max_request)"),
        (limits.request, limits.day, "one request may pay more than a day (max_request > max_day)"),
    ] {
        if inside > outside {
            findings.push(Finding::error("limits-inconsistent", &place, words, "correct one of the two"));
        }
    }
    for tier in asset.tiers.iter().filter(|tier| tier.above >= limits.day) {
        findings.push(Finding::warning(
            "tier-never",
            &place,
            format!(
                "the tier above {} is never reached: max_day is {}",
                asset.show(tier.above),
                asset.show(limits.day)
            ),
            "lower the tier, or remove it",
        ));
    }
    if !policy.accounts().any(|account| account.chain == asset.chain && account.spend) {
        findings.push(Finding::warning(
            "asset-unspendable",
            &place,
            "no account on its chain spends",
            "remove it, or pin an account with spend = true",
        ));
    }
}
