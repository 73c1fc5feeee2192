//! Which patients commits brought something to, for those who keep figures of a structure up to date.
//!
//! Kept in memory, of the structures somebody watches, and no longer than a bounded list: whoever asks
//! from further back is told that nobody knows.

use super::types::Structure;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;

/// How many touches of one structure are remembered.
const MOST: usize = 50_000;

/// A patient and the commit that brought something to him.
pub(super) struct Touch {
    pub structure: Structure,
    pub sequence: u64,
    pub patient: Box<str>,
}

/// The touches of the structures that are watched.
#[derive(Default)]
pub(super) struct Touches(HashMap<Structure, Log>);

struct Log {
    /// Of commits up to this one nothing is known.
    floor: u64,
    touches: VecDeque<(u64, Box<str>)>,
}

impl Touches {
    /// Begins to remember what comes after `sequence`, unless it is remembered already.
    pub(super) fn watch(&mut self, structure: &str, sequence: u64) {
        self.0.entry(structure.into()).or_insert(Log { floor: sequence, touches: VecDeque::new() });
    }

    pub(super) fn forget(&mut self, structure: &str) {
        self.0.remove(structure);
    }

    pub(super) fn note(&mut self, touches: Vec<Touch>) {
        for Touch { structure, sequence, patient } in touches {
            let Some(log) = self.0.get_mut(&structure) else { continue };
            log.touches.push_back((sequence, patient));
            if log.touches.len() > MOST
                && let Some((sequence, _)) = log.touches.pop_front()
            {
                log.floor = sequence;
            }
        }
    }

    /// Answers whom the commits after `sequence` touched, and lets go of those up to it; `None`:
    /// nobody knows any more.
    pub(super) fn since(&mut self, structure: &str, sequence: u64) -> Option<BTreeSet<Box<str>>> {
        let log = self.0.get_mut(structure).filter(|log| log.floor <= sequence)?;
        let old = log.touches.partition_point(|(at, _)| *at <= sequence);
        log.touches.drain(..old);
        log.floor = sequence;
        Some(log.touches.iter().map(|(_, patient)| patient.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(sequence: u64, patient: &str) -> Touch {
        Touch { structure: "s".into(), sequence, patient: patient.into() }
    }

    fn since(touches: &mut Touches, sequence: u64) -> Option<Vec<String>> {
        Some(touches.since("s", sequence)?.iter().map(|id| id.to_string()).collect())
    }

    #[test]
    fn touches_are_remembered_from_the_day_somebody_watches() {
        let mut touches = Touches::default();
        touches.note(vec![touch(1, "a")]);
        assert_eq!(since(&mut touches, 0), None);
        touches.watch("s", 1);
        assert_eq!(since(&mut touches, 0), None, "the first commit was not watched");
        touches.note(vec![touch(2, "a"), touch(2, "b"), touch(3, "a")]);
        touches.watch("s", 3);
        assert_eq!(since(&mut touches, 1).unwrap(), ["a", "b"]);
        assert_eq!(since(&mut touches, 2).unwrap(), ["a"]);
        assert_eq!(since(&mut touches, 1), None, "let go of");
        assert_eq!(since(&mut touches, 3).unwrap(), Vec::<String>::new());
        touches.forget("s");
        assert_eq!(since(&mut touches, 3), None);
    }

    #[test]
    fn too_many_touches_are_told_as_unknown() {
        let mut touches = Touches::default();
        touches.watch("s", 0);
        for n in 0..=MOST as u64 {
            touches.note(vec![touch(n + 1, "a")]);
        }
        assert_eq!(since(&mut touches, 0), None);
        assert_eq!(since(&mut touches, 1).unwrap(), ["a"]);
    }
}
