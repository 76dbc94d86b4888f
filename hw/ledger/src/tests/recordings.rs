//! Every recorded exchange that is no mistake, driven through the driver byte for byte.

use alloy_primitives::{hex, keccak256};
use strongroom_protocol::{
    Account, AssetId, DeviceBinding, HouseId, KeyOrigin, KeyProvenance, StationId, Timestamp,
};
use strongroom_signing::{Described, Device, Signer, SignerError};
use strongroom_wire::Report;

use super::replay::{Cable, Said};
use super::transcripts::{Row, ethereum, rows};
use crate::apdu::{Answer, Command};
use crate::device::LedgerDevice;
use crate::error::LedgerError;
use crate::exchange::{Exchange, Until};
use crate::framing::{ANSWER_LIMIT, Assembly, Channel, Lapse, Listener, frames};
use crate::path::DevicePath;
use crate::status::Status;

pub(super) const PATH: &str = "m/44'/60'/0'/0/0";
pub(super) const USDC: &str = "eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";

/// What the app is asked before anything else, and what it says with blind signing on or off.
pub(super) fn greeting(blind: bool) -> Vec<(Vec<u8>, Said)> {
    let app = hex!("0108457468657265756d06312e32322e3001009000").to_vec();
    let settings = if blind { hex!("030116009000") } else { hex!("020116009000") };
    vec![
        (hex!("b001000000").to_vec(), Said::Answer(app)),
        (hex!("e006000000").to_vec(), Said::Answer(settings.to_vec())),
    ]
}

/// The account of the recordings' seed.
pub(super) fn account(chain_id: u64) -> Account {
    Account {
        house: HouseId::of(b"house"),
        chain: format!("eip155:{chain_id}").parse().unwrap(),
        address: "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D".parse().unwrap(),
        label: "treasury".parse().unwrap(),
        key: KeyOrigin {
            fingerprint: [0; 4],
            path: PATH.to_owned(),
            public_key: hex!("02ef5b152e3f15eb0c50c9916161c2309e54bd87b9adce722d69716bcdef85f547").to_vec(),
        },
        device: DeviceBinding::Hardware {
            kind: "ledger".parse().unwrap(),
            model: "Nano S Plus".parse().unwrap(),
        },
        provenance: KeyProvenance::OnDevice,
        station: StationId::of(b"station"),
        enrolled_at: Timestamp::from_unix(0),
        descriptor: None,
    }
}

/// A recorded signature: what was sent and answered, and the transaction that its pieces make.
pub(super) struct Signing {
    pub(super) rows: Vec<Row>,
    pub(super) unsigned: Vec<u8>,
}

impl Signing {
    pub(super) fn op(&self) -> &str {
        self.rows[0].op()
    }

