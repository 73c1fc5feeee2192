//! The integration tests: everything a practice, a developer or an operator can do, done to the
//! real binary over HTTP, the command line and the files on disk.
//!
//! Owns: what is promised from outside. Must not know: any type of the library.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what cannot go wrong and does must stop it with the place"
)]

mod api;
mod cli;
mod curl;
mod durability;
mod harness;
mod readme;
