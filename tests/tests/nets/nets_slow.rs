//! Slow nets: `cargo verify nets`.

use std::path::Path;
use std::process::{Command, Stdio};
use strongroom_tests::contracts::Contract;
use strongroom_tests::prepare;

#[test]
#[ignore = "needs solc: run cargo verify nets"]
fn contracts_compile_to_the_checked_in_artifacts() {
    let modules = prepare::node_modules("solc").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/build.mjs");
    let output = Command::new("node")
        .arg(script)
        .arg("--modules")
        .arg(modules)
        .arg("--out")
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("node starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for contract in Contract::ALL {
        let built = std::fs::read_to_string(folder.path().join(format!("{contract:?}.json"))).unwrap();
        assert_eq!(built, contract.artifact(), "{contract:?}: run build.mjs and look at what changed");
    }
}
