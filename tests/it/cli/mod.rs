//! The command line: exit codes, settings, and each subcommand over files and a running gateway.

pub mod check;
mod explain;
mod import;
mod reload;
mod settings;
