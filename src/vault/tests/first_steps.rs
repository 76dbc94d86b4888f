//! A home, keys and accounts: made, refused, made badly.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::needless_pass_by_value,
    clippy::string_slice,
    clippy::format_push_string,
    clippy::format_collect,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{DeviceBinding, KeyProvenance};

use support::house::{founded, genesis_text, house_code, read_account, sign};
use support::operator::{Answer, Operator};
use support::{ADDRESS, Bench, KEY_PASS, STATION_PASS, WORDS};

fn everybody() -> String {
    sign(&["erin", "frank", "grace"], Namespace::House, &genesis_text()).to_string()
}

fn init(bench: &Bench, genesis: &str, code: &str) -> support::Run {
    bench.write("house.txt", genesis);
    bench.run_secrets(&["init", "--admins", "@house.txt", "--house", code], &[STATION_PASS])
}

#[test]
fn a_home_is_its_owners_alone_and_tells_the_station() {
    let bench = Bench::new();
    let run = init(&bench, &everybody(), &house_code().to_lowercase()).ok();
    assert!(run.text().contains("ssh-ed25519 "), "{}", run.text());
    assert_eq!(fs::metadata(bench.home()).unwrap().mode() & 0o777, 0o700);
    for (path, _) in Bench::files(&bench.home()) {
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o077, 0, "{}", path.display());
    }
    assert_eq!(bench.events(), ["opened"]);
    assert!(!run.logged().contains(STATION_PASS));
}

#[test]
fn the_station_can_be_found_again() {
    let (bench, station) = founded();
    let data = bench.run(&["key", "list", "--output", "json"]).ok().json();
    assert_eq!(data["data"]["keys"][0]["name"], "station");
    assert_eq!(data["data"]["keys"][0]["public_key"], station.to_string());
}

#[test]
fn another_houses_code_makes_nothing() {
    let bench = Bench::new();
    let code = house_code();
    let (first, rest) = code.split_once('-').unwrap();
    init(&bench, &everybody(), &format!("00000-{rest}")).refused(5, "not the one whose code was given");
    init(&bench, &everybody(), first).refused(5, "by another channel");
    assert!(!bench.home().exists());
}

#[test]
fn a_genesis_that_somebody_did_not_sign_makes_nothing() {
    let bench = Bench::new();
    let two = sign(&["erin", "frank"], Namespace::House, &genesis_text()).to_string();
    init(&bench, &two, &house_code()).refused(5, "still missing: grace");
    let other = everybody().replace("Example treasury", "Another treasury");
    init(&bench, &other, &house_code()).refused(5, "does not verify");
    init(&bench, "not toml at all\n", &house_code()).refused(9, "malformed");
    init(&bench, "", &house_code()).refused(9, "does not end with a newline");
    bench
        .run_secrets(&["init", "--admins", "@nothing", "--house", "X"], &[STATION_PASS])
        .refused(8, "nothing");
    assert!(!bench.home().exists());
}

#[test]
fn a_home_is_never_overwritten() {
    let (bench, _) = founded();
    let before = Bench::files(&bench.home());
    init(&bench, &everybody(), &house_code()).refused(8, "a home is never overwritten");
    assert_eq!(Bench::files(&bench.home()), before);
}

#[test]
fn what_stands_in_the_way_is_told_before_a_passphrase_is_typed() {
    let bench = Bench::new();
    bench.write("house.txt", everybody());
    bench.write("station.pub", "in the way");
    let code = house_code();
    let args = ["init", "--admins", "@house.txt", "--house", &code, "-o", "@station.pub"];
    bench.run(&args).refused(8, "exists already");
    assert!(!bench.home().exists());
}

