//! The structure itself: its Organization is there before anything else.

use super::failure::Failure;
use super::precondition::Precondition;
use super::receive::Handling;
use super::{Gateway, Received};
use crate::domain::fact::Kind;

impl Gateway {
    /// Creates the structure's Organization when it is absent.
    pub async fn ensure_structure(&self) -> Result<Option<Received>, Failure> {
        let id = self.policy.structure.clone();
        if self.store.get(&id, Kind::Organization, &id)?.is_some_and(|stored| stored.body.is_some()) {
            return Ok(None);
        }
        let body = format!(r#"{{"resourceType":"Organization","id":"{id}","active":true,"name":"{id}"}}"#);
        self.update(&id, (Kind::Organization, &id), body.as_bytes(), Precondition::default(), Handling::Lenient)
            .await
            .map(Some)
    }
}
