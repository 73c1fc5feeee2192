//! The codes of one code system: which concepts each leads to.
//!
//! Owns: the tables evaluation looks up for every coding of a patient. Nearly all codes are short: those
//! are compared as one number, which asks nothing of memory but the table itself. Which system a code
//! is of, and how it is written there, is told by `measure`.

use super::measure::ConceptId;
use compact_str::CompactString;
use smallvec::SmallVec;
use std::collections::HashMap;

/// The concepts a code leads to: mostly one or two.
type Found = SmallVec<[ConceptId; 8]>;

/// Its keys come from the rulebook alone, so that no sender can fill it with colliding ones: hence the
/// quick hash.
type Table<K> = HashMap<K, Found, foldhash::fast::FixedState>;

/// A code of at most 15 bytes as one number: its bytes, then how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Short(u128);

const ROOM: usize = 15;

impl Short {
    pub(super) fn of(code: &str) -> Option<Short> {
        if code.len() > ROOM {
            return None;
        }
        // To copy a length that is not known beforehand is a call, which costs more than this.
        let (first, rest) = match code.as_bytes().split_first_chunk::<8>() {
            Some((first, rest)) => (u64::from_le_bytes(*first), rest),
            None => (0, code.as_bytes()),
        };
        let word = rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        let (low, high) = if code.len() < 8 { (word, 0) } else { (first, word) };
        Some(Short((code.len() as u128) << (8 * ROOM) | u128::from(high) << 64 | u128::from(low)))
    }

    /// The same of a code of a system that is compared without dots and in upper case.
    pub(super) fn dotless(code: &str) -> Option<Short> {
        let mut bytes = [0; ROOM + 1];
        let mut len = 0;
        for byte in code.bytes().filter(|byte| *byte != b'.') {
            *bytes.get_mut(..ROOM)?.get_mut(len)? = byte.to_ascii_uppercase();
            len += 1;
        }
        Some(Short::from_bytes(bytes, len))
    }

    fn from_bytes(mut bytes: [u8; ROOM + 1], len: usize) -> Short {
        bytes[ROOM] = len as u8;
        Short(u128::from_le_bytes(bytes))
    }

    fn len(self) -> usize {
        usize::from(self.0.to_le_bytes()[ROOM])
    }

    /// Its first `len` bytes, where it is that long.
    fn beginning(self, len: u8) -> Option<Short> {
        if usize::from(len) > self.len() {
            return None;
        }
        let bytes = self.0 & ((1 << (8 * u32::from(len))) - 1);
        Some(Short(bytes | (u128::from(len) << (8 * ROOM as u32))))
    }

    fn text(self) -> CompactString {
        CompactString::from_utf8_lossy(&self.0.to_le_bytes()[..self.len()])
    }
}

/// Codes with the concepts they lead to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Coded {
    short: Table<Short>,
    long: Table<Box<str>>,
}

impl Coded {
    fn add(&mut self, code: &str, concept: ConceptId) {
        let found = match Short::of(code) {
            Some(short) => self.short.entry(short).or_default(),
            None => self.long.entry(code.into()).or_default(),
        };
        if !found.contains(&concept) {
            found.push(concept);
        }
    }

    fn get(&self, code: &str) -> Option<&[ConceptId]> {
        match Short::of(code) {
            Some(short) => self.short.get(&short),
            None => self.long.get(code),
        }
        .map(SmallVec::as_slice)
    }

    fn iter(&self) -> impl Iterator<Item = (CompactString, &[ConceptId])> {
        let short = self.short.iter().map(|(code, found)| (code.text(), found.as_slice()));
        short.chain(self.long.iter().map(|(code, found)| (CompactString::from(&**code), found.as_slice())))
    }
}

/// The codes of one system, as it writes them for comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Codes {
    /// Those that stand for themselves.
    exact: Coded,
    /// Those that stand for themselves and all that begins with them.
    prefix: Coded,
    /// The lengths in bytes of these, the longest first: only they are looked for.
    lengths: Vec<u8>,
}

impl Codes {
    /// Adds a concept to those that name the code.
    pub fn add(&mut self, code: &str, concept: ConceptId) {
        self.exact.add(code, concept);
    }

