//! The one pass over received bytes: checks, minifies, takes out what the server sets.
//!
//! Owns: the grammar, the depth limit, duplicate members. It keeps its own stack, so that no
//! depth of nesting can exhaust the thread's, and copies runs of bytes rather than bytes.

use super::Body;
use super::fault::JsonFault;
use super::fault::JsonFaultKind;
use super::fault::shown;
use super::text::decode;
use super::text::without_mark;
use std::borrow::Cow;
use std::collections::HashSet;

/// Levels of objects and arrays a resource may have.
pub const DEPTH_LIMIT: usize = 100;

/// From so many members on, names are looked up by hash: a comparison of each with each would let
/// one object of a hundred thousand members hold a core for a minute.
const FEW_MEMBERS: usize = 16;

/// What one pass over a resource answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    pub resource_type: Box<str>,
    /// The id sent, when it is a text (validation refuses any other).
    pub id: Option<Box<str>>,
    pub body: Body,
}

/// Reads one resource, at most `DEPTH_LIMIT` deep.
pub fn scan(bytes: &[u8]) -> Result<Scanned, JsonFault> {
    scan_within(bytes, DEPTH_LIMIT)
}

/// Reads one resource, at most `depth_limit` deep.
pub fn scan_within(bytes: &[u8], depth_limit: usize) -> Result<Scanned, JsonFault> {
    let bytes = without_mark(bytes);
    utf8(bytes)?;
    let mut scanner = Scanner::new(bytes, depth_limit, Vec::with_capacity(bytes.len()));
    let mut found = Found::default();
    match scanner.resource(&mut found) {
        Ok(()) => scanner.finish(found),
        Err(stop) => Err(scanner.fault(stop, found.resource_type.as_deref())),
    }
}

/// Checks that the bytes are one JSON object without duplicate members, at most `depth_limit`
/// deep, and keeps nothing: for a Bundle, whose entries are scanned one by one.
pub fn check(bytes: &[u8], depth_limit: usize, root: &str) -> Result<(), JsonFault> {
    let bytes = without_mark(bytes);
    utf8(bytes)?;
    let mut scanner = Scanner::new(bytes, depth_limit, Vec::new());
    scanner.silent = true;
    let outcome = scanner.object().and_then(|()| scanner.end());
    outcome.map_err(|stop| scanner.fault(stop, Some(root)))
}

fn utf8(bytes: &[u8]) -> Result<(), JsonFault> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(e) => {
            let (line, column) = place(bytes, e.valid_up_to());
            Err(JsonFault::at(JsonFaultKind::NotUtf8, line, column))
        }
    }
}

