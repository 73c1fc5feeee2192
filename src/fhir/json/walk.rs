//! Walking bytes that the scanner accepted, without building a tree.
//!
//! Owns: the iteration over members and elements as slices of what was sent, and the walk over
//! all string values with their paths. On bytes that were not checked it ends early, no more.

use super::fault::shown;
use super::text::decode;
use super::text::without_mark;
use std::borrow::Cow;
use std::ops::Range;

/// The members of an object (`{...}`) or of a body's fragment (without braces).
pub struct Members<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Members<'a> {
    /// Answers the members of `object`; none when it is no object.
    pub fn of(object: &'a [u8]) -> Members<'a> {
        let text = without_mark(object);
        let at = blank(text, 0);
        Members { text, at: if text.get(at) == Some(&b'{') { at + 1 } else { text.len() } }
    }

    /// Answers the members written one after the other without braces.
    pub fn of_fragment(fragment: &'a [u8]) -> Members<'a> {
        Members { text: fragment, at: 0 }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let name_at = separator(self.text, self.at);
        if self.text.get(name_at) != Some(&b'"') {
            return None;
        }
        let name_end = string_end(self.text, name_at);
        let colon = blank(self.text, name_end);
        let value_at = blank(self.text, colon + 1);
        let value_end = value_end(self.text, value_at);
        self.at = value_end;
        Some((decode(self.text.get(name_at..name_end)?), self.text.get(value_at..value_end)?))
    }
}

/// The elements of an array, each as it was sent.
pub struct Elements<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Elements<'a> {
    /// Answers the elements of `array`; none when it is no array.
    pub fn of(array: &'a [u8]) -> Elements<'a> {
        Elements { text: array, at: if array.first() == Some(&b'[') { 1 } else { array.len() } }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = separator(self.text, self.at);
        if matches!(self.text.get(start), None | Some(b']')) {
            return None;
        }
        let end = value_end(self.text, start);
        self.at = end;
        self.text.get(start..end).filter(|value| !value.is_empty())
    }
}

/// One step from a value to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Name(Cow<'a, str>),
    Index(usize),
}

/// The way from the root to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path<'a>(Vec<Step<'a>>);

impl<'a> Path<'a> {
    /// Answers the name of the member the value is in, seen through arrays; `above` 0 is the
    /// nearest, 1 the one around it.
    pub fn name(&self, above: usize) -> Option<&str> {
        let mut names = self.0.iter().rev().filter_map(|step| match step {
            Step::Name(name) => Some(&**name),
            Step::Index(_) => None,
        });
        names.nth(above)
    }

    /// Answers the path of the object around the value: `Patient.link[0].other` for its reference.
    pub fn around(&self, root: &str) -> String {
        let end = self.0.iter().rposition(|s| matches!(s, Step::Name(_))).unwrap_or(0);
        write_path(root, &self.0[..end])
    }

    /// Answers the path of the value: `Patient.link[0].other.reference`.
    pub fn expression(&self, root: &str) -> String {
        write_path(root, &self.0)
    }
}

fn write_path(root: &str, steps: &[Step<'_>]) -> String {
    steps.iter().fold(root.to_owned(), |mut path, step| {
        match step {
            Step::Name(name) => path.push_str(&format!(".{}", shown(name))),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
        path
    })
}

/// Calls `visit` with the path and the place (quotes included) of every string value, in order.
pub fn strings<'a>(bytes: &'a [u8], visit: &mut dyn FnMut(&Path<'a>, Range<usize>)) {
    let mut path = Path::default();
    let mut at = blank(bytes, 0);
    // Whether each open container is an object, outermost first.
    let mut open: Vec<bool> = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => {
                open.push(true);
                path.0.push(Step::Name(Cow::Borrowed("")));
                at = name(bytes, at + 1, &mut path);
            }
            b'[' => {
                open.push(false);
                path.0.push(Step::Index(0));
                at = blank(bytes, at + 1);
            }
            b'}' | b']' => {
                open.pop();
                path.0.pop();
                at = blank(bytes, at + 1);
            }
            b',' if open.last() == Some(&true) => at = name(bytes, at + 1, &mut path),
            b',' => {
                if let Some(Step::Index(index)) = path.0.last_mut() {
                    *index += 1;
                }
                at = blank(bytes, at + 1);
            }
            b'"' => {
                let end = string_end(bytes, at);
                visit(&path, at..end);
                at = blank(bytes, end);
            }
            _ => at = blank(bytes, at + 1),
        }
    }
}

/// Reads the member name at or after `at` into the path; answers where its value (or the end of
/// the object) stands.
fn name<'a>(bytes: &'a [u8], at: usize, path: &mut Path<'a>) -> usize {
    let start = blank(bytes, at);
    if bytes.get(start) != Some(&b'"') {
        return start;
    }
    let end = string_end(bytes, start);
    if let (Some(step), Some(literal)) = (path.0.last_mut(), bytes.get(start..end)) {
        *step = Step::Name(decode(literal));
    }
    let colon = blank(bytes, end);
    blank(bytes, colon + 1)
}

/// Answers how many elements the array member `member` of the root object has, on bytes that
/// nothing has checked yet: what a limit is held against before any work.
pub(crate) fn count_elements(bytes: &[u8], member: &str) -> usize {
    let found = Members::of(bytes).find(|(name, _)| name == member);
    found.map_or(0, |(_, value)| Elements::of(value).count())
}

fn separator(text: &[u8], at: usize) -> usize {
    let at = blank(text, at);
    if text.get(at) == Some(&b',') { blank(text, at + 1) } else { at }
}

fn blank(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Answers where the string that begins at `at` ends.
fn string_end(text: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text.get(at) == Some(&b'"') {
            return at + 1;
        }
        // An escape: whatever follows the backslash belongs to the string.
        at += 2;
    }
    text.len()
}

/// Answers where the value that begins at `at` ends.
fn value_end(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 && matches!(text.get(at - 1), Some(b'"' | b'}' | b']')) {
            return at;
        }
    }
    text.len()
}
