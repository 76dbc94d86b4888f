//! The difference of two policies.

use std::collections::BTreeMap;

use strongroom_protocol::{Amount, Name, PublicKey};

use super::{Change, Changes, Effect, or_none};
use crate::policy::Policy;
use crate::quorum::listed;
use crate::registry::{Asset, ChainRules, PinnedAccount, Tier};
use crate::roster::{Person, Station};

/// What changes from one policy to another, entry by entry.
///
/// A change whose direction cannot be told, such as of an account's class, counts as loosening: it takes the quorum
/// and the delay.
pub fn diff_policies(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut changes = Changes::default();
    general(&mut changes, old, new);
    people(&mut changes, old, new);
    stations(&mut changes, old, new);
    chains(&mut changes, old, new);
    assets(&mut changes, old, new);
    accounts(&mut changes, old, new);
    changes.0
}

fn general(changes: &mut Changes, old: &Policy, new: &Policy) {
    let place = "policy";
    changes.meaning(place, "house", (&old.house(), &new.house()), ToString::to_string);
    changes.field(
        place,
        "not_before",
        (&old.not_before(), &new.not_before()),
        Effect::Neutral,
        ToString::to_string,
    );
    let review = Effect::of_optional_bound(old.review_by().as_ref(), new.review_by().as_ref());
    changes.field(place, "review_by", (&old.review_by(), &new.review_by()), review, |time| {
        or_none(time.as_ref())
    });
    let approvals = (old.approvals(), new.approvals());
    let effect = Effect::of_bound(&approvals.0, &approvals.1).reversed();
    changes.field(place, "approvals", (&approvals.0, &approvals.1), effect, ToString::to_string);
    let hours = (old.statement_hours, new.statement_hours);
    let effect = Effect::of_bound(&hours.0, &hours.1);
    changes.field(place, "statement_hours", (&hours.0, &hours.1), effect, ToString::to_string);
}

fn people(changes: &mut Changes, old: &Policy, new: &Policy) {
    fn by_name(policy: &Policy) -> BTreeMap<&Name, &Person> {
        policy.persons().map(|person| (&person.name, person)).collect()
    }
    let place = |person: &Person| format!("person {}", person.name);
    let show = |person: &Person| {
        let keys = listed(person.keys.iter().map(PublicKey::fingerprint), "no key");
        format!("{}, {keys}", listed(&person.roles, "no role"))
    };
    changes.entries((by_name(old), by_name(new)), place, show, |changes, old, new| {
        let place = place(new);
        changes.members(&place, "role", (&old.roles, &new.roles), ToString::to_string);
        changes.members(&place, "key", (&old.keys, &new.keys), |key| key.fingerprint());
    });
}

fn stations(changes: &mut Changes, old: &Policy, new: &Policy) {
    fn by_name(policy: &Policy) -> BTreeMap<&Name, &Station> {
        policy.stations().map(|station| (&station.name, station)).collect()
    }
    let place = |station: &Station| format!("station {}", station.name);
    let show = |station: &Station| {
        format!("{}, operated by {}", station.key.fingerprint(), listed(&station.operators, "nobody"))
    };
    changes.entries((by_name(old), by_name(new)), place, show, |changes, old, new| {
        let place = place(new);
        changes.meaning(&place, "key", (&old.key, &new.key), PublicKey::fingerprint);
        changes.members(&place, "operator", (&old.operators, &new.operators), ToString::to_string);
        let effect = Effect::of_bound(&new.require_cold, &old.require_cold);
        changes.field(
            &place,
            "require_cold",
            (&old.require_cold, &new.require_cold),
            effect,
            ToString::to_string,
        );
    });
}

fn chains(changes: &mut Changes, old: &Policy, new: &Policy) {
    let place = |chain: &ChainRules| format!("chain {}", chain.id);
    let amount = |chain: &ChainRules, amount: Amount| {
        let native = new.native(&chain.id).or_else(|| old.native(&chain.id));
        native.map_or_else(|| amount.to_string(), |native| native.show(amount))
    };
    let show = |chain: &ChainRules| {
        let (item, day) = (amount(chain, chain.max_fee), amount(chain, chain.max_fee_day));
        format!("fees up to {item} and {} an item, {day} a day", chain.max_fee_percent)
    };
    let by_id = |policy| Policy::chains(policy).map(|chain| (&chain.id, chain)).collect();
    changes.entries((by_id(old), by_id(new)), place, show, |changes, before, after| {
        let place = place(after);
        changes.meaning(&place, "native asset", (&before.native, &after.native), ToString::to_string);
        for (name, old, new) in [
            ("max_fee", before.max_fee, after.max_fee),
            ("max_fee_day", before.max_fee_day, after.max_fee_day),
        ] {
            changes
                .field(&place, name, (&old, &new), Effect::of_bound(&old, &new), |fee| amount(after, *fee));
        }
        let percent = (&before.max_fee_percent, &after.max_fee_percent);
        let effect = Effect::of_bound(percent.0, percent.1);
        changes.field(&place, "max_fee_percent", percent, effect, ToString::to_string);
        let price = (&before.max_gas_price, &after.max_gas_price);
        let effect = Effect::of_optional_bound(price.0.as_ref(), price.1.as_ref());
        changes.field(&place, "max_gas_price_gwei", price, effect, |price| {
            price.map_or_else(|| "none".to_owned(), |price| price.to_decimal(9))
        });
    });
}