#[test]
fn a_weak_passphrase_makes_nothing_and_leaves_nothing() {
    let bench = Bench::new();
    bench.write("house.txt", everybody());
    let code = house_code();
    let args = ["init", "--admins", "@house.txt", "--house", &code];
    bench.run_secrets(&args, &["short"]).refused(2, "14 are the least");
    bench.run_secrets(&args, &["aaaaaaaaaaaaaaaaaaaa"]).refused(2, "a pattern");
    bench.run_secrets(&args, &[]).refused(8, "standard input ended before: Passphrase for the station key");
    bench.run(&args).refused(8, "no terminal to ask on");
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn a_disk_that_cannot_be_written_is_named() {
    let bench = Bench::new();
    // Root writes everywhere, so the way is blocked by a file instead of a mode.
    bench.write("file", "");
    bench.write("house.txt", everybody());
    let code = house_code();
    let args = ["init", "--admins", "@house.txt", "--house", &code, "--home", "@file/home"];
    bench.run_secrets(&args, &[STATION_PASS]).refused(8, "file");
}

#[test]
fn words_are_shown_once_typed_back_and_nowhere_else() {
    let (bench, _) = founded();
    let answers = [Answer::WordBack, Answer::WordBack, Answer::WordBack, Answer::Proposal, Answer::Proposal];
    let run = bench.run_operated(&["key", "generate", "treasury"], Operator::with(answers)).ok();
    let [words, proposal] = run.shown.as_slice() else { panic!("{} pages were shown", run.shown.len()) };
    let list: Vec<_> = words.split_whitespace().collect();
    let seventh = list[list.iter().position(|word| *word == "7").unwrap() + 1];
    assert!(proposal.contains('-'));
    let secret = proposal.split_whitespace().find(|word| word.matches('-').count() == 9).unwrap();
    let mut everything = run.logged() + &run.terminal;
    for (_, bytes) in Bench::files(bench.folder.path()) {
        everything += &String::from_utf8_lossy(&bytes);
    }
    assert!(!everything.contains(secret), "the passphrase was written somewhere");
    assert!(
        !everything
            .contains(&format!("{seventh} {}", list[list.iter().position(|w| *w == "8").unwrap() + 1]))
    );
    assert_eq!(words.split_whitespace().filter(|word| word.parse::<u32>().is_ok()).count(), 24);
    assert_eq!(bench.events(), ["opened", "key"]);
    // The key opens with what was proposed.
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, secret]).ok();
    let account = read_account(&bench, "cold.account");
    assert_eq!(account.value().provenance, KeyProvenance::OnHost);
}

#[test]
fn words_that_are_not_typed_back_make_no_key() {
    let (bench, _) = founded();
    let operator = Operator::typing(&["abandon", "zoo", "zoo"]);
    let run = bench.run_operated(&["key", "generate", "treasury"], operator).refused(5, "nothing was made");
    assert_eq!(run.terminal.matches("Look at your note").count(), 3);
    assert_eq!(bench.events(), ["opened"]);
    assert!(!bench.home().join("keys/treasury.age").exists());
    // A mistyped word may be typed again.
    let mut answers = vec![Answer::Text("zoo".to_owned())];
    answers.extend([
        Answer::WordBack,
        Answer::WordBack,
        Answer::WordBack,
        Answer::Proposal,
        Answer::Proposal,
    ]);
    let run =
        bench.run_operated(&["key", "generate", "treasury", "--words", "12"], Operator::with(answers)).ok();
    assert_eq!(run.shown[0].split_whitespace().filter(|word| word.parse::<u32>().is_ok()).count(), 12);
}

#[test]
fn words_need_a_terminal() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "generate", "treasury"], &[KEY_PASS]).refused(8, "no terminal");
    bench.run(&["key", "generate", "treasury", "--words", "13"]).refused(2, "12, 15, 18, 21 or 24");
    assert_eq!(bench.events(), ["opened"]);
}

#[test]
fn dice_are_mixed_in_and_bad_dice_refused() {
    let (bench, _) = founded();
    let rolls = "41635 26413 55216 34162 63541 22615 43361 52146 31526 64435 12356 41263";
    let run = |rolls: &str| {
        let mut answers = vec![Answer::Text(rolls.to_owned())];
        answers.extend([
            Answer::WordBack,
            Answer::WordBack,
            Answer::WordBack,
            Answer::Proposal,
            Answer::Proposal,
        ]);
        bench.run_operated(&["key", "generate", "diced", "--dice"], Operator::with(answers))
    };
    run("123456").refused(2, "6 rolls are too few");
    run(&"1".repeat(60)).refused(2, "not random");
    run(&rolls.replace('1', "7")).refused(2, "is no roll of a die");
    run(rolls).ok();
}

