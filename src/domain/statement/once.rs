//! Once per month: whom a person is paid to when several structures claim it.

use super::OncePerMonth;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use std::cmp::Reverse;

/// What a structure brings forward for a person and a month it could be paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub structure: Box<str>,
    pub patient: Box<str>,
    /// First day of the enrolment; `None`: undated.
    pub declared: Option<Day>,
    /// When the patient became known to the structure.
    pub known: Instant,
    /// The latest consultation that counts.
    pub consulted: Option<Day>,
}

impl Claim {
    /// What is compared: the day of the declaration, else the instant it became known; on one day what
    /// is dated comes first.
    fn since(&self) -> (Day, Option<Instant>) {
        self.declared.map_or_else(|| (self.known.paris_day(), Some(self.known)), |day| (day, None))
    }
}

/// Answers the claim that is paid: by the day of the declaration (undated: the instant the patient
/// became known), then the latest counted consultation, then the least id of a structure and of a
/// patient. `None` when there is none.
pub fn first_of(claims: &[Claim], rule: OncePerMonth) -> Option<&Claim> {
    let rank = |claim: &&Claim| {
        let since = claim.since();
        let declared = match rule {
            OncePerMonth::FirstDeclared => (Some(since), None),
            OncePerMonth::LatestDeclared => (None, Some(Reverse(since))),
        };
        (declared, Reverse(claim.consulted), claim.structure.clone(), claim.patient.clone())
    };
    claims.iter().min_by_key(rank)
}