fn place(bytes: &[u8], at: usize) -> (u32, u32) {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Where and why the scan stopped; the path is read from the stack afterwards.
struct Stop {
    kind: JsonFaultKind,
    at: usize,
}

#[derive(Default)]
struct Found {
    resource_type: Option<Box<str>>,
    id: Option<Box<str>>,
    /// Where the kept members of meta stand in the output.
    meta: std::ops::Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Object,
    Array,
}

struct Frame<'a> {
    shape: Shape,
    /// Where the names of this object begin in `names`.
    names_from: usize,
    /// All names of this object, once they are many.
    many: Option<HashSet<Cow<'a, str>>>,
    /// Index of the current element of an array.
    index: usize,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Start of the run of bytes not yet copied.
    run: usize,
    out: Vec<u8>,
    silent: bool,
    depth_limit: usize,
    frames: Vec<Frame<'a>>,
    names: Vec<Cow<'a, str>>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a [u8], depth_limit: usize, out: Vec<u8>) -> Scanner<'a> {
        let frames = Vec::with_capacity(16);
        Scanner { text, at: 0, run: 0, out, silent: false, depth_limit, frames, names: Vec::with_capacity(32) }
    }

    fn finish(self, found: Found) -> Result<Scanned, JsonFault> {
        let Found { resource_type, id, meta } = found;
        let Some(resource_type) = resource_type else {
            return Err(JsonFault::at(JsonFaultKind::NoResourceType, 1, 1));
        };
        let mut out = self.out;
        let len = meta.len();
        if meta.start > 0 && len > 0 {
            out[..meta.end].rotate_right(len);
        }
        let meta_len = u32::try_from(len).unwrap_or(u32::MAX);
        Ok(Scanned { resource_type, id, body: Body { bytes: out.into(), meta_len } })
    }

    /// Scans the root object member by member.
    fn resource(&mut self, found: &mut Found) -> Result<(), Stop> {
        let mut members = Members::default();
        if self.enter_root()? {
            loop {
                let quoted = self.name()?;
                match &*decode(quoted) {
                    "resourceType" => found.resource_type = self.dropped_text()?,
                    "id" => found.id = self.dropped_text()?,
                    "meta" => found.meta = self.meta()?,
                    _ => self.kept(quoted, &mut members)?,
                }
                if !self.more()? {
                    break;
                }
            }
        }
        self.end()
    }

    /// Scans the members of meta, keeping all but versionId and lastUpdated. A meta that is no
    /// object is dropped: validation refuses it.
    fn meta(&mut self) -> Result<std::ops::Range<usize>, Stop> {
        let start = self.out.len();
        if self.peek() != Some(b'{') {
            self.dropped()?;
            return Ok(start..start);
        }
        let mut members = Members::default();
        self.open(Shape::Object)?;
        self.blank();
        if self.peek() == Some(b'}') {
            self.close();
            return Ok(start..start);
        }
        loop {
            let quoted = self.name()?;
            match &*decode(quoted) {
                "versionId" | "lastUpdated" => self.dropped()?,
                _ => self.kept(quoted, &mut members)?,
            }
            if !self.more()? {
                return Ok(start..self.out.len());
            }
        }
    }

    /// Opens the root object; answers whether it has a member.
    fn enter_root(&mut self) -> Result<bool, Stop> {
        self.blank();
        match self.peek() {
            Some(b'{') => {}
            Some(b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                return Err(self.stop(JsonFaultKind::NotAnObject));
            }
            _ => return Err(self.stop(JsonFaultKind::NotJson)),
        }
        self.open(Shape::Object)?;
        self.blank();
        if self.peek() == Some(b'}') {
            self.close();
            return Ok(false);
        }
        Ok(true)
    }

    /// Scans a whole object as the root, keeping nothing apart.
    fn object(&mut self) -> Result<(), Stop> {
        if self.enter_root()? {
            loop {
                self.name()?;
                self.value()?;
                if !self.more()? {
                    break;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.blank();
        if self.at == self.text.len() { Ok(()) } else { Err(self.stop(JsonFaultKind::TrailingData)) }
    }

    /// After a member of an object scanned by hand: passes the comma, or closes the object.
    fn more(&mut self) -> Result<bool, Stop> {
        self.blank();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blank();
                Ok(true)
            }
            Some(b'}') => {
                self.close();
                Ok(false)
            }
            _ => Err(self.stop(JsonFaultKind::NotJson)),
        }
    }

    fn kept(&mut self, quoted: &[u8], members: &mut Members) -> Result<(), Stop> {
        if members.count > 0 {
            self.out.push(b',');
        }
        members.count += 1;
        self.out.extend_from_slice(quoted);
        self.out.push(b':');
        self.value()
    }

    fn dropped(&mut self) -> Result<(), Stop> {
        let silent = std::mem::replace(&mut self.silent, true);
        let outcome = self.value();
        self.silent = silent;
        outcome
    }

    fn dropped_text(&mut self) -> Result<Option<Box<str>>, Stop> {
        let text = self.text;
        let start = self.at;
        self.dropped()?;
        let literal = &text[start..self.at];
        Ok(literal.starts_with(b"\"").then(|| decode(literal).into()))
    }

    /// Scans one value, whatever its depth, and copies it without blanks.
    fn value(&mut self) -> Result<(), Stop> {
        let floor = self.frames.len();
        self.run = self.at;
        loop {
            let opened = self.scalar_or_open()?;
            if opened {
                continue;
            }
            if !self.next_value(floor)? {
                self.flush();
                return Ok(());
            }
        }
    }

    /// Scans a scalar or an empty container, or opens a container; answers whether it opened one
    /// and now stands at its first value.
    fn scalar_or_open(&mut self) -> Result<bool, Stop> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| false),
            Some(b'{') => {
                self.open(Shape::Object)?;
                self.blank_within();
                if self.peek() == Some(b'}') {
                    self.close();
                    return Ok(false);
                }
                self.name_within().map(|()| true)
            }
            Some(b'[') => {
                self.open(Shape::Array)?;
                self.blank_within();
                if self.peek() == Some(b']') {
                    self.close();
                    return Ok(false);
                }
                Ok(true)
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(b't') => self.word(b"true").map(|()| false),
            Some(b'f') => self.word(b"false").map(|()| false),
            Some(b'n') => self.word(b"null").map(|()| false),
            _ => Err(self.stop(JsonFaultKind::NotJson)),
        }
    }

    /// After a value: closes what ends here; answers whether another value follows.
    fn next_value(&mut self, floor: usize) -> Result<bool, Stop> {
        while self.frames.len() > floor {
            self.blank_within();
            let Some(frame) = self.frames.last_mut() else { break };
            match (frame.shape, self.text.get(self.at)) {
                (Shape::Object, Some(b',')) => {
                    self.at += 1;
                    self.blank_within();
                    return self.name_within().map(|()| true);
                }
                (Shape::Array, Some(b',')) => {
                    frame.index += 1;
                    self.at += 1;
                    self.blank_within();
                    return Ok(true);
                }
                (Shape::Object, Some(b'}')) | (Shape::Array, Some(b']')) => self.close(),
                _ => return Err(self.stop(JsonFaultKind::NotJson)),
            }
        }
        Ok(false)
    }

    fn name_within(&mut self) -> Result<(), Stop> {
        self.literal_name()?;
        self.blank_within();
        self.colon()?;
        self.blank_within();
        Ok(())
    }

    /// Scans a member name and the colon outside a run; answers the literal.
    fn name(&mut self) -> Result<&'a [u8], Stop> {
        let literal = self.literal_name()?;
        self.blank();
        self.colon()?;
        self.blank();
        Ok(literal)
    }

    fn colon(&mut self) -> Result<(), Stop> {
        if self.peek() == Some(b':') {
            self.at += 1;
            return Ok(());
        }
        Err(self.stop(JsonFaultKind::NotJson))
    }

    fn literal_name(&mut self) -> Result<&'a [u8], Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.stop(JsonFaultKind::NotJson));
        }
        let start = self.at;
        let text = self.text;
        self.string()?;
        let literal = &text[start..self.at];
        self.remember(decode(literal), start)?;
        Ok(literal)
    }

    fn remember(&mut self, name: Cow<'a, str>, at: usize) -> Result<(), Stop> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let known = &self.names[frame.names_from..];
        let again = match &mut frame.many {
            Some(many) => !many.insert(name.clone()),
            None if known.len() >= FEW_MEMBERS => {
                let mut many: HashSet<Cow<'a, str>> = known.iter().cloned().collect();
                let again = !many.insert(name.clone());
                frame.many = Some(many);
                again
            }
            None => known.contains(&name),
        };
        self.names.push(name);
        if again { Err(Stop { kind: JsonFaultKind::DuplicateMember, at }) } else { Ok(()) }
    }

    fn open(&mut self, shape: Shape) -> Result<(), Stop> {
        self.frames.push(Frame { shape, names_from: self.names.len(), many: None, index: 0 });
        if self.frames.len() > self.depth_limit {
            return Err(self.stop(JsonFaultKind::TooDeep));
        }
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.names.truncate(frame.names_from);
        }
        self.at += 1;
    }

    fn string(&mut self) -> Result<(), Stop> {
        let text = self.text;
        let mut at = self.at + 1;
        loop {
            match text.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(());
                }
                Some(b'\\') => at = self.escape(at)?,
                Some(byte) if *byte >= 0x20 => at += 1,
                _ => return Err(Stop { kind: JsonFaultKind::NotJson, at }),
            }
        }
    }

    /// Checks the escape at `at`; answers where it ends.
    fn escape(&self, at: usize) -> Result<usize, Stop> {
        let bad = || Stop { kind: JsonFaultKind::NotJson, at };
        match self.text.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let unit = self.hex(at + 2).ok_or_else(bad)?;
                match unit {
                    // Half a surrogate pair is no character: nothing could give it back.
                    0xdc00..=0xdfff => Err(bad()),
                    0xd800..=0xdbff => {
                        let follows = self.text.get(at + 6..at + 8) == Some(b"\\u");
                        let low = self.hex(at + 8).filter(|u| follows && (0xdc00..=0xdfff).contains(u));
                        low.map(|_| at + 12).ok_or_else(bad)
                    }
                    _ => Ok(at + 6),
                }
            }
            _ => Err(bad()),
        }
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.iter().try_fold(0, |n, b| char::from(*b).to_digit(16).map(|d| n * 16 + d))
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(self.stop(JsonFaultKind::NotJson)),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        let mut scaled = false;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            scaled = true;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let number = &self.text[start..self.at];
        if (scaled || number.len() > 300) && !finite(number) {
            return Err(Stop { kind: JsonFaultKind::NumberOutOfRange, at: start });
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.stop(JsonFaultKind::NotJson)) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.stop(JsonFaultKind::NotJson))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes blanks inside a value: what came before them is copied, they are not.
    fn blank_within(&mut self) {
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.flush();
            self.blank();
            self.run = self.at;
        }
    }

    fn flush(&mut self) {
        if !self.silent {
            self.out.extend_from_slice(&self.text[self.run..self.at]);
        }
    }

    fn stop(&self, kind: JsonFaultKind) -> Stop {
        Stop { kind, at: self.at }
    }

    fn fault(&self, stop: Stop, root: Option<&str>) -> JsonFault {
        let (line, column) = place(self.text, stop.at);
        JsonFault::at(stop.kind, line, column).placed(root.map_or("Resource", shown), self.path())
    }

    /// Answers where the scan stands, from the stack; long paths are cut.
    fn path(&self) -> String {
        let mut path = String::new();
        for (depth, frame) in self.frames.iter().enumerate().take(12) {
            let names_to = self.frames.get(depth + 1).map_or(self.names.len(), |next| next.names_from);
            match frame.shape {
                Shape::Array => path.push_str(&format!("[{}]", frame.index)),
                Shape::Object => {
                    if let Some(name) = self.names[frame.names_from..names_to].last() {
                        path.push_str(&format!(".{}", shown(name)));
                    }
                }
            }
        }
        path
    }
}

#[derive(Default)]
struct Members {
    count: usize,
}

fn finite(number: &[u8]) -> bool {
    let text = std::str::from_utf8(number).unwrap_or("");
    text.parse::<f64>().is_ok_and(f64::is_finite)
}
