//! The command line: one file per subcommand, documented exit codes.
//!
//! Exit codes: 0 done · 1 done, but something was found wrong (a line refused, a rule faulty, a
//! journal damaged) · 2 unusable arguments or settings · 3 the store or the network failed.

pub mod check;
pub mod close;
pub mod demo;
pub mod explain;
pub mod export;
pub mod health;
pub mod import;
pub mod reconcile;
pub mod serve;
pub mod simulate;
pub mod store;

mod client;
mod place;
mod say;
mod startup;

use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// The main job is done, with nothing wrong found.
pub const DONE: u8 = 0;
/// The job is done and found something wrong in the data it was given.
pub const FOUND_FAULTS: u8 = 1;
/// The arguments or settings cannot be used.
pub const USAGE: u8 = 2;
/// The store, a file or the network failed.
pub const FAILED: u8 = 3;

const AFTER_HELP: &str = "\
Try it in one command, with invented data, nothing to install and no account:
  mtr-gateway demo

Exit codes: 0 done; 1 done, but faults were found in what was given; 2 unusable arguments or
settings; 3 the store, a file or the network failed.

Every option of `serve` is also read from the environment (MTR_...) and from a TOML file
(--config or MTR_CONFIG); the command line wins over the environment, the environment over the file.";

/// FHIR R4 gateway of the Médecin Traitant Renforcé: receives a practice's records, computes each
/// patient's monthly forfait and prevention card, and explains every euro.
#[derive(Debug, Parser)]
#[command(name = "mtr-gateway", version, about, long_about = None, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API over a data directory.
    Serve(serve::ServeArguments),
    /// Start on a temporary store with an invented practice, pushed through the public API, and serve it.
    Demo(demo::DemoArguments),
    /// Check a folder of mapping files: every fault with file, path and line; exit 1 if there is one.
    Check(check::CheckArguments),
    /// Push NDJSON, Bundles or single resources through the same path as HTTP.
    Import(import::ImportArguments),
    /// Say why a patient's forfait of a month is what it is.
    Explain(explain::ExplainArguments),
    /// Close a month of the structure, or say what speaks against it.
    Close(close::CloseArguments),
    /// Write the lines of closed months to a file, for a payer's accountant, with control totals.
    Export(export::ExportArguments),
    /// Compare a payer's list with what was issued and what is computed now.
    Reconcile(reconcile::ReconcileArguments),
    /// Say what another tariff or rulebook would pay over a range of months; nothing is stored.
    Simulate(simulate::SimulateArguments),
    /// Check the journal: every record, its checksum and the hash chain. Works beside a running server.
    Verify(store::VerifyArguments),
    /// Drop the cache and rebuild it from the journal.
    Rebuild(store::RebuildArguments),
    /// Ask a running gateway whether it is ready: exit 0 when it is (for container health checks).
    Health(health::HealthArguments),
}

/// Runs the command line and answers the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // clap prints help and version on stdout with code 0, faults on stderr with code 2.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { DONE });
        }
    };
    startup::install_crypto();
    startup::tell_panics_without_their_text();
    let code = match parsed.command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Close(arguments) => close::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Reconcile(arguments) => reconcile::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Verify(arguments) => store::verify(&arguments),
        Command::Rebuild(arguments) => store::rebuild(&arguments),
        Command::Health(arguments) => health::run(&arguments),
    };
    ExitCode::from(code)
}
