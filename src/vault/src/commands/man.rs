//! `man`: manual pages.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;
use serde_json::json;
use strongroom_screen::Report;
use strongroom_transport::{FileError, write_new};

use crate::cli::command;
use crate::error::VaultError;

/// Write the manual pages
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom-vault man
  strongroom-vault man --dir /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// Write a page for each command into this folder [default: print the first page]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self) -> Result<Report, VaultError> {
        let mut whole = command();
        whole.build();
        let Some(dir) = self.dir else {
            let text = render(whole)?.1;
            let data = json!({ "page": text });
            return Ok(Report::new(text, data));
        };
        let mut pages = Vec::new();
        collect(whole, &mut pages)?;
        let mut names = Vec::new();
        for (name, text) in pages {
            write_new(&dir.join(&name), text.as_bytes())?;
            names.push(name);
        }
        Ok(Report::new(format!("{}\n", names.join("\n")), json!({ "pages": names })))
    }
}

/// A page's file name and text.
fn render(command: clap::Command) -> Result<(String, String), VaultError> {
    let page = Page::new(command);
    let mut text = Vec::new();
    page.render(&mut text).map_err(|source| FileError::Io { path: page.get_filename().into(), source })?;
    Ok((page.get_filename(), String::from_utf8_lossy(&text).into_owned()))
}

fn collect(command: clap::Command, pages: &mut Vec<(String, String)>) -> Result<(), VaultError> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        collect(verb.clone(), pages)?;
    }
    pages.push(render(command)?);
    Ok(())
}
