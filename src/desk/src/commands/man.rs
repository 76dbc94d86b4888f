//! `man`: the manual, as pages for `man`.

use std::path::{Path, PathBuf};

use clap_mangen::Man;
use serde_json::json;
use strongroom_screen::{Failure, Report};

use crate::desk::Desk;
use crate::exit;

/// What `man` is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  strongroom man --pages man1")]
pub struct Args {
    /// An existing folder to write every command's page into; without it, the program's own page goes to standard output
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
}

/// Runs `man`.
///
/// # Errors
/// A failure with its exit code.
pub fn run(args: &Args, desk: &mut Desk<'_>) -> Result<Report, Failure> {
    let mut command = crate::cli::command();
    command.build();
    let Some(folder) = &args.pages else {
        let page = render(&Man::new(command))?;
        desk.write_file(Path::new("-"), &page)?;
        return Ok(Report::default());
    };
    let mut written = Vec::new();
    write_pages(desk, command, folder, &mut written)?;
    let human = format!("{}: {} pages\n", folder.display(), written.len());
    Ok(Report::new(human, json!({ "files": written })))
}

fn render(man: &Man) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    man.render(&mut page)
        .map_err(|error| Failure::new(exit::FAILED, "man", format!("the page cannot be made: {error}")))?;
    Ok(page)
}

/// A page for a command, named `strongroom-policy-install.1`, and for each of its own.
fn write_pages(
    desk: &mut Desk<'_>,
    command: clap::Command,
    folder: &Path,
    written: &mut Vec<String>,
) -> Result<(), Failure> {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        write_pages(desk, sub.clone(), folder, written)?;
    }
    let page = Man::new(command);
    let file = folder.join(page.get_filename());
    desk.write_file(&file, &render(&page)?)?;
    written.push(file.display().to_string());
    Ok(())
}
