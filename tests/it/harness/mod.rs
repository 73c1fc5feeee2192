//! A gateway under test: the real binary on a free port of this machine, over a folder of its own.
//!
//! Tests share one demonstration gateway and keep apart by structure (`practice`); a test that
//! stops, kills or misconfigures its gateway starts its own (`Gateway::start`).

mod answer;
mod client;
mod command;
mod gateway;
mod load;
pub mod make;
pub mod outcome;
pub mod parameters;
pub mod shape;
mod tree;

pub use answer::Answer;
pub use client::Client;
pub use command::{Finished, command, run, run_with_input};
pub use gateway::Gateway;
pub use load::together;
pub use tree::Tree;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers a client of a structure of its own on the gateway that all tests share.
pub fn structure() -> Client {
    static SHARED: OnceLock<Gateway> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let shared = SHARED.get_or_init(|| Gateway::start(&[]));
    shared.client().of_structure(&format!("cabinet-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Answers the same with the professionals of `make::professionals` in it.
pub fn practice() -> Client {
    let client = structure();
    client.push(&make::professionals());
    client
}
