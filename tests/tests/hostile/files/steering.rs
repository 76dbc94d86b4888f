//! Text that steers a screen, in every place where a file carries text: escapes, newlines, marks that turn the direction of
//! writing, characters that show nothing. Every file is signed by whoever should sign it.

use std::fmt::Write as _;

use ciborium::Value;
use strongroom_protocol::bundle::Pack;
use strongroom_protocol::canonical;
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::sshsig::Namespace;
use strongroom_protocol::{Account, Bundle, Plan, Reply, SshSignature};

use super::doors::{Approval, DeskSide, Door, Import, Install, Record, Review, VaultSide, Watch};
use crate::support::house::{sign, signature};

/// What is put in the middle of a text.
const MARKS: [(&str, char); 9] = [
    ("an escape", '\u{1b}'),
    ("a newline", '\n'),
    ("a carriage return", '\r'),
    ("a backspace", '\u{8}'),
    ("an override of direction", '\u{202e}'),
    ("an isolate", '\u{2066}'),
    ("a space of no width", '\u{200b}'),
    ("a line separator", '\u{2028}'),
    ("a tag", '\u{e0041}'),
];

/// Every text of a document with the mark in it, one at a time; schemas apart, which are not shown.
fn marked(document: &[u8], mark: char) -> Vec<(String, Vec<u8>)> {
    fn texts<'a>(value: &'a mut Value, found: &mut Vec<&'a mut String>) {
        match value {
            Value::Text(text) => found.push(text),
            Value::Array(items) => items.iter_mut().for_each(|item| texts(item, found)),
            Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| texts(value, found)),
            _ => {}
        }
    }
    let genuine: Value = ciborium::from_reader(document).unwrap();
    let mut all = Vec::new();
    for place in 1.. {
        let mut value = genuine.clone();
        let mut found = Vec::new();
        texts(&mut value, &mut found);
        let Some(text) = found.get_mut(place) else { break };
        let what = (*text).clone();
        let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        text.insert(middle, mark);
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).unwrap();
        all.push((what, bytes));
    }
    assert!(!all.is_empty(), "there is no text in it");
    all
}

/// A sealed document around bytes that no reader here gives out.
fn sealed<T: Sealable>(bytes: &[u8], signature: &SshSignature) -> Vec<u8> {
    let mut encoder = minicbor::Encoder::new(Vec::new());
    encoder.array(2).unwrap().str(T::SEALED).unwrap();
    encoder.array(2).unwrap().bytes(bytes).unwrap().bytes(signature.blob()).unwrap();
    encoder.into_writer()
}

/// A signature whose label is another: what a library says of it is shown.
#[test]
fn in_the_label_of_a_signature() {
    let side = DeskSide::new();
    let door = Import(&side);
    let mut watch = Watch::on(&door);
    let genuine = door.genuine();
    let at = genuine.windows(11).rposition(|window| window == b"ssh-ed25519").unwrap();
    for byte in [0x1b, 0x07, 0x0d, 0x9b, 0x7f] {
        let mut altered = genuine.clone();
        altered[at + 9] = byte;
        watch.refused(&format!("byte {byte:02x}"), &altered, &[9]);
    }
    watch.genuine_is_taken();
}

/// Lays each document with a mark in one of its texts.
fn attack(door: &dyn Door, document: &[u8], wrap: impl Fn(&[u8]) -> Vec<u8>) {
    let mut watch = Watch::on(door);
    for (name, mark) in MARKS {
        for (text, bytes) in marked(document, mark) {
            let said = watch.refused(&format!("{name} in {text:?}"), &wrap(&bytes), &[9]);
            assert!(!said.contains(mark) || mark == '\n', "{name} in {text:?} is shown");
        }
    }
    watch.genuine_is_taken();
}

#[test]
fn in_a_plan() {
    let side = VaultSide::new();
    let mut request = side.asked.request.clone();
    let mut plan = request.plan.value().clone();
    plan.intents[0].reason = Some("an invoice of the spring".parse().unwrap());
    let bytes = canonical::encode(&plan);
    request.plan =
        strongroom_protocol::Sealed::new(bytes.clone(), signature("alice", Namespace::Plan, &bytes)).unwrap();
    let asked = side.house.asked(request);
    let side = VaultSide { house: side.house, asked };
    let (request, approvals) = (&side.asked.request, side.pack().approvals);
    attack(&Review(&side), &bytes, |plan| {
        let pair = |bytes: &[u8], signature: &SshSignature| {
            sealed::<Plan>(bytes, signature)[1 + Plan::SEALED.len() + 2..].to_vec()
        };
        let genuine = pair(request.plan.bytes(), request.plan.signature());
        let other = pair(plan, &signature("alice", Namespace::Plan, plan));
        let whole = canonical::encode(request);
        let at = whole.windows(genuine.len()).position(|window| window == genuine).unwrap();
        let request = [&whole[..at], &other, &whole[at + genuine.len()..]].concat();
        Bundle::write(&Pack { request, approvals: approvals.clone() })
    });
}

#[test]
fn in_the_copies_of_accounts() {
    let side = VaultSide::new();
    let approvals = side.pack().approvals;
    attack(&Review(&side), &canonical::encode(&side.asked.request), |request| {
        Bundle::write(&Pack { request: request.to_vec(), approvals: approvals.clone() })
    });
}

#[test]
fn in_an_account_record() {
    let side = DeskSide::new();
    let door = Record(&side);
    attack(&door, &canonical::encode(&door.account()), |account| {
        let seal = DeskSide::station().sign(Namespace::Account, account);
        Bundle::wrap(&sealed::<Account>(account, &seal))
    });
}

