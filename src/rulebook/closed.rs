//! Which rules a closed month is adjusted with: those of its closing, and the later files that say so.
//!
//! A file says so by its member `applies_to_closed_from`. Only that member is read here: the files
//! were checked when their rulebook was put in force, and one that cannot be read says nothing.

use super::Source;
use super::node;
use super::node::Node;
use super::rules_of;
use crate::domain::calendar::Month;
use std::collections::BTreeMap;

const MEMBER: &str = "applies_to_closed_from";

/// Answers the first month, closed or not, to which a file applies: its member, read at the root.
pub(super) fn member(tree: &Node) -> Option<Month> {
    tree.get(MEMBER)?.text()?.parse().ok()
}

/// Answers the first closed month to which the files of a rulebook apply, each under its path.
pub fn closed_from(source: &Source) -> BTreeMap<&str, Month> {
    let files = source.0.iter();
    files.filter_map(|(path, content)| Some((path.as_str(), first_month(content)?))).collect()
}

fn first_month(content: &[u8]) -> Option<Month> {
    let text = String::from_utf8_lossy(content);
    // Nearly no file has the word: they are searched, not read.
    let tree = text.contains(MEMBER).then(|| node::read(rules_of(&text)))?.ok()?;
    member(&tree)
}

/// Answers the files a closed month is adjusted with. `later` are the rulebooks put in force since
/// the closing, in that order; of each, the files that apply to the month replace those of the
/// closing or join them. A file that does not apply, or that a later rulebook no longer has, stays
/// as it was at the closing or as the last one that applied. Answers a copy of `closing` when none
/// applies.
pub fn for_closed_month(closing: &Source, later: &[&Source], month: Month) -> Source {
    let mut files = closing.clone();
    for (path, content) in applying(later, month) {
        match files.0.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => content.clone_into(old),
            None => files.0.push((path.to_owned(), content.to_vec())),
        }
    }
    files
}

/// Answers whether `for_closed_month` would differ from `closing`, without making it.
pub fn applies_to_closed(closing: &Source, later: &[&Source], month: Month) -> bool {
    let old = |path: &str| closing.0.iter().find(|(known, _)| known == path).map(|(_, content)| content.as_slice());
    applying(later, month).into_iter().any(|(path, content)| old(path) != Some(content))
}

/// Answers the files of later rulebooks that apply to the month: of each path the last that does.
fn applying<'s>(later: &[&'s Source], month: Month) -> BTreeMap<&'s str, &'s [u8]> {
    let mut found = BTreeMap::new();
    for source in later {
        for (path, content) in &source.0 {
            if first_month(content).is_some_and(|from| from <= month) {
                found.insert(path.as_str(), content.as_slice());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
