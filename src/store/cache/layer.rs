//! What the tree holds, and in front of it what was written last.
//!
//! An insert into the tree costs more than all the rest of a small write. So writes go to memory
//! first, are read from there, and reach the tree in batches, where much of what they bring has met
//! under one key. The tree is always a beginning of the journal: what was only in memory when the
//! process was killed is replayed.

use super::super::error::StoreError;
use super::facts;
use super::failed;
use super::keys;
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::ops::Bound;
use std::ops::ControlFlow;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::time::Duration;

/// Bytes in memory at which they are sent to the tree. The more there are, the more of them meet under
/// one key; reads of the tree wait while a batch goes in, so this bounds their wait as well.
const FULL: usize = 1 << 20;
/// How many times that may wait while the tree is busy, before writers wait too.
const PRESSURE: usize = 4;
/// What a key costs beside its bytes.
const PER_KEY: usize = 64;
/// How long a write stays out of the tree when nothing else is written.
const IDLE: Duration = Duration::from_millis(500);

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Put(Vec<u8>),
    Remove,
    /// The bytes follow those the key has.
    Append(Vec<u8>),
}

/// Keys and what becomes of them, and the window that the appended ones are named after.
#[derive(Default)]
pub(crate) struct Changes {
    pub(super) by_key: BTreeMap<Vec<u8>, Change>,
    pub(super) window: Option<u64>,
}

/// A value of the tree or of the memory in front of it.
pub(super) enum Value {
    Stored(sled::IVec),
    Recent(Vec<u8>),
}

impl Deref for Value {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Value::Stored(value) => value,
            Value::Recent(value) => value,
        }
    }
}

/// Keys not yet in the tree; `None` removes.
type Pending = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// What the tree does not have yet.
#[derive(Default)]
struct Recent {
    fresh: Pending,
    weight: usize,
    /// On its way into the tree.
    leaving: Arc<Pending>,
    /// Sequence of the first commit in `fresh`: names the keys that gather what commits bring.
    window: Option<u64>,
    /// Windows up to this one may have keys outside `fresh`.
    sealed: u64,
}

/// What the thread that fills the tree is told, and tells.
#[derive(Default)]
struct Flow {
    closing: bool,
    full: bool,
    failed: bool,
}

pub(super) struct Layer {
    tree: sled::Tree,
    recent: RwLock<Recent>,
    flow: Mutex<Flow>,
    changed: Condvar,
}

impl Layer {
    /// Answers a layer over a tree that holds the commits up to `applied`.
    pub(super) fn new(tree: sled::Tree, applied: u64) -> Layer {
        let recent = Recent { sealed: applied, ..Recent::default() };
        Layer { tree, recent: RwLock::new(recent), flow: Mutex::default(), changed: Condvar::new() }
    }

