//! The one pass over received bytes: checks, minifies, takes out what the server sets.
//!
//! Owns: the grammar, the depth limit, duplicate members. It keeps its own stack, so that no
//! depth of nesting can exhaust the thread's, and copies runs of bytes rather than bytes.

mod values;

use crate::fhir::json::Body;
use crate::fhir::json::fault::JsonFault;
use crate::fhir::json::fault::JsonFaultKind;
use crate::fhir::json::lexer::Stop;
use crate::fhir::json::text::decode;
use crate::fhir::json::text::without_mark;
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
    let mut scanner = Scanner::new(utf8(bytes)?, depth_limit, Vec::with_capacity(bytes.len()));
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
    let mut scanner = Scanner::new(utf8(bytes)?, depth_limit, Vec::new());
    scanner.silent = true;
    let outcome = scanner.object().and_then(|()| scanner.end());
    outcome.map_err(|stop| scanner.fault(stop, Some(root)))
}

fn utf8(bytes: &[u8]) -> Result<&str, JsonFault> {
    std::str::from_utf8(bytes).map_err(|e| {
        let (line, column) = place(bytes, e.valid_up_to());
        JsonFault::at(JsonFaultKind::NotUtf8, line, column)
    })
}

fn place(bytes: &[u8], at: usize) -> (u32, u32) {
    let before = &bytes[..at.min(bytes.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
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
    whole: &'a str,
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
    fn new(whole: &'a str, depth_limit: usize, out: Vec<u8>) -> Scanner<'a> {
        let frames = Vec::with_capacity(16);
        Scanner {
            whole,
            text: whole.as_bytes(),
            at: 0,
            run: 0,
            out,
            silent: false,
            depth_limit,
            frames,
            names: Vec::with_capacity(32),
        }
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
                match self.last_name() {
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
            match self.last_name() {
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
}

#[derive(Default)]
struct Members {
    count: usize,
}