#[test]
fn in_a_vault_s_journal_lines() {
    // A reply has no text of its own; its lines have.
    let side = DeskSide::new();
    let door = Import(&side);
    let mut watch = Watch::on(&door);
    for (name, mark) in MARKS {
        for place in 0..side.reply.lines.len() {
            let line = side.reply.lines[place].clone();
            let Ok(lines) = std::panic::catch_unwind(|| marked(&line, mark)) else { continue };
            for (text, bytes) in lines {
                let mut reply = side.reply.clone();
                reply.lines[place] = bytes.into();
                let bytes = canonical::encode(&reply);
                let seal = DeskSide::station().sign(Namespace::Reply, &bytes);
                let bundle = Bundle::wrap(&sealed::<Reply>(&bytes, &seal));
                watch.refused(&format!("{name} in {text:?}"), &bundle, &[5]);
            }
        }
    }
    watch.genuine_is_taken();
}

/// Every quoted value of a TOML text with the mark in it, written as the character itself and as an escape of TOML.
fn marked_toml(text: &str, mark: char) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((before, value)) = line.split_once(" = \"") else { continue };
        for spelling in [mark.to_string(), format!("\\U{:08X}", u32::from(mark))] {
            let mut altered = String::new();
            for (n, old) in text.lines().enumerate() {
                if n == number {
                    let (head, tail) = value.split_at(value.len() / 2);
                    let _ = writeln!(altered, "{before} = \"{head}{spelling}{tail}");
                } else {
                    let _ = writeln!(altered, "{old}");
                }
            }
            all.push((line.to_owned(), altered));
        }
    }
    // A key that nobody knows, which the refusal names; at the top and in the last table.
    let key = format!("\"k\\U{:08X}ey\" = 1", u32::from(mark));
    all.push(("a key at the top".to_owned(), format!("{key}\n{text}")));
    all.push(("a key at the end".to_owned(), format!("{text}{key}\n")));
    all
}

#[test]
fn in_a_policy_and_a_book() {
    let side = VaultSide::new();
    for door in [Install::policy(&side), Install::book(&side)] {
        let mut watch = Watch::on(&door);
        let mut tried = 0;
        for (name, mark) in MARKS {
            for (line, text) in marked_toml(&door.text, mark) {
                let what = format!("{name} in {line}");
                // The admins' own signatures are below it, where such a text can be signed at all.
                let signed = strongroom_protocol::SignedText::unsigned(text.clone());
                let bytes = if signed.is_ok() { door.signed(&text) } else { text.into_bytes() };
                watch.refused(&what, &bytes, &[3, 9]);
                tried += 1;
            }
        }
        assert!(tried > 100, "only {tried} were tried");
        watch.genuine_is_taken();
    }
}

#[test]
fn in_a_thaw() {
    let side = VaultSide::new();
    side.house.bench.run(&["freeze", "--by", "bob", "--reason", "drill"]).ok();
    let freeze = side.house.head().hash;
    let text = strongroom_policy::Thaw { house: side.house.policy.house(), freeze }.text();
    for (name, mark) in MARKS {
        for (line, text) in marked_toml(&text, mark) {
            let signed = strongroom_protocol::SignedText::unsigned(text.clone());
            let file = if signed.is_ok() {
                sign(&["erin", "frank"], Namespace::Thaw, &text).to_string()
            } else {
                text
            };
            side.house.bench.write("thaw.txt", file);
            let run = side.house.bench.run(&["thaw", "@thaw.txt"]);
            assert_eq!(run.exit, 9, "{name} in {line}: {}", run.logged());
            assert!(
                !run.logged().contains(mark) || mark == '\n',
                "{name} in {line} is shown: {}",
                run.logged()
            );
        }
    }
}

#[test]
fn in_a_statement() {
    let side = VaultSide::new();
    let door = Approval::of(&side);
    let mut watch = Watch::on(&door);
    let text = side.asked.approvals[1].text().to_owned();
    for (name, mark) in MARKS {
        let places = text.match_indices(' ').map(|(at, _)| at + 1);
        for at in places {
            let mut altered = text.clone();
            altered.insert(at, mark);
            let what = format!("{name} at {at}");
            let bytes = if strongroom_protocol::SignedText::unsigned(altered.clone()).is_ok() {
                sign(&["carol"], Namespace::Statement, &altered).to_string()
            } else {
                // Nobody's program signs it; ssh-keygen would.
                let seal = signature("carol", Namespace::Statement, altered.as_bytes());
                format!("{altered}{}", seal.to_armour())
            };
            watch.refused(&what, bytes.as_bytes(), &[5, 9]);
        }
    }
    watch.genuine_is_taken();
}

#[test]
fn on_the_command_line() {
    let side = VaultSide::new();
    for (name, mark) in MARKS {
        let reason = format!("dri{mark}ll");
        let run = side.house.bench.run(&["freeze", "--by", "bob", "--reason", &reason]);
        assert_eq!(run.exit, 2, "{name}: {}", run.logged());
    }
    let desk = DeskSide::new();
    for (name, mark) in MARKS {
        let reference = format!("INV{mark}9");
        let run = desk.stage.pay("1", &reference, "1", "steered.req");
        assert_eq!(run.exit, 2, "{name}: {}", run.out);
        assert!(!desk.stage.house.file("steered.req").exists());
    }
}
