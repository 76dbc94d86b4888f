//! The end of a command: what it has to say, and its exit code.

use std::fmt::Write as _;
use std::io::Write;

use serde_json::{Value, json};

/// The schema of the JSON document.
const SCHEMA: &str = "strongroom.result.v1";

/// What stands beside every result of a house to practise in.
const TRAINING: &str = "TRAINING: a house to practise in; no production vault believes any of this";

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Output {
    /// For people.
    #[default]
    Human,
    /// For scripts.
    Json,
}

/// What a command that did its work has to say.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// For people: finished lines, aligned, ending in a newline. Printed on standard output.
    pub human: String,
    /// For scripts: the document's `data`. Amounts are decimal strings.
    pub data: Value,
    /// What went well but deserves a look.
    pub warnings: Vec<String>,
    /// 0 as a rule; 7 for "sent, not confirmed", or a refusal's code where there is still something to show.
    pub exit: u8,
}

/// Why a command did not do its work.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The exit code, 1 to 9, by the command contract.
    pub exit: u8,
    /// A stable name of the error, such as `fee-absolute`.
    pub code: String,
    /// What is wrong, naming the thing and the place.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What there is to show all the same.
    pub report: Option<Report>,
}

impl Report {
    /// A report with something to read and something to parse.
    pub fn new(human: impl Into<String>, data: Value) -> Self {
        Self { human: human.into(), data, warnings: Vec::new(), exit: 0 }
    }

    /// The same, stamped as practice: nobody must take it for the real thing.
    #[must_use]
    pub fn training(mut self) -> Self {
        if !self.human.is_empty() {
            self.human.insert_str(0, "TRAINING\n\n");
        }
        self.warnings.push(TRAINING.to_owned());
        self
    }

