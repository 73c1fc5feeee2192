//! $meta, $meta-add, $meta-delete (resource-operation-meta.html): profiles, tags and labels of a
//! resource, told and changed, or all that are in use in a type or in the structure.

use super::failure::{Failure, Reason};
use super::read::Cascade;
use super::receive::{ATTEMPTS, Handling};
use super::transaction::{Interaction, Target};
use super::{Gateway, derive};
use crate::domain::fact::Kind;
use crate::fhir::bundle::Method;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json::Elements;
use crate::fhir::json::Members;
use crate::fhir::json::decode;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What is done with the profiles, labels and tags sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaChange {
    Add,
    Delete,
}

/// The members of meta that are collected.
const SETS: [&str; 3] = ["profile", "security", "tag"];

impl Gateway {
    /// Answers the meta of one resource, as JSON.
    pub fn meta(&self, structure: &str, kind: Kind, id: &str) -> Result<Vec<u8>, Failure> {
        let resource = self.read(structure, kind, id)?;
        let meta = Members::of(&resource.json).find(|(name, _)| name == "meta");
        Ok(meta.map_or_else(|| b"{}".to_vec(), |(_, meta)| meta.to_vec()))
    }

    /// Adds profiles, labels and tags to a resource, or takes them away; answers its meta then. What
    /// changes nothing makes no version. Blocks: call it on a thread of its own.
    pub fn change_meta(
        &self,
        structure: &str,
        (kind, id): (Kind, &str),
        change: MetaChange,
        sent: &[u8],
    ) -> Result<Vec<u8>, Failure> {
        for _ in 0..ATTEMPTS {
            let current = self.read(structure, kind, id)?;
            let meta = Members::of(&current.json).find(|(name, _)| name == "meta").map_or(&b"{}"[..], |(_, meta)| meta);
            let Some(patch) = patch(meta, sent, change) else { return Ok(meta.to_vec()) };
            let version = format!("W/\"{}\"", current.version);
            let interaction = Interaction {
                method: Method::Patch,
                kind,
                target: Target::Id(id),
                body: Some(&patch),
                if_match: Some(&version),
                if_none_match: None,
                cascade: Cascade::Refuse,
            };
            match self.interact(structure, &interaction, Handling::Lenient) {
                Ok(_) => return self.meta(structure, kind, id),
                // Another write came between: its version is the one to change.
                Err(failure) if failure.reason == Reason::Precondition => {}
                Err(failure) => return Err(failure),
            }
        }
        Err(Failure::new(Reason::Contended, Issue::general(&issues::CONTENDED, &[])))
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

/// Answers the JSON Patch that makes the change; `None` when there is nothing to change.
fn patch(meta: &[u8], sent: &[u8], change: MetaChange) -> Option<Vec<u8>> {
    let mut operations: Vec<Vec<u8>> = Vec::new();
    for name in SETS {
        let (have, given) = (elements(meta, name), elements(sent, name));
        let among = |element: &[u8], others: &[&[u8]]| others.iter().any(|other| key(other) == key(element));
        let mut after: Vec<&[u8]> = have.clone();
        match change {
            MetaChange::Add => {
                for element in given {
                    if !among(element, &after) {
                        after.push(element);
                    }
                }
            }
            MetaChange::Delete => after.retain(|element| !among(element, &given)),
        }
        if after.len() == have.len() {
            continue;
        }
        let path = [b"\"path\":\"/meta/", name.as_bytes(), b"\""].concat();
        operations.push(if after.is_empty() {
            [b"{\"op\":\"remove\",", &*path, b"}"].concat()
        } else {
            [b"{\"op\":\"add\",", &*path, b",\"value\":[", &after.join(&b','), b"]}"].concat()
        });
    }
    if operations.is_empty() { None } else { Some([b"[", &*operations.join(&b','), b"]"].concat()) }
}

fn elements<'m>(meta: &'m [u8], name: &str) -> Vec<&'m [u8]> {
    let found = Members::of(meta).find(|(member, _)| member == name);
    found.map_or_else(Vec::new, |(_, array)| Elements::of(array).collect())
}

/// Answers by what two of them are the same: a profile by its address, a coding by system and code.
fn key(element: &[u8]) -> Vec<String> {
    let text = |literal: &[u8]| if literal.starts_with(b"\"") { decode(literal).into_owned() } else { String::new() };
    if !element.starts_with(b"{") {
        return vec![text(element)];
    }
    let of = |name: &str| Members::of(element).find(|(member, _)| member == name).map(|(_, value)| text(value));
    vec![of("system").unwrap_or_default(), of("code").unwrap_or_default()]
}
