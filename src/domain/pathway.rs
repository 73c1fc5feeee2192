//! The three care pathways (parcours): who may enter.

use super::condition::Condition;
use super::verdict::RuleStatus;

/// One pathway of `mappings/pathways/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pathway {
    pub id: Box<str>,
    pub label_fr: Box<str>,
    pub eligible: Condition,
    pub status: RuleStatus,
}

/// Whether the patient may enter a pathway on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct PathwayResult {
    /// Index in `Rules::pathways`.
    pub pathway: usize,
    pub ground: super::typologie::Ground,
}
