//! Account records: taken in only as their vault's word, and never mistaken for what the policy pins.

use strongroom_protocol::{Account, Bundle, Timestamp};

use crate::nodes::Says;
use crate::office::Office;
use crate::texts::{self, account, parse, policy, sealed};

#[test]
fn a_record_is_unverified_until_the_policy_pins_its_station() {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    office.write("cold.account", sealed(&cold, "station"));
    office.run("account import @cold.account").done().says("unverified until a policy pins its station");
    assert_eq!(office.json("account list").1["data"]["accounts"][0]["state"], "unverified");
    assert_eq!(office.error("account address 'Cold ETH'"), (8, "no-policy".to_owned()));
    office.write("policy-1.toml", policy(&office, &[&cold]));
    office.sealed("policy", "policy-1.toml", &["alice", "bob"], "policy-1.txt").done();
    office.run("policy install @policy-1.txt").done();
    assert_eq!(office.json("account list").1["data"]["accounts"][0]["state"], "pinned");
    let ran = office.run("account address 'cold eth'").done();
    assert!(ran.out.starts_with("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf\n"), "{ran:?}");
    office.run(&format!("account address {}", cold.id())).done();
    office.run("account import @cold.account").done().says("known already");
}

#[test]
fn records_that_nobody_should_believe_are_refused() {
    let (office, cold, _) = texts::ruled();
    let refused = |account: &Account, signer: &str, code: u8, words: &str| {
        office.write("bad.account", sealed(account, signer));
        office.run("account import @bad.account").refused(code, words);
    };
    let warm = account(&office, "Warm", "eip155:1", 1);
    refused(&warm, "mallory", 5, "another station's key");
    refused(&Account { house: parse(&"00".repeat(32)), ..warm.clone() }, "station", 5, "is of house");
    refused(&Account { address: cold.address.clone(), ..warm.clone() }, "station", 5, "contradicts itself");
    refused(&Account { chain: parse("eip155:56"), ..warm.clone() }, "station", 5, "not a supported chain");
    refused(
        &Account { chain: parse("tron:0x2b6653dc"), ..warm.clone() },
        "station",
        5,
        "no chain that this program speaks",
    );
    // Somebody's own station is no lie, but nobody pinned it.
    let foreign = Account { station: texts::station_of("mallory"), ..warm.clone() };
    office.write("foreign.account", sealed(&foreign, "mallory"));
    office.run("account import @foreign.account").done().says("unverified");
    // A pinned station's record that the policy does not pin yet.
    office.write("warm.account", sealed(&warm, "station"));
    office.run("account import @warm.account").done().says("its station is pinned, the account is not yet");
    office.run("account address Warm").refused(3, "the policy pins no account \"Warm\": it pins Cold ETH");
    office.run(&format!("account address {}", foreign.id())).refused(3, "pins no account");
}

#[test]
fn a_look_alike_of_a_pinned_account_is_another_account() {
    let (office, cold, _) = texts::ruled();
    // The same label and address, one field different: another id, which nobody pinned.
    let twin = Account { enrolled_at: Timestamp::from_unix(1), ..cold };
    office.write("twin.account", sealed(&twin, "station"));
    let (_, imported) = office.json("account import @twin.account");
    assert_eq!(imported["data"]["accounts"][0]["state"], "unpinned");
}

#[test]
fn damaged_files_and_half_imports_leave_nothing() {
    let office = Office::with_home();
    let good = sealed(&account(&office, "Cold ETH", "eip155:1", 0), "station");
    office.write("good.account", &good);
    let mut flipped = good.clone();
    let last = flipped.len() - 40;
    flipped[last] ^= 1;
    office.write("bad.account", flipped);
    office.run("account import @good.account @bad.account").refused(5, "bad.account");
    office.write("bad.account", &good[..good.len() - 1]);
    office.run("account import @good.account @bad.account").refused(9, "bad.account");
    office.write("bad.account", b"something else");
    office.run("account import @good.account @bad.account").refused(9, "does not begin with STRONGROOM");
    office.write("bad.account", Bundle::wrap(b"\x82"));
    office.run("account import @good.account @bad.account").refused(9, "malformed");
    office.run("account import @nosuch").refused(8, "No such file");
    assert_eq!(office.json("account list").1["data"]["accounts"], serde_json::json!([]), "all or nothing");
}

#[test]
fn balances_are_what_the_nodes_agree_on() {
    let (office, _, _) = texts::ruled();
    for name in ["one", "two"] {
        let url = format!("https://{name}.example.com");
        office.nodes.put(&url, Says::default());
        office.run(&format!("node add eip155:1 {url} --name {name}")).done();
    }
    let (_, listed) = office.json("account list --balances");
    let balances = listed["data"]["accounts"][0]["balances"].as_array().unwrap();
    let find = |symbol: &str| balances.iter().find(|held| held["symbol"] == symbol).unwrap();
    assert_eq!(find("ETH")["amount"], "1.5");
    assert_eq!(find("ETH")["base_units"], "1500000000000000000");
    assert_eq!(find("USDT")["amount"], "7");
    office.run("account list --balances").done().says("1.5 ETH");
    // One that counts a wei more stops it.
    office.nodes.put("https://two.example.com", Says { wei: 1_500_000_000_000_000_001, ..Says::default() });
    office.run("account list --balances").refused(1, "the nodes disagree about what 0x7E5F");
    assert_eq!(office.json("account list").1["data"]["accounts"][0]["balances"], serde_json::Value::Null);
}

#[test]
fn a_pinned_account_without_its_record_is_said() {
    let office = Office::with_home();
    let cold = account(&office, "Cold ETH", "eip155:1", 0);
    office.write("policy-1.toml", policy(&office, &[&cold]));
    office.sealed("policy", "policy-1.toml", &["alice", "bob"], "policy-1.txt").done();
    office.run("policy install @policy-1.txt").done().warns("its record is not here");
    assert_eq!(office.json("account list").1["data"]["accounts"][0]["state"], "no-record");
    assert_eq!(office.error("account address 'Cold ETH'"), (8, "account-record".to_owned()));
}
