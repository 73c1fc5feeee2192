//! Patients that are known to be there: nearly every write names one, and looking it up in the tree
//! costs as much as the rest of deciding the write.

use super::super::types::Structure;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Ids beyond which all are forgotten: some megabytes.
const MOST: usize = 1 << 16;

/// Patients with a current version, of those asked for; used by whoever stages commits, one at a time.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<Structure, HashSet<Box<str>>>>);

impl Known {
    fn lock(&self) -> MutexGuard<'_, HashMap<Structure, HashSet<Box<str>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, structure: &str, id: &str) -> bool {
        self.lock().get(structure).is_some_and(|ids| ids.contains(id))
    }

    pub(super) fn add(&self, structure: &str, id: &str) {
        let mut all = self.lock();
        if all.values().map(HashSet::len).sum::<usize>() >= MOST {
            all.clear();
        }
        all.entry(structure.into()).or_default().insert(id.into());
    }

    /// A version of that patient is about to be staged: it may be a deletion.
    pub(super) fn forget(&self, structure: &str, id: &str) {
        if let Some(ids) = self.lock().get_mut(structure) {
            ids.remove(id);
        }
    }
}