fn assets(changes: &mut Changes, old: &Policy, new: &Policy) {
    let place = |asset: &Asset| format!("asset {} ({})", asset.id, asset.symbol);
    let show = |asset: &Asset| {
        let limits = asset.limits;
        let [item, request, day] = [limits.item, limits.request, limits.day].map(|limit| asset.show(limit));
        format!("{} decimals, up to {item} an item, {request} a request, {day} a day", asset.decimals)
    };
    let by_id = |policy| Policy::assets(policy).map(|asset| (&asset.id, asset)).collect();
    changes.entries((by_id(old), by_id(new)), place, show, |changes, before, after| {
        let place = place(after);
        changes.meaning(&place, "symbol", (&before.symbol, &after.symbol), ToString::to_string);
        changes.meaning(&place, "decimals", (&before.decimals, &after.decimals), ToString::to_string);
        // Each with its own decimals: where those changed, the same words are other amounts.
        let bounds = [
            ("max_item", before.limits.item, after.limits.item),
            ("max_request", before.limits.request, after.limits.request),
            ("max_day", before.limits.day, after.limits.day),
        ];
        for (name, old, new) in bounds.iter().filter(|(_, old, new)| old != new) {
            let what = format!("{name} {} → {}", before.show(*old), after.show(*new));
            changes.add(Effect::of_bound(old, new), &place, what);
        }
        let fee = (&before.max_fee, &after.max_fee);
        let native = new.native(&after.chain);
        let effect = Effect::of_optional_bound(fee.0.as_ref(), fee.1.as_ref());
        changes.field(&place, "max_fee", fee, effect, |fee| match (fee, native) {
            (Some(fee), Some(native)) => native.show(*fee),
            (fee, _) => or_none(fee.as_ref()),
        });
        tiers(changes, &place, (before, old.approvals()), (after, new.approvals()));
        let descriptors = (&before.descriptors, &after.descriptors);
        changes.meaning(&place, "descriptor", descriptors, |all| listed(all.keys(), "none"));
    });
}

/// Tiers are compared by what they ask for at each amount, not line by line.
fn tiers(
    changes: &mut Changes,
    place: &str,
    (old, old_least): (&Asset, u32),
    (new, new_least): (&Asset, u32),
) {
    if old.tiers == new.tiers {
        return;
    }
    let smallest = Amount::from(1u64);
    let amounts =
        old.tiers.iter().chain(&new.tiers).map(|tier| tier.above.checked_add(smallest).unwrap_or(tier.above));
    let asked = amounts.map(|amount| (old.approvals(amount, old_least), new.approvals(amount, new_least)));
    let asked: Vec<_> = asked.collect();
    let effect = if asked.iter().any(|(old, new)| new < old) {
        Effect::Loosens
    } else if asked.iter().any(|(old, new)| new > old) {
        Effect::Tightens
    } else {
        Effect::Neutral
    };
    let show = |asset: &Asset| {
        let tier = |tier: &Tier| format!("{} above {}", tier.approvals, asset.show(tier.above));
        listed(asset.tiers.iter().map(tier), "none")
    };
    changes.add(effect, place, format!("approvals {} → {}", show(old), show(new)));
}

fn accounts(changes: &mut Changes, old: &Policy, new: &Policy) {
    let station = |policy: &Policy, account: &PinnedAccount| {
        policy
            .station(&account.station)
            .map_or_else(|| account.station.to_string(), |station| station.name.to_string())
    };
    let place = |account: &PinnedAccount| format!("account {}", account.label);
    let show = |account: &PinnedAccount| {
        let spends = if account.spend { "spends" } else { "receives only" };
        format!("{} on {}, class {}, {spends}", account.address, account.chain, account.class)
    };
    let by_id = |policy| Policy::accounts(policy).map(|account| (account.id, account)).collect();
    changes.entries((by_id(old), by_id(new)), place, show, |changes, before, after| {
        let place = place(after);
        changes.meaning(&place, "label", (&before.label, &after.label), |label| format!("{label:?}"));
        changes.meaning(&place, "chain", (&before.chain, &after.chain), ToString::to_string);
        changes.meaning(&place, "address", (&before.address, &after.address), ToString::to_string);
        changes.meaning(&place, "class", (&before.class, &after.class), ToString::to_string);
        if before.station != after.station {
            let what = format!("station {} → {}", station(old, before), station(new, after));
            changes.add(Effect::Loosens, &place, what);
        }
        let effect = Effect::of_bound(&before.spend, &after.spend);
        changes.field(&place, "spend", (&before.spend, &after.spend), effect, ToString::to_string);
        let assets = |account: &PinnedAccount| {
            account.blind.as_ref().map(|leave| leave.assets.clone()).unwrap_or_default()
        };
        changes.members(
            &place,
            "asset signed unseen",
            (&assets(before), &assets(after)),
            ToString::to_string,
        );
        let device = |account: &PinnedAccount| account.blind.as_ref().map(|leave| leave.device.clone());
        let devices = (device(before), device(after));
        if let (Some(old), Some(new)) = &devices {
            changes.meaning(&place, "device that signs unseen", (old, new), ToString::to_string);
        }
    });
}
