//! Texts in TOML that people sign: read strictly, so that what an editor shows is what is signed.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use strongroom_protocol::Text;

/// Why a text is not the TOML document it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TomlError {
    /// A character that is not printable, or that steers the display. In a comment too: it could hide what follows.
    #[error(
        "line {line}, character {column} (U+{code:04X}) is not printable: write plain text, lines ending in LF alone"
    )]
    Unprintable {
        /// Its line, from 1.
        line: usize,
        /// Its place in the line, from 1.
        column: usize,
        /// Its code point.
        code: u32,
    },
    /// Not TOML, an unknown key, a missing one, or a value that is not what it should be.
    #[error("line {line}: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A document of another kind or version.
    #[error("the text says schema = {found:?}, but {expected:?} is wanted here")]
    Schema {
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
}

/// Any value that is written as a string and parsed by its own rules, with its line in the error.
#[derive(Debug)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<'de, T> Deserialize<'de> for Parsed<T>
where
    T: FromStr,
    T::Err: Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// Reads a document of one schema.
pub(crate) fn read<T: DeserializeOwned>(text: &str, schema: &'static str) -> Result<T, TomlError> {
    #[derive(Deserialize)]
    struct Title {
        schema: String,
    }
    check_printable(text)?;
    let malformed = |error: toml::de::Error| TomlError::Malformed {
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    };
    // The schema first: a book taken for a policy should be told so, not that it has an unknown key.
    let title: Title = toml::from_str(text).map_err(malformed)?;
    if title.schema != schema {
        let found = title.schema.chars().take(80).collect();
        return Err(TomlError::Schema { found, expected: schema });
    }
    toml::from_str(text).map_err(malformed)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.split(|byte| *byte == b'\n').count()
}

fn check_printable(text: &str) -> Result<(), TomlError> {
    for (line, content) in (1usize..).zip(text.split('\n')) {
        for (column, c) in (1usize..).zip(content.chars()) {
            // For the rest of Unicode the rules are those of any text that people write.
            let plain = c.is_ascii_graphic() || c == ' ';
            if !plain && (c.is_ascii() || c.encode_utf8(&mut [0; 4]).parse::<Text>().is_err()) {
                return Err(TomlError::Unprintable { line, column, code: u32::from(c) });
            }
        }
    }
    Ok(())
}

/// A TOML basic string. Only for printable text, as [`Text`] is.
pub(crate) fn quoted(text: impl Display) -> String {
    format!("\"{}\"", text.to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

/// A TOML array of basic strings.
pub(crate) fn quoted_list<T: Display>(texts: impl IntoIterator<Item = T>) -> String {
    format!("[{}]", texts.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[serde(rename = "schema")]
        _schema: String,
        word: Parsed<Text>,
    }

    fn sample(rest: &str) -> Result<Sample, TomlError> {
        read(&format!("schema = \"s.v1\"\n{rest}"), "s.v1")
    }

    #[test]
    fn what_an_editor_could_hide_is_refused_in_comments_too() {
        assert!(sample("word = \"x\" # fine, schön, 出金\n").is_ok());
        for bad in ["# a\u{202e}b\n", "# a\u{200b}b\n", "#\r\n", "#\u{1b}[8m\n", "#\ta\n", "# \u{a0}\n"] {
            let error = sample(&format!("word = \"x\"\n{bad}")).unwrap_err();
            assert!(matches!(error, TomlError::Unprintable { line: 3, .. }), "{bad:?}: {error}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let error = sample("word = \"x\"\nextra = 1\n").unwrap_err();
        assert!(matches!(&error, TomlError::Malformed { line: 3, .. }), "{error}");
        assert!(error.to_string().contains("extra"), "{error}");
        let error = sample("\nword = \" x\"\n").unwrap_err();
        assert!(matches!(&error, TomlError::Malformed { line: 3, .. }), "{error}");
        let error = sample("word = \"x\"\nword = \"y\"\n").unwrap_err();
        assert!(matches!(&error, TomlError::Malformed { line: 3, .. }), "{error}");
        assert!(sample("word = 1\n").is_err());
        assert!(matches!(sample(""), Err(TomlError::Malformed { .. })));
    }

    #[test]
    fn another_schema_is_named() {
        let error = read::<Sample>("schema = \"t.v1\"\nother = 1\n", "s.v1").unwrap_err();
        assert_eq!(error, TomlError::Schema { found: "t.v1".into(), expected: "s.v1" });
    }

    #[test]
    fn quoted_text_is_read_back() {
        let text: Text = r#"a "b" \n c"#.parse().unwrap();
        assert_eq!(sample(&format!("word = {}\n", quoted(&text))).unwrap().word.0, text);
    }
}
