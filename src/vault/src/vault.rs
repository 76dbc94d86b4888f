//! An opened vault: house, journal, keys, and the documents in force, all verified again at every start.

use std::collections::BTreeMap;
use std::path::Path;

use strongroom_journal::{Line, VaultEntry, verify_lines};
use strongroom_keys::{KeyIdentity, KeyRecord, Keystore, OpenedKey, StationKey, on_locked_stack};
use strongroom_policy::judge::recovering_words;
use strongroom_policy::{Book, Genesis, Policy};
use strongroom_protocol::canonical::Document;
use strongroom_protocol::sealed::Sealable;
use strongroom_protocol::signed_text::SIGNED_TEXT_LIMIT;
use strongroom_protocol::{
    Account, AccountId, BookId, Bundle, HouseId, Name, PolicyId, PublicKey, Sealed, SignedText, SshSignature,
    StationId, Timestamp, canonical,
};
use strongroom_signing::{Chronicle, Refusal, Rule};
use strongroom_transport::read_limited;

use crate::error::VaultError;
use crate::home::Home;
use crate::session::Session;

/// What the keystore knows the station's own key by.
pub(crate) const STATION: &str = "station";

/// An opened vault. While it is open, no other process can open it.
pub(crate) struct Vault {
    pub(crate) home: Home,
    pub(crate) house: HouseId,
    pub(crate) genesis: Genesis,
    pub(crate) keystore: Keystore,
    pub(crate) station: StationId,
    pub(crate) station_key: PublicKey,
    pub(crate) chronicle: Chronicle,
    pub(crate) policy: Option<Policy>,
    book: Option<Book>,
}

/// The keystore's name of the station's own key.
pub(crate) fn station_name() -> Result<Name, VaultError> {
    // It is a name; the type cannot know that of a text.
    STATION.parse().map_err(|_| VaultError::OtherStation)
}

/// The line that says that a key is there; the station's own is said by the first line.
fn key_added(record: &KeyRecord) -> Option<VaultEntry> {
    let KeyIdentity::Mnemonic { fingerprint, .. } = &record.identity else { return None };
    Some(VaultEntry::KeyAdded {
        key: record.name.clone(),
        fingerprint: fingerprint.0,
        provenance: record.made,
    })
}

/// Reads a text with signatures below it.
pub(crate) fn signed_text(path: &Path, bytes: &[u8]) -> Result<SignedText, VaultError> {
    SignedText::parse(bytes).map_err(|source| VaultError::SignedText { path: path.to_owned(), source })
}

/// Reads a genesis that every admin has signed.
pub(crate) fn genesis(path: &Path, bytes: &[u8]) -> Result<(HouseId, Genesis, SignedText), VaultError> {
    let signed = signed_text(path, bytes)?;
    let (house, genesis) =
        Genesis::open(&signed).map_err(|source| VaultError::Genesis { path: path.to_owned(), source })?;
    Ok((house, genesis, signed))
}

/// Refuses a house to practise in where the program is none for it, and the other way round.
pub(crate) fn same_kind(session: &Session<'_, '_>, path: &Path, genesis: &Genesis) -> Result<(), VaultError> {
    let program = session.world.training;
    if genesis.training == program {
        return Ok(());
    }
    Err(VaultError::Training { path: path.to_owned(), program })
}

impl Vault {
    /// Opens the home of this session and verifies everything in it that later steps build on.
    pub(crate) fn open(session: &mut Session<'_, '_>) -> Result<Self, VaultError> {
        let home = session.home()?;
        home.check()?;
        let bytes = read_limited(&home.genesis(), SIGNED_TEXT_LIMIT)?;
        let (house, genesis, _) = genesis(&home.genesis(), &bytes)?;
        same_kind(session, home.root(), &genesis)?;
        let keystore = home.keystore()?;
        let chronicle = Chronicle::open(&home.journal(), house, session.world.place, session.now())?;
        if let Some(why) = chronicle.recovering().why() {
            session.warn(format!("this home is recovering: {}", recovering_words(why)));
        }
        let KeyIdentity::Station { public_key } = keystore.record(&station_name()?)?.identity else {
            return Err(VaultError::OtherStation);
        };
        let station_key = PublicKey::new(public_key)?;
        let station = station_key.station();
        if chronicle.standing().station != Some(station) {
            return Err(VaultError::OtherStation);
        }
        let mut vault = Self {
            home,
            house,
            genesis,
            keystore,
            station,
            station_key,
            chronicle,
            policy: None,
            book: None,
        };
        vault.policy = vault.read_policy()?;
        vault.book = vault.read_book()?;
        Ok(vault)
    }

    fn read_policy(&self) -> Result<Option<Policy>, VaultError> {
        let Some((id, epoch)) = self.chronicle.standing().policy else { return Ok(None) };
        let path = self.home.policy(&id);
        let signed = signed_text(&path, &read_limited(&path, SIGNED_TEXT_LIMIT)?)?;
        if PolicyId::of(signed.text().as_bytes()) != id {
            return Err(VaultError::NotAsJournaled { path });
        }
        let policy = Policy::open(&signed, &self.house, &self.genesis, None);
        let policy = policy.map_err(|source| VaultError::Policy { path: path.clone(), source })?;
        if policy.epoch() == epoch { Ok(Some(policy)) } else { Err(VaultError::NotAsJournaled { path }) }
    }

