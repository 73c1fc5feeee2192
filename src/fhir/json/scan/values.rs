//! One value after the other, on a stack of its own: containers, names, scalars, and where it stands.

use super::{FEW_MEMBERS, Frame, Scanner, Shape, place};
use crate::fhir::json::fault::JsonFault;
use crate::fhir::json::fault::JsonFaultKind;
use crate::fhir::json::fault::shown;
use crate::fhir::json::lexer;
use crate::fhir::json::lexer::Stop;
use crate::fhir::json::text::decode;
use std::borrow::Cow;
use std::collections::HashSet;

/// How a string was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Escaped,
}

impl<'a> Scanner<'a> {
    /// Scans one value, whatever its depth, and copies it without blanks.
    pub(super) fn value(&mut self) -> Result<(), Stop> {
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
    pub(super) fn scalar_or_open(&mut self) -> Result<bool, Stop> {
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
    pub(super) fn next_value(&mut self, floor: usize) -> Result<bool, Stop> {
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

    pub(super) fn name_within(&mut self) -> Result<(), Stop> {
        self.literal_name()?;
        self.blank_within();
        self.colon()?;
        self.blank_within();
        Ok(())
    }

    /// Scans a member name and the colon outside a run; answers the literal.
    pub(super) fn name(&mut self) -> Result<&'a [u8], Stop> {
        let literal = self.literal_name()?;
        self.blank();
        self.colon()?;
        self.blank();
        Ok(literal)
    }

    pub(super) fn colon(&mut self) -> Result<(), Stop> {
        if self.peek() == Some(b':') {
            self.at += 1;
            return Ok(());
        }
        Err(self.stop(JsonFaultKind::NotJson))
    }

    pub(super) fn literal_name(&mut self) -> Result<&'a [u8], Stop> {
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

    pub(super) fn last_name(&self) -> &str {
        self.names.last().map_or("", |name| name)
    }

    pub(super) fn remember(&mut self, name: Cow<'a, str>, at: usize) -> Result<(), Stop> {
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

    pub(super) fn open(&mut self, shape: Shape) -> Result<(), Stop> {
        self.frames.push(Frame { shape, names_from: self.names.len(), many: None, index: 0 });
        if self.frames.len() > self.depth_limit {
            return Err(self.stop(JsonFaultKind::TooDeep));
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.names.truncate(frame.names_from);
        }
        self.at += 1;
    }

    pub(super) fn string(&mut self) -> Result<Form, Stop> {
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

    pub(super) fn number(&mut self) -> Result<(), Stop> {
        self.at = lexer::number(self.text, self.at)?;
        Ok(())
    }

    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.stop(JsonFaultKind::NotJson))
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes blanks inside a value: what came before them is copied, they are not.
    pub(super) fn blank_within(&mut self) {
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.flush();
            self.blank();
            self.run = self.at;
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.silent {
            self.out.extend_from_slice(&self.text[self.run..self.at]);
        }
    }

    pub(super) fn stop(&self, kind: JsonFaultKind) -> Stop {
        Stop { kind, at: self.at }
    }

    pub(super) fn fault(&self, stop: Stop, root: Option<&str>) -> JsonFault {
        let (line, column) = place(self.text, stop.at);
        JsonFault::at(stop.kind, line, column).placed(root.map_or("Resource", shown), self.path())
    }

    /// Answers where the scan stands, from the stack; long paths are cut.
    pub(super) fn path(&self) -> String {
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