#[test]
fn a_passphrase_of_ones_own_is_typed_twice() {
    let (bench, _) = founded();
    let generate = |tail: &[&str]| {
        let mut answers = vec![Answer::WordBack, Answer::WordBack, Answer::WordBack];
        answers.extend(tail.iter().map(|text| Answer::Text((*text).to_owned())));
        bench.run_operated(&["key", "generate", "own"], Operator::with(answers))
    };
    let other = "another passphrase of mine";
    generate(&["short", KEY_PASS, other, KEY_PASS, other]).refused(2, "no passphrase was chosen for key own");
    let run = generate(&["short", KEY_PASS, other, KEY_PASS, KEY_PASS]).ok();
    assert!(run.terminal.contains("14 are the least") && run.terminal.contains("The two differ"));
}

#[test]
fn words_made_elsewhere_give_the_address_that_everybody_knows() {
    let (bench, station) = founded();
    let run = bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    assert!(run.text().contains("73c5da0a"), "{}", run.text());
    assert!(!run.logged().contains("abandon") && !run.logged().contains(KEY_PASS));
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    let run = bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    assert!(run.text().contains("0x 9858 EfFD 232B 4033 E47d 9000 3D41 EC34 EcaE da94"), "{}", run.text());
    let account = read_account(&bench, "cold.account");
    account.verify(&station).unwrap();
    let account = account.value();
    assert_eq!(account.address.as_str(), ADDRESS);
    assert_eq!(account.key.path, "m/44'/60'/0'/0/0");
    assert_eq!(account.key.fingerprint, [0x73, 0xc5, 0xda, 0x0a]);
    assert_eq!(account.provenance, KeyProvenance::Restored);
    assert_eq!(account.device, DeviceBinding::Software { key: "treasury".parse().unwrap() });
    assert_eq!(account.station, station.station());
    assert_eq!(bench.events(), ["opened", "key", "enrolled"]);
}

#[test]
fn mistyped_words_are_refused_by_place_and_never_repeated() {
    let (bench, _) = founded();
    let restore = |words: &str| bench.run_secrets(&["key", "restore", "treasury"], &[words, KEY_PASS]);
    let typo = WORDS.replacen("abandon", "abandom", 1);
    let run = restore(&typo).refused(2, "word 1 is not in the BIP-39 English list");
    assert!(!run.logged().contains("abandon"), "the word that was meant stands in a log");
    restore(&WORDS.replace("about", "abandon")).refused(2, "checksum");
    restore("abandon about").refused(2, "there are 2 words");
    restore("").refused(2, "there are 0 words");
    assert_eq!(bench.events(), ["opened"]);
    // On a terminal the look-alikes are offered and the words may be typed again.
    let operator = Operator::typing(&[&typo, WORDS, KEY_PASS, KEY_PASS]);
    let run = bench.run_operated(&["key", "restore", "treasury"], operator).ok();
    assert!(run.terminal.contains("abandon"), "{}", run.terminal);
}

#[test]
fn names_are_taken_once() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    bench.run(&["key", "restore", "treasury"]).refused(8, "keys are never replaced");
    bench.run(&["key", "generate", "treasury"]).refused(8, "keys are never replaced");
    bench.run(&["key", "restore", "station"]).refused(2, "the station key's");
    bench
        .run_secrets(&["key", "restore", "again"], &[WORDS, KEY_PASS])
        .refused(8, "already in the keystore, as treasury");
    bench.run(&["key", "restore", "../../etc"]).refused(2, "is not a name");
}

