//! JSON Patch (RFC 6902) over resources, with JSON Pointer (RFC 6901).
//!
//! Owns: the six operations on a tree that keeps every literal as it was sent, so that a number
//! nobody touched keeps its digits. Must not know: what an element means; the result is validated
//! like an update. Implements http.html#patch (FHIR R4) as far as JSON Patch goes.

mod node;
mod pointer;

use crate::fhir::json::DEPTH_LIMIT;
use crate::fhir::json::Elements;
use crate::fhir::json::JsonFault;
use crate::fhir::json::Members;
use crate::fhir::json::check;
use crate::fhir::json::decode;
use node::Node;
use pointer::Pointer;
use std::borrow::Cow;

/// Operations of one patch: each may cost a walk through an object.
pub const OPERATIONS_LIMIT: usize = 1_000;

/// Why a patch is not applied. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchFault {
    #[error("the patch is no JSON")]
    Json(JsonFault),
    #[error("the patch is no array of operations")]
    NotAnArray,
    #[error("more operations than accepted")]
    TooMany { count: usize },
    #[error("operation {operation} cannot be applied: {kind:?}")]
    Operation {
        /// From 0.
        operation: usize,
        kind: OperationFault,
        /// The path as it was sent, where it could be read.
        path: String,
    },
}

/// What is wrong with one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationFault {
    /// No object, or `op` is none of the six.
    Unknown,
    /// `path`, `from` or `value` is missing or of the wrong type: its name.
    Member(&'static str),
    /// `path` or `from` is no JSON Pointer.
    Pointer,
    /// Nothing is there, or nothing can be put there.
    NoTarget,
    /// `test` found another value.
    TestFailed,
    /// `move` into what is moved.
    IntoItself,
    /// The result would be larger, or deeper, than accepted.
    TooLarge,
}

impl OperationFault {
    /// Answers whether the patch itself is at fault, whatever it is applied to.
    pub fn is_of_the_patch(self) -> bool {
        matches!(self, OperationFault::Unknown | OperationFault::Member(_) | OperationFault::Pointer)
    }
}

/// What is written before an array to make an object of it.
const AROUND: &[u8] = b"{\"\":";

enum Operation<'a> {
    Add(Pointer, Node<'a>),
    Remove(Pointer),
    Replace(Pointer, Node<'a>),
    Move { from: Pointer, to: Pointer },
    Copy { from: Pointer, to: Pointer },
    Test(Pointer, Node<'a>),
}

/// Applies `patch` to `target`, a checked resource; the result has at most `size_limit` bytes.
/// What the patch leaves empty is left out: FHIR has no empty element.
pub fn apply(target: &[u8], patch: &[u8], size_limit: usize) -> Result<Vec<u8>, PatchFault> {
    let operations = read(patch)?;
    let mut root = Node::read(target);
    let mut size = target.len();
    for (operation, (parsed, path)) in operations.into_iter().enumerate() {
        let fault = |kind| PatchFault::Operation { operation, kind, path: path.clone() };
        run(&mut root, parsed.map_err(fault)?, &mut size, size_limit).map_err(fault)?;
    }
    root.prune();
    let mut out = Vec::with_capacity(size);
    root.write(&mut out);
    Ok(out)
}

/// Answers whether the patch is written as one, before anything is looked up.
pub fn check_form(patch: &[u8]) -> Result<(), PatchFault> {
    for (operation, (parsed, path)) in read(patch)?.into_iter().enumerate() {
        if let Err(kind) = parsed {
            return Err(PatchFault::Operation { operation, kind, path });
        }
    }
    Ok(())
}

type Parsed<'a> = (Result<Operation<'a>, OperationFault>, String);

/// Reads the operations; one that cannot be read only fails when its turn comes.
fn read(patch: &[u8]) -> Result<Vec<Parsed<'_>>, PatchFault> {
    let start = patch.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let patch = patch.get(start..).unwrap_or(patch);
    if patch.first() != Some(&b'[') {
        return match check(patch, DEPTH_LIMIT, "Patch") {
            Ok(()) => Err(PatchFault::NotAnArray),
            Err(fault) => Err(PatchFault::Json(fault)),
        };
    }
    // The scanner reads objects: the array is checked as the one member of one.
    let whole = [AROUND, patch, b"}"].concat();
    check(&whole, DEPTH_LIMIT + 1, "Patch").map_err(|mut fault| {
        if fault.line == 1 {
            fault.column = fault.column.saturating_sub(u32::try_from(AROUND.len()).unwrap_or(0));
        }
        PatchFault::Json(fault)
    })?;
    let count = Elements::of(patch).count();
    if count > OPERATIONS_LIMIT {
        return Err(PatchFault::TooMany { count });
    }
    Ok(Elements::of(patch).map(operation).collect())
}

