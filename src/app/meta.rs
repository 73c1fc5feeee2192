//! $meta (resource-operation-meta.html): profiles, tags and labels of a resource, or all that are
//! in use in a type or in the structure.

use super::Gateway;
use super::derive;
use super::failure::Failure;
use crate::domain::fact::Kind;
use crate::fhir::json::Elements;
use crate::fhir::json::Members;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The members of meta that are collected.
const SETS: [&str; 3] = ["profile", "security", "tag"];

impl Gateway {
    /// Answers the meta of one resource, as JSON.
    pub fn meta(&self, structure: &str, kind: Kind, id: &str) -> Result<Vec<u8>, Failure> {
        let resource = self.read(structure, kind, id)?;
        let meta = Members::of(&resource.json).find(|(name, _)| name == "meta");
        Ok(meta.map_or_else(|| b"{}".to_vec(), |(_, meta)| meta.to_vec()))
    }

    /// *Scan of these types.* Answers every profile, label and tag in use, as JSON. Blocks.
    pub fn meta_of(&self, structure: &str, kinds: &[Kind]) -> Result<Vec<u8>, Failure> {
        let mut sets: [BTreeSet<Vec<u8>>; 3] = Default::default();
        for kind in kinds {
            let mut failure = None;
            self.store.all(structure, *kind, None, |row| match row.body() {
                Ok(body) => {
                    if let Some(body) = body {
                        collect(&derive::meta(&body), &mut sets);
                    }
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            })?;
            if let Some(error) = failure {
                return Err(error.into());
            }
        }
        let full = SETS.iter().zip(sets).filter(|(_, set)| !set.is_empty());
        let members = full.map(|(name, set)| {
            let values: Vec<Vec<u8>> = set.into_iter().collect();
            [b"\"", name.as_bytes(), b"\":[", &values.join(&b','), b"]"].concat()
        });
        let members: Vec<Vec<u8>> = members.collect();
        Ok([b"{", &*members.join(&b','), b"}"].concat())
    }
}

fn collect(meta: &[u8], sets: &mut [BTreeSet<Vec<u8>>; 3]) {
    for (name, value) in Members::of(meta) {
        if let Some(set) = SETS.iter().position(|set| name == *set).and_then(|n| sets.get_mut(n)) {
            set.extend(Elements::of(value).map(<[u8]>::to_vec));
        }
    }
}
