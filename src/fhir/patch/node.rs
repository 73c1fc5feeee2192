//! A JSON tree whose leaves are the literals that were sent.

use super::OperationFault;
use super::pointer::Pointer;
use super::pointer::index;
use crate::fhir::json::Elements;
use crate::fhir::json::Members;
use crate::fhir::json::decode;
use crate::fhir::json::encode;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::collections::HashMap;

/// A value. The bytes it was read from were checked, their depth too: recursion is bounded.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// A string, number, boolean or null, as it was written.
    Scalar(&'a [u8]),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    Array(Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    pub(super) fn read(value: &'a [u8]) -> Node<'a> {
        match value.first() {
            Some(b'{') => Node::Object(Members::of(value).map(|(name, value)| (name, Node::read(value))).collect()),
            Some(b'[') => Node::Array(Elements::of(value).map(Node::read).collect()),
            _ => Node::Scalar(value),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Node::Scalar(literal) => out.extend_from_slice(literal),
            Node::Object(members) => {
                out.push(b'{');
                for (n, (name, value)) in members.iter().enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    encode(name, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
            Node::Array(elements) => {
                out.push(b'[');
                for (n, element) in elements.iter().enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
        }
    }

    /// Answers about how many bytes it takes when written.
    pub(super) fn size(&self) -> usize {
        match self {
            Node::Scalar(literal) => literal.len(),
            Node::Object(members) => {
                2 + members.iter().map(|(name, value)| name.len() + 4 + value.size()).sum::<usize>()
            }
            Node::Array(elements) => 2 + elements.iter().map(|e| e.size() + 1).sum::<usize>(),
        }
    }

    /// Answers how many levels it has, a scalar none.
    pub(super) fn depth(&self) -> usize {
        match self {
            Node::Scalar(_) => 0,
            Node::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            Node::Array(elements) => 1 + elements.iter().map(Node::depth).max().unwrap_or(0),
        }
    }

    pub(super) fn find(&self, at: &Pointer) -> Option<&Node<'a>> {
        at.steps().iter().try_fold(self, |node, step| match node {
            Node::Scalar(_) => None,
            Node::Object(members) => members.iter().find(|(name, _)| name == step).map(|(_, value)| value),
            Node::Array(elements) => elements.get(index(step)?),
        })
    }

    pub(super) fn find_mut(&mut self, at: &Pointer) -> Option<&mut Node<'a>> {
        self.walk(at.steps())
    }

    fn walk(&mut self, steps: &[String]) -> Option<&mut Node<'a>> {
        steps.iter().try_fold(self, |node, step| match node {
            Node::Scalar(_) => None,
            Node::Object(members) => members.iter_mut().find(|(name, _)| name == step).map(|(_, value)| value),
            Node::Array(elements) => elements.get_mut(index(step)?),
        })
    }

    /// Puts a value in place: an existing member is replaced, an element is inserted before.
    pub(super) fn add(&mut self, at: &Pointer, value: Node<'a>) -> Result<(), OperationFault> {
        let Some((way, last)) = at.split() else {
            *self = value;
            return Ok(());
        };
        match self.walk(way) {
            Some(Node::Object(members)) => match members.iter_mut().find(|(name, _)| name == last) {
                Some((_, old)) => *old = value,
                None => members.push((Cow::Owned(last.to_owned()), value)),
            },
            Some(Node::Array(elements)) => {
                let place = if last == "-" { Some(elements.len()) } else { index(last) };
                let place = place.filter(|n| *n <= elements.len()).ok_or(OperationFault::NoTarget)?;
                elements.insert(place, value);
            }
            _ => return Err(OperationFault::NoTarget),
        }
        Ok(())
    }

    /// Takes a value out; the root stays.
    pub(super) fn remove(&mut self, at: &Pointer) -> Result<Node<'a>, OperationFault> {
        let (way, last) = at.split().ok_or(OperationFault::NoTarget)?;
        match self.walk(way) {
            Some(Node::Object(members)) => {
                let place = members.iter().position(|(name, _)| name == last).ok_or(OperationFault::NoTarget)?;
                Ok(members.remove(place).1)
            }
            Some(Node::Array(elements)) => {
                let place = index(last).filter(|n| *n < elements.len()).ok_or(OperationFault::NoTarget)?;
                Ok(elements.remove(place))
            }
            _ => Err(OperationFault::NoTarget),
        }
    }

    /// Leaves out empty objects and arrays, and what becomes empty by it.
    pub(super) fn prune(&mut self) {
        match self {
            Node::Scalar(_) => {}
            Node::Object(members) => {
                members.iter_mut().for_each(|(_, value)| value.prune());
                members.retain(|(_, value)| !value.is_empty());
            }
            Node::Array(elements) => {
                elements.iter_mut().for_each(Node::prune);
                elements.retain(|element| !element.is_empty());
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Scalar(_) => false,
            Node::Object(members) => members.is_empty(),
            Node::Array(elements) => elements.is_empty(),
        }
    }

    /// Answers whether both are equal as RFC 6902 (4.6) says: strings by their characters, numbers
    /// by their value, objects whatever the order of their members.
    pub(super) fn equals(&self, other: &Node<'_>) -> bool {
        match (self, other) {
            (Node::Scalar(a), Node::Scalar(b)) => a == b || scalars_equal(a, b),
            (Node::Array(a), Node::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b)),
            (Node::Object(a), Node::Object(b)) => {
                // Looked up by hash: a comparison of each with each could hold a core for minutes.
                let others: HashMap<&str, &Node<'_>> = b.iter().map(|(name, value)| (&**name, value)).collect();
                a.len() == b.len()
                    && a.iter().all(|(name, value)| others.get(&**name).is_some_and(|found| value.equals(found)))
            }
            _ => false,
        }
    }
}

fn scalars_equal(a: &[u8], b: &[u8]) -> bool {
    match (a.first(), b.first()) {
        (Some(b'"'), Some(b'"')) => decode(a) == decode(b),
        _ => matches!((number(a), number(b)), (Some(a), Some(b)) if a == b),
    }
}

fn number(literal: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(literal).ok()?;
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}
