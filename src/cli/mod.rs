//! The subcommands of the binary, one room each.

pub mod demo;
