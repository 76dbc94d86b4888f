//! Nodes: added with care, shown without their keys, and held against each other.

use crate::nodes::Says;
use crate::office::{Office, words};

fn add(office: &Office, name: &str, says: Says) -> String {
    let url = format!("https://{name}.example.com/v2/SECRET{name}");
    office.nodes.put(&url, says);
    office.run(&format!("node add eip155:1 {url} --name {name}")).done();
    url
}

#[test]
fn two_nodes_that_agree_are_well() {
    let office = Office::with_home();
    add(&office, "one", Says::default());
    assert_eq!(office.error("node check"), (8, "too-few-nodes".to_owned()), "one node proves nothing");
    add(&office, "two", Says { height: 101, ..Says::default() });
    let ran = office.run("node check").done();
    assert!(ran.out.contains("height 101") && ran.out.contains("height 100, 1 behind"), "{ran:?}");
    let (_, checked) = office.json("node check eip155:1");
    assert_eq!(checked["data"]["chains"][0]["agree"], true);
    assert_eq!(checked["data"]["chains"][0]["nodes"][0]["lag"], 1);
    assert_eq!(checked["data"]["chains"][0]["nodes"][1]["finalized"], 90);
}

#[test]
fn a_node_that_says_otherwise_is_named() {
    for (lie, name, words) in [
        (Says { chain: 137, ..Says::default() }, "nodes-disagree", "liar says eip155:137"),
        (Says { fork: 7, ..Says::default() }, "nodes-disagree", "the nodes disagree about block 100"),
        (Says { height: 5_000, ..Says::default() }, "nodes-lag", "liar is at 5000"),
        (Says { height: 3, finalized: 2, ..Says::default() }, "nodes-lag", "liar is at 3"),
    ] {
        let office = Office::with_home();
        add(&office, "honest", Says::default());
        add(&office, "liar", lie.clone());
        let ran = office.run("node check").refused(1, words);
        assert!(ran.out.contains("liar"), "what each says is shown all the same: {ran:?}");
        assert_eq!(office.error("node check"), (1, name.to_owned()), "{lie:?}");
    }
    // Both on another chain agree, and are wrong together.
    let office = Office::with_home();
    add(&office, "one", Says { chain: 137, ..Says::default() });
    add(&office, "two", Says { chain: 137, ..Says::default() });
    assert_eq!(office.error("node check"), (1, "nodes-other-chain".to_owned()));
}

#[test]
fn a_silent_node_does_not_count() {
    let office = Office::with_home();
    add(&office, "one", Says::default());
    add(&office, "mute", Says { silent: true, ..Says::default() });
    office.run("node check").refused(8, "mute did not answer in time");
    add(&office, "two", Says::default());
    office.run("node check").done().says("mute  did not answer in time");
}

#[test]
fn no_nodes_is_no_success() {
    let office = Office::with_home();
    assert_eq!(office.error("node check"), (8, "no-nodes".to_owned()));
    assert_eq!(office.error("node check eip155:137"), (8, "no-nodes".to_owned()));
    office.run("node list").done().says("no nodes");
}

#[test]
fn one_node_under_two_names_is_refused() {
    let office = Office::with_home();
    add(&office, "one", Says::default());
    for twin in [
        "https://one.example.com/v2/SECRETone",
        "https://one.example.com:443/v2/SECRETone",
        "https://ONE.example.com/v2/SECRETone/",
    ] {
        assert_eq!(
            office.error(&format!("node add eip155:1 {twin} --name twin")),
            (2, "node-twice".to_owned())
        );
    }
    office.run("node add eip155:1 http://127.0.0.1:8545 --name near").done();
    for twin in ["http://localhost:8545", "http://[::1]:8545/", "http://127.0.0.2:8545"] {
        assert_eq!(
            office.error(&format!("node add eip155:1 {twin} --name twin")),
            (2, "node-twice".to_owned())
        );
    }
    office.run("node add eip155:1 http://localhost:8546").done().warns("near is on the same machine");
    // The same machine may serve another chain, and a neighbour is worth a word.
    office.run("node add eip155:137 https://one.example.com/v2/SECRETone").done();
    office.run("node add eip155:1 https://one.example.com/v2/another").done().warns("on the same machine");
    office.run("node add eip155:1 https://else.example.com --name one").refused(2, "called one already");
}

#[test]
fn plain_http_goes_to_this_machine_alone() {
    let office = Office::with_home();
    for near in ["http://127.0.0.1:8545", "http://localhost:1", "http://[::1]:8546"] {
        office.run(&format!("node add eip155:1 {near}")).done();
    }
    for far in [
        "http://192.0.2.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://example.com",
    ] {
        office.run(&format!("node add eip155:137 {far}")).refused(2, "plain http");
        office.run(&format!("node add eip155:137 {far} --insecure-http")).done();
    }
    for bad in ["ftp://example.com", "example.com", "https://", "https:///path", "''", "file:///etc/passwd"] {
        office.run(&format!("node add eip155:1 {bad}")).refused(2, "");
    }
}

#[test]
fn what_may_be_a_key_is_never_shown() {
    let office = Office::with_home();
    let url = "https://user:PASSWORD@eth.example.com/v2/SECRETPATH?key=SECRETQUERY";
    let mut all = String::new();
    let mut take = |ran: crate::office::Ran| all.push_str(&format!("{}{}", ran.out, ran.err));
    let args = |line: &str| words(line).into_iter().chain([url.to_owned()]).collect::<Vec<_>>();
    take(office.run_with(args("node add eip155:1"), b"").done());
    take(office.run_with(args("node add eip155:1"), b""));
    for line in [
        "node list",
        "node list --output json",
        "node check",
        "node check --output json",
        "account list --balances",
    ] {
        take(office.run(line));
    }
    take(office.run("node remove eip155:1 eth-example-com").done());
    assert!(all.contains("https://eth.example.com/…"), "{all}");
    assert!(!all.contains("SECRET") && !all.contains("PASSWORD"), "{all}");
}

#[test]
fn chains_that_are_not_spoken_are_refused_in_words() {
    let office = Office::with_home();
    office.run("node add eip155:56 https://a.example.com").refused(2, "eip155:56 is not a supported chain");
    office.run("node add tron:0x2b6653dc https://a.example.com").refused(2, "families known here: eip155");
    office.run("node add Ethereum https://a.example.com").refused(2, "CAIP-2");
    office.write("ca.pem", "-----BEGIN NOTHING-----\n-----END NOTHING-----\n");
    office.run("node add eip155:1 https://a.example.com --ca @ca.pem").refused(2, "no certificate");
    office.run("node add eip155:1 https://a.example.com --ca @nosuch").refused(8, "No such file");
    office.run("node remove eip155:1 nosuch").refused(2, "no node called nosuch");
}
