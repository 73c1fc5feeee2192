//! The one pass over received bytes: checks, minifies, takes out what the server sets.
//!
//! Owns: the grammar, the depth limit, duplicate members. It keeps its own stack, so that no
//! depth of nesting can exhaust the thread's, and copies runs of bytes rather than bytes.

use super::Body;
use super::fault::JsonFault;
use super::fault::JsonFaultKind;
use super::fault::shown;
use super::lexer;
use super::lexer::Stop;
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
            Some(b'"') => self.string().map(|_form| false),
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
        let form = self.string()?;
        let literal = &text[start..self.at];
        let name = match form {
            Form::Plain => Cow::Borrowed(self.whole.get(start + 1..self.at - 1).unwrap_or_default()),
            Form::Escaped => decode(literal),
        };
        self.remember(name, start)?;
        Ok(literal)
    }

    fn last_name(&self) -> &str {
        self.names.last().map_or("", |name| name)
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
            None => known.iter().any(|k| k.len() == name.len() && k == &name),
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

    fn string(&mut self) -> Result<Form, Stop> {
        let mut at = self.at + 1;
        let mut form = Form::Plain;
        loop {
            at += lexer::plain(&self.text[at.min(self.text.len())..]);
            match self.text.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(form);
                }
                Some(b'\\') => {
                    form = Form::Escaped;
                    at = lexer::escape(self.text, at)?;
                }
                _ => return Err(Stop { kind: JsonFaultKind::NotJson, at }),
            }
        }
    }

    fn number(&mut self) -> Result<(), Stop> {
        self.at = lexer::number(self.text, self.at)?;
        Ok(())
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

/// How a string was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Escaped,
}

#[derive(Default)]
struct Members {
    count: usize,
}
