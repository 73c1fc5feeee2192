//! Changes under way: a layer over the cache that is read through, and applied in one step.

use super::super::error::StoreError;
use super::super::touched::Touch;
use super::Applied;
use super::Marks;
use super::RulebookMark;
use super::StatementMark;
use super::keys;
use super::known::Known;
use super::layer;
use super::layer::Change;
use super::layer::Changes;
use super::layer::Layer;
use super::layer::Value;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

pub(crate) struct Staging<'a> {
    layer: &'a Layer,
    pub(super) identifier_param: u8,
    pub(super) alias_param: Option<u8>,
    pub(super) person_param: Option<u8>,
    changes: Changes,
    /// Facts the commit under way brings, by the patient they come to.
    pub(super) brought: BTreeMap<Box<str>, Vec<u8>>,
    /// The patients that the commits staged brought something to.
    pub(super) touches: Vec<Touch>,
    pub(super) known: &'a Known,
}

impl<'a> Staging<'a> {
    pub(super) fn new(
        (layer, known): (&'a Layer, &'a Known),
        (identifier_param, alias_param, person_param): (u8, Option<u8>, Option<u8>),
    ) -> Staging<'a> {
        let (changes, brought) = (Changes::default(), BTreeMap::new());
        Staging { layer, identifier_param, alias_param, person_param, changes, brought, touches: Vec::new(), known }
    }

    /// Answers the window that what commit `sequence` brings is gathered in.
    pub(super) fn window(&mut self, sequence: u64) -> u64 {
        *self.changes.window.get_or_insert_with(|| self.layer.window(sequence))
    }

    pub(crate) fn len(&self) -> usize {
        self.changes.by_key.len()
    }

    /// Hands over what is staged and begins anew.
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    /// Hands over whom the commits staged touched and begins anew.
    pub(crate) fn take_touches(&mut self) -> Vec<Touch> {
        std::mem::take(&mut self.touches)
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        Ok(match self.changes.by_key.get(key) {
            None => self.layer.get(key)?,
            Some(Change::Put(value)) => Some(Value::Recent(value.clone())),
            Some(Change::Remove) => None,
            Some(Change::Append(more)) => {
                let before = self.layer.get(key)?;
                Some(Value::Recent([before.as_deref().unwrap_or_default(), more].concat()))
            }
        })
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.by_key.insert(key, Change::Put(value));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.changes.by_key.insert(key, Change::Remove);
    }

    /// Adds to the value of a key named after the window.
    pub(super) fn append(&mut self, key: Vec<u8>, more: Vec<u8>) {
        layer::append(&mut self.changes.by_key, key, more);
    }

    /// Answers every key that begins with `prefix` and its value, in order.
    pub(super) fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreError> {
        let mut found = BTreeMap::new();
        self.layer.scan_prefix(prefix, |key, value| {
            found.insert(key.to_vec(), value.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        for (key, change) in self.changes.by_key.range(prefix.to_vec()..keys::after(prefix)) {
            match change {
                Change::Put(value) => drop(found.insert(key.clone(), value.clone())),
                Change::Remove => drop(found.remove(key)),
                Change::Append(more) => found.entry(key.clone()).or_default().extend_from_slice(more),
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Says what will have been applied last.
    pub(crate) fn set_applied(&mut self, applied: &Applied) {
        self.put(keys::APPLIED.to_vec(), applied.encode());
    }

    /// Records a rulebook put in force.
    pub(crate) fn add_rulebook(&mut self, mark: &RulebookMark) {
        self.put(keys::rulebook(mark.sequence), mark.encode());
    }

    /// Records a statement issued by a structure.
    pub(crate) fn add_statement(&mut self, structure: &str, mark: &StatementMark) -> Result<(), StoreError> {
        self.put(keys::statement(structure, mark.head.position), mark.encode());
        let marks = Marks { known: mark.known, statements: mark.head.position + 1, ..self.marks(structure)? };
        self.set_marks(structure, &marks);
        Ok(())
    }

    /// Records figures published by a structure. What is known of anybody is as it was.
    pub(crate) fn add_publication(&mut self, structure: &str, name: &str, (known, body): (i64, &[u8])) {
        self.put(keys::publication(structure, name), [&known.to_le_bytes(), body].concat());
    }

    /// Answers whether a structure has published something under that name.
    pub(crate) fn has_publication(&self, structure: &str, name: &str) -> Result<bool, StoreError> {
        Ok(self.get(&keys::publication(structure, name))?.is_some())
    }

    /// Answers where a structure stands.
    pub(crate) fn marks(&self, structure: &str) -> Result<Marks, StoreError> {
        match self.get(&keys::marks(structure))? {
            None => Ok(Marks::default()),
            Some(value) => Marks::decode(&value).ok_or_else(StoreError::unreadable),
        }
    }

    pub(super) fn set_marks(&mut self, structure: &str, marks: &Marks) {
        self.put(keys::marks(structure), marks.encode());
    }
}