    /// Adds a concept to those that name the code and all that begins with it. A beginning longer than
    /// any that classifications have (255 bytes) names only itself.
    pub fn add_prefix(&mut self, code: &str, concept: ConceptId) {
        let Ok(length) = u8::try_from(code.len()) else { return self.exact.add(code, concept) };
        self.prefix.add(code, concept);
        if !self.lengths.contains(&length) {
            self.lengths.push(length);
            self.lengths.sort_unstable_by(|a, b| b.cmp(a));
        }
    }

    /// Answers whether a concept names the very code.
    pub fn names(&self, code: &str) -> bool {
        self.exact.get(code).is_some()
    }

    /// Answers every code some concept names by itself, in no order.
    pub fn named(&self) -> impl Iterator<Item = CompactString> {
        self.exact.iter().map(|(code, _)| code)
    }

    /// Answers every code and beginning of codes with its concepts, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (CompactString, &[ConceptId])> {
        self.exact.iter().chain(self.prefix.iter())
    }

    /// Answers the concepts that name the code, then those that name a beginning of it, the longest
    /// first.
    pub fn of(&self, code: &str, mut each: impl FnMut(&[ConceptId])) {
        match Short::of(code) {
            Some(short) => self.of_short(short, each),
            None => {
                self.exact.get(code).into_iter().for_each(&mut each);
                let beginnings = self.lengths.iter().filter_map(|length| code.get(..usize::from(*length)));
                beginnings.filter_map(|beginning| self.prefix.get(beginning)).for_each(each);
            }
        }
    }

    pub(super) fn of_short(&self, code: Short, mut each: impl FnMut(&[ConceptId])) {
        if let Some(found) = self.exact.short.get(&code) {
            each(found);
        }
        for length in &self.lengths {
            if let Some(beginning) = code.beginning(*length)
                && let Some(found) = self.prefix.short.get(&beginning)
            {
                each(found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(codes: &Codes, code: &str) -> Vec<u16> {
        let mut all = Vec::new();
        codes.of(code, |found| all.extend(found.iter().map(|concept| concept.0)));
        all
    }

    #[test]
    fn a_code_leads_to_the_concepts_of_itself_and_of_what_it_begins_with() {
        let mut codes = Codes::default();
        codes.add("E11.9", ConceptId(1));
        codes.add_prefix("E11", ConceptId(2));
        codes.add_prefix("E1", ConceptId(3));
        codes.add("refused:colorectal-cancer", ConceptId(4));
        codes.add_prefix("a-beginning-of-many-codes", ConceptId(5));
        codes.add_prefix("", ConceptId(6));
        codes.add_prefix("E11.", ConceptId(8));
        let cases: [(&str, &[u16]); 9] = [
            ("E11.9", &[1, 8, 2, 3, 6]),
            ("E11", &[2, 3, 6]),
            ("E1", &[3, 6]),
            ("E", &[6]),
            ("", &[6]),
            ("E11.9\0", &[8, 2, 3, 6]),
            ("refused:colorectal-cancer", &[4, 6]),
            ("a-beginning-of-many-codes:1", &[5, 6]),
            ("E1-and-much-more-than-is-short", &[3, 6]),
        ];
        for (code, expected) in cases {
            assert_eq!(found(&codes, code), expected, "{code:?}");
        }
    }

    #[test]
    fn a_code_is_told_as_it_was_added_and_named_once() {
        let mut codes = Codes::default();
        for code in ["4548-4", "", "fifteen-bytes-x", "sixteen-bytes-xy", "é"] {
            assert!(!codes.names(code), "{code:?}");
            codes.add(code, ConceptId(7));
            codes.add(code, ConceptId(7));
            assert!(codes.names(code), "{code:?}");
            assert_eq!(found(&codes, code), [7], "{code:?}");
        }
        let mut named: Vec<_> = codes.named().collect();
        named.sort_unstable();
        assert_eq!(named, ["", "4548-4", "fifteen-bytes-x", "sixteen-bytes-xy", "é"]);
    }

    #[test]
    fn a_code_without_dots_and_in_upper_case_is_the_same_number() {
        for (code, plain) in [("e11.9", "E119"), ("E119", "E119"), ("I.1.0", "I10"), (".", "")] {
            assert_eq!(Short::dotless(code), Short::of(plain), "{code:?}");
        }
        assert_eq!(Short::dotless("far-too-long-a-code"), None);
    }
}
