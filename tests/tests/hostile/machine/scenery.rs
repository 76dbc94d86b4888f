//! What the commands need around them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_journal::{Journal, VaultEntry};
use strongroom_policy::Genesis;
use strongroom_protocol::{ComparisonCode, HouseId, SignedText};
use strongroom_tests::scenes::Scene;
use strongroom_tests::stage::{Net, People, Players};

/// A house on a chain of its own, founded in this process.
pub fn scene() -> Scene {
    Scene::new(Players::InProcess, Net::embedded(1))
}

/// Where tests share a process they take turns: a program that one of them starts holds, for a moment, what the others
/// have open, and with it their journals' locks.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn house(scene: &Scene) -> HouseId {
    let signed = SignedText::parse(&fs::read(scene.stage.path("admins.txt")).unwrap()).unwrap();
    Genesis::open(&signed).unwrap().0
}

/// The code by which admins tell their house.
pub fn house_code(scene: &Scene) -> String {
    ComparisonCode::of(house(scene).as_bytes()).to_string()
}

/// Has two admins sign a text, and seals it: `KIND-N.txt`.
pub fn seal(scene: &mut Scene, kind: &str, number: &str, text: &str) {
    fs::write(scene.stage.path(&format!("{kind}-{number}.toml")), text).unwrap();
    seal_draft(scene, kind, number);
}

/// The same with a text that stands there already: `KIND-N.toml`.
pub fn seal_draft(scene: &mut Scene, kind: &str, number: &str) {
    let draft = format!("@{kind}-{number}.toml");
    let mut seal = vec![kind.to_owned(), "seal".to_owned(), draft.clone()];
    for name in &People::ADMINS[..2] {
        let signature = format!("@{kind}-{number}.{name}.sig");
        scene.stage.desk(&[kind, "sign", &draft, "--key", &format!("@{name}.pub"), "-o", &signature]).done();
        seal.push(signature);
    }
    seal.extend(["-o".to_owned(), format!("@{kind}-{number}.txt")]);
    scene.stage.desk(&seal.iter().map(String::as_str).collect::<Vec<_>>()).done();
}

/// In the vault's journal no slot ever carries two payments, and so many carry one.
pub fn one_payment_a_nonce(scene: &Scene, slots: usize) {
    let mut carried = BTreeMap::new();
    let path = scene.stage.path("vault").join("journal");
    Journal::<VaultEntry>::open(&path, house(scene), |line, _| {
        let VaultEntry::Claimed { claims, .. } = &line.entry else { return };
        for claim in claims {
            for slot in &claim.slots {
                let payments = carried.entry(slot.clone()).or_insert_with(|| claim.payments.clone());
                assert_eq!(*payments, claim.payments, "{slot} carries two payments");
            }
        }
    })
    .unwrap();
    assert_eq!(carried.len(), slots);
}

/// A copy of a folder with everything in it, as `cp -a` makes it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}
