//! `pay --batch`.

use serde_json::json;

use crate::house::{COLD, EXCHANGE, House, STRANGER, exists};
use crate::nodes::{Chain, ETH};
use crate::paying::{house, read};
use crate::run::{Run, run};

const HEADER: &str = "account,to,amount,asset,reference,reason\n";

fn check(house: &House, chain: &Chain, lines: &str) -> Run {
    let file = house.write("payments.csv", &format!("{HEADER}{lines}")).display().to_string();
    run(house, chain, &["pay", "--batch", &file, "--check"])
}

fn write(house: &House, chain: &Chain, lines: &str, out: &str) -> Run {
    let file = house.write("payments.csv", &format!("{HEADER}{lines}")).display().to_string();
    let out = house.file(out).display().to_string();
    run(house, chain, &["pay", "--batch", &file, "--agent", "-o", &out])
}

/// Lines and codes of the problems that were named.
fn problems(run: &Run) -> Vec<(u64, String)> {
    let problems = run.json()["data"]["problems"].as_array().unwrap().clone();
    problems
        .iter()
        .map(|problem| (problem["line"].as_u64().unwrap_or(0), problem["code"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn all_bad_lines_are_named_at_once() {
    let (house, chain) = house();
    let lines = format!(
        "Cold 0,Exchange A,1,ETH,INV-1,\n\
         Cold 9,Exchange A,1,ETH,INV-2,\n\
         Cold 0,{STRANGER},1,ETH,INV-3,\n\
         Cold 0,{},1,ETH,INV-4,\n\
         Cold 0,Exchange A,1e3,ETH,INV-5,\n\
         Cold 0,Exchange A,51,ETH,INV-6,over the limit of one item\n\
         Cold 0,Exchange A,1,ETH\n\
         Cold 0,Exchange A,1,DOGE,INV-8,\n\
         Cold 0,Exchange A,1,ETH,,\n\
         Cold 0,Exchange A,1,ETH,INV-1,the first one again\n",
        EXCHANGE.to_lowercase()
    );
    let expected: Vec<_> = [
        (3, "account-unknown"),
        (4, "destination"),
        (5, "address-form"),
        (6, "amount"),
        (7, "item-limit"),
        (8, "csv-fields"),
        (9, "asset"),
        (10, "reference"),
        (11, "reference"),
    ]
    .map(|(line, code)| (line, code.to_owned()))
    .into();
    let run = check(&house, &chain, &lines);
    assert_eq!((run.exit, problems(&run)), (2, expected.clone()));
    let run = write(&house, &chain, &lines, "batch.req");
    assert_eq!((run.exit, problems(&run)), (2, expected));
    assert!(!exists(&house.file("batch.req")));
}

#[test]
fn refusals_by_policy_alone_end_with_the_policys_code() {
    let (house, chain) = house();
    chain.now(|truth| truth.coins.insert(COLD.to_lowercase(), 1000 * ETH));
    let lines: String = (1..=3).map(|n| format!("Cold 0,Exchange A,40,ETH,INV-{n},\n")).collect();
    let run = check(&house, &chain, &lines);
    assert_eq!((run.exit, problems(&run)), (3, vec![(0, "request-limit".to_owned())]));
}

#[test]
fn a_file_that_is_no_such_file_is_refused_whole() {
    let (house, chain) = house();
    for (text, code) in [
        ("to,account,amount,asset,reference,reason\n", "csv-header"),
        ("account,to,amount,asset,reference\n", "csv-header"),
        (HEADER, "empty"),
        ("", "empty"),
    ] {
        let file = house.write("payments.csv", text).display().to_string();
        let run = run(&house, &chain, &["pay", "--batch", &file, "--check"]);
        assert_eq!((run.exit, run.error().1.as_str()), (2, code), "{text:?}");
    }
}

#[test]
fn lines_are_counted_as_editors_count_them() {
    let (house, chain) = house();
    let lines = "\r\nCold 0,Exchange A,1,ETH,INV-1,\"in two\nlines\"\r\n\r\nCold 0,Nobody,1,ETH,INV-2,\r\n";
    let run = check(&house, &chain, lines);
    assert_eq!(problems(&run), [(3, "reason".to_owned()), (6, "payee".to_owned())]);
    let marked = house.write("marked.csv", &format!("\u{feff}{HEADER}Cold 0,Exchange A,1,ETH,INV-1,\n"));
    let run = crate::run::run(&house, &chain, &["pay", "--batch", &marked.display().to_string(), "--check"]);
    assert_eq!(run.data()["lines"], 1, "with the mark that spreadsheets put in front");
}

#[test]
fn a_check_judges_and_writes_nothing() {
    let (house, chain) = house();
    let lines = "Cold 0,Exchange A,1.5,ETH,INV-1,rent\nCold 0,Supplier B,2,ETH,INV-2,\nCold 0,Exchange A,all,TKN,INV-3,\n";
    let data = check(&house, &chain, lines).data();
    assert_eq!(data["lines"], 3);
    assert_eq!(data["totals"][1]["shown"], "3.5 ETH");
    let again = write(&house, &chain, lines, "batch.req").data();
    assert_eq!(again["items"][0]["nonce"], "7", "the check reserved something");
    assert_eq!(again["items"][2]["payments"][0]["amount"], "500");
}

#[test]
fn money_is_counted_over_all_lines() {
    let (house, chain) = house();
    chain.now(|truth| truth.coins.insert(COLD.to_lowercase(), 3 * ETH));
    let run = check(&house, &chain, "Cold 0,Exchange A,2,ETH,INV-1,\nCold 0,Exchange A,2,ETH,INV-2,\n");
    assert_eq!((run.exit, problems(&run)), (1, vec![(3, "insufficient".to_owned())]));
}

#[test]
fn a_thousand_lines_are_one_request_with_consecutive_nonces_and_few_posts() {
    let (house, chain) = house();
    let lines: String = (0..1000).map(|n| format!("Cold 0,Exchange A,0.05,ETH,INV-{n},\n")).collect();
    let data = write(&house, &chain, &lines, "batch.req").data();
    let request = read(&house, "batch.req");
    assert_eq!(request.items.len(), 1000);
    let nonces: Vec<u64> = data["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["nonce"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(nonces, (7..1007).collect::<Vec<_>>());
    assert_eq!(data["totals"][0]["amount"], "50");
    let posts = chain.now(|truth| truth.posts);
    assert!(posts < 60, "{posts} posts");
    assert_eq!(data["approvals_needed"], json!(2));
}