fn operation(object: &[u8]) -> Parsed<'_> {
    let members: Vec<(Cow<'_, str>, &[u8])> = Members::of(object).collect();
    let literal = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    let text = |name: &str| literal(name).filter(|l| l.starts_with(b"\"")).map(decode);
    let path = text("path").unwrap_or_default().into_owned();
    let pointer = |name: &'static str| {
        let text = text(name).ok_or(OperationFault::Member(name))?;
        Pointer::read(&text).ok_or(OperationFault::Pointer)
    };
    let value = || literal("value").map(Node::read).ok_or(OperationFault::Member("value"));
    let parsed = match text("op").as_deref() {
        Some("add") => pointer("path").and_then(|to| Ok(Operation::Add(to, value()?))),
        Some("remove") => pointer("path").map(Operation::Remove),
        Some("replace") => pointer("path").and_then(|at| Ok(Operation::Replace(at, value()?))),
        Some("move") => pointer("from").and_then(|from| Ok(Operation::Move { from, to: pointer("path")? })),
        Some("copy") => pointer("from").and_then(|from| Ok(Operation::Copy { from, to: pointer("path")? })),
        Some("test") => pointer("path").and_then(|at| Ok(Operation::Test(at, value()?))),
        _ => Err(OperationFault::Unknown),
    };
    (parsed, path)
}

fn run<'a>(
    root: &mut Node<'a>,
    operation: Operation<'a>,
    size: &mut usize,
    limit: usize,
) -> Result<(), OperationFault> {
    let mut grown = |to: &Pointer, node: &Node<'_>| {
        *size = size.saturating_add(node.size());
        let deep = to.depth() + node.depth() > DEPTH_LIMIT;
        if deep || *size > limit { Err(OperationFault::TooLarge) } else { Ok(()) }
    };
    match operation {
        Operation::Add(to, value) => {
            grown(&to, &value)?;
            root.add(&to, value)
        }
        Operation::Remove(at) => root.remove(&at).map(drop),
        Operation::Replace(at, value) => {
            grown(&at, &value)?;
            *root.find_mut(&at).ok_or(OperationFault::NoTarget)? = value;
            Ok(())
        }
        Operation::Move { from, to } => {
            if to.is_below(&from) {
                return Err(OperationFault::IntoItself);
            }
            if from == to {
                return root.find(&from).map(drop).ok_or(OperationFault::NoTarget);
            }
            let moved = root.remove(&from)?;
            grown(&to, &moved)?;
            root.add(&to, moved)
        }
        Operation::Copy { from, to } => {
            let copy = root.find(&from).ok_or(OperationFault::NoTarget)?.clone();
            grown(&to, &copy)?;
            root.add(&to, copy)
        }
        Operation::Test(at, value) => match root.find(&at) {
            None => Err(OperationFault::NoTarget),
            Some(found) if found.equals(&value) => Ok(()),
            Some(_) => Err(OperationFault::TestFailed),
        },
    }
}

#[cfg(test)]
mod tests;
