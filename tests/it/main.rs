//! The one integration binary: what is true of the whole and not of a module, and everything a
//! practice, a developer or an operator can do, done to the real binary over HTTP, the command
//! line and the files on disk.

// A test fails by panicking, and so do the functions it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod cli;
mod curl;
mod demo_cases;
mod dockerfile;
mod durability;
mod floors;
mod harness;
mod outcome_page;
mod readme;
mod sources;