    fn read(&self) -> RwLockReadGuard<'_, Recent> {
        self.recent.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Recent> {
        self.recent.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the window that commit `sequence` gathers in.
    pub(super) fn window(&self, sequence: u64) -> u64 {
        self.read().window.unwrap_or(sequence)
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Value>, StoreError> {
        if let Some(recent) = self.read().get(key) {
            return Ok(recent.clone().map(Value::Recent));
        }
        Ok(self.tree.get(key).map_err(failed)?.map(Value::Stored))
    }

    /// Hands over the keys in a range and their values, ascending.
    pub(super) fn scan(
        &self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
        mut each: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        if is_empty(range) {
            return Ok(());
        }
        // Copied first: what moves to the tree meanwhile is then met here, and there passed over.
        let mut recent = self.read().range(range).into_iter().peekable();
        for item in self.tree.range::<&[u8], _>(range) {
            let (key, value) = item.map_err(failed)?;
            while let Some((newer, content)) = recent.next_if(|(k, _)| **k < *key) {
                if let Some(content) = content
                    && each(&newer, &content)?.is_break()
                {
                    return Ok(());
                }
            }
            let replaced = recent.next_if(|(k, _)| **k == *key);
            let content = match &replaced {
                None => Some(&*value),
                Some((_, content)) => content.as_deref(),
            };
            if let Some(content) = content
                && each(&key, content)?.is_break()
            {
                return Ok(());
            }
        }
        for (key, content) in recent {
            if let Some(content) = content
                && each(&key, &content)?.is_break()
            {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Answers the last key in a range and its value, of keys that are never removed.
    pub(super) fn last(&self, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<Option<(Vec<u8>, Value)>, StoreError> {
        if is_empty(range) {
            return Ok(None);
        }
        // Copied first: what moves to the tree meanwhile is met in one of the two.
        let recent = self.read().range(range).pop_last();
        let stored = self.tree.range::<&[u8], _>(range).next_back().transpose().map_err(failed)?;
        Ok(match (recent, stored) {
            (Some((key, Some(value))), stored) if stored.as_ref().is_none_or(|(other, _)| **other <= *key) => {
                Some((key, Value::Recent(value)))
            }
            (_, stored) => stored.map(|(key, value)| (key.to_vec(), Value::Stored(value))),
        })
    }

    /// The same, of the keys that begin with `prefix`.
    pub(super) fn scan_prefix(
        &self,
        prefix: &[u8],
        each: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let end = keys::after(prefix);
        self.scan((Bound::Included(prefix), Bound::Excluded(&end)), each)
    }

    /// Makes changes visible, all at once. Waits when the tree is far behind.
    pub(super) fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        self.wait_for_room()?;
        let mut recent = self.write();
        let reopened = changes.window.is_some_and(|w| w <= recent.sealed);
        if !reopened {
            recent.window = recent.window.or(changes.window);
        }
        for (key, change) in changes.by_key {
            // Its window was closed since the commit was staged: what it adds to may have left.
            if reopened && matches!(change, Change::Append(_)) && !recent.fresh.contains_key(&key) {
                let before = match recent.leaving.get(&key) {
                    Some(leaving) => leaving.clone(),
                    None => self.tree.get(&key).map_err(failed)?.map(|v| v.to_vec()),
                };
                recent.put(key.clone(), before);
            }
            recent.change(key, change);
        }
        if recent.weight >= FULL {
            drop(recent);
            self.flow().full = true;
            self.changed.notify_all();
        }
        Ok(())
    }

    fn wait_for_room(&self) -> Result<(), StoreError> {
        let mut flow = self.flow();
        while !flow.failed && flow.full && self.read().weight >= PRESSURE * FULL {
            flow = self.changed.wait(flow).unwrap_or_else(PoisonError::into_inner);
        }
        if flow.failed { Err(StoreError::unreadable()) } else { Ok(()) }
    }

    /// Brings what is in memory into the tree, again and again, until it is told to stop and nothing
    /// is left. Answers false when the tree failed.
    pub(super) fn run(&self) -> bool {
        loop {
            let closing = self.wait_for_work();
            // The engine says some of its damage by a panic.
            let flushed = std::panic::catch_unwind(AssertUnwindSafe(|| self.flush()));
            if !matches!(flushed, Ok(Ok(()))) {
                self.flow().failed = true;
                self.changed.notify_all();
                return false;
            }
            self.changed.notify_all();
            if closing {
                return true;
            }
        }
    }

    /// Waits until memory is full, a while has passed or the end is near; answers whether it is.
    fn wait_for_work(&self) -> bool {
        let mut flow = self.flow();
        if !flow.full && !flow.closing {
            flow = self.changed.wait_timeout(flow, IDLE).unwrap_or_else(PoisonError::into_inner).0;
        }
        flow.full = false;
        flow.closing
    }

    fn flush(&self) -> Result<(), StoreError> {
        let leaving = self.write().seal();
        if leaving.is_empty() {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for (key, value) in &*leaving {
            match value {
                Some(value) => batch.insert(&**key, &*facts::compact(key, value)),
                None => batch.remove(&**key),
            }
        }
        self.tree.apply_batch(batch).map_err(failed)?;
        self.write().leaving = Arc::default();
        Ok(())
    }

    /// Tells the thread in `run` to end.
    pub(super) fn stop(&self) {
        self.flow().closing = true;
        self.changed.notify_all();
    }
}

fn is_empty(range: (Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match range {
        (Bound::Included(from), Bound::Excluded(to)) => from >= to,
        (Bound::Excluded(from), Bound::Excluded(to)) => from >= to,
        _ => false,
    }
}

impl Recent {
    fn get(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.fresh.get(key).or_else(|| self.leaving.get(key))
    }

    /// Answers a copy of what is in a range; the newer of two wins.
    fn range(&self, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Pending {
        let copy = |(key, value): (&Vec<u8>, &Option<Vec<u8>>)| (key.clone(), value.clone());
        let mut found: Pending = self.leaving.range::<[u8], _>(range).map(copy).collect();
        found.extend(self.fresh.range::<[u8], _>(range).map(copy));
        found
    }

    fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let cost = key.len() + value.as_ref().map_or(0, Vec::len) + PER_KEY;
        self.weight += cost;
        self.fresh.insert(key, value);
    }

    fn change(&mut self, key: Vec<u8>, change: Change) {
        match change {
            Change::Put(value) => self.put(key, Some(value)),
            Change::Remove => self.put(key, None),
            Change::Append(more) => match self.fresh.entry(key) {
                btree_map::Entry::Vacant(vacant) => {
                    self.weight += vacant.key().len() + more.len() + PER_KEY;
                    vacant.insert(Some(more));
                }
                btree_map::Entry::Occupied(mut there) => {
                    self.weight += more.len();
                    match there.get_mut() {
                        Some(value) => value.extend_from_slice(&more),
                        nothing => *nothing = Some(more),
                    }
                }
            },
        }
    }

    /// Closes the window; answers what it holds, which is still read from here.
    fn seal(&mut self) -> Arc<Pending> {
        self.sealed = self.window.take().unwrap_or(self.sealed);
        self.weight = 0;
        self.leaving = Arc::new(std::mem::take(&mut self.fresh));
        Arc::clone(&self.leaving)
    }
}

/// Adds to a change what comes after it.
pub(super) fn append(changes: &mut BTreeMap<Vec<u8>, Change>, key: Vec<u8>, more: Vec<u8>) {
    match changes.entry(key) {
        btree_map::Entry::Vacant(vacant) => {
            vacant.insert(Change::Append(more));
        }
        btree_map::Entry::Occupied(mut there) => match there.get_mut() {
            Change::Put(value) | Change::Append(value) => value.extend_from_slice(&more),
            removed => *removed = Change::Put(more),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// Stages in a window that began with the sequence before, if it says so: the flush comes between.
        Apply {
            changes: Vec<(u8, Change)>,
            late: bool,
        },
        Flush,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let bytes = || prop::collection::vec(0..4u8, 0..3);
        let change = prop_oneof![
            3 => bytes().prop_map(Change::Put),
            1 => Just(Change::Remove),
            4 => bytes().prop_map(Change::Append),
        ];
        let changes = prop::collection::vec((0..6u8, change), 1..5);
        prop_oneof![
            3 => (changes, any::<bool>()).prop_map(|(changes, late)| Step::Apply { changes, late }),
            1 => Just(Step::Flush),
        ]
    }

    fn all(layer: &Layer) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        layer
            .scan((Bound::Unbounded, Bound::Unbounded), |key, value| {
                found.push((key.to_vec(), value.to_vec()));
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_reads_as_one_map_whatever_is_in_the_tree(steps in prop::collection::vec(any_step(), 1..25)) {
            let db = sled::Config::new().temporary(true).open().unwrap();
            let layer = Layer::new(sled::Tree::clone(&db), 0);
            let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (sequence, step) in (1..).zip(steps) {
                let Step::Apply { changes, late } = step else {
                    layer.flush().unwrap();
                    continue;
                };
                let window = layer.window(sequence);
                if late {
                    layer.flush().unwrap();
                }
                let mut staged = Changes { window: Some(window), ..Changes::default() };
                for (key, change) in changes {
                    // Only keys named after the window are appended to.
                    let key = match change {
                        Change::Append(_) => [&[b'w', key][..], &window.to_be_bytes()].concat(),
                        _ => vec![key],
                    };
                    match &change {
                        Change::Put(value) => drop(model.insert(key.clone(), value.clone())),
                        Change::Remove => drop(model.remove(&key)),
                        Change::Append(more) => model.entry(key.clone()).or_default().extend_from_slice(more),
                    }
                    match change {
                        Change::Append(more) => append(&mut staged.by_key, key, more),
                        other => drop(staged.by_key.insert(key, other)),
                    }
                }
                layer.apply(staged).unwrap();
                let expected: Vec<_> = model.clone().into_iter().collect();
                prop_assert_eq!(all(&layer), expected);
                for (key, value) in &model {
                    let found = layer.get(key).unwrap();
                    prop_assert_eq!(found.as_deref(), Some(&**value));
                }
            }
            layer.flush().unwrap();
            let kept: Vec<_> = db.iter().map(|i| i.unwrap()).map(|(k, v)| (k.to_vec(), v.to_vec())).collect();
            prop_assert_eq!(kept, model.into_iter().collect::<Vec<_>>());
        }
    }
}
