//! The journal (the truth) and the cache over it (sled: everything derived).
//!
//! Must not know: FHIR, rules, HTTP. Keys, bytes and facts in, the same out.

// The paths of this floor read alike from inside and from above.
extern crate mtr_domain as domain;
extern crate self as store;

mod cache;
mod changes;
mod codec;
mod committer;
mod decide;
mod error;
mod handle;
mod journal;
mod open;
mod options;
mod prepare;
mod queue;
mod relevant;
mod replay;
mod state;
mod statement;
#[cfg(test)]
mod tests;
mod touched;
mod types;

pub use handle::Store;
pub use open::addresses;
pub use open::has_journal;
pub use open::key;
pub use open::rebuild;
pub use open::verify;
pub use options::Clock;
pub use options::Options;
pub use options::Progress;
pub use relevant::Relevant;
pub use statement::RowKey;
pub use statement::row_key;
pub use statement::statement;
pub use types::*;