#[test]
fn a_bip_39_passphrase_is_asked_for_at_each_use() {
    let (bench, _) = founded();
    let restore = ["key", "restore", "hidden", "--bip39-passphrase"];
    bench.run_secrets(&restore, &[WORDS, "TREZOR", KEY_PASS]).ok();
    let enroll =
        ["enroll", "--key", "hidden", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS, "TREZ0R"]).refused(8, "another wallet");
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS, ""]).refused(8, "stored nowhere");
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS, "TREZOR"]).ok();
    assert_ne!(read_account(&bench, "cold.account").value().address.as_str(), ADDRESS);
    for (path, bytes) in Bench::files(&bench.home()) {
        assert!(!String::from_utf8_lossy(&bytes).contains("TREZOR"), "{}", path.display());
    }
    let run = bench.run_secrets(&["key", "restore", "empty", "--bip39-passphrase"], &[WORDS, "", KEY_PASS]);
    run.refused(2, "no passphrase was chosen for the BIP-39 words");
    // Typed wrongly the second time, at a terminal.
    let operator = Operator::typing(&[WORDS, "TREZOR", "TREZ0R"]);
    let run = bench.run_operated(&["key", "restore", "other", "--bip39-passphrase"], operator);
    run.refused(2, "no passphrase was chosen for the BIP-39 words");
}

#[test]
fn a_wrong_passphrase_enrolls_nothing() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &["not the station's", KEY_PASS]).refused(8, "does not open it");
    bench.run_secrets(&enroll, &[STATION_PASS, "not the key's one"]).refused(8, "does not open it");
    bench.run_secrets(&enroll, &[STATION_PASS]).refused(8, "Passphrase of key treasury");
    assert_eq!(bench.events(), ["opened", "key"]);
    assert!(!bench.path("cold.account").exists());
    // At a terminal it may be typed again.
    let operator = Operator::typing(&["no", STATION_PASS, KEY_PASS]);
    let run = bench.run_operated(&enroll, operator).ok();
    assert!(run.terminal.contains("Try again"));
    let operator = Operator::typing(&["no", "no", "no", STATION_PASS]);
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@more.account"];
    bench.run_operated(&enroll, operator).refused(8, "does not open it");
}

#[test]
fn secrets_may_come_in_lines_of_other_systems() {
    let (bench, _) = founded();
    let words = format!("{WORDS}\r\n{KEY_PASS}\r\n");
    bench
        .run_with(&["key", "restore", "treasury", "--passphrase-stdin"], words, &mut Operator::absent())
        .ok();
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    // More than a page is no secret, and the rest of it is not taken for the next.
    let long = format!("{}\n{KEY_PASS}\n", "x".repeat(5000));
    bench
        .run_with(&["key", "restore", "other", "--passphrase-stdin"], long, &mut Operator::absent())
        .refused(2, "a secret has at most 4096 bytes");
}

#[test]
fn many_accounts_are_numbered_files() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let enroll = [
        "enroll",
        "--key",
        "treasury",
        "--chain",
        "eip155:137",
        "--index",
        "3",
        "--count",
        "2",
        "--label",
        "Hot",
    ];
    let run =
        bench.run_secrets(&[&enroll[..], &["-o", "@hot.account"]].concat(), &[STATION_PASS, KEY_PASS]).ok();
    assert_eq!(run.text().matches("Address").count(), 2);
    for (file, path, label) in
        [("hot-1.account", "m/44'/60'/0'/0/3", "Hot 1"), ("hot-2.account", "m/44'/60'/0'/0/4", "Hot 2")]
    {
        let account = read_account(&bench, file);
        assert_eq!(account.value().key.path, path);
        assert_eq!(account.value().label.as_str(), label);
    }
    // A file in the way is told before anything is asked.
    bench.run(&[&enroll[..], &["-o", "@hot.account"]].concat()).refused(8, "exists already");
}

