//! The command line: exit codes, settings, and each subcommand over files and a running gateway.

pub mod check;
mod close;
mod explain;
mod export;
mod import;
mod reconcile;
mod reload;
mod settings;
