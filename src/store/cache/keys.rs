//! The keys of the cache's one tree. Every key of a tenant begins with its structure.
//!
//! | key | value |
//! |---|---|
//! | structure 0 `r` patient 0 kind id | current version: `entry::Entry` |
//! | structure 0 `r` patient 0 kind id 0 version | an older version |
//! | structure 0 `r` patient 0 kind id 0 version 1 | the end of its stay with a patient, as of that version |
//! | structure 0 `l` kind id | the patients it has lived with: `entry::Locator` |
//! | structure 0 `x` kind param value id | nothing: a lead index key |
//! | structure 0 `s` sequence | what a commit changed: `entry::encode_changes` |
//! | 0 `a` | what was applied last; 0 `t` structure: its marks; 0 `b` sequence: a rulebook |
//!
//! Ids are `[A-Za-z0-9.-]{1,64}`, so that 0 separates them and sorts before what continues one.
//! A resource that waits for its patient lives with a patient that cannot be: `~` and the id, or
//! `~#` and the identifier's hash. Shared resources live with the empty patient.

use crate::domain::fact::Kind;

pub(super) const APPLIED: &[u8] = &[0, b'a'];
pub(super) const MARKS: &[u8] = &[0, b't'];
pub(super) const RULEBOOKS: &[u8] = &[0, b'b'];
/// The home of a resource that no patient owns.
pub(in crate::store) const SHARED: &str = "";

const WAITING: char = '~';

fn space(structure: &str, space: u8, more: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(structure.len() + 2 + more);
    key.extend_from_slice(structure.as_bytes());
    key.push(0);
    key.push(space);
    key
}

/// Prefix of everything that lives with `home`.
pub(super) fn home(structure: &str, home: &str) -> Vec<u8> {
    let mut key = space(structure, b'r', home.len() + 80);
    key.extend_from_slice(home.as_bytes());
    key.push(0);
    key
}

/// Prefix of what lives with `home` and is of `kind`.
pub(super) fn home_kind(structure: &str, patient: &str, kind: Kind) -> Vec<u8> {
    let mut key = home(structure, patient);
    key.push(kind.code());
    key
}

pub(super) fn current(structure: &str, patient: &str, kind: Kind, id: &str) -> Vec<u8> {
    let mut key = home_kind(structure, patient, kind);
    key.extend_from_slice(id.as_bytes());
    key
}

/// Prefix of the older versions of one resource in one home.
pub(super) fn olds(structure: &str, patient: &str, kind: Kind, id: &str) -> Vec<u8> {
    let mut key = current(structure, patient, kind, id);
    key.push(0);
    key
}

pub(super) fn old(structure: &str, patient: &str, kind: Kind, id: &str, version: u32) -> Vec<u8> {
    let mut key = olds(structure, patient, kind, id);
    key.extend_from_slice(&version.to_be_bytes());
    key
}

/// Where the end of a stay is kept: beside the version that went elsewhere, which may come back.
pub(super) fn left(structure: &str, patient: &str, kind: Kind, id: &str, version: u32) -> Vec<u8> {
    let mut key = old(structure, patient, kind, id, version);
    key.push(1);
    key
}

/// What follows the home in a key of space `r`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail<'a> {
    pub kind: Kind,
    pub id: &'a str,
    /// `None`: the current version.
    pub version: Option<u32>,
}

/// Reads kind, id and version from the part of a key after the home's prefix.
pub(super) fn tail(rest: &[u8]) -> Option<Tail<'_>> {
    let (kind, rest) = rest.split_first()?;
    let kind = Kind::from_code(*kind)?;
    match rest.iter().position(|b| *b == 0) {
        None => Some(Tail { kind, id: std::str::from_utf8(rest).ok()?, version: None }),
        Some(at) => {
            let version = u32::from_be_bytes(rest.get(at + 1..at + 5)?.try_into().ok()?);
            Some(Tail { kind, id: std::str::from_utf8(&rest[..at]).ok()?, version: Some(version) })
        }
    }
}

/// Prefix of the locators of one kind.
pub(super) fn locators(structure: &str, kind: Kind) -> Vec<u8> {
    let mut key = space(structure, b'l', 65);
    key.push(kind.code());
    key
}

pub(super) fn locator(structure: &str, kind: Kind, id: &str) -> Vec<u8> {
    let mut key = locators(structure, kind);
    key.extend_from_slice(id.as_bytes());
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

pub(super) fn lead(structure: &str, kind: Kind, param: u8, value: &[u8], id: &str) -> Vec<u8> {
    let mut key = leads(structure, kind, param);
    push_value(&mut key, value);
    key.extend_from_slice(id.as_bytes());
    key
}

/// Reads the value and the id from the part of a lead key after the index's prefix.
pub(super) fn lead_tail(rest: &[u8]) -> Option<(Vec<u8>, &str)> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        match (*rest.get(at)?, rest.get(at + 1)) {
            (0, Some(1)) => return Some((value, std::str::from_utf8(&rest[at + 2..]).ok()?)),
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

/// Prefix of what the commits of a structure changed.
pub(super) fn changes(structure: &str) -> Vec<u8> {
    space(structure, b's', 8)
}

pub(super) fn change(structure: &str, sequence: u64) -> Vec<u8> {
    let mut key = changes(structure);
    key.extend_from_slice(&sequence.to_be_bytes());
    key
}

pub(super) fn marks(structure: &str) -> Vec<u8> {
    [MARKS, structure.as_bytes()].concat()
}

pub(super) fn rulebook(sequence: u64) -> Vec<u8> {
    [RULEBOOKS, &sequence.to_be_bytes()].concat()
}

/// The home of what waits for the Patient with this id.
pub(super) fn waiting_for_id(id: &str) -> String {
    format!("{WAITING}{id}")
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
        let keys: Vec<_> = values.iter().map(|v| lead("s", Kind::Patient, 3, v, "id")).collect();
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        let prefix = leads("s", Kind::Patient, 3).len();
        for (key, value) in keys.iter().zip(values) {
            assert_eq!(lead_tail(&key[prefix..]), Some((value.to_vec(), "id")));
        }
    }

    #[test]
    fn old_versions_stand_between_a_resource_and_the_next() {
        let keys = [
            current("s", "p", Kind::Flag, "a"),
            old("s", "p", Kind::Flag, "a", 1),
            old("s", "p", Kind::Flag, "a", 256),
            current("s", "p", Kind::Flag, "a-1"),
            current("s", "p", Kind::Flag, "a1"),
            current("s", "p-", Kind::Flag, "a"),
        ];
        for pair in keys.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        let prefix = home("s", "p").len();
        assert_eq!(tail(&keys[2][prefix..]), Some(Tail { kind: Kind::Flag, id: "a", version: Some(256) }));
        assert_eq!(tail(&keys[3][prefix..]), Some(Tail { kind: Kind::Flag, id: "a-1", version: None }));
    }
}
