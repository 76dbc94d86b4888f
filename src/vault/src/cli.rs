//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use strongroom_screen::{Failure, Output, Report, finish};

use crate::commands::{
    address, book, completions, device, doctor, enroll, freeze, init, journal, key, man, policy, recover,
    review, selftest, sign, thaw,
};
use crate::error::VaultError;
use crate::session::{Options, Session};
use crate::world::World;

/// The program's name.
pub(crate) const NAME: &str = "strongroom-vault";
/// The heading of the options that every command takes.
const GLOBAL: &str = "Options of every command";
/// The exit code of a command line that is not understood.
const USAGE: u8 = 2;

/// The offline side of Strongroom: reads requests, rebuilds them, judges them, and has keys sign what was approved.
#[derive(Debug, Parser)]
#[command(
    name = NAME,
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Example:
  strongroom-vault review withdrawal.pack
  strongroom-vault sign withdrawal.pack -o withdrawal.reply

Exit codes: 0 done, 1 failed, 2 usage, 3 refused by policy, 4 refused on the device, 5 bytes, intent, statement or \
signature disagree, 6 expired, 8 device or file not ready, 9 journal or bundle damaged."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Global {
    /// The vault's home [default: ~/.strongroom/vault]
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    home: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = OutputArg::Human, value_name = "FORM", help_heading = GLOBAL)]
    output: OutputArg,
    /// Print nothing but errors and warnings
    #[arg(long, global = true, help_heading = GLOBAL)]
    quiet: bool,
    /// Read secrets from standard input, one a line, in the order in which they would be asked for
    #[arg(long, global = true, help_heading = GLOBAL)]
    passphrase_stdin: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OutputArg {
    /// Text for people
    Human,
    /// One JSON document on standard output
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Doctor(doctor::Doctor),
    Key(key::Key),
    Enroll(enroll::Enroll),
    Device(device::Device),
    Address(address::Address),
    Policy(policy::Policy),
    Book(book::Book),
    Review(review::Review),
    Sign(sign::Sign),
    Journal(journal::Journal),
    Freeze(freeze::Freeze),
    Thaw(thaw::Thaw),
    Recover(recover::Recover),
    Selftest(selftest::SelfTest),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// Noun and verb, as results name the command.
    const fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Doctor(_) => "doctor",
            Self::Key(key) => key.name(),
            Self::Enroll(_) => "enroll",
            Self::Device(device) => device.name(),
            Self::Address(address) => address.name(),
            Self::Policy(policy) => policy.name(),
            Self::Book(book) => book.name(),
            Self::Review(_) => "review",
            Self::Sign(_) => "sign",
            Self::Journal(journal) => journal.name(),
            Self::Freeze(_) => "freeze",
            Self::Thaw(_) => "thaw",
            Self::Recover(recover) => recover.name(),
            Self::Selftest(_) => "selftest",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    fn run(self, session: &mut Session<'_, '_>) -> Result<Report, VaultError> {
        match self {
            Self::Init(command) => command.run(session),
            Self::Doctor(command) => command.run(session),
            Self::Key(command) => command.run(session),
            Self::Enroll(command) => command.run(session),
            Self::Device(command) => command.run(session),
            Self::Address(command) => command.run(session),
            Self::Policy(command) => command.run(session),
            Self::Book(command) => command.run(session),
            Self::Review(command) => command.run(session),
            Self::Sign(command) => command.run(session),
            Self::Journal(command) => command.run(session),
            Self::Freeze(command) => command.run(session),
            Self::Thaw(command) => command.run(session),
            Self::Recover(command) => command.run(session),
            Self::Selftest(command) => command.run(session),
            Self::Completions(command) => Ok(command.run()),
            Self::Man(command) => command.run(),
        }
    }
}

