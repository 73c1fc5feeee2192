//! What a line of the prevention card brings to its measure.
//!
//! Who is not of the age or sex is in no population; an excluded patient is in the denominator and
//! taken out of it; a refusal is no exclusion: the act is not done.

use super::Counts;
use super::Share;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;

/// Answers what a line brings to a group: one patient.
pub fn share(group: usize, line: &ItemResult) -> Share {
    Share { group, counts: counts(line.status), evidence: line.evidence.clone(), status: line.rule_status }
}

/// Answers what a card brings: all its lines together, then each.
pub fn shares(card: &Card) -> Vec<Share> {
    let each = card.items.iter().enumerate().map(|(n, line)| share(n + 1, line));
    let mut evidence: Vec<_> = card.items.iter().flat_map(|line| line.evidence.iter().cloned()).collect();
    evidence.sort();
    evidence.dedup();
    let whole = Share {
        group: 0,
        counts: card.items.iter().map(|line| counts(line.status)).sum(),
        evidence,
        status: card
            .items
            .iter()
            .map(|line| line.rule_status)
            .max()
            .unwrap_or(crate::domain::verdict::RuleStatus::Official),
    };
    std::iter::once(whole).chain(each).collect()
}

/// Answers the populations of one line.
pub fn counts(status: ItemStatus) -> Counts {
    let asked = Counts { initial: 1, denominator: 1, ..Counts::default() };
    match status {
        ItemStatus::UpToDate => Counts { numerator: 1, ..asked },
        ItemStatus::Expired | ItemStatus::NeverDone | ItemStatus::Refused => asked,
        ItemStatus::Excluded => Counts { excluded: 1, ..asked },
        ItemStatus::NotEligible => Counts::default(),
        ItemStatus::Indeterminate => Counts { undecided: 1, ..Counts::default() },
    }
}
