//! An owner of flesh and blood, who reads the screens and types what they would press.

use std::io::{BufRead, Write};

use crate::screen::{Decision, Owner, Review, Screen, stamped};

/// Asks a person. Whoever says nothing, or something else, has pressed nothing.
#[derive(Debug)]
pub struct Person<R, W> {
    from: R,
    to: W,
}

impl<R: BufRead + Send, W: Write + Send> Person<R, W> {
    /// Shows screens on `to` and reads decisions from `from`: a terminal, in the end.
    pub const fn new(from: R, to: W) -> Self {
        Self { from, to }
    }
}

impl<R: BufRead + Send, W: Write + Send> Owner for Person<R, W> {
    fn decide(&mut self, review: &Review) -> Decision {
        for screen in review.screens() {
            self.notice(screen);
        }
        let _ = write!(self.to, "VIRTUAL device: a approves, r rejects, nothing leaves it there: ");
        let _ = self.to.flush();
        let mut typed = String::new();
        match self.from.read_line(&mut typed).map(|_| typed.trim()) {
            Ok("a") => Decision::Approve,
            Ok("r") => Decision::Reject,
            _ => Decision::Leave,
        }
    }

    fn notice(&mut self, screen: &Screen) {
        let _ = self.to.write_all(stamped(screen, "").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::STAMP;
    use crate::text::{Break, Font};

    #[test]
    fn what_is_typed_is_pressed_after_all_screens_were_shown() {
        let mut review = Review::new(Screen::sentence(Font::Regular, "Verify address"), "Confirm", "Cancel");
        review.show("Address", "0x00", Break::Anywhere);
        let mut shown = Vec::new();
        let mut person = Person::new("a\n r \nyes\n".as_bytes(), &mut shown);
        let decided = [(); 4].map(|()| person.decide(&review));
        assert_eq!(decided, [Decision::Approve, Decision::Reject, Decision::Leave, Decision::Leave]);
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(shown.matches(STAMP).count(), 4 * 3);
        assert!(shown.contains("Address") && shown.contains("Confirm"), "{shown}");
    }
}
