//! A home that may not be the one it was: copied, restored, moved, or older than what people know of it.
//!
//! It reads and shows, and signs nothing, until the admins' quorum names the head to go on from. What happens meanwhile
//! stands in a file beside the journal, `journal.recovering`, in a chain of its own.

use std::path::{Path, PathBuf};

use strongroom_journal::{Journal, JournalError, Line, Place, VaultEntry};
use strongroom_policy::Policy;
use strongroom_policy::judge::{JournalView as _, recovering_words, vouched};
use strongroom_protocol::{Head, HouseId, JournalHash, Name, SignedText, StationId, Timestamp};

use crate::chronicle::{Chronicle, ChronicleError, plain};
use crate::memory::Memory;

/// Why a home is recovering, if it is, and what was written beside its journal since.
#[derive(Debug)]
pub struct Recovering {
    path: PathBuf,
    house: HouseId,
    /// Where the home was found.
    place: Place,
    /// What was found wrong at opening.
    causes: Vec<String>,
    aside: Option<Journal<VaultEntry>>,
    /// The first line beside the journal: what a recovery names.
    episode: Option<JournalHash>,
    /// Heads that people vouch for.
    vouched: Vec<(Name, Head)>,
}

impl Recovering {
    /// Nothing is wrong.
    pub(crate) fn none(journal: &Path, house: HouseId, place: Place) -> Self {
        let mut path = journal.as_os_str().to_owned();
        path.push(".recovering");
        Self {
            path: path.into(),
            house,
            place,
            causes: Vec::new(),
            aside: None,
            episode: None,
            vouched: Vec::new(),
        }
    }

    /// Compares what the journal says with what is found. `mark` is what is wrong with the mark, if something is.
    pub(crate) fn look(
        journal: &Path,
        house: HouseId,
        place: Place,
        mark: Option<String>,
        memory: &mut Memory,
    ) -> Result<Self, ChronicleError> {
        let mut found = Self::none(journal, house, place);
        found.causes.extend(mark);
        let moved = match memory.place {
            None => Some("the journal does not say where this home lives".to_owned()),
            Some(recorded) => recorded.difference(&place),
        };
        found.causes.extend(moved);
        found.open_aside(memory)?;
        Ok(found)
    }

    /// Reads what stands beside the journal, if anything does.
    fn open_aside(&mut self, memory: &mut Memory) -> Result<(), ChronicleError> {
        if !self.path.try_exists().map_err(|source| JournalError::Io { path: self.path.clone(), source })? {
            return Ok(());
        }
        let mut lines = Vec::new();
        let mut each = |line: &Line<VaultEntry>, hash| lines.push((line.clone(), hash));
        let journal = match Journal::open(&self.path, self.house, &mut each) {
            // A removal that a crash cut short took the mark first; so did one that never wrote it.
            Err(JournalError::Mark { .. }) => {
                lines.clear();
                let empty = std::fs::metadata(&self.path).is_ok_and(|found| found.len() == 0);
                let mut each = |line: &Line<VaultEntry>, hash| lines.push((line.clone(), hash));
                if empty {
                    Journal::create(&self.path, self.house)?
                } else {
                    Journal::open_unmarked(&self.path, self.house, &mut each)?
                }
            }
            opened => opened?.journal,
        };
        if lines.first().is_some_and(|(_, hash)| memory.episodes.contains(hash)) {
            // The journal has taken it in already.
            return Ok(journal.remove()?);
        }
        for (line, hash) in lines {
            self.take(&line, hash);
            memory.take_aside(&line, hash);
        }
        if self.causes.is_empty() && self.episode.is_none() {
            self.causes.push("it began to recover, and was interrupted".to_owned());
        }
        self.aside = Some(journal);
        Ok(())
    }

    fn take(&mut self, line: &Line<VaultEntry>, hash: JournalHash) {
        self.episode = self.episode.or(Some(hash));
        match &line.entry {
            VaultEntry::Recovering { why, .. } if self.causes.is_empty() => self.causes.push(why.to_string()),
            VaultEntry::Vouched { by, head } => self.vouched.push((by.clone(), *head)),
            _ => {}
        }
    }

    /// Why, in words; `None` if nothing is wrong.
    pub fn why(&self) -> Option<String> {
        (!self.causes.is_empty()).then(|| self.causes.join("; "))
    }

    /// Where the home was found.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The line with which the home began to recover, if that was written down.
    pub const fn episode(&self) -> Option<JournalHash> {
        self.episode
    }

    /// What was written beside the journal since, in order.
    ///
    /// # Errors
    /// [`ChronicleError`] if it cannot be read.
    pub fn lines(&self) -> Result<Vec<Line<VaultEntry>>, ChronicleError> {
        let Some(aside) = &self.aside else { return Ok(Vec::new()) };
        let lines = aside.lines_after(0)?;
        let start = Head::start(self.house);
        Ok(strongroom_journal::verify_lines(start, lines.iter().map(Vec::as_slice), aside.head())?)
    }

    /// The heads that approvers vouched for since, with who did.
    pub fn vouched(&self) -> &[(Name, Head)] {
        &self.vouched
    }
}

impl Chronicle {
    /// Whether and why the home is recovering.
    pub const fn recovering(&self) -> &Recovering {
        &self.recovering
    }

