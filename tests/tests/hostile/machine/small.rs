//! A disk that is really full: a file system of a few pages, in a namespace of its own.

use std::fs;
use std::process::Command;

use strongroom_tests::prepare;

use super::folder::Snapshot;
use super::scenery;

/// Mounts a file system of `$1` bytes at `$2`, fills it with the folder `$3`, runs the rest of the words, and brings back
/// what is on it then.
const SCRIPT: &str = r#"
set -e
size=$1 at=$2 from=$3; shift 3
mount -t tmpfs -o "size=$size,mode=0700" none "$at"
cp -a "$from/." "$at/"
status=0
"$@" || status=$?
rm -rf "$from.left"
cp -a "$at" "$from.left"
exit "$status"
"#;

/// What a real file system says when it is full differs from what is said in its name: it writes what fits, some of it
/// late. So the home's free pages are counted down to none. A copy of a home is recovering, and may be frozen.
#[test]
#[ignore = "needs the built programs and unshare(1): run cargo verify"]
fn a_file_system_that_is_full() {
    let _turn = scenery::turn();
    let mut scene = scenery::scene();
    let program = prepare::binary("strongroom-vault").unwrap();
    let (home, at) = (scene.stage.path("vault"), scene.stage.path("small"));
    fs::create_dir(&at).unwrap();
    let (mut refused, mut done) = (0, 0);
    for pages in (8..160).step_by(2) {
        let run = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT, "sh"])
            .arg((pages * 4096).to_string())
            .args([&at, &home, &program])
            .arg("--home")
            .arg(&at)
            .args(["freeze", "--by", "bob", "--reason", "a drill"])
            .output()
            .expect("unshare(1) is not installed");
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(
            !said.contains("unshare:") && !said.contains("mount:"),
            "no file system of its own here: {said}"
        );
        if said.contains("cp: ") {
            // Not even the home fits.
            continue;
        }
        if run.status.success() {
            done += 1;
        } else {
            refused += 1;
            assert_eq!(run.status.code(), Some(8), "{pages} pages: {said}");
            assert!(
                said.contains("No space left on device") && said.contains("make room"),
                "{pages} pages: {said}"
            );
        }
        // With room again it goes on: nothing that was acknowledged before is gone.
        let left = scene.stage.path("vault.left");
        let before = Snapshot::take(&home);
        assert!(Snapshot::take(&left).file("journal").unwrap().starts_with(before.file("journal").unwrap()));
        scene.stage.vault_at("@vault.left", &[], &["freeze", "--by", "bob", "--reason", "again"]).done();
        scene.stage.vault_at("@vault.left", &[], &["journal", "verify"]).done();
        if done > 2 {
            break;
        }
    }
    assert!(refused > 0 && done > 0, "{refused} refused, {done} done: the sizes are not those that matter");
}
