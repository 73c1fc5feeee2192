//! The keys of the cache's one tree. Every key of a tenant begins with its structure.
//!
//! | key | value |
//! |---|---|
//! | structure 0 `i` kind id | its last version: `entry::Entry` |
//! | structure 0 `v` kind id 0 version | an older version: `entry::OldVersion` |
//! | structure 0 `r` patient 0 window | facts brought to a patient, with search keys: `facts::Chunk` |
//! | structure 0 `x` kind param value window | ids under a lead index value: `facts::ids` |
//! | structure 0 `k` window | the instants of the commits of a window, eight bytes each |
//! | structure 0 `s` position | where a statement's record stands |
//! | structure 0 `u` name | when figures were published, and what they say |
//! | 0 `a` | what was applied last; 0 `t` structure: its marks; 0 `b` sequence: a rulebook |
//! | 0 `p` hash | every patient, of any structure, that ever carried a national identifier |
//!
//! An insert into sled costs more than anything else here, so that what the commits of one window
//! bring to one patient, or under one index value, is one entry and not one per resource. A window
//! is what reaches sled together, named after its first commit: see `layer`.
//!
//! Ids are `[A-Za-z0-9.-]{1,64}`, so that 0 separates them and sorts before what continues one.
//! A resource that waits for its patient lives with a patient that cannot be: `~` and the id, or
//! `~#` and the identifier's hash. Shared resources live with the empty patient.

use crate::domain::fact::Kind;

pub(super) const APPLIED: &[u8] = &[0, b'a'];
pub(super) const MARKS: &[u8] = &[0, b't'];
pub(super) const RULEBOOKS: &[u8] = &[0, b'b'];
const PERSONS: &[u8] = &[0, b'p'];
/// The home of a resource that no patient owns.
pub(crate) const SHARED: &str = "";

const WAITING: char = '~';

fn space(structure: &str, space: u8, more: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(structure.len() + 2 + more);
    key.extend_from_slice(structure.as_bytes());
    key.push(0);
    key.push(space);
    key
}

/// Prefix of the facts of everything that lives or has lived with `home`.
pub(super) fn home(structure: &str, home: &str) -> Vec<u8> {
    let mut key = space(structure, b'r', home.len() + 9);
    key.extend_from_slice(home.as_bytes());
    key.push(0);
    key
}

pub(super) fn chunk(structure: &str, patient: &str, window: u64) -> Vec<u8> {
    let mut key = home(structure, patient);
    key.extend_from_slice(&window.to_be_bytes());
    key
}

/// Answers whether the key is one of `chunk`.
pub(super) fn is_chunk(key: &[u8]) -> bool {
    space_of(key) == Some(b'r')
}

/// Answers whether the key is one of `current`.
#[cfg(test)]
pub(super) fn is_entry(key: &[u8]) -> bool {
    space_of(key) == Some(b'i')
}

/// Answers the space of a tenant's key, whose structure is never empty.
fn space_of(key: &[u8]) -> Option<u8> {
    let end = key.iter().position(|b| *b == 0).filter(|end| *end > 0)?;
    key.get(end + 1).copied()
}

/// Prefix of the resources of one kind.
pub(super) fn of_kind(structure: &str, kind: Kind) -> Vec<u8> {
    let mut key = space(structure, b'i', 65);
    key.push(kind.code());
    key
}

pub(super) fn current(structure: &str, kind: Kind, id: &str) -> Vec<u8> {
    let mut key = of_kind(structure, kind);
    key.extend_from_slice(id.as_bytes());
    key
}

/// Prefix of the older versions of one resource.
pub(super) fn olds(structure: &str, kind: Kind, id: &str) -> Vec<u8> {
    let mut key = space(structure, b'v', id.len() + 6);
    key.push(kind.code());
    key.extend_from_slice(id.as_bytes());
    key.push(0);
    key
}

pub(super) fn old(structure: &str, kind: Kind, id: &str, version: u32) -> Vec<u8> {
    let mut key = olds(structure, kind, id);
    key.extend_from_slice(&version.to_be_bytes());
    key
}

/// Prefix of one lead index.
pub(super) fn leads(structure: &str, kind: Kind, param: u8) -> Vec<u8> {
    let mut key = space(structure, b'x', 100);
    key.push(kind.code());
    key.push(param);
    key
}

/// Appends a value so that keys sort as values do and none is the beginning of another:
/// 0 becomes 0 255, and 0 1 ends.
pub(super) fn push_value(key: &mut Vec<u8>, value: &[u8]) {
    push_open_value(key, value);
    key.extend_from_slice(&[0, 1]);
}

/// Appends a value without its end: the beginning of every value that begins so.
pub(super) fn push_open_value(key: &mut Vec<u8>, value: &[u8]) {
    for byte in value {
        key.push(*byte);
        if *byte == 0 {
            key.push(255);
        }
    }
}