#[test]
fn the_same_account_again_is_the_same_record() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let enroll = |out: &str, more: &[&str]| {
        let args = ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", out];
        bench.run_secrets(&[&args[..], more].concat(), &[STATION_PASS, KEY_PASS]).ok()
    };
    enroll("@one.account", &[]);
    bench.later(3600);
    let run = enroll("@two.account", &["--path", "m/44'/60'/0'/0/0"]);
    assert!(run.text().contains("enrolled before"), "{}", run.text());
    assert_eq!(bench.read("one.account"), bench.read("two.account"));
    assert_eq!(bench.events(), ["opened", "key", "enrolled"]);
    enroll("@three.account", &["--preset", "ledger-live", "--index", "1"]);
    assert_eq!(read_account(&bench, "three.account").value().key.path, "m/44'/60'/1'/0/0");
}

#[test]
fn what_cannot_be_derived_is_refused() {
    let (bench, _) = founded();
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    let enroll = |more: &[&str]| {
        let args = ["enroll", "--label", "Cold", "-o", "@x.account"];
        bench.run_secrets(&[&args[..], more].concat(), &[STATION_PASS, KEY_PASS])
    };
    enroll(&["--key", "treasury", "--chain", "eip155:424242"]).refused(2, "not a supported chain");
    enroll(&["--key", "treasury", "--chain", "tron:0x2b6653dc"]).refused(2, "cannot read chain");
    enroll(&["--key", "treasury", "--chain", "ethereum"]).refused(2, "CAIP-2");
    enroll(&["--key", "treasury", "--chain", "eip155:1", "--preset", "solana"])
        .refused(2, "not derived like that");
    enroll(&["--key", "treasury", "--chain", "eip155:1", "--path", "44'/60'"]).refused(2, "begins with m");
    enroll(&["--key", "treasury", "--chain", "eip155:1", "--count", "0"]).refused(2, "--count");
    enroll(&["--key", "nobody", "--chain", "eip155:1"]).refused(8, "no key named nobody");
    enroll(&["--key", "station", "--chain", "eip155:1"]).refused(2, "is not a key for accounts");
    assert_eq!(bench.events(), ["opened", "key"]);
}

#[test]
fn a_key_that_a_crash_left_out_of_the_journal_is_written_down_by_its_first_use() {
    let (bench, _) = founded();
    let journal = (bench.read("home/journal"), bench.read("home/journal.mark"));
    bench.run_secrets(&["key", "restore", "treasury"], &[WORDS, KEY_PASS]).ok();
    // As if the machine had stopped between key file and journal.
    bench.write("home/journal", journal.0);
    bench.write("home/journal.mark", journal.1);
    let run = bench.run(&["key", "list"]).ok();
    assert!(run.err.contains("treasury is not in the journal"), "{}", run.err);
    let enroll =
        ["enroll", "--key", "treasury", "--chain", "eip155:1", "--label", "Cold", "-o", "@cold.account"];
    bench.run_secrets(&enroll, &[STATION_PASS, KEY_PASS]).ok();
    assert_eq!(bench.events(), ["opened", "key", "enrolled"]);
}

#[test]
fn a_home_that_others_may_look_into_is_refused() {
    let (bench, _) = founded();
    fs::set_permissions(bench.home(), fs::Permissions::from_mode(0o750)).unwrap();
    bench.run(&["key", "list"]).refused(8, "open to others (mode 750)");
    fs::set_permissions(bench.home(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(bench.home().join("keys"), fs::Permissions::from_mode(0o701)).unwrap();
    bench.run(&["key", "list"]).refused(8, "open to others");
}

#[test]
fn another_stations_key_is_noticed() {
    let (bench, _) = founded();
    let other = founded_elsewhere();
    for file in ["keys/station.age", "keys/station.toml"] {
        fs::copy(other.home().join(file), bench.home().join(file)).unwrap();
    }
    bench.run(&["journal", "verify"]).refused(9, "not the one that this journal was opened with");
}

/// The same house's second vault, whose key is another.
fn founded_elsewhere() -> Bench {
    let bench = Bench::new();
    // One run before: the predictable source then gives another key.
    bench.run(&["selftest"]).ok();
    init(&bench, &everybody(), &house_code()).ok();
    bench
}
