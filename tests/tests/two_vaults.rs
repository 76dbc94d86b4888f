//! A house of two vaults, through both programs on one chain: what one signed counts at the other. Nobody carries more than the
//! pack; a desk that forgot, or never knew, gets no second payment.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

use std::fs;
use std::path::Path;

use alloy_primitives::{Address, U256};
use strongroom_journal::Convoy;
use strongroom_protocol::{Account, Bundle, Document as _, PolicyId, Sealed, SignedText};
use strongroom_tests::scenes::{COIN, EXCHANGE, Scene};
use strongroom_tests::stage::{Net, PASSPHRASE, Players, Run, Stage};

const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

struct TwoVaults {
    scene: Scene,
    symbol: String,
}

impl TwoVaults {
    /// A house to which a second vault came, with an account of its own and funds in it.
    fn new() -> Self {
        let mut scene = Scene::new(Players::InProcess, Net::embedded(1));
        let symbol = scene.net.native().1;
        let chain = scene.net.chain();
        let stage = &mut scene.stage;
        let admins = fs::read(stage.path("admins.txt")).unwrap();
        let (house, _) = strongroom_policy::Genesis::open(&SignedText::parse(&admins).unwrap()).unwrap();
        let code = strongroom_protocol::ComparisonCode::of(house.as_bytes()).to_string();
        let two = "@vault-two";
        let init = ["init", "--admins", "@admins.txt", "--house", &code, "-o", "@two.pub"];
        stage.vault_at(two, &[PASSPHRASE], &init).done();
        stage.vault_at(two, &[WORDS, PASSPHRASE], &["key", "restore", "cold"]).done();
        let enroll = ["enroll", "--key", "cold", "--chain", &chain, "--label", "Second", "-o", "@two.record"];
        stage.vault_at(two, &[PASSPHRASE, PASSPHRASE], &enroll).done();
        let record: Sealed<Account> = Bundle::read(&fs::read(stage.path("two.record")).unwrap()).unwrap();
        let account = record.value();
        let key = fs::read_to_string(stage.path("two.pub")).unwrap();
        let text = fs::read_to_string(stage.path("policy-1.toml")).unwrap();
        let previous = PolicyId::of(text.as_bytes());
        let text = text.replacen("epoch = 1\n", &format!("epoch = 2\nprevious = \"{previous}\"\n"), 1);
        let second = format!(
            "[[station]]\nname = \"vault-two\"\nkey = \"{}\"\noperators = [\"dave\"]\n\n[[account]]\nid = \"{}\"\n\
             label = \"Second\"\nchain = \"{chain}\"\naddress = \"{}\"\nclass = \"cold\"\nstation = \"vault-two\"\n\
             spend = true\n\n[[account]]",
            key.trim(),
            account.id(),
            account.address
        );
        stage.install(
            "policy",
            "2",
            &text.replacen("[[account]]", &second, 1).replace("\"4000\"", "\"3000\""),
        );
        stage.vault_at(two, &[], &["policy", "install", "@policy-2.txt"]).done();
        stage.vault_at(two, &[], &["book", "install", "@book-1.txt"]).done();
        stage.desk(&["account", "import", "@two.record"]).done();
        let address: Address = account.address.as_str().parse().unwrap();
        scene.net.fund(address, U256::from(2_000 * COIN));
        Self { scene, symbol }
    }

    fn stage(&mut self) -> &mut Stage {
        &mut self.scene.stage
    }

    /// Prepares a payment at a desk: `NAME.req`.
    fn pay(&mut self, desk: &str, name: &str, from: &str, coins: &str, reference: &str) -> Run {
        let (symbol, out) = (self.symbol.clone(), format!("@{name}.req"));
        let pay = ["pay", from, "Exchange A", coins, &symbol, "--reference", reference];
        self.stage().desk_at(desk, &[&pay[..], &["--key", "@alice.pub", "-o", &out]].concat())
    }

