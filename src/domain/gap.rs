//! Care gaps: what a line of the prevention card is in the words of DEQM.
//!
//! Owns: the four statuses of a gap, the truth table that gives them over populations, and the
//! reason that tells an act too old from one never done. Must not know: FHIR, the clock.
//! Implements the gaps-in-care page of DEQM-UV 1.0.0 and the statuses of the catalogue.

use super::calendar::Day;
use super::indicator::Counts;
use super::indicator::Improvement;
use super::indicator::counts_of;
use super::prevention::ItemResult;
use super::prevention::ItemStatus;

/// Where somebody stands on a measure (deqm-gaps-status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapStatus {
    Open,
    Closed,
    /// Closed that day, and it opens again soon unless something is done.
    Prospective,
    NotApplicable,
}

impl GapStatus {
    pub const ALL: [GapStatus; 4] =
        [GapStatus::Open, GapStatus::Closed, GapStatus::Prospective, GapStatus::NotApplicable];

    pub fn code(self) -> &'static str {
        match self {
            GapStatus::Open => "open-gap",
            GapStatus::Closed => "closed-gap",
            GapStatus::Prospective => "prospective-gap",
            GapStatus::NotApplicable => "not-applicable",
        }
    }

    pub fn from_code(code: &str) -> Option<GapStatus> {
        GapStatus::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// What was looked for, and how it was met (deqm-care-gap-reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// Nothing that counts was found.
    NotFound,
    /// Found, and too old or not enough.
    DateOutOfRange,
    /// Found, and it counts until a day.
    DateInRange,
    /// Found, and it counts for ever.
    Present,
}

impl GapReason {
    pub fn code(self) -> &'static str {
        match self {
            GapReason::NotFound => "NotFound",
            GapReason::DateOutOfRange => "DateOutOfRange",
            GapReason::DateInRange => "DateInRange",
            GapReason::Present => "Present",
        }
    }
}

/// What a line of the card says as a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub status: GapStatus,
    /// `None` where DEQM has no word for it: excluded, not concerned.
    pub reason: Option<GapReason>,
}

/// Answers the status that the populations of one subject give; `None` when a datum is missing to
/// tell. Where less is better, whoever is in the numerator is who has the gap.
pub fn status_of(counts: &Counts, improvement: Improvement) -> Option<GapStatus> {
    if counts.undecided > 0 {
        return None;
    }
    if counts.initial == 0 {
        return Some(GapStatus::NotApplicable);
    }
    // Outside the denominator, or taken out of it: nothing is asked any more.
    let met = counts.base() == 0
        || match improvement {
            Improvement::Increase => counts.numerator > 0,
            Improvement::Decrease => counts.numerator == 0,
        };
    Some(if met { GapStatus::Closed } else { GapStatus::Open })
}

/// Answers the gap of a line of the card, looked at up to `through`: closed that day, and prospective
/// when it is due by then or soon. `None` for a line that is indeterminate: it has no gap status.
pub fn of_line(line: &ItemResult, through: Day) -> Option<Gap> {
    let status = match status_of(&counts_of(line.status), Improvement::Increase)? {
        GapStatus::Closed if is_prospective(line, through) => GapStatus::Prospective,
        decided => decided,
    };
    Some(Gap { status, reason: reason(line) })
}

fn is_prospective(line: &ItemResult, through: Day) -> bool {
    line.status == ItemStatus::UpToDate && (line.due_soon || line.due.is_some_and(|due| due <= through))
}

fn reason(line: &ItemResult) -> Option<GapReason> {
    match line.status {
        ItemStatus::UpToDate if line.due.is_some() => Some(GapReason::DateInRange),
        ItemStatus::UpToDate => Some(GapReason::Present),
        ItemStatus::Expired => Some(GapReason::DateOutOfRange),
        ItemStatus::NeverDone => Some(GapReason::NotFound),
        // A refusal does not hide what was done before it.
        ItemStatus::Refused if line.last_done.is_some() => Some(GapReason::DateOutOfRange),
        ItemStatus::Refused => Some(GapReason::NotFound),
        ItemStatus::Excluded | ItemStatus::NotEligible | ItemStatus::Indeterminate => None,
    }
}

#[cfg(test)]
mod tests;
