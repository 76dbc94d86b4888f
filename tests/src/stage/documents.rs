//! Policy and book of a stage, as its admins write them.

use std::fmt::Write as _;

use strongroom_protocol::{Account, DeviceBinding, HouseId};

use super::people::People;

/// A chain of the stage.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its CAIP-2 name.
    pub chain: String,
    /// The native asset by its CAIP-19 name, and its symbol.
    pub native: (String, String),
    /// Tokens in the registry.
    pub tokens: Vec<Token>,
    /// Its nodes.
    pub nodes: Vec<String>,
    /// The label of the vault's account on it.
    pub account: String,
}

/// A token in the registry.
#[derive(Clone, Debug)]
pub struct Token {
    /// The contract, checksummed.
    pub contract: String,
    /// Its symbol.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

/// A destination of the book.
#[derive(Clone, Debug)]
pub struct Payee {
    /// Its label.
    pub label: String,
    /// Its address in CAIP-10 form.
    pub address: String,
    /// The assets it takes, by symbol.
    pub assets: Vec<String>,
}

/// When policies begin: before any clock that plays here.
const BEGIN: &str = "2026-01-01T00:00:00Z";
/// When they must be reviewed: after any.
const REVIEW: &str = "2099-01-01T00:00:00Z";

/// The first policy of a stage.
pub(super) fn policy(
    house: HouseId,
    people: &People,
    station: &str,
    networks: &[Network],
    accounts: &[Account],
) -> String {
    let mut text = format!(
        "schema = \"strongroom.policy.v1\"\nhouse = \"{house}\"\nepoch = 1\nnot_before = \"{BEGIN}\"\n\
         review_by = \"{REVIEW}\"\napprovals = 2\nstatement_hours = 72\n"
    );
    let roles = [(People::PREPARER, "preparer"), (People::OPERATOR, "operator")];
    let approvers = People::APPROVERS.map(|name| (name, "approver"));
    for (name, role) in roles.into_iter().chain(approvers) {
        let key = people.person(name).public_key();
        let _ = write!(text, "\n[[person]]\nname = \"{name}\"\nroles = [\"{role}\"]\nkeys = [\"{key}\"]\n");
    }
    let operator = People::OPERATOR;
    let _ =
        write!(text, "\n[[station]]\nname = \"vault\"\nkey = \"{station}\"\noperators = [\"{operator}\"]\n");
    for (network, account) in networks.iter().zip(accounts) {
        let (chain, native) = (&network.chain, &network.native);
        // No vendor has described the tokens of a chain that lives for one test.
        let unseen: Vec<_> =
            network.tokens.iter().map(|token| format!("\"{chain}/erc20:{}\"", token.contract)).collect();
        let blind = match &account.device {
            DeviceBinding::Hardware { kind, .. } if !unseen.is_empty() => {
                format!("blind = {{ device = \"{kind}\", assets = [{}] }}\n", unseen.join(", "))
            }
            _ => String::new(),
        };
        let _ = write!(
            text,
            "\n[[account]]\nid = \"{}\"\nlabel = \"{}\"\nchain = \"{chain}\"\naddress = \"{}\"\nclass = \"cold\"\n\
             station = \"vault\"\nspend = true\n{blind}\
             \n[[chain]]\nid = \"{chain}\"\nmax_fee = \"0.5\"\nmax_fee_percent = \"10\"\nmax_fee_day = \"1000\"\n\
             \n[[asset]]\nid = \"{}\"\nsymbol = \"{}\"\ndecimals = 18\nmax_item = \"1000\"\nmax_request = \"2000\"\n\
             max_day = \"4000\"\n",
            account.id(),
            account.label,
            account.address,
            native.0,
            native.1,
        );
        for token in &network.tokens {
            let _ = write!(
                text,
                "\n[[asset]]\nid = \"{chain}/erc20:{}\"\nsymbol = \"{}\"\ndecimals = {}\nmax_item = \"100000\"\n\
                 max_request = \"200000\"\nmax_day = \"400000\"\n",
                token.contract, token.symbol, token.decimals
            );
        }
    }
    text
}

/// The first book of a stage.
pub(super) fn book(house: HouseId, payees: &[Payee]) -> String {
    let mut text = format!("schema = \"strongroom.book.v1\"\nhouse = \"{house}\"\nepoch = 1\n");
    for payee in payees {
        let assets: Vec<_> = payee.assets.iter().map(|symbol| format!("\"{symbol}\"")).collect();
        let _ = write!(
            text,
            "\n[[destination]]\naddress = \"{}\"\nlabel = \"{}\"\nclass = \"exchange\"\nassets = [{}]\n",
            payee.address,
            payee.label,
            assets.join(", ")
        );
    }
    text
}