    fn approve(&mut self, desk: &str, name: &str, person: &str) -> Run {
        let (request, key) = (format!("@{name}.req"), format!("@{person}.pub"));
        let out = format!("@{name}.{person}.sig");
        self.stage().desk_at(desk, &["request", "approve", &request, "--key", &key, "--yes", "-o", &out])
    }

    /// Bob and carol approve, each at a station, and a desk packs it: `NAME.pack`.
    fn pack(&mut self, desk: &str, stations: [&str; 2], name: &str) {
        for (station, person) in stations.into_iter().zip(["bob", "carol"]) {
            self.approve(station, name, person).done();
        }
        let [request, bob, carol, out] =
            ["req", "bob.sig", "carol.sig", "pack"].map(|ending| format!("@{name}.{ending}"));
        self.stage().desk_at(desk, &["request", "pack", &request, &bob, &carol, "-o", &out]).done();
    }

    fn sign(&mut self, vault: &str, name: &str) -> Run {
        let code = self.stage().code(name);
        let (pack, reply) = (format!("@{name}.pack"), format!("@{name}.reply"));
        let sign = ["sign", &pack, "--confirm", &code, "-o", &reply];
        self.stage().vault_at(vault, &[PASSPHRASE, PASSPHRASE], &sign)
    }

    /// An honest payment from the first word to the last block.
    fn carry(&mut self, name: &str, from: &str, vault: &str) {
        self.pay("@desk", name, from, "1", &format!("INV-{name}")).done();
        self.pack("@desk", ["@desk", "@desk"], name);
        self.sign(vault, name).done();
        self.take_in("@desk", name);
        let request = self.stage().request(name);
        self.stage().desk(&["send", &request]).refused(7, "");
        self.scene.net.mine(1);
        self.scene.net.finalize();
        self.stage().desk(&["send", &request]).done();
    }

    fn take_in(&mut self, desk: &str, name: &str) {
        self.stage().desk_at(desk, &["reply", "import", &format!("@{name}.reply")]).done();
    }

    fn second_desk(&self, name: &str) {
        copy(&self.scene.stage.path("desk"), &self.scene.stage.path(name));
    }
}

#[test]
fn two_vaults_work_in_turn_and_the_pack_brings_each_what_the_other_signed() {
    let mut house = TwoVaults::new();
    let before = house.scene.net.balance(EXCHANGE);
    house.second_desk("desk-old");
    house.carry("first", "Cold storage", "@vault");
    // The first pack to the second vault is a convoy; what it told to have learned is not brought again.
    house.carry("second", "Second", "@vault-two");
    let schema = |house: &TwoVaults, name: &str| {
        let bytes = fs::read(house.scene.stage.path(&format!("{name}.pack"))).unwrap();
        Bundle::schema(&bytes).unwrap().unwrap().to_owned()
    };
    assert_eq!(schema(&house, "first"), "strongroom.pack.v1");
    assert_eq!(schema(&house, "second"), Convoy::SCHEMA);
    house.carry("third", "Second", "@vault-two");
    assert_eq!(schema(&house, "third"), "strongroom.pack.v1");
    house.carry("fourth", "Cold storage", "@vault");
    assert_eq!(schema(&house, "fourth"), Convoy::SCHEMA);
    house.carry("fifth", "Second", "@vault-two");
    assert_eq!(house.scene.net.balance(EXCHANGE), before + U256::from(5 * COIN));
    for vault in ["@vault", "@vault-two"] {
        house.stage().vault_at(vault, &[], &["journal", "verify"]).done();
    }
    // This desk would not write the same reference again. One that knows of nothing does, and the vault knows.
    house.pay("@desk", "again", "Second", "1", "inv first").refused(3, "reference");
    house.pay("@desk-old", "again", "Second", "1", "inv first").done();
    house.pack("@desk-old", ["@desk-old", "@desk-old"], "again");
    house.sign("@vault-two", "again").refused(3, "already pays this destination");
    // Nor does an approver whose station took the replies in.
    house.approve("@desk", "again", "grace").refused(3, "already pays this destination");
}

