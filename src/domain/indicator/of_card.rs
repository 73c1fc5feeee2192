//! What a line of the prevention card brings to its measure.
//!
//! Who is not of the age or sex is in no population; an excluded patient is in the denominator and
//! taken out of it; a refusal is no exclusion: the act is not done.

use super::Counts;
use super::Part;
use super::Share;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::prevention::ItemStatus;
use crate::domain::verdict::RuleStatus;

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
    let (counts, status) = whole(card);
    std::iter::once(Share { group: 0, counts, evidence, status }).chain(each).collect()
}

/// What is counted of a line: its status, and the weakest status of what it used.
pub(super) type Told = (ItemStatus, RuleStatus);

/// Answers the same without what it rests on; lines that bring nothing are left out.
pub(super) fn parts(card: &[Told]) -> impl Iterator<Item = Part> + '_ {
    let status = card.iter().map(|(_, status)| *status).max().unwrap_or(RuleStatus::Official);
    let whole = Part { group: 0, status, counts: card.iter().map(|(line, _)| counts(*line)).sum() };
    let each = card.iter().zip(1..).filter_map(|(line, group)| part(group, *line));
    Some(whole).filter(|part| !part.counts.is_empty()).into_iter().chain(each)
}

/// Answers what a line brings to a group, without what it rests on.
pub(super) fn part(group: u16, (line, status): Told) -> Option<Part> {
    let counts = counts(line);
    (!counts.is_empty()).then_some(Part { group, status, counts })
}

fn whole(card: &Card) -> (Counts, RuleStatus) {
    let status = card.items.iter().map(|line| line.rule_status).max().unwrap_or(RuleStatus::Official);
    (card.items.iter().map(|line| counts(line.status)).sum(), status)
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
