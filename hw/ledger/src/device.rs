//! A Ledger that is plugged in.

use std::collections::BTreeMap;

use strongroom_protocol::codec::Scheme;
use strongroom_protocol::{Account, Address, AssetId, ChainId, DeviceBinding, Signature};
use strongroom_signing::{Answer, ApprovedTask, Described, Device, DeviceIdentity, Signer, SignerError};
use strongroom_wire::{Bus, Found};

use crate::apdu::{self, Command};
use crate::app::OpenApp;
use crate::error::LedgerError;
use crate::evm::address::{self, DeviceKey};
use crate::evm::configuration::Configuration;
use crate::evm::descriptor::TokenDescriptor;
use crate::evm::envelope::{Envelope, EnvelopeError, Purpose};
use crate::evm::parity::Given;
use crate::evm::{APP, NAMESPACE, sign};
use crate::exchange::{Exchange, ExchangeError, Until};
use crate::kind::{KIND, model};
use crate::path::DevicePath;
use crate::status::Status;

/// One Ledger, with the Ethereum app's doors. It signs nothing but what [`strongroom_signing::Approved`] hands it.
pub struct LedgerDevice {
    found: Found,
    exchange: Exchange,
    /// The settings of the Ethereum app, once it was found open.
    open: Option<Configuration>,
    /// Keys that it gave, by path.
    keys: BTreeMap<DevicePath, DeviceKey>,
    /// Tokens it may be told of.
    tokens: BTreeMap<AssetId, TokenDescriptor>,
    /// The token it was told of last.
    told: Option<String>,
}

const GIVE_KEY: &str = "give its public key";
const SHOW: &str = "show the address";
const SIGN: &str = "sign";

impl LedgerDevice {
    /// Opens a device of the bus. It is asked nothing yet.
    ///
    /// # Errors
    /// [`SignerError`] if the bus does not open it, or it talks unasked.
    pub fn open(bus: &mut dyn Bus, found: &Found) -> Result<Self, SignerError> {
        let wire = bus.open(found).map_err(LedgerError::from)?;
        let exchange = Exchange::open(wire).map_err(LedgerError::from)?;
        Ok(Self {
            found: found.clone(),
            exchange,
            open: None,
            keys: BTreeMap::new(),
            tokens: BTreeMap::new(),
            told: None,
        })
    }

    /// One command that must be done.
    fn ask(
        &mut self,
        doing: &'static str,
        command: &Command,
        until: Until,
    ) -> Result<apdu::Answer, LedgerError> {
        let answer = self.exchange.call(command, until)?;
        match answer.status {
            Status::Done => Ok(answer),
            status => Err(LedgerError::Status { doing, status }),
        }
    }

    fn open_app(&mut self) -> Result<OpenApp, LedgerError> {
        OpenApp::read(&self.ask("name its open app", &OpenApp::command(), Until::Computed)?)
    }

    fn configuration(&mut self) -> Result<Configuration, LedgerError> {
        let command = Configuration::command();
        Configuration::read(&self.ask("tell its settings", &command, Until::Computed)?)
    }

    /// Makes sure, once, that the Ethereum app is open.
    fn ready(&mut self) -> Result<Configuration, LedgerError> {
        if let Some(configuration) = self.open {
            return Ok(configuration);
        }
        let open = self.open_app()?;
        if open.name != APP {
            return Err(LedgerError::WrongApp { open: open.name, needed: APP });
        }
        let configuration = self.configuration()?;
        self.open = Some(configuration);
        Ok(configuration)
    }

    /// Says which app is open, if the device's words mean that it is another.
    fn explain(&mut self, error: LedgerError) -> LedgerError {
        let LedgerError::Status { status: Status::Instruction | Status::Class | Status::NoApp, .. } = error
        else {
            return error;
        };
        self.open = None;
        self.keys.clear();
        match self.open_app() {
            Ok(open) if open.name != APP => LedgerError::WrongApp { open: open.name, needed: APP },
            _ => error,
        }
    }

    fn key(&mut self, chain: &ChainId, path: &str) -> Result<DeviceKey, LedgerError> {
        chain_id(chain)?;
        let path: DevicePath = path.parse()?;
        if let Some(key) = self.keys.get(&path) {
            return Ok(key.clone());
        }
        self.ready()?;
        let command = address::ask(&path).map_err(ExchangeError::from)?;
        let key = DeviceKey::read(GIVE_KEY, &self.ask(GIVE_KEY, &command, Until::Computed)?)?;
        self.keys.insert(path, key.clone());
        Ok(key)
    }

    fn shown(&mut self, chain: &ChainId, path: &str) -> Result<DeviceKey, LedgerError> {
        let chain_id = chain_id(chain)?;
        let path: DevicePath = path.parse()?;
        self.ready()?;
        let command = address::show(&path, chain_id).map_err(ExchangeError::from)?;
        DeviceKey::read(SHOW, &self.ask(SHOW, &command, Until::Answered)?)
    }

