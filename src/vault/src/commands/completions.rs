//! `completions`: what a shell needs to complete command lines.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use serde_json::json;
use strongroom_screen::Report;

use crate::cli::{NAME, command};

/// Print what a shell needs to complete command lines
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault completions bash > /etc/bash_completion.d/strongroom-vault")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Known,
}

/// The shells that are supported.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Known {
    Bash,
    Zsh,
    Fish,
}

impl Completions {
    pub(crate) fn run(self) -> Report {
        let shell = match self.shell {
            Known::Bash => Shell::Bash,
            Known::Zsh => Shell::Zsh,
            Known::Fish => Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command(), NAME, &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        let data = json!({ "shell": shell.to_string(), "script": script });
        Report::new(script, data)
    }
}
