//! The binary: parses arguments and dispatches; everything else is in the library.

use mtr_gateway::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
