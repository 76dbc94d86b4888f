//! Several nodes asked the same thing.
//!
//! There is no voting. At least [`ENOUGH`] nodes must answer, and all that answer must say the same: one node that
//! says otherwise stops the desk, whether it lies, lags or sits on another fork, because nobody here can tell which of
//! them is right. A node that fails counts as not answering.

use std::fmt;

use serde_json::Value;

use crate::node::{Call, Node, NodeError, RpcError};

/// The fewest nodes whose word is taken, when they agree.
pub const ENOUGH: usize = 2;

/// A question with the words that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub call: Call,
    /// What it is about, as a noun phrase: "the balance of 0x… at block 7".
    pub about: String,
}

impl Question {
    /// A question and what it is about.
    pub fn new(call: Call, about: impl Into<String>) -> Self {
        Self { call, about: about.into() }
    }
}

/// A node that did not answer, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its name.
    pub node: String,
    /// What happened.
    pub error: NodeError,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.node, self.error)
    }
}

/// Why several nodes gave no answer to go by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// Fewer than [`ENOUGH`] answered.
    #[error("{}", too_few(.question, .answered, .failures))]
    TooFew {
        /// What was asked about.
        question: String,
        /// Names of the nodes that answered.
        answered: Vec<String>,
        /// Those that did not, and why.
        failures: Vec<Failure>,
    },
    /// They said different things.
    #[error("the nodes disagree about {question}: {}. Nothing is done until they agree: find out which of them is wrong, and remove it", who_said_what(.answers))]
    Disagreement {
        /// What was asked about.
        question: String,
        /// Who said what.
        answers: Vec<(String, String)>,
    },
}

fn too_few(question: &str, answered: &[String], failures: &[Failure]) -> String {
    use fmt::Write as _;
    let mut text = match answered {
        [] => format!("no node told {question}"),
        [one] => format!("only {one} told {question}"),
        some => format!("only {} told {question}", some.join(", ")),
    };
    for (index, failure) in failures.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{failure}", if index == 0 { ": " } else { "; " });
    }
    let _ = write!(text, ". At least {ENOUGH} nodes must answer: add one, or mend those that fail");
    text
}

fn who_said_what(answers: &[(String, String)]) -> String {
    let said: Vec<_> = answers.iter().map(|(node, answer)| format!("{node} says {answer}")).collect();
    said.join(", ")
}

/// What the nodes said to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers<T> {
    question: String,
    given: Vec<(String, T)>,
    failures: Vec<Failure>,
}

impl<T> Answers<T> {
    /// Who said what. It may be nobody.
    pub fn given(&self) -> &[(String, T)] {
        &self.given
    }

    /// What was asked about.
    pub fn question(&self) -> &str {
        &self.question
    }

    /// The same answers, each read in another way.
    pub fn map<U>(self, mut read: impl FnMut(T) -> U) -> Answers<U> {
        Answers {
            question: self.question,
            given: self.given.into_iter().map(|(node, answer)| (node, read(answer))).collect(),
            failures: self.failures,
        }
    }

    /// The answers, if there are enough.
    ///
    /// # Errors
    /// [`AgreementError::TooFew`], naming the failures.
    pub fn enough(self) -> Result<Vec<(String, T)>, AgreementError> {
        if self.given.len() >= ENOUGH {
            return Ok(self.given);
        }
        Err(AgreementError::TooFew {
            question: self.question,
            answered: self.given.into_iter().map(|(node, _)| node).collect(),
            failures: self.failures,
        })
    }

    /// The largest answer, if there are enough and `close(smallest, largest)` holds: for what honest nodes estimate
    /// each in its own way.
    ///
    /// # Errors
    /// [`AgreementError`] if there are too few, or they lie too far apart.
    pub fn largest_if(self, close: impl Fn(&T, &T) -> bool) -> Result<T, AgreementError>
    where
        T: Ord + fmt::Display,
    {
        let question = self.question.clone();
        let mut given = self.enough()?;
        given.sort_by(|(_, a), (_, b)| a.cmp(b));
        match (given.first(), given.last()) {
            (Some((_, low)), Some((_, high))) if close(low, high) => {}
            _ => return Err(disagreement(question, &given)),
        }
        given.pop().map(|(_, answer)| answer).ok_or_else(|| disagreement::<T>(question, &[]))
    }
}

