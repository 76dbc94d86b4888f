//! Lint of addresses: each in the one form that its chain's codec writes.

use strongroom_protocol::{Address, AssetId, ChainId, Codec};

use super::{Finding, sorted};
use crate::book::Book;
use crate::policy::Policy;

/// Namespaces of assets whose reference is the address of a contract on the chain.
const CONTRACT_NAMESPACES: [&str; 3] = ["erc20", "trc20", "token"];

/// Checks every address of policy and book with the codec of its chain. An address in another form than the chain's
/// own is never found by a lookup, so that nothing could be paid to it or from it.
pub fn lint_spelling<'a>(
    policy: &Policy,
    book: Option<&Book>,
    codec: impl Fn(&ChainId) -> Option<&'a dyn Codec>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for chain in policy.chains() {
        let Some(codec) = codec(&chain.id) else {
            findings.push(Finding::error(
                "chain-unsupported",
                format!("chain {}", chain.id),
                "this version does not speak it",
                "remove the chain with its assets and accounts",
            ));
            continue;
        };
        findings.extend(native(codec, &chain.id, &chain.native));
    }
    let accounts =
        policy.accounts().map(|own| (format!("account {}", own.label), &own.chain, own.address.clone()));
    let contracts = policy.assets().filter_map(|asset| {
        let contract = CONTRACT_NAMESPACES.contains(&asset.id.namespace());
        let address = contract.then(|| asset.id.reference().parse::<Address>().ok())??;
        Some((format!("asset {}", asset.symbol), &asset.chain, address))
    });
    for (place, chain, address) in accounts.chain(contracts) {
        findings.extend(address_finding(place, chain, &address, &codec));
    }
    findings.extend(book.into_iter().flat_map(|book| lint_book_spelling(book, &codec)));
    sorted(findings)
}

/// Checks every address of a book alone, as [`lint_spelling`] does: a book can be installed before any policy.
pub fn lint_book_spelling<'a>(
    book: &Book,
    codec: impl Fn(&ChainId) -> Option<&'a dyn Codec>,
) -> Vec<Finding> {
    let findings = book.destinations().filter_map(|entry| {
        address_finding(format!("destination {}", entry.label), &entry.chain, &entry.address, &codec)
    });
    sorted(findings.collect())
}

fn address_finding<'a>(
    place: String,
    chain: &ChainId,
    address: &Address,
    codec: impl Fn(&ChainId) -> Option<&'a dyn Codec>,
) -> Option<Finding> {
    let error = codec(chain)?.check_address(chain, address).err()?;
    Some(Finding::error("address", place, error.to_string(), "copy it anew from its source"))
}

fn native(codec: &dyn Codec, chain: &ChainId, listed: &AssetId) -> Option<Finding> {
    let (problem, remedy) = match codec.native_asset(chain) {
        Ok(native) if native == *listed => return None,
        Ok(native) => (format!("its native asset is {native}, not {listed}"), "correct the asset's id"),
        Err(error) => (error.to_string(), "remove the chain with its assets and accounts"),
    };
    Some(Finding::error("native-asset", format!("chain {chain}"), problem, remedy))
}