    /// The same with one more warning.
    #[must_use]
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

impl Failure {
    /// A failure with its exit code and stable name.
    pub fn new(exit: u8, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hint: None, report: None }
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with what there is to show.
    #[must_use]
    pub fn showing(mut self, report: Report) -> Self {
        self.report = Some(report);
        self
    }
}

/// Prints the end of a command and gives its exit code. Printing that fails is a failure of the command.
pub fn finish(
    command: &str,
    output: Output,
    quiet: bool,
    result: Result<Report, Failure>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let (report, failure) = match result {
        Ok(report) => (report, None),
        Err(mut failure) => (failure.report.take().unwrap_or_default(), Some(failure)),
    };
    let exit = failure.as_ref().map_or(report.exit, |failure| failure.exit);
    let printed = match output {
        Output::Json => print_json(command, &report, failure.as_ref(), out),
        Output::Human => print_human(&report, failure.as_ref(), quiet, out, err),
    };
    match printed {
        // A report that nobody received is no success.
        Err(_) if exit == 0 => 1,
        _ => exit,
    }
}

fn print_json(
    command: &str,
    report: &Report,
    failure: Option<&Failure>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let errors: Vec<_> = failure
        .iter()
        .map(|failure| json!({ "code": failure.code, "message": failure.message, "hint": failure.hint }))
        .collect();
    let document = json!({
        "schema": SCHEMA,
        "command": command,
        "ok": failure.is_none() && report.exit == 0,
        "data": report.data,
        "errors": errors,
        "warnings": report.warnings,
    });
    writeln!(out, "{}", harmless(&document.to_string()))?;
    out.flush()
}

/// The same JSON with every character escaped that would steer the terminal of somebody who looks at it (RFC 8259 §7):
/// controls of the upper half, marks of direction, and whatever else shows nothing. All of them stand inside strings.
fn harmless(document: &str) -> String {
    let mut text = String::with_capacity(document.len());
    for c in document.chars() {
        // The escapes of printable characters are the characters themselves, quotes and backslashes apart.
        if c == '\u{7f}' || (!c.is_ascii() && c.escape_debug().len() > 1) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

fn print_human(
    report: &Report,
    failure: Option<&Failure>,
    quiet: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> std::io::Result<()> {
    if !quiet || failure.is_some() {
        out.write_all(report.human.as_bytes())?;
        out.flush()?;
    }
    for warning in &report.warnings {
        writeln!(err, "warning: {}", shown(warning))?;
    }
    if let Some(failure) = failure {
        writeln!(err, "error: {}", shown(&failure.message))?;
        if let Some(hint) = &failure.hint {
            writeln!(err, "       {}", shown(hint))?;
        }
    }
    err.flush()
}

/// Words with every character escaped that would steer a terminal, newlines apart. Most words here are our own, but some
/// quote a hostile file in the words of a library that quotes it as it stands.
fn shown(words: &str) -> String {
    let steers = |c: char| c.is_control() && c != '\n' || !c.is_ascii() && c.escape_debug().len() > 1;
    words.chars().fold(String::with_capacity(words.len()), |mut text, c| {
        if steers(c) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(output: Output, result: Result<Report, Failure>) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = finish("review", output, false, result, &mut out, &mut err);
        (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn json_is_one_document_and_nothing_else() {
        let failure = Failure::new(3, "fee-absolute", "too dear")
            .hint("wait")
            .showing(Report::new("text\n", json!({"a": "1"})));
        let (exit, out, err) = print(Output::Json, Err(failure));
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((exit, err.as_str()), (3, ""));
        assert_eq!(document["schema"], "strongroom.result.v1");
        assert_eq!(document["ok"], false);
        assert_eq!(document["data"]["a"], "1");
        assert_eq!(document["errors"][0]["code"], "fee-absolute");
    }

    #[test]
    fn scripts_read_every_text_and_no_terminal_is_steered() {
        let text = "a\u{1b}[2J\u{7f}\u{9b}2J\u{202e}b\u{2028}\u{200b}\u{e0041} \"ä\\ 😀";
        let (_, out, _) = print(Output::Json, Ok(Report::new("", json!({ text: text })).warn(text)));
        let steers = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}\u{200b}\u{e0041}".contains(c);
        assert!(!out.contains(steers), "{out:?}");
        assert!(out.contains('ä') && out.contains('😀'), "{out}");
        let document: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["data"][text], text);
        assert_eq!(document["warnings"][0], text);
    }

    #[test]
    fn words_that_quote_a_hostile_file_steer_no_terminal() {
        let hostile = "a\u{1b}[2J\r\u{9b}2J\u{202e}b\u{200b}\u{e0041}";
        let failure = Failure::new(9, "bundle", hostile).hint(hostile);
        let (_, _, err) = print(Output::Human, Err(failure.showing(Report::default().warn(hostile))));
        let steers = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200b}\u{e0041}".contains(c);
        assert!(!err.contains(steers), "{err:?}");
        assert_eq!(
            err.matches("a\\u{1b}[2J\\u{d}\\u{9b}2J\\u{202e}b\\u{200b}\\u{e0041}").count(),
            3,
            "{err}"
        );
        let (_, _, err) = print(Output::Human, Err(Failure::new(9, "bundle", "zwei\nZeilen für 出金 …")));
        assert_eq!(err, "error: zwei\nZeilen für 出金 …\n");
    }

    #[test]
    fn people_read_results_on_stdout_and_trouble_on_stderr() {
        let (exit, out, err) = print(Output::Human, Ok(Report::new("done\n", Value::Null).warn("look")));
        assert_eq!((exit, out.as_str(), err.as_str()), (0, "done\n", "warning: look\n"));
        let (exit, out, err) =
            print(Output::Human, Err(Failure::new(9, "bundle", "damaged").hint("copy it again")));
        assert_eq!((exit, out.as_str(), err.as_str()), (9, "", "error: damaged\n       copy it again\n"));
    }

    #[test]
    fn a_result_nobody_received_is_a_failure() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("full"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let result = Ok(Report::new("x\n", Value::Null));
        assert_eq!(finish("c", Output::Human, false, result, &mut Full, &mut Vec::new()), 1);
    }
}
