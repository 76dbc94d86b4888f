//! Many numbers asked for in one round.

use alloy_primitives::U256;
use serde_json::Value;
use strongroom_network::{Answers, Call, NodeError, Panel, Question};

use crate::field::Field;

/// How the answer to a question becomes a number.
pub(crate) type Reader = fn(&Field<'_>) -> Result<U256, NodeError>;

/// Questions whose answers are numbers, each with the way to read its answer.
#[derive(Default)]
pub(crate) struct Inquiry {
    questions: Vec<Question>,
    readers: Vec<Reader>,
}

impl Inquiry {
    /// Adds a question about something. The order of adding is the order of the answers.
    pub(crate) fn add(&mut self, method: &'static str, params: Value, about: String, reader: Reader) {
        self.questions.push(Question::new(Call::repeatable(method, params), about));
        self.readers.push(reader);
    }

    /// Asks every node; the answers come in the order of the questions.
    pub(crate) fn put(self, panel: &mut Panel<'_>) -> std::vec::IntoIter<Answers<U256>> {
        let methods: Vec<_> = self.questions.iter().map(|question| question.call.method()).collect();
        let answers = panel.ask(self.questions, |place, answer| {
            let answer = answer?;
            let field = Field::answer(methods.get(place).copied().unwrap_or_default(), &answer);
            self.readers
                .get(place)
                .map_or_else(|| Err(field.refuse("was not asked for")), |read| read(&field))
        });
        answers.into_iter()
    }
}

/// A number of up to 256 bits.
pub(crate) fn quantity(field: &Field<'_>) -> Result<U256, NodeError> {
    field.quantity()
}

/// A number of up to 64 bits.
pub(crate) fn number(field: &Field<'_>) -> Result<U256, NodeError> {
    field.number().map(U256::from)
}

/// A number as the narrower type it was read as.
pub(crate) fn narrow(number: U256) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