    /// Has its owner sign a transaction of an account. Not public: approved work alone comes here.
    pub(crate) fn signature(
        &mut self,
        account: &Account,
        unsigned: &[u8],
        digest: &[u8; 32],
    ) -> Result<[u8; 64], LedgerError> {
        let path: DevicePath = account.key.path.parse()?;
        let envelope = Envelope::of(unsigned, digest, account.chain.as_str())?;
        let configuration = self.ready()?;
        let described = self.describing(&envelope)?;
        let blind = described.is_none() && envelope.purpose() != Purpose::Coin;
        if blind {
            self.may_sign_blindly(configuration)?;
        }
        if let Some(token) = described {
            let command = sign::describe(&token).map_err(ExchangeError::from)?;
            self.ask("take the token's descriptor", &command, Until::Computed)?;
            self.told = Some(token.ticker);
        }
        let commands = sign::commands(&path, unsigned).map_err(ExchangeError::from)?;
        let (last, first) = commands.split_last().ok_or(EnvelopeError::Malformed)?;
        for command in first {
            let answer = self.ask(SIGN, command, Until::Computed)?;
            if !answer.data.is_empty() {
                return Err(LedgerError::Answer { doing: SIGN, why: "it answered before it had everything" });
            }
        }
        let answer = self.ask(SIGN, last, Until::Answered).map_err(|error| match error {
            // The settings were changed after they were asked for.
            LedgerError::Status { status: Status::BadData, .. } if blind => LedgerError::BlindOff,
            other => other,
        })?;
        let given = Given::read(SIGN, &answer)?;
        let legacy = envelope.kind.is_none().then_some(envelope.chain_id);
        Ok(given.check(&account.key.public_key, digest, legacy)?)
    }

    /// The description to send before a transaction: of the very token that it calls, or none.
    fn describing(&mut self, envelope: &Envelope) -> Result<Option<TokenDescriptor>, LedgerError> {
        let Purpose::Token(_) = envelope.purpose() else { return Ok(None) };
        let token = envelope.token();
        let known = token.parse().ok().and_then(|asset: AssetId| {
            let descriptor = self.tokens.get(&asset)?;
            descriptor.describes(&asset).ok().map(|()| descriptor.clone())
        });
        match (known, self.told.clone()) {
            (Some(descriptor), _) => Ok(Some(descriptor)),
            (None, None) => Ok(None),
            (None, Some(told)) => {
                // It is demanded that the app was reopened, whether or not it closes at this.
                let _ = self.exchange.call(&OpenApp::quit(), Until::Computed);
                self.open = None;
                Err(LedgerError::Reopen { told, token })
            }
        }
    }

    /// Asks for the settings again before it says that they are wrong: the owner may have changed them meanwhile.
    fn may_sign_blindly(&mut self, known: Configuration) -> Result<(), LedgerError> {
        if known.blind_allowed {
            return Ok(());
        }
        let configuration = self.configuration()?;
        self.open = Some(configuration);
        if configuration.blind_allowed { Ok(()) } else { Err(LedgerError::BlindOff) }
    }

    pub(crate) fn explained<T>(&mut self, result: Result<T, LedgerError>) -> Result<T, SignerError> {
        result.map_err(|error| self.explain(error).into())
    }
}

/// The number of a chain that the Ethereum app signs for.
fn chain_id(chain: &ChainId) -> Result<u64, LedgerError> {
    let number = chain.reference();
    let id =
        number.parse().ok().filter(|id: &u64| chain.namespace() == NAMESPACE && id.to_string() == number);
    id.ok_or_else(|| LedgerError::Chain(chain.clone()))
}

impl Signer for LedgerDevice {
    fn serves(&self, account: &Account) -> bool {
        matches!(&account.device, DeviceBinding::Hardware { kind, .. } if kind.as_str() == KIND)
            && chain_id(&account.chain).is_ok()
    }

    fn public_key(&mut self, account: &Account) -> Result<Vec<u8>, SignerError> {
        self.key_at(&account.chain, &account.key.path)
    }

    fn sign(&mut self, task: &ApprovedTask<'_>) -> Result<Answer, SignerError> {
        let Scheme::EcdsaSecp256k1 = task.task().scheme else {
            return Err(SignerError::Failed(format!(
                "the Ethereum app makes no {:?} signatures",
                task.task().scheme
            )));
        };
        let signature = self.signature(task.account(), &task.unsigned().0, &task.task().digest);
        Ok(Answer(Signature(self.explained(signature)?.to_vec())))
    }
}

impl Device for LedgerDevice {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn identity(&mut self) -> Result<DeviceIdentity, SignerError> {
        self.open = None;
        let open = self.open_app()?;
        let blind_allowed = open.name == APP && self.ready()?.blind_allowed;
        Ok(DeviceIdentity {
            kind: KIND,
            model: model(self.found.product).to_owned(),
            serial: self.found.serial.clone(),
            path: self.found.path.clone(),
            app: open.name,
            version: open.version,
            blind_allowed,
        })
    }

    fn key_at(&mut self, chain: &ChainId, path: &str) -> Result<Vec<u8>, SignerError> {
        let key = self.key(chain, path);
        Ok(self.explained(key)?.public_key)
    }

    fn show_address(&mut self, chain: &ChainId, path: &str) -> Result<Address, SignerError> {
        let shown = self.shown(chain, path);
        let shown = self.explained(shown)?.address;
        shown.parse().map_err(|_| SignerError::Untrusted(format!("{shown:?} is no address")))
    }

    fn describe(&mut self, token: &Described<'_>) -> Result<(), SignerError> {
        let descriptor = TokenDescriptor::parse(token.descriptor).map_err(LedgerError::from)?;
        descriptor.describes(token.asset).map_err(LedgerError::from)?;
        descriptor.says(token.symbol, token.decimals).map_err(LedgerError::from)?;
        self.tokens.insert(token.asset.clone(), descriptor);
        Ok(())
    }
}