    /// Writes down that the home is recovering, if that was not done, so that a recovery can name it. `why` is the reason
    /// if none was found at opening. Gives the line to name.
    ///
    /// # Errors
    /// [`ChronicleError::NotRecovering`] if nothing is wrong and no reason is given; otherwise if the disk refuses.
    pub fn begin_recovering(
        &mut self,
        at: Timestamp,
        why: Option<String>,
    ) -> Result<JournalHash, ChronicleError> {
        if let Some(episode) = self.recovering.episode {
            return Ok(episode);
        }
        let causes = self.recovering.why().or(why).ok_or(ChronicleError::NotRecovering)?;
        if self.recovering.aside.is_none() {
            self.recovering.aside = Some(Journal::create(&self.recovering.path, self.recovering.house)?);
        }
        if self.recovering.causes.is_empty() {
            self.recovering.causes.push(causes.clone());
        }
        let why = plain(&causes).ok_or_else(|| ChronicleError::Recovering(causes.clone()))?;
        let (head, place) = (self.journal.head(), self.recovering.place);
        let written = self.write_aside(at, VaultEntry::Recovering { head, place, why })?;
        Ok(written.hash)
    }

    /// Writes a line beside the journal, after the one that says why.
    pub(crate) fn append_aside(
        &mut self,
        at: Timestamp,
        entry: VaultEntry,
        why: Option<String>,
    ) -> Result<Head, ChronicleError> {
        let signing = matches!(
            entry,
            VaultEntry::Opened { .. }
                | VaultEntry::Claimed { .. }
                | VaultEntry::Signed { .. }
                | VaultEntry::Enrolled { .. }
                | VaultEntry::Learned { .. }
                | VaultEntry::Thawed { .. }
                | VaultEntry::Recovered { .. }
        );
        if signing {
            let causes = self.recovering.why().or(why).unwrap_or_default();
            return Err(ChronicleError::Recovering(recovering_words(causes)));
        }
        self.begin_recovering(at, why)?;
        self.write_aside(at, entry)
    }

    fn write_aside(&mut self, at: Timestamp, entry: VaultEntry) -> Result<Head, ChronicleError> {
        if self.supposing {
            return Err(ChronicleError::Supposing);
        }
        let aside = self.recovering.aside.as_mut().ok_or(ChronicleError::NotRecovering)?;
        let line = aside.append_line(at, entry)?;
        let head = aside.head();
        self.recovering.take(&line, head.hash);
        self.memory.take_aside(&line, head.hash);
        Ok(head)
    }

    /// Journals every genuine word of an approver for a head that the journal does not contain: it proves that lines were
    /// lost here, or that the approver was lied to, and from here on the home is recovering. A request alone proves nothing.
    ///
    /// What was said before the last recovery is passed over: the admins knew better.
    ///
    /// # Errors
    /// [`ChronicleError`] if the disk refuses; nothing may be signed then.
    pub fn doubt(
        &mut self,
        at: Timestamp,
        statements: &[SignedText],
        policy: &Policy,
        house: HouseId,
        station: StationId,
    ) -> Result<(), ChronicleError> {
        for word in vouched(statements, policy, house, station) {
            let known = self.contains(&word.head)
                || self.memory.recovered.is_some_and(|recovered| word.at <= recovered)
                || self.recovering.vouched.iter().any(|(_, head)| *head == word.head);
            if known {
                continue;
            }
            let why =
                format!("{} knows line {} of its journal, which is not in it", word.by, word.head.sequence);
            let entry = VaultEntry::Vouched { by: word.by, head: word.head };
            self.append_aside(at, entry, Some(why))?;
        }
        Ok(())
    }

    /// Heads that approvers vouched for and that the journal does not contain, in order.
    pub fn unknown_heads(&self) -> Vec<Head> {
        let vouched = self.recovering.vouched.iter().map(|(_, head)| *head);
        let mut unknown: Vec<_> = vouched.filter(|head| !self.contains(head)).collect();
        unknown.sort_by_key(|head| (head.sequence, head.hash));
        unknown.dedup();
        unknown
    }

    /// Whether a recovery was used here.
    pub fn has_used(&self, recovery: &JournalHash) -> bool {
        self.memory.recoveries.contains(recovery)
    }

    /// Takes lines back that were lost, exactly as they were written: they must follow the journal's head. That some were
    /// lost is written down first, and the home is recovering from then on.
    ///
    /// # Errors
    /// [`ChronicleError`] if the lines do not follow or the disk refuses.
    pub fn import(&mut self, at: Timestamp, lines: &[Vec<u8>]) -> Result<Head, ChronicleError> {
        let why = "lines that this home had lost were brought back to it".to_owned();
        self.begin_recovering(at, Some(why))?;
        for (line, bytes) in self.journal.append_exact(lines)?.iter().zip(lines) {
            self.memory.take(line, JournalHash::of(bytes));
        }
        Ok(self.head())
    }

    /// Goes on from the journal's own head, by the admins' word: everything that was written beside the journal comes into
    /// it in one line, and the home lives where it is now. Whether the admins said so was checked before.
    ///
    /// # Errors
    /// [`ChronicleError`] if the home is not recovering or the disk refuses.
    pub fn recover(
        &mut self,
        at: Timestamp,
        recovery: JournalHash,
        by: Vec<Name>,
    ) -> Result<Head, ChronicleError> {
        let aside = self.recovering.aside.take().ok_or(ChronicleError::NotRecovering)?;
        let lines = aside.lines_after(0)?;
        let aside_lines = lines.into_iter().map(Into::into).collect();
        let entry = VaultEntry::Recovered { recovery, by, place: self.recovering.place, aside: aside_lines };
        let line = self.journal.append_line(at, entry)?;
        let head = self.journal.head();
        // What it took in was remembered when it was written.
        self.memory.hashes.push(head.hash);
        self.memory.recoveries.insert(recovery);
        self.memory.recovered = Some(line.at);
        self.memory.place = Some(self.recovering.place);
        aside.remove()?;
        self.recovering.causes.clear();
        self.recovering.vouched.clear();
        self.recovering.episode = None;
        Ok(head)
    }
}
