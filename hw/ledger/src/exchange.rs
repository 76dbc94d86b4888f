//! One command and its answer at a time.
//!
//! A command that arrives while the device asks its owner is answered at once, and the owner's answer is lost; a command
//! whose reports do not all arrive leaves the device deaf. So an [`Exchange`] is one call that begins with the first
//! report and ends with the last, on a wire that nobody else holds; and when it cannot end, the wire is let go, so that
//! no late answer is ever taken for the answer to something else.

use std::time::Duration;

use strongroom_wire::{Patience, Wire, WireError};

use crate::apdu::{Answer, ApduError, Command};
use crate::framing::{ANSWER_LIMIT, Assembly, Channel, FrameError, frames};

/// How long a device may take for what needs nobody: the slowest recorded answer takes a small part of it.
const ANSWER_TIME: Patience = Patience::AtMost(Duration::from_secs(10));

/// How long to look for reports that nobody asked for, when a wire is opened.
const AT_ONCE: Patience = Patience::AtMost(Duration::ZERO);

/// How many of them are passed over: more than the longest answer to a command of another program has.
const STRAY_LIMIT: usize = 64;

/// Who must do something before the answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Nobody: the device answers by itself.
    Computed,
    /// Its owner, who reads as long as it takes.
    Answered,
}

/// Why a command has no answer. The wire is let go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Nothing crossed.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The device has only a part of a command.
    #[error(
        "a command was cut off between its reports ({0}), and the device waits for the rest: unplug it and plug it in \
         again"
    )]
    CutOff(WireError),
    /// What came is no answer.
    #[error("the device's answer is refused: {0}; unplug it and plug it in again")]
    Frame(#[from] FrameError),
    /// What came is no answer.
    #[error("the device's answer is refused: {0}; unplug it and plug it in again")]
    Apdu(#[from] ApduError),
    /// It talks without being asked.
    #[error(
        "the device goes on sending what nobody asked for: unplug it, and close other programs that use it"
    )]
    Endless,
    /// An earlier command went wrong.
    #[error(
        "an earlier command of this device went wrong, and no more are sent to it: repeat the whole command"
    )]
    Closed,
}

/// A wire, as long as all went well on it.
pub(crate) struct Exchange {
    wire: Option<Box<dyn Wire>>,
}

impl Exchange {
    /// Begins to talk over a wire, after passing over what is left of somebody else's conversation.
    pub(crate) fn open(mut wire: Box<dyn Wire>) -> Result<Self, ExchangeError> {
        for _ in 0..STRAY_LIMIT {
            match wire.receive(AT_ONCE) {
                Ok(_) => {}
                Err(WireError::Silent(_)) => return Ok(Self { wire: Some(wire) }),
                Err(error) => return Err(error.into()),
            }
        }
        Err(ExchangeError::Endless)
    }

    /// Sends a command and waits for its answer.
    pub(crate) fn call(&mut self, command: &Command, until: Until) -> Result<Answer, ExchangeError> {
        let mut wire = self.wire.take().ok_or(ExchangeError::Closed)?;
        let answer = converse(wire.as_mut(), command, until)?;
        self.wire = Some(wire);
        Ok(answer)
    }
}

fn converse(wire: &mut dyn Wire, command: &Command, until: Until) -> Result<Answer, ExchangeError> {
    for (index, report) in frames(Channel::HOST, &command.encode())?.iter().enumerate() {
        // A report is tried twice: one that arrived twice is passed over, one that is missing leaves the device deaf.
        let sent = wire.send(report).or_else(|error| match error {
            WireError::Unplugged => Err(error),
            _ => wire.send(report),
        });
        sent.map_err(|error| match error {
            WireError::Unplugged => error.into(),
            _ if index > 0 => ExchangeError::CutOff(error),
            _ => error.into(),
        })?;
    }
    let mut assembly = Assembly::new(Channel::HOST, ANSWER_LIMIT);
    let mut patience = match until {
        Until::Computed => ANSWER_TIME,
        Until::Answered => Patience::Forever,
    };
    loop {
        if let Some(bytes) = assembly.push(&wire.receive(patience)?)? {
            return Ok(Answer::decode(&bytes)?);
        }
        patience = ANSWER_TIME;
    }
}