#[test]
fn a_desk_that_hides_a_reply_is_contradicted_by_one_approver_and_a_file_mends_it() {
    let mut house = TwoVaults::new();
    house.second_desk("desk-lying");
    house.pay("@desk", "paid", "Cold storage", "1", "INV-1").done();
    house.pack("@desk", ["@desk", "@desk"], "paid");
    house.sign("@vault", "paid").done();
    house.take_in("@desk", "paid");
    // Another bill, by a desk that says that the first vault never signed. Carol's station knows better.
    house.pay("@desk-lying", "next", "Second", "1", "INV-2").done();
    house.pack("@desk-lying", ["@desk-lying", "@desk"], "next");
    house
        .sign("@vault-two", "next")
        .refused(5, "the statement of carol knows line")
        .refused(5, "`strongroom journal export --vault vault`");
    house.stage().desk(&["journal", "export", "--vault", "vault", "-o", "@vault.export"]).done();
    let import = ["journal", "import", "@vault.export"];
    house.stage().vault_at("@vault-two", &[], &import).refused(0, "with 1 claims that count here too");
    house.stage().vault_at("@vault-two", &[], &import).refused(0, "nothing: every line was known");
    house.sign("@vault-two", "next").done();
    house.stage().vault_at("@vault-two", &[], &["journal", "verify"]).done();
}

#[test]
fn a_station_remembers_what_was_approved_for_another_vault() {
    let mut house = TwoVaults::new();
    // Two desks, one bill, and neither payment is signed yet: no vault can know.
    house.second_desk("desk-other");
    house.second_desk("desk-bob");
    house.pay("@desk", "one", "Cold storage", "1", "INV-1").done();
    house.pay("@desk-other", "two", "Second", "1", "inv/1").done();
    house.approve("@desk-bob", "one", "bob").done();
    house
        .approve("@desk-bob", "two", "bob")
        .refused(3, "already pays this destination")
        .refused(3, "approved at this station");
    assert!(!house.scene.stage.path("two.bob.sig").exists());
    // The same plan may be approved again, and so may another bill.
    fs::remove_file(house.scene.stage.path("one.bob.sig")).unwrap();
    house.approve("@desk-bob", "one", "bob").done();
    house.pay("@desk-other", "three", "Second", "1", "INV-3").done();
    house.approve("@desk-bob", "three", "bob").done();
    // A day's limit that is split between two vaults: each half is within it.
    house.second_desk("desk-carol");
    for (desk, name, from) in [("@desk", "half", "Cold storage"), ("@desk-other", "other-half", "Second")] {
        for part in ["a", "b"] {
            let name = format!("{name}-{part}");
            house.pay(desk, &name, from, "999", &name).done();
        }
    }
    for name in ["half-a", "half-b", "other-half-a"] {
        house.approve("@desk-carol", name, "carol").done();
    }
    house
        .approve("@desk-carol", "other-half-b", "carol")
        .refused(3, "over the limit of 3000 ETH for a rolling day");
}

#[test]
fn a_house_of_one_vault_sees_no_difference() {
    let mut scene = Scene::new(Players::InProcess, Net::embedded(1));
    let symbol = scene.net.native().1;
    for name in ["one", "two"] {
        scene.pay(name, "1", &symbol).done();
        scene.stage.approve(name);
        let pack = fs::read(scene.stage.path(&format!("{name}.pack"))).unwrap();
        assert_eq!(Bundle::schema(&pack).unwrap(), Some("strongroom.pack.v1"));
        scene.stage.sign(name).done();
        scene.stage.desk(&["reply", "import", &format!("@{name}.reply")]).done();
        let shown = scene.stage.desk(&["request", "show", &format!("@{name}.req")]).done();
        assert!(!shown.stdout.contains("Vaults"), "{}", shown.stdout);
    }
}
