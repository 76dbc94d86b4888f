//! What the device shows, and who presses its buttons.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;

use crate::text::{Break, Font, LINES, lines};

/// One screen, line by line, as the real app shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Its lines from the top.
    pub lines: Vec<String>,
}

/// Which button leads on from a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The right one: the next screen.
    Right,
    /// Both at once: yes.
    Both,
}

/// What the owner does with a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Reads to the end and approves.
    Approve,
    /// Goes on past the approval and rejects.
    Reject,
    /// Leaves it on the screen.
    Leave,
}

/// Something that the owner is asked about, screen by screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    warning: Option<Screen>,
    pages: Vec<Screen>,
    approve: Screen,
    reject: Screen,
}

impl Screen {
    pub(crate) fn new(lines: Vec<String>) -> Self {
        Self { lines }
    }

    /// A sentence, broken between words.
    pub(crate) fn sentence(font: Font, text: &str) -> Self {
        Self::new(lines(font, text, Break::Words))
    }
}

/// Lines separated by ` / `, as the recordings write them.
impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join(" / "))
    }
}

impl Review {
    pub(crate) fn new(title: Screen, approve: &str, reject: &str) -> Self {
        Self {
            warning: None,
            pages: vec![title],
            approve: Screen::sentence(Font::Bold, approve),
            reject: Screen::sentence(Font::Bold, reject),
        }
    }

    /// Puts the warning in front: what follows does not say what is signed.
    pub(crate) fn blind(mut self) -> Self {
        let mut warning = vec!["Blind signing ahead".to_owned()];
        warning.extend(lines(Font::Regular, "To accept risk, press both buttons", Break::Words));
        self.warning = Some(Screen::new(warning));
        self
    }

    /// Adds a titled value, on as many screens as it needs.
    pub(crate) fn show(&mut self, title: &str, value: &str, at: Break) {
        let value = lines(Font::Regular, value, at);
        let pages = value.len().div_ceil(LINES);
        for (page, value) in (1..).zip(value.chunks(LINES)) {
            let title = if pages > 1 { format!("{title} ({page}/{pages})") } else { title.to_owned() };
            self.pages.push(Screen::new([std::slice::from_ref(&title), value].concat()));
        }
    }

    /// Whether the device warns that it does not show what is signed.
    pub const fn is_blind(&self) -> bool {
        self.warning.is_some()
    }

    /// The screens in the order in which they are read, the question last.
    pub fn screens(&self) -> impl Iterator<Item = &Screen> {
        self.warning.iter().chain(&self.pages).chain(std::iter::once(&self.approve))
    }

    /// The screens that the owner sees on the way to a decision, each with the button that is pressed there. Left alone,
    /// only the first is seen.
    pub fn way(&self, decision: Decision) -> Vec<(&Screen, Button)> {
        let warning = self.warning.iter().map(|screen| (screen, Button::Both));
        let mut way: Vec<_> = warning.chain(self.pages.iter().map(|page| (page, Button::Right))).collect();
        match decision {
            Decision::Approve => way.push((&self.approve, Button::Both)),
            Decision::Reject => way.extend([(&self.approve, Button::Right), (&self.reject, Button::Both)]),
            Decision::Leave => way.truncate(1),
        }
        way
    }
}

/// The person who holds the device.
pub trait Owner: Send {
    /// Reads a review and decides. Asked again later if it is left alone.
    fn decide(&mut self, review: &Review) -> Decision;

    /// Sees a screen that asks nothing.
    fn notice(&mut self, screen: &Screen) {
        let _ = screen;
    }
}

impl<F: FnMut(&Review) -> Decision + Send> Owner for F {
    fn decide(&mut self, review: &Review) -> Decision {
        self(review)
    }
}

/// An owner who decides as written down, and from then on always the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    next: VecDeque<Decision>,
    then: Decision,
}

impl Script {
    /// Decides these, in this order, and then always `then`.
    pub fn new(next: impl IntoIterator<Item = Decision>, then: Decision) -> Self {
        Self { next: next.into_iter().collect(), then }
    }

    /// Always decides this.
    pub fn always(decision: Decision) -> Self {
        Self::new([], decision)
    }
}

impl Owner for Script {
    fn decide(&mut self, _: &Review) -> Decision {
        self.next.pop_front().unwrap_or(self.then)
    }
}

/// Shows people what is on the screen, under a line that says that there is no device, and lets another owner decide.
#[derive(Debug)]
pub struct Narrated<W, O> {
    to: W,
    owner: O,
}

/// The line over every screen that people are shown.
pub const STAMP: &str = "VIRTUAL device, for training only";

impl<W: Write + Send, O: Owner> Narrated<W, O> {
    /// Writes to `to` what `owner` sees and does. What cannot be written is not shown: the device goes on.
    pub const fn new(to: W, owner: O) -> Self {
        Self { to, owner }
    }

    fn show(&mut self, screen: &Screen, button: &str) {
        let _ = self.to.write_all(stamped(screen, button).as_bytes());
    }
}

/// A screen for people, under the stamp.
pub(crate) fn stamped(screen: &Screen, button: &str) -> String {
    let width = screen.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(STAMP.len());
    let mut text = format!("  ┌{}┐\n  │ {STAMP:width$} │\n", "─".repeat(width.saturating_add(2)));
    for line in &screen.lines {
        text.extend(["  │ ", &format!("{line:width$}"), " │\n"]);
    }
    text.extend(["  └", &"─".repeat(width.saturating_add(2)), "┘ ", button, "\n"]);
    text
}

impl<W: Write + Send, O: Owner> Owner for Narrated<W, O> {
    fn decide(&mut self, review: &Review) -> Decision {
        let decision = self.owner.decide(review);
        for (screen, button) in review.way(decision) {
            let pressed = match (button, decision) {
                (_, Decision::Leave) => "nothing is pressed",
                (Button::Right, _) => "right",
                (Button::Both, _) => "both buttons",
            };
            self.show(screen, pressed);
        }
        decision
    }

    fn notice(&mut self, screen: &Screen) {
        self.show(screen, "");
        self.owner.notice(screen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review() -> Review {
        let mut review =
            Review::new(Screen::sentence(Font::Regular, "Review message"), "Sign message", "Reject message");
        review.show("Message", "hello", Break::Words);
        review
    }

    #[test]
    fn people_see_the_stamp_on_every_screen() {
        let mut shown = Vec::new();
        let mut owner = Narrated::new(&mut shown, Script::new([Decision::Leave], Decision::Reject));
        assert_eq!(owner.decide(&review()), Decision::Leave);
        assert_eq!(owner.decide(&review()), Decision::Reject);
        owner.notice(&Screen::new(vec!["Locked".to_owned()]));
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(shown.matches('┌').count(), 1 + 4 + 1);
        assert_eq!(shown.matches(STAMP).count(), shown.matches('┌').count());
        assert!(shown.contains("Reject message"), "{shown}");
    }

    #[test]
    fn the_way_to_a_decision_is_the_recorded_one() {
        let way = |decision| {
            review()
                .way(decision)
                .iter()
                .map(|(screen, button)| format!("{screen} {button:?}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            way(Decision::Approve),
            ["Review message Right", "Message / hello Right", "Sign message Both"]
        );
        assert_eq!(way(Decision::Reject)[2..], ["Sign message Right", "Reject message Both"]);
        assert_eq!(way(Decision::Leave), ["Review message Right"]);
        assert_eq!(review().blind().way(Decision::Approve)[0].1, Button::Both);
    }
}
