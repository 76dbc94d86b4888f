//! `completions`: words for the shell's tab key.

use std::path::Path;

use clap_complete::Shell;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;

/// What `completions` is told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  strongroom completions bash\n\nPut the output where your shell looks, such as ~/.local/share/bash-completion/completions/strongroom."
)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = ["bash", "zsh", "fish"])]
    shell: String,
}

/// Runs `completions`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let shell = match args.shell.as_str() {
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => Shell::Bash,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::command(), "strongroom", &mut script);
    desk.write_file(Path::new("-"), &script)?;
    Ok(Report::default())
}
