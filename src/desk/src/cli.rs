//! The command line: global options, the commands, and how a run ends.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};
use strongroom_screen::{Failure, Output, Report, finish};

use crate::commands;
use crate::desk::Desk;
use crate::exit;
use crate::world::World;

/// Plans withdrawals, collects approvals, sends and follows. It holds no key that moves funds.
#[derive(Debug, Parser)]
#[command(name = "strongroom", version, propagate_version = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// The desk's home [default: ~/.strongroom/desk]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// How the result is printed
    #[arg(long, global = true, value_enum, default_value = "human")]
    output: OutputArg,
    /// Print trouble and asked-for files alone
    #[arg(long, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OutputArg {
    /// For people
    Human,
    /// One JSON document on standard output
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a home that knows its house
    Init(commands::init::Args),
    /// Found a house: write, sign, seal and show its founding text
    House(commands::house::Args),
    /// Nodes that are asked about a chain: two or more, which must agree
    Node(commands::node::Args),
    /// Accounts: the records that vaults wrote
    Account(commands::account::Args),
    /// The house rules
    Policy(commands::policy::Args),
    /// The address book: whom the house pays
    Book(commands::book::Args),
    /// Build an unsigned withdrawal, or many from a CSV file
    Pay(commands::pay::Args),
    /// Build versions of a request with higher fees
    Bump(commands::bump::Args),
    /// Spend a slot on nothing, so that what was signed for it can never land
    Void(commands::void::Args),
    /// Show, approve, refresh, carry and give up requests
    Request(commands::request::Args),
    /// Take in what vaults signed
    Reply(commands::reply::Args),
    /// Send what was signed and follow it to finality
    Send(commands::send::Args),
    /// Say where requests stand
    Status(commands::status::Args),
    /// Stop: from here on this desk sends nothing but voids and returns
    Freeze(commands::freeze::Args),
    /// End a freeze by a quorum of admins
    Thaw(commands::thaw::Args),
    /// Let a vault's home that was restored, copied or moved go on, by a quorum of admins
    Recovery(commands::recovery::Args),
    /// What this desk wrote down
    Journal(commands::journal::Args),
    /// Words for the shell's tab key
    Completions(commands::completions::Args),
    /// The manual, as pages for man
    Man(commands::man::Args),
}

impl Command {
    fn run(self, desk: &mut Desk<'_>) -> Result<Report, Failure> {
        match self {
            Self::Init(args) => commands::init::run(&args, desk),
            Self::House(args) => commands::house::run(args, desk),
            Self::Node(args) => commands::node::run(args, desk),
            Self::Account(args) => commands::account::run(args, desk),
            Self::Policy(args) => commands::policy::run(args, desk),
            Self::Book(args) => commands::book::run(args, desk),
            Self::Pay(args) => commands::pay::run(args, desk),
            Self::Bump(args) => commands::bump::run(args, desk),
            Self::Void(args) => commands::void::run(args, desk),
            Self::Request(args) => commands::request::run(args, desk),
            Self::Reply(args) => commands::reply::run(args, desk),
            Self::Send(args) => commands::send::run(&args, desk),
            Self::Status(args) => commands::status::run(&args, desk),
            Self::Freeze(args) => commands::freeze::run(args, desk),
            Self::Thaw(args) => commands::thaw::run(args, desk),
            Self::Recovery(args) => commands::recovery::run(args, desk),
            Self::Journal(args) => commands::journal::run(args, desk),
            Self::Completions(args) => commands::completions::run(&args, desk),
            Self::Man(args) => commands::man::run(&args, desk),
        }
    }
}

/// The command line's grammar, for completions and pages.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program: `args` as a process gets them, its name first. Gives the exit code.
pub fn run<I, T>(args: I, world: &mut World) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    match Cli::try_parse_from(&args) {
        Ok(cli) => execute(cli, &args, world),
        Err(error) => misused(&error, &args, world),
    }
}

fn execute(cli: Cli, args: &[OsString], world: &mut World) -> u8 {
    let output = match cli.output {
        OutputArg::Human => Output::Human,
        OutputArg::Json => Output::Json,
    };
    let name = command_name(args);
    let Some(home) = cli.home.or_else(|| Some(world.user_folder.as_ref()?.join(".strongroom/desk"))) else {
        let failure =
            Failure::new(exit::USAGE, "no-home", "there is no user's folder: name the home with --home");
        return finish(&name, output, cli.quiet, Err(failure), &mut world.stdout, &mut world.stderr);
    };
    let mut desk = Desk::new(world, home, output, cli.quiet);
    let mut result = cli.command.run(&mut desk);
    if desk.is_training() {
        result = result.map(Report::training).map_err(|mut failure| {
            failure.report = Some(failure.report.unwrap_or_default().training());
            failure
        });
    }
    if desk.stdout_taken() {
        // The file is all that standard output may carry; words would end up inside it.
        let mut words = Vec::new();
        let code = finish(&name, output, cli.quiet, result, &mut words, &mut world.stderr);
        return if world.stderr.write_all(&words).is_err() && code == 0 { exit::FAILED } else { code };
    }
    finish(&name, output, cli.quiet, result, &mut world.stdout, &mut world.stderr)
}

/// Help and version are results; anything else that clap says is a wrong command line.
fn misused(error: &clap::Error, args: &[OsString], world: &mut World) -> u8 {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return if world.stdout.write_all(text.as_bytes()).is_err() { exit::FAILED } else { 0 };
    }
    let json = args.windows(2).any(|pair| matches!(pair, [a, b] if a == "--output" && b == "json"))
        || args.iter().any(|arg| arg == "--output=json");
    if json {
        let failure = Failure::new(exit::USAGE, "usage", text.trim_end());
        return finish(
            &command_name(args),
            Output::Json,
            false,
            Err(failure),
            &mut world.stdout,
            &mut world.stderr,
        );
    }
    // If even that cannot be printed, the exit code says it.
    let _ = world.stderr.write_all(text.as_bytes());
    exit::USAGE
}

/// The words of the command line that name the command, such as `policy install`.
fn command_name(args: &[OsString]) -> String {
    let mut at = Cli::command();
    let mut words = Vec::new();
    let mut skip = false;
    for arg in args.iter().skip(1) {
        let arg = arg.to_string_lossy();
        if std::mem::take(&mut skip) {
            continue;
        }
        if arg == "--home" || arg == "--output" {
            skip = true;
            continue;
        }
        let Some(next) = at.find_subcommand(arg.as_ref()).cloned() else { continue };
        words.push(arg.into_owned());
        at = next;
    }
    words.join(" ")
}