impl<T: PartialEq + fmt::Display> Answers<T> {
    /// What all that answered say, if they are enough.
    ///
    /// # Errors
    /// [`AgreementError`] if they are too few or say different things.
    pub fn agreed(self) -> Result<T, AgreementError> {
        let question = self.question.clone();
        let mut given = self.enough()?;
        if given.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a == b))
            && let Some((_, answer)) = given.pop()
        {
            return Ok(answer);
        }
        Err(disagreement(question, &given))
    }
}

fn disagreement<T: fmt::Display>(question: String, given: &[(String, T)]) -> AgreementError {
    let answers = given.iter().map(|(node, answer)| (node.clone(), answer.to_string())).collect();
    AgreementError::Disagreement { question, answers }
}

/// One operation's conversation with all nodes of a chain.
///
/// A node that does not answer a round is not asked in the later ones, so that a dead node costs its timeouts once;
/// its failure is named wherever answers then turn out too few.
pub struct Panel<'a> {
    seats: Vec<Seat<'a>>,
}

struct Seat<'a> {
    node: &'a mut dyn Node,
    lost: Option<NodeError>,
}

impl fmt::Debug for Panel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.seats.iter().map(|seat| seat.node.name())).finish()
    }
}

impl<'a> Panel<'a> {
    /// A conversation with these nodes.
    pub fn new(nodes: &'a mut [Box<dyn Node>]) -> Self {
        let seats = nodes.iter_mut().map(|node| Seat { node: node.as_mut(), lost: None }).collect();
        Self { seats }
    }

    /// Asks every node every question. `read` reads the answer to the question at a place; what it refuses counts as
    /// not answered by that node.
    pub fn ask<T>(
        &mut self,
        questions: Vec<Question>,
        read: impl Fn(usize, Result<Value, RpcError>) -> Result<T, NodeError>,
    ) -> Vec<Answers<T>> {
        let (calls, about): (Vec<_>, Vec<_>) =
            questions.into_iter().map(|question| (question.call, question.about)).unzip();
        let mut all: Vec<_> = about
            .into_iter()
            .map(|question| Answers { question, given: Vec::new(), failures: Vec::new() })
            .collect();
        for seat in &mut self.seats {
            seat.answer(&calls, &mut all, &read);
        }
        all
    }

    /// Asks every node one question.
    pub fn ask_one<T>(
        &mut self,
        question: Question,
        read: impl Fn(Result<Value, RpcError>) -> Result<T, NodeError>,
    ) -> Answers<T> {
        let about = question.about.clone();
        let mut all = self.ask(vec![question], |_, answer| read(answer));
        all.pop().unwrap_or(Answers { question: about, given: Vec::new(), failures: Vec::new() })
    }
}

impl Seat<'_> {
    fn answer<T>(
        &mut self,
        calls: &[Call],
        all: &mut [Answers<T>],
        read: &impl Fn(usize, Result<Value, RpcError>) -> Result<T, NodeError>,
    ) {
        let node = self.node.name().to_owned();
        let given = match &self.lost {
            Some(error) => Err(error.clone()),
            None => self.node.batch(calls),
        };
        match given {
            Ok(given) => {
                for (place, (answer, answers)) in given.into_iter().zip(all).enumerate() {
                    match read(place, answer) {
                        Ok(value) => answers.given.push((node.clone(), value)),
                        Err(error) => answers.failures.push(Failure { node: node.clone(), error }),
                    }
                }
            }
            Err(error) => {
                for answers in all {
                    answers.failures.push(Failure { node: node.clone(), error: error.clone() });
                }
                self.lost = Some(error);
            }
        }
    }
}

#[cfg(test)]
mod tests;
