//! Somebody at the terminal, who answers by a script.

use std::collections::VecDeque;
use std::io;

use strongroom_keys::Passphrase;
use strongroom_vault::{Terminal, TerminalError};

/// What the operator types next.
#[derive(Clone, Debug)]
pub enum Answer {
    /// This.
    Text(String),
    /// The word that is asked for, from what was shown.
    WordBack,
    /// The passphrase that was proposed last.
    Proposal,
}

/// Somebody at the terminal, or nobody.
#[derive(Debug, Default)]
pub struct Operator {
    present: bool,
    answers: VecDeque<Answer>,
    /// Secrets that were shown once.
    pub shown: Vec<String>,
    /// Questions and remarks.
    pub heard: String,
}

impl Operator {
    pub fn absent() -> Self {
        Self::default()
    }

    pub fn with(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { present: true, answers: answers.into_iter().collect(), ..Self::default() }
    }

    pub fn typing(answers: &[&str]) -> Self {
        Self::with(answers.iter().map(|answer| Answer::Text((*answer).to_owned())))
    }

    fn hear(&mut self, text: &str) -> Result<(), TerminalError> {
        if !self.present {
            return Err(TerminalError::None(io::Error::from(io::ErrorKind::NotFound)));
        }
        self.heard.push_str(text);
        self.heard.push('\n');
        Ok(())
    }

    fn answer(&mut self, question: &str) -> Result<String, TerminalError> {
        self.hear(question)?;
        let words = |page: &String| page.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match self.answers.pop_front() {
            None => Err(TerminalError::Closed),
            Some(Answer::Text(text)) => Ok(text),
            Some(Answer::WordBack) => {
                let number = question.split(' ').nth(2).unwrap().to_owned();
                let page = words(self.shown.first().unwrap());
                let place = page.iter().position(|word| *word == number).unwrap();
                Ok(page[place + 1].clone())
            }
            Some(Answer::Proposal) => {
                let page = words(self.shown.last().unwrap());
                Ok(page.into_iter().find(|word| word.matches('-').count() == 9).unwrap())
            }
        }
    }
}

impl Terminal for Operator {
    fn ask_secret(&mut self, question: &str) -> Result<Passphrase, TerminalError> {
        Ok(Passphrase::take(self.answer(question)?)?)
    }

    fn ask(&mut self, question: &str) -> Result<String, TerminalError> {
        self.answer(question)
    }

    fn tell(&mut self, text: &str) -> Result<(), TerminalError> {
        self.hear(text)
    }

    fn show_once(&mut self, secret: &str) -> Result<(), TerminalError> {
        self.hear("(a page was shown)")?;
        self.shown.push(secret.to_owned());
        Ok(())
    }
}
