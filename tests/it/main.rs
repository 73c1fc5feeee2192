//! The one integration binary: what is true of the whole and not of a module.

// A test fails by panicking, and so do the functions it calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dockerfile;
mod floors;
mod sources;