/// The whole command line, for completions and manual pages.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Runs the vault once: self-test, parse, run. Gives the process exit code.
///
/// `args` begin with the program's name, as a process gets them. Everything the vault touches besides files is in
/// `world`.
pub fn run(args: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // A machine that gets known answers wrong is not even asked what is wanted of it.
    if let Err(error) = world.known_answers.check() {
        let failure = stamped(error.into(), world.training);
        return end("selftest", wanted_output(&args), false, Err(failure), world);
    }
    match Cli::try_parse_from(&args) {
        Ok(cli) => execute(cli, world),
        Err(error) => misunderstood(&error, wanted_output(&args), world),
    }
}

fn execute(cli: Cli, world: &mut World<'_>) -> u8 {
    let Cli { global, command } = cli;
    let output = match global.output {
        OutputArg::Human => Output::Human,
        OutputArg::Json => Output::Json,
    };
    let (name, quiet) = (command.name(), global.quiet);
    let options = Options {
        home: global.home,
        // `journal show --json` is short for `--output json`.
        output: if command.asks_for_json() { Output::Json } else { output },
        quiet,
        passphrase_stdin: global.passphrase_stdin,
    };
    let output = options.output;
    let mut session = Session::new(world, options);
    let result = command.run(&mut session);
    let (warnings, elsewhere) = (session.warnings, session.result_on_stdout);
    let training = world.training;
    let result = result.map_err(Failure::from).map_err(|mut failure| {
        // Warnings are told with a failure too.
        failure.report.get_or_insert_default().warnings.extend(warnings.iter().cloned());
        failure
    });
    let result = result.map(|mut report| {
        report.warnings.extend(warnings);
        if training { report.training() } else { report }
    });
    let result = result.map_err(|failure| stamped(failure, training));
    if elsewhere {
        // The result itself is on standard output: what is said about it goes beside it.
        let mut page = Vec::new();
        let exit = finish(name, output, quiet, result, &mut page, &mut *world.stderr);
        let told = world.stderr.write_all(&page).and_then(|()| world.stderr.flush());
        return if told.is_err() && exit == 0 { 1 } else { exit };
    }
    end(name, output, quiet, result, world)
}

impl Command {
    const fn asks_for_json(&self) -> bool {
        matches!(self, Self::Journal(journal) if journal.asks_for_json())
    }
}

/// A failure of a training program says that it was practice.
fn stamped(mut failure: Failure, training: bool) -> Failure {
    if training {
        failure.report = Some(failure.report.unwrap_or_default().training());
    }
    failure
}

fn end(
    name: &str,
    output: Output,
    quiet: bool,
    result: Result<Report, Failure>,
    world: &mut World<'_>,
) -> u8 {
    finish(name, output, quiet, result, &mut *world.stdout, &mut *world.stderr)
}

/// What the command line wants of output, where it could not be parsed.
fn wanted_output(args: &[OsString]) -> Output {
    let joined = args.iter().any(|arg| arg == "--output=json");
    let apart =
        args.windows(2).any(|pair| matches!(pair, [flag, form] if flag == "--output" && form == "json"));
    if joined || apart { Output::Json } else { Output::Human }
}

/// Help that was asked for, or a command line that is not understood.
fn misunderstood(error: &clap::Error, output: Output, world: &mut World<'_>) -> u8 {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked {
        let text = error.render().to_string();
        let told = world.stdout.write_all(text.as_bytes()).and_then(|()| world.stdout.flush());
        return u8::from(told.is_err());
    }
    let text = error.render().to_string();
    match output {
        Output::Json => {
            let failure = Failure::new(USAGE, "usage", text.trim_end());
            end(NAME, output, false, Err(stamped(failure, world.training)), world)
        }
        Output::Human => {
            let text = if world.training { format!("TRAINING\n\n{text}") } else { text };
            // There is nobody left to tell if this fails too.
            let _ = world.stderr.write_all(text.as_bytes()).and_then(|()| world.stderr.flush());
            USAGE
        }
    }
}