    pub(super) fn last(&self) -> &Row {
        self.rows.last().unwrap()
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        keccak256(&self.unsigned).0
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = (Vec<u8>, Said)> {
        self.rows.iter().map(|row| (row.bytes("cmd"), Said::Answer(row.bytes("rsp"))))
    }

    pub(super) fn chain_id(&self) -> u64 {
        crate::evm::envelope::Envelope::parse(&self.unsigned).unwrap().chain_id
    }
}

/// The recorded signatures, whole, in order. Transactions that nobody may sign are not among them.
pub(super) fn signings() -> Vec<Signing> {
    let mut all: Vec<Signing> = Vec::new();
    for row in ethereum() {
        let cmd = row.bytes("cmd");
        let mistake = ["pre-EIP155", "path only", "continuation", "tx type 3", "malformed"];
        if cmd[1] != 4 || mistake.iter().any(|word| row.op().contains(word)) {
            continue;
        }
        if cmd[2] == 0 {
            let unsigned = DevicePath::decode(&cmd[5..]).unwrap().1.to_vec();
            all.push(Signing { rows: vec![row], unsigned });
        } else {
            let open = all.last_mut().unwrap();
            open.unsigned.extend_from_slice(&cmd[5..]);
            open.rows.push(row);
        }
    }
    all
}

/// The signature of a chain, legacy or typed.
pub(super) fn signing(op: &str) -> Signing {
    signings().into_iter().find(|signing| signing.op() == op).unwrap()
}

/// The recorded descriptor of USDC, with the exchange that hands it over.
pub(super) fn descriptor() -> (Vec<u8>, Vec<u8>) {
    let row = ethereum().into_iter().find(|row| row.op().starts_with("PROVIDE_ERC20")).unwrap();
    (row.bytes("cmd"), row.bytes("rsp"))
}

pub(super) fn describe(device: &mut LedgerDevice) {
    let asset: AssetId = USDC.parse().unwrap();
    let (command, _) = descriptor();
    let token = Described { asset: &asset, symbol: "USDC", decimals: 6, descriptor: &command[5..] };
    device.describe(&token).unwrap();
}

/// Reports that a command or answer takes.
fn reports(bytes: &[u8]) -> usize {
    frames(Channel::HOST, bytes).unwrap().len()
}

#[test]
fn every_recorded_signature_is_made_with_the_recorded_bytes_and_reports() {
    let mut driven = 0;
    for signing in signings() {
        if ["40-byte chunks", "vboundary"].iter().any(|odd| signing.op().contains(odd)) {
            continue;
        }
        let described = signing.op().ends_with("after token info");
        let mut steps = greeting(true);
        let (command, answer) = descriptor();
        let told = described.then(|| (command.clone(), Said::Answer(answer.clone())));
        steps.extend(told);
        steps.extend(signing.steps());
        let cable = Cable::of(steps);
        let mut device = cable.device();
        if described {
            describe(&mut device);
        }
        let account = account(signing.chain_id());
        assert!(device.serves(&account));
        let made = device.signature(&account, &signing.unsigned, &signing.digest());
        let recorded = Answer::decode(&signing.last().bytes("rsp")).unwrap();
        match recorded.status {
            Status::Done => assert_eq!(made.unwrap()[..], recorded.data[1..], "{}", signing.op()),
            Status::Rejected => {
                assert!(matches!(SignerError::from(made.unwrap_err()), SignerError::Rejected));
            }
            // No token info, and blind signing was off.
            Status::BadData => assert_eq!(made, Err(LedgerError::BlindOff), "{}", signing.op()),
            other => panic!("{}: {other}", signing.op()),
        }
        assert!(cable.is_over(), "{}", signing.op());
        assert!(cable.0.lock().unwrap().waited_for_owner);
        let there: usize = signing.rows.iter().map(|row| reports(&row.bytes("cmd"))).sum();
        let back: usize = signing.rows.iter().map(|row| reports(&row.bytes("rsp"))).sum();
        let (sent, received) = cable.crossed();
        let more = if described { (reports(&command), reports(&answer)) } else { (0, 0) };
        // Name of the app and settings: one report each way, once.
        assert_eq!((sent, received), (there + more.0 + 2, back + more.1 + 2), "{}", signing.op());
        driven += 1;
    }
    assert_eq!(driven, 27, "recorded signatures");
}

#[test]
fn every_recorded_command_crosses_as_it_was_recorded() {
    for row in ethereum() {
        let (cmd, rsp) = (row.bytes("cmd"), row.bytes("rsp"));
        let answer = Answer::decode(&rsp).unwrap();
        assert_eq!(answer.encode(), rsp);
        assert_eq!(format!("{:04x}", answer.status.word()), row.text("sw"));
        assert!(!matches!(answer.status, Status::Unknown(_)), "{}: {}", row.op(), answer.status);
        let Ok(command) = Command::decode(&cmd) else {
            assert_eq!(row.op(), "Lc larger than data");
            continue;
        };
        assert_eq!(command.encode(), cmd);
        let cable = Cable::of([(cmd.clone(), Said::Answer(rsp.clone()))]);
        let mut exchange = Exchange::open(Box::new(cable.clone())).unwrap();
        assert_eq!(exchange.call(&command, Until::Computed), Ok(answer), "{}", row.op());
        assert_eq!(cable.crossed(), (reports(&cmd), reports(&rsp)));
    }
}

#[test]
fn recorded_keys_and_addresses_are_asked_for_in_the_recorded_words() {
    let ask = |op: &str| {
        let row = ethereum().into_iter().find(|row| row.op() == op).unwrap();
        let mut steps = greeting(false);
        steps.push((row.bytes("cmd"), Said::Answer(row.bytes("rsp"))));
        Cable::of(steps)
    };
    let chain = |id: u64| format!("eip155:{id}").parse().unwrap();
    let silent = ask("GET_PUBLIC_KEY no display, no chaincode");
    let mut device = silent.device();
    let key = device.public_key(&account(1)).unwrap();
    assert_eq!(key, account(1).key.public_key);
    // Asked again, it is not sent again, whatever the chain: the key is the same.
    assert_eq!(device.key_at(&chain(137), PATH).unwrap(), key);
    assert!(silent.is_over() && !silent.0.lock().unwrap().waited_for_owner);

    let short = ask("GET_PUBLIC_KEY m/44'/60'/0'");
    let key = short.device().key_at(&chain(1), "m/44'/60'/0'").unwrap();
    assert_eq!(key[..5], hex!("032b0d4af3"));

    for (op, id) in
        [("GET_PUBLIC_KEY with on-screen confirm", 1), ("GET_PUBLIC_KEY confirm + chain id 137 (8B BE)", 137)]
    {
        let cable = ask(op);
        assert_eq!(cable.device().show_address(&chain(id), PATH).unwrap(), account(id).address);
        assert!(cable.is_over() && cable.0.lock().unwrap().waited_for_owner);
    }
    let rejected = ask("GET_PUBLIC_KEY confirm rejected on screen");
    assert!(matches!(rejected.device().show_address(&chain(1), PATH), Err(SignerError::Rejected)));

    for (op, path) in [
        ("GET_PUBLIC_KEY path 44'/0' outside app prefix", "m/44'/0'/0'/0/0"),
        ("path 44'/1'", "m/44'/1'/0'/0/0"),
        ("10-level path", "m/0/1/2/3/4/5/6/7/8/9"),
    ] {
        let refused = ask(op).device().key_at(&chain(1), path).unwrap_err().to_string();
        assert!(refused.contains("derivation path"), "{op}: {refused}");
    }
}

#[test]
fn the_device_says_what_it_is() {
    let mut greeting = greeting(true);
    let app = greeting[0].clone();
    greeting.insert(0, app);
    let cable = Cable::of(greeting);
    let identity = cable.device().identity().unwrap();
    assert_eq!((identity.kind, identity.model.as_str()), ("ledger", "Ledger Nano S Plus"));
    assert_eq!((identity.app.as_str(), identity.version.as_str()), ("Ethereum", "1.22.0"));
    assert!(identity.blind_allowed);
}

#[test]
fn recorded_frames_are_cut_and_joined_alike() {
    for (file, lapse) in [
        ("hid-ethereum.jsonl", Lapse::Waits),
        ("hid-ethereum-gap.jsonl", Lapse::Waits),
        ("hid-ethereum-recover.jsonl", Lapse::Waits),
        ("hid-solana-gap.jsonl", Lapse::Forgets),
    ] {
        let mut listener = Listener::new(lapse);
        let mut heard: Option<(Channel, Vec<u8>)> = None;
        let mut sent: Vec<Report> = Vec::new();
        let mut answer: Option<(Assembly, Vec<Report>, Channel)> = None;
        for row in rows(file) {
            let report = || Report(row.bytes("frame").try_into().unwrap());
            let note = row.text("note").to_owned();
            match row.text("dir") {
                "host->device" => {
                    sent.push(report());
                    if let Some((channel, command)) = listener.hear(&report()) {
                        let cut = frames(channel, &command).unwrap();
                        // The device does not look at the padding; ours is always zero.
                        let padded = note.contains("padding");
                        assert!(padded || cut.iter().all(|report| sent.contains(report)), "{file}: {note}");
                        heard = Some((channel, command));
                        sent.clear();
                    }
                }
                "device->host" => {
                    let (mut assembly, mut all, channel) = answer.take().unwrap_or_else(|| {
                        let (channel, _) = heard.take().unwrap_or_else(|| panic!("{file}: {note}: unheard"));
                        (Assembly::new(channel, ANSWER_LIMIT), Vec::new(), channel)
                    });
                    all.push(report());
                    match assembly.push(&report()).unwrap() {
                        Some(message) => {
                            assert_eq!(frames(channel, &message).unwrap(), all, "{file}: {note}");
                        }
                        None => answer = Some((assembly, all, channel)),
                    }
                }
                // Once, and once only, the emulator did not answer on another channel: the others did.
                "none" if file == "hid-ethereum.jsonl" && note.starts_with("channel 0001") => heard = None,
                "none" => assert_eq!(heard, None, "{file}: {note}"),
                other => panic!("{file}: {other}"),
            }
        }
        assert!(answer.is_none());
    }
}
