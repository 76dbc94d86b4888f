//! What a convoy brings of other vaults: learned before anything is judged.

use strongroom_journal::VaultExport;
use strongroom_signing::{Lesson, LessonError, Refusal, Rule};

use crate::error::VaultError;
use crate::session::Session;
use crate::vault::Vault;

/// A refusal of what somebody says of another vault.
fn refusal(error: &LessonError) -> Refusal {
    Refusal::new(Rule::OtherVaults, format!("what the pack brings of other vaults is refused: {error}"))
}

impl Vault {
    /// The exports of other stations among these; of this one nothing is learned.
    fn foreign<'a>(&self, exports: &'a [VaultExport]) -> impl Iterator<Item = &'a VaultExport> + use<'a> {
        let own = self.station;
        exports.iter().filter(move |export| export.station != own)
    }

    /// Learns what other stations signed, and writes it down. A recovering home writes nothing down, and signs nothing
    /// either. Whatever is wrong with an export refuses the request that came with it; a fork is written down.
    pub(crate) fn learn(
        &mut self,
        session: &mut Session<'_, '_>,
        exports: &[VaultExport],
    ) -> Result<(), VaultError> {
        if self.chronicle.recovering().why().is_some() {
            return Ok(());
        }
        for export in self.foreign(exports) {
            let lesson = self.lesson(session, export)?.map_err(|error| refusal(&error))?;
            self.chronicle.learn(session.now(), lesson)?;
        }
        Ok(())
    }

    /// Judges by what other stations signed, and writes nothing down.
    pub(crate) fn suppose(&mut self, exports: &[VaultExport]) -> Result<(), VaultError> {
        for export in self.foreign(exports) {
            let lesson = self.chronicle.lesson(export, self.policy()?, self.house);
            let lesson = lesson.map_err(|error| refusal(&error))?;
            self.chronicle.suppose(&lesson)?;
        }
        Ok(())
    }

    /// What one export teaches. If it shows that the other vault was copied, that is written down first.
    pub(crate) fn lesson(
        &mut self,
        session: &Session<'_, '_>,
        export: &VaultExport,
    ) -> Result<Result<Lesson, LessonError>, VaultError> {
        let policy = self.policy.as_ref().ok_or(VaultError::NoPolicy)?;
        let lesson = self.chronicle.lesson(export, policy, self.house);
        if let Err(error) = &lesson {
            self.chronicle.fork(session.now(), export.station, error)?;
        }
        Ok(lesson)
    }
}
