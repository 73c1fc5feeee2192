//! What can be done to a write before its turn: by the thread that asks, not by the committer.

use super::cache::Content;
use super::cache::encode_keys;
use super::cache::pack;
use super::types::Body;
use super::types::Derived;
use crate::domain::fact::Fact;

/// A body and what is derived from it, in the forms the cache keeps.
pub(super) struct Prepared {
    derived: Derived,
    keys: Vec<u8>,
    fact: Vec<u8>,
    body: Vec<u8>,
}

impl Prepared {
    /// Encodes fact and keys and compresses the body.
    pub(super) fn new(body: &Body, derived: Derived) -> Result<Prepared, postcard::Error> {
        let fact = derived.fact.as_ref().map(postcard::to_stdvec::<Fact>).transpose()?.unwrap_or_default();
        let keys = encode_keys(&derived.keys);
        Ok(Prepared { derived, keys, fact, body: pack(body) })
    }

    pub(super) fn content(&self) -> Content<'_> {
        Content {
            link: &self.derived.patient,
            keys: &self.derived.keys,
            packed_keys: &self.keys,
            fact: &self.fact,
            body: &self.body,
        }
    }
}
