//! Equality of bodies: equal JSON, the order of members apart, numbers by their text.

use super::Body;
use super::scan::DEPTH_LIMIT;
use super::text::decode;
use super::walk::Elements;
use super::walk::Members;
use std::borrow::Cow;

/// Answers whether both bodies say the same, so that an update with one over the other would make
/// no new version. 1.10 and 1.1 are not the same: the precision is part of what was said.
pub fn same(one: &Body, other: &Body) -> bool {
    if one == other {
        return true;
    }
    let meta = members_equal(Members::of_fragment(one.meta()), Members::of_fragment(other.meta()), DEPTH_LIMIT);
    meta && members_equal(Members::of_fragment(one.members()), Members::of_fragment(other.members()), DEPTH_LIMIT)
}

fn members_equal(one: Members<'_>, other: Members<'_>, depth: usize) -> bool {
    let (one, other) = (sorted(one), sorted(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| a.0 == b.0 && values_equal(a.1, b.1, depth))
}

fn sorted<'a>(members: Members<'a>) -> Vec<(Cow<'a, str>, &'a [u8])> {
    let mut members: Vec<_> = members.collect();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    members
}

fn values_equal(one: &[u8], other: &[u8], depth: usize) -> bool {
    if one == other {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (one.first(), other.first()) {
        (Some(b'{'), Some(b'{')) => members_equal(Members::of(one), Members::of(other), depth),
        (Some(b'['), Some(b'[')) => {
            let (mut a, mut b) = (Elements::of(one), Elements::of(other));
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return true,
                    (Some(x), Some(y)) if values_equal(x, y, depth) => {}
                    _ => return false,
                }
            }
        }
        (Some(b'"'), Some(b'"')) => decode(one) == decode(other),
        _ => false,
    }
}