    fn read_book(&self) -> Result<Option<Book>, VaultError> {
        let Some((id, epoch)) = self.chronicle.standing().book else { return Ok(None) };
        let path = self.home.book(&id);
        let signed = signed_text(&path, &read_limited(&path, SIGNED_TEXT_LIMIT)?)?;
        if BookId::of(signed.text().as_bytes()) != id {
            return Err(VaultError::NotAsJournaled { path });
        }
        let book = Book::open(&signed, &self.house, &self.genesis, None);
        let book = book.map_err(|source| VaultError::Book { path: path.clone(), source })?;
        if book.epoch() == epoch { Ok(Some(book)) } else { Err(VaultError::NotAsJournaled { path }) }
    }

    /// The policy in force, if one was installed.
    pub(crate) const fn installed_policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// The book in force, if one was installed.
    pub(crate) const fn installed_book(&self) -> Option<&Book> {
        self.book.as_ref()
    }

    /// The policy in force.
    pub(crate) fn policy(&self) -> Result<&Policy, VaultError> {
        self.policy.as_ref().ok_or(VaultError::NoPolicy)
    }

    /// The book in force.
    pub(crate) fn book(&self) -> Result<&Book, VaultError> {
        self.book.as_ref().ok_or(VaultError::NoBook)
    }

    /// Refuses what makes or permits signatures while the home is recovering, and writes that down.
    pub(crate) fn check_not_recovering(&mut self, session: &mut Session<'_, '_>) -> Result<(), VaultError> {
        let Some(why) = self.chronicle.recovering().why() else { return Ok(()) };
        let refusal = Refusal::new(Rule::Recovering, recovering_words(why));
        if let Err(error) = self.chronicle.refuse(session.now(), None, &refusal) {
            session.warn(format!("the refusal could not be written down: {error}"));
        }
        Err(refusal.into())
    }

    /// Journals every genuine rejection among these statements that is not journaled yet, and every genuine word of a head
    /// that the journal does not contain.
    pub(crate) fn remember_rejections(
        &mut self,
        at: Timestamp,
        statements: &[SignedText],
    ) -> Result<(), VaultError> {
        let policy = self.policy.as_ref().ok_or(VaultError::NoPolicy)?;
        self.chronicle.doubt(at, statements, policy, self.house, self.station)?;
        Ok(self.chronicle.reject(at, statements, policy, self.house)?)
    }

    /// Every account enrolled here, by id, from records that this station sealed.
    pub(crate) fn accounts(&self) -> Result<BTreeMap<AccountId, Sealed<Account>>, VaultError> {
        self.chronicle.standing().accounts.iter().map(|id| Ok((*id, self.account(id)?))).collect()
    }

    fn account(&self, id: &AccountId) -> Result<Sealed<Account>, VaultError> {
        let path = self.home.account(id);
        let bytes = read_limited(&path, <Sealed<Account>>::LIMIT)?;
        let sealed: Sealed<Account> =
            Bundle::read(&bytes).map_err(|source| VaultError::Bundle { path: path.clone(), source })?;
        sealed.verify(&self.station_key)?;
        if sealed.value().id() == *id { Ok(sealed) } else { Err(VaultError::NotAsJournaled { path }) }
    }

    /// Every line of the journal.
    pub(crate) fn lines(&self) -> Result<Vec<Line<VaultEntry>>, VaultError> {
        let start = self.chronicle.start(self.house);
        let lines = self.chronicle.lines_after(start)?;
        let head = self.chronicle.head();
        let read = verify_lines(start, lines.iter().map(Vec::as_slice), head);
        Ok(read.map_err(strongroom_signing::ChronicleError::from)?)
    }

    /// Writes down that a key is there, if that was not done.
    pub(crate) fn journal_key(
        &mut self,
        record: &KeyRecord,
        session: &Session<'_, '_>,
    ) -> Result<(), VaultError> {
        let Some(entry) = key_added(record) else { return Ok(()) };
        // A crash between key file and journal leaves a key that is not written down; whoever uses it does that first.
        if !self.has_journaled(record)? {
            self.chronicle.append(session.now(), entry)?;
        }
        Ok(())
    }

    /// Whether it is written down that a key is there, in the journal or beside it.
    pub(crate) fn has_journaled(&self, record: &KeyRecord) -> Result<bool, VaultError> {
        let Some(entry) = key_added(record) else { return Ok(true) };
        let aside = self.chronicle.recovering().lines()?;
        Ok(self.lines()?.iter().chain(&aside).any(|line| line.entry == entry))
    }

    /// Unlocks the station's own key. A recovering home has no use for it.
    pub(crate) fn unlock_station(&self, session: &mut Session<'_, '_>) -> Result<StationKey, VaultError> {
        if let Some(why) = self.chronicle.recovering().why() {
            return Err(Refusal::new(Rule::Recovering, recovering_words(why)).into());
        }
        match session.unlock(&self.keystore, &station_name()?, "the station key")? {
            OpenedKey::Station(key) => Ok(key),
            OpenedKey::Mnemonic(_) => Err(VaultError::OtherStation),
        }
    }

    /// Signs a document with the station's key, and verifies the signature. A large document is not held twice: it is
    /// read again from the bytes that were signed.
    pub(crate) fn seal<T: Sealable>(
        &self,
        document: T,
        key: &StationKey,
        session: &mut Session<'_, '_>,
    ) -> Result<Sealed<T>, VaultError> {
        let bytes = canonical::encode(&document);
        drop(document);
        let signed = on_locked_stack(|| key.sign(T::NAMESPACE, &bytes))?;
        let signature = SshSignature::from_ssh(&session.worked(signed)?)?;
        let sealed = Sealed::new(bytes, signature)?;
        sealed.verify(&self.station_key)?;
        Ok(sealed)
    }
}
