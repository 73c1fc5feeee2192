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
    let (counts, evidence) = (counts(line.status), line.evidence.clone());
    Share { group, counts, evidence, units: None, status: line.rule_status }
}

/// Answers what a card brings: all its lines together, then each.
pub fn shares(card: &Card) -> Vec<Share> {
    let each: Vec<Share> = card.items.iter().enumerate().map(|(n, line)| share(n + 1, line)).collect();
    std::iter::once(together(&each)).chain(each).collect()
}

/// Answers the lines of one patient as one group: each brings what it brings to its own.
pub(super) fn together(each: &[Share]) -> Share {
    let of_line = |line: &Share| {
        let counts = line.counts;
        line.evidence.iter().cloned().map(move |evidence| (evidence, counts)).collect::<Vec<_>>()
    };
    Share {
        group: 0,
        counts: each.iter().map(|share| share.counts).sum::<Counts>(),
        evidence: Vec::new(),
        units: Some(each.iter().flat_map(of_line).collect()),
        status: each.iter().map(|share| share.status).max().unwrap_or(RuleStatus::Official),
    }
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
