//! The binary: parses arguments and dispatches; everything else is in the library.

use mimalloc::MiMalloc;
use mtr_gateway::cli;
use std::process::ExitCode;

// A resource is many small allocations, made and freed on several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
