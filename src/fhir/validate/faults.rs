//! The faults found in one resource, each told once.

use crate::fhir::issue::Class;
use crate::fhir::issue::Issue;

/// Issues in the order found, without repetition.
#[derive(Default)]
pub struct Faults {
    found: Vec<Issue>,
}

impl Faults {
    /// Adds an issue. One error per place: the contract's word replaces base FHIR's on the same
    /// element (both miss Observation.status), any other second error there is the same fault seen twice.
    pub fn add(&mut self, issue: Issue) {
        if self.found.contains(&issue) {
            return;
        }
        if issue.is_error()
            && let Some(same) = self.found.iter_mut().find(|f| f.is_error() && f.expression == issue.expression)
        {
            if issue.kind.class == Class::Contract && same.kind.fhir == issue.kind.fhir {
                *same = issue;
            }
            return;
        }
        self.found.push(issue);
    }

    /// Answers all that was found, errors first, otherwise in the order found.
    pub fn into_issues(mut self) -> Vec<Issue> {
        self.found.sort_by_key(|i| std::cmp::Reverse(i.severity));
        self.found
    }
}
