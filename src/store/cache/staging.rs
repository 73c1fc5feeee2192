//! Changes under way: a layer over the tree that is read through, and applied in one batch.

use super::super::error::StoreError;
use super::Applied;
use super::Marks;
use super::RulebookMark;
use super::failed;
use super::keys;
use std::collections::BTreeMap;
use std::ops::Deref;

/// Key and new value; `None` removes.
pub(in crate::store) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// A key and what was staged for it before: nothing, a removal or a value.
type Before = (Vec<u8>, Option<Option<Vec<u8>>>);

pub(in crate::store) struct Staging<'a> {
    tree: &'a sled::Tree,
    pub(super) identifier_param: u8,
    changes: Changes,
    /// What `changes` held before the commit under way, newest last.
    undo: Vec<Before>,
    /// Facts the commit under way brings, by the patient they come to.
    pub(super) brought: BTreeMap<Box<str>, Vec<u8>>,
    /// The last patient asked for, and whether it is known: writes come patient by patient.
    pub(super) patient: Option<(Box<str>, Box<str>)>,
}

/// A value of the tree or of the layer over it.
pub(super) enum Value {
    Stored(sled::IVec),
    Staged(Vec<u8>),
}

impl Deref for Value {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Value::Stored(value) => value,
            Value::Staged(value) => value,
        }
    }
}

impl<'a> Staging<'a> {
    pub(super) fn new(tree: &'a sled::Tree, identifier_param: u8) -> Staging<'a> {
        Staging {
            tree,
            identifier_param,
            changes: BTreeMap::new(),
            undo: Vec::new(),
            brought: BTreeMap::new(),
            patient: None,
        }
    }

    /// Marks the point `rollback` returns to.
    pub(in crate::store) fn begin(&mut self) {
        self.undo.clear();
        self.brought.clear();
    }

    /// Takes back everything since `begin`.
    pub(in crate::store) fn rollback(&mut self) {
        self.patient = None;
        self.brought.clear();
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(value) => self.changes.insert(key, value),
                None => self.changes.remove(&key),
            };
        }
    }

    pub(in crate::store) fn len(&self) -> usize {
        self.changes.len()
    }

    /// Hands over what is staged and begins anew.
    pub(in crate::store) fn take_changes(&mut self) -> Changes {
        self.undo.clear();
        std::mem::take(&mut self.changes)
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        if let Some(staged) = self.changes.get(key) {
            return Ok(staged.clone().map(Value::Staged));
        }
        Ok(self.tree.get(key).map_err(failed)?.map(Value::Stored))
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let before = self.changes.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.set(key, Some(value));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.set(key, None);
    }

    /// Answers every key that begins with `prefix` and its value, in order.
    pub(super) fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreError> {
        let mut found = BTreeMap::new();
        for item in self.tree.scan_prefix(prefix) {
            let (key, value) = item.map_err(failed)?;
            found.insert(key.to_vec(), value.to_vec());
        }
        for (key, value) in self.changes.range(prefix.to_vec()..keys::after(prefix)) {
            match value {
                Some(value) => found.insert(key.clone(), value.clone()),
                None => found.remove(key),
            };
        }
        Ok(found.into_iter().collect())
    }

    /// Says what will have been applied last.
    pub(in crate::store) fn set_applied(&mut self, applied: &Applied) {
        self.put(keys::APPLIED.to_vec(), applied.encode());
    }

    /// Records a rulebook put in force.
    pub(in crate::store) fn add_rulebook(&mut self, mark: &RulebookMark) {
        self.put(keys::rulebook(mark.sequence), mark.encode());
    }

    /// Answers where a structure stands.
    pub(in crate::store) fn marks(&self, structure: &str) -> Result<Marks, StoreError> {
        match self.get(&keys::marks(structure))? {
            None => Ok(Marks::default()),
            Some(value) => Marks::decode(&value).ok_or_else(StoreError::unreadable),
        }
    }

    pub(super) fn set_marks(&mut self, structure: &str, marks: &Marks) {
        self.put(keys::marks(structure), marks.encode());
    }
}