/// Where the commits of a window put ids under a lead index value.
pub(super) fn lead(structure: &str, (kind, param): (Kind, u8), value: &[u8], window: u64) -> Vec<u8> {
    let mut key = leads(structure, kind, param);
    push_value(&mut key, value);
    key.extend_from_slice(&window.to_be_bytes());
    key
}

/// Reads the value from the part of a lead key after the index's prefix.
pub(super) fn lead_value(rest: &[u8]) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        match (*rest.get(at)?, rest.get(at + 1)) {
            (0, Some(1)) => return Some(value),
            (0, Some(255)) => {
                value.push(0);
                at += 2;
            }
            (0, _) => return None,
            (byte, _) => {
                value.push(byte);
                at += 1;
            }
        }
    }
}

/// Answers a key without the window it is named after; windows differ between a cache that was made
/// live and one that was made again.
#[cfg(test)]
pub(super) fn without_window(key: &[u8]) -> &[u8] {
    match space_of(key) {
        Some(b'r' | b'x' | b'k') => &key[..key.len() - 8],
        _ => key,
    }
}

/// Where the commits of a window leave their instants.
pub(super) fn commits(structure: &str, window: u64) -> Vec<u8> {
    let mut key = space(structure, b'k', 8);
    key.extend_from_slice(&window.to_be_bytes());
    key
}

/// Reads the window from a key of `commits`.
pub(super) fn window_of(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(*key.last_chunk()?))
}

pub(super) fn marks(structure: &str) -> Vec<u8> {
    [MARKS, structure.as_bytes()].concat()
}

pub(super) fn rulebook(sequence: u64) -> Vec<u8> {
    [RULEBOOKS, &sequence.to_be_bytes()].concat()
}

/// Prefix of the statements of a structure.
pub(super) fn statements(structure: &str) -> Vec<u8> {
    space(structure, b's', 4)
}

pub(super) fn statement(structure: &str, position: u32) -> Vec<u8> {
    let mut key = statements(structure);
    key.extend_from_slice(&position.to_be_bytes());
    key
}

/// Prefix of the publications of a structure.
pub(super) fn publications(structure: &str) -> Vec<u8> {
    space(structure, b'u', 8)
}

pub(super) fn publication(structure: &str, name: &str) -> Vec<u8> {
    let mut key = publications(structure);
    key.extend_from_slice(name.as_bytes());
    key
}

pub(super) fn person(hash: &[u8]) -> Vec<u8> {
    [PERSONS, hash].concat()
}

/// The home of what waits for the Patient with this id.
pub(super) fn waiting_for_id(id: &str) -> String {
    format!("{WAITING}{id}")
}

/// Answers the id of the Patient that a home waits for, where it is an id.
pub(super) fn waited_for(home: &str) -> Option<&str> {
    home.strip_prefix(WAITING).filter(|id| !id.starts_with('#'))
}

/// The home of what waits for a Patient with this identifier.
pub(super) fn waiting_for_identifier(hash: &[u8]) -> String {
    let mut home = String::from("~#");
    for byte in hash {
        home.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        home.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    home
}

/// Prefix of everything that waits in a structure.
pub(super) fn waiting(structure: &str) -> Vec<u8> {
    let mut key = space(structure, b'r', 1);
    key.push(WAITING as u8);
    key
}

pub(super) fn is_waiting(home: &str) -> bool {
    home.starts_with(WAITING)
}

/// The first key after every key that begins with `prefix`.
pub(super) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 255 {
            end.push(last + 1);
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lead_values_sort_as_values_and_come_back() {
        let values: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\0a", b"a", b"a\0", b"a\0b", b"ab"];
        let keys: Vec<_> = values.iter().map(|v| lead("s", (Kind::Patient, 3), v, 9)).collect();
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        let prefix = leads("s", Kind::Patient, 3).len();
        for (key, value) in keys.iter().zip(values) {
            assert_eq!(lead_value(&key[prefix..]), Some(value.to_vec()));
        }
    }

    #[test]
    fn no_range_reaches_into_the_next_id() {
        let cases = [
            (olds("s", Kind::Flag, "a"), old("s", Kind::Flag, "a-1", 1)),
            (olds("s", Kind::Flag, "a"), old("s", Kind::Flag, "a1", 1)),
            (home("s", "p"), chunk("s", "p-", 1)),
            (home("s", "p"), chunk("s", "p1", 1)),
            (home("s", ""), chunk("s", "p", 1)),
            (of_kind("s", Kind::Flag), current("s", Kind::Practitioner, "a")),
            (of_kind("s", Kind::Flag), current("s2", Kind::Flag, "a")),
        ];
        for (prefix, key) in cases {
            assert!(!key.starts_with(&prefix), "{key:?}");
        }
    }
}
