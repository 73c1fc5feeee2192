//! Two months of one patient, compared: whether a roster gained or lost him, why, and what it costs.

use super::Reason;
use super::Roster;
use super::window::ground;
use super::window::window_end;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::NotPayable;
use crate::domain::finding::EvidenceRef;
use crate::domain::finding::Missing;
use crate::domain::finding::Uses;
use crate::domain::money::Centimes;
use crate::domain::pathway::PathwayResult;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;
use crate::domain::verdict::Verdict;

/// A month of a patient as a comparison sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub month: PatientMonth,
    /// On the last day of the month.
    pub pathways: Vec<PathwayResult>,
    /// What the month comes to, adjustments apart; `None`: nobody can tell.
    pub total: Option<Centimes>,
}

impl Side {
    /// Answers whether the patient is on the roster in the month.
    pub fn is_on(&self, roster: Roster) -> bool {
        roster.has(&self.month, &self.pathways)
    }

    /// The typologies that are paid, in the order of the catalogue.
    fn paid(&self) -> Vec<usize> {
        self.month.typologies.iter().filter(|result| result.paid).map(|result| result.typologie).collect()
    }

    fn ground(&self, roster: Roster) -> Ground<'_> {
        let typologie = |n| self.month.typologies.iter().find(|result| result.typologie == n);
        let pathway = |n| self.pathways.iter().find(|result| result.pathway == n).map(|result| &result.ground);
        match roster {
            Roster::FileActive | Roster::Entered(_) | Roster::Waiting(_) => Ground::default(),
            Roster::Typologie(n) => typologie(n).map_or_else(Ground::default, |result| Ground {
                verdict: result.eligible,
                declared: Verdict::of(result.declared),
                evidence: &result.evidence,
                missing: &result.missing,
                uses: Some(&result.uses),
            }),
            Roster::Pathway(n) => pathway(n).map_or_else(Ground::default, |ground| Ground {
                verdict: ground.verdict,
                declared: Verdict::No,
                evidence: &ground.evidence,
                missing: &ground.missing,
                uses: Some(&ground.uses),
            }),
        }
    }
}

/// What a typology or a pathway rests on in one month.
struct Ground<'s> {
    verdict: Verdict,
    declared: Verdict,
    evidence: &'s [EvidenceRef],
    missing: &'s [Missing],
    uses: Option<&'s Uses>,
}

impl Default for Ground<'_> {
    fn default() -> Self {
        Ground { verdict: Verdict::No, declared: Verdict::No, evidence: &[], missing: &[], uses: None }
    }
}

/// What became of a patient on a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    Entered,
    Left,
    /// Still on it, and something else is paid for him.
    Changed,
    Unchanged,
}

impl Move {
    /// In the order in which they are told.
    pub const ALL: [Move; 4] = [Move::Entered, Move::Left, Move::Changed, Move::Unchanged];

    pub fn code(self) -> &'static str {
        match self {
            Move::Entered => "entered",
            Move::Left => "left",
            Move::Changed => "changed",
            Move::Unchanged => "unchanged",
        }
    }
}

/// A patient on a roster in one of two months, or in both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub moved: Move,
    /// The one that weighs most first; none for who is unchanged.
    pub reasons: Vec<Reason>,
    /// What the later month comes to more than the earlier; `None`: an amount is unknown.
    pub effect: Option<Centimes>,
}

/// How many are on a roster in each month, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub before: u32,
    pub after: u32,
    /// In the order of `Move::ALL`.
    pub moved: [u32; 4],
    /// What the effects come to, of those that are known.
    pub effect: [Centimes; 4],
    /// How many effects nobody can tell.
    pub unpriced: [u32; 4],
}

impl Counts {
    /// Counts one patient.
    pub fn add(&mut self, change: &Change) {
        let n = change.moved as usize;
        self.before += u32::from(change.moved != Move::Entered);
        self.after += u32::from(change.moved != Move::Left);
        self.moved[n] += 1;
        match change.effect {
            Some(effect) => self.effect[n] += effect,
            None => self.unpriced[n] += 1,
        }
    }

    /// Answers what all changes come to; `None` when one of them is unknown.
    pub fn total(&self) -> Option<Centimes> {
        self.unpriced.iter().all(|n| *n == 0).then(|| self.effect.iter().copied().sum())
    }
}

/// Compares two months of a patient on a roster; `None` when he is on it in neither. Both must be
/// read from the same dossier: what is known is the same.
pub fn compare(roster: Roster, dossier: &Dossier<'_>, before: &Side, after: &Side) -> Option<Change> {
    let pair = Pair { dossier, before, after };
    let (moved, reasons) = match (before.is_on(roster), after.is_on(roster)) {
        (false, false) => return None,
        (false, true) => (Move::Entered, pair.entered(roster)),
        (true, false) => (Move::Left, pair.left(roster)),
        (true, true) => match pair.changed() {
            reasons if reasons.is_empty() => (Move::Unchanged, reasons),
            reasons => (Move::Changed, reasons),
        },
    };
    let effect = before.total.zip(after.total).map(|(before, after)| after - before);
    Some(Change { moved, reasons, effect })
}

struct Pair<'p, 'd> {
    dossier: &'p Dossier<'d>,
    before: &'p Side,
    after: &'p Side,
}

impl Pair<'_, '_> {
    fn entered(&self, roster: Roster) -> Vec<Reason> {
        let mut reasons = match roster {
            Roster::Entered(_) => return vec![Reason::PathwayEntered],
            Roster::Waiting(_) => return vec![Reason::PathwayAsked],
            Roster::Pathway(_) => Vec::new(),
            Roster::FileActive | Roster::Typologie(_) => self.became_payable(),
        };
        if roster != Roster::FileActive && !self.held(self.before, roster) {
            note(&mut reasons, self.began(roster));
        }
        or_else(reasons, Reason::DataChanged)
    }

    fn left(&self, roster: Roster) -> Vec<Reason> {
        let mut reasons = match roster {
            Roster::Pathway(_) | Roster::Entered(_) | Roster::Waiting(_) if !self.after.month.alive.is_yes() => {
                vec![if self.after.month.alive == Verdict::No { Reason::Death } else { Reason::DeathDatePartial }]
            }
            Roster::Waiting(n) if self.after.is_on(Roster::Entered(n)) => vec![Reason::PathwayEntered],
            Roster::Entered(_) | Roster::Waiting(_) => vec![Reason::PathwayLeft],
            Roster::Pathway(_) => Vec::new(),
            Roster::FileActive | Roster::Typologie(_) => self.became_unpayable(),
        };
        if roster != Roster::FileActive && reasons.is_empty() {
            note(&mut reasons, self.ended(roster));
        }
        or_else(reasons, Reason::DataChanged)
    }

    /// Why something else is paid for somebody who is on the roster in both months.
    fn changed(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        // Nothing is paid for who is on a pathway alone.
        if self.before.month.not_payable.is_some() != self.after.month.not_payable.is_some() {
            reasons = if self.after.month.not_payable.is_none() {
                or_else(self.became_payable(), Reason::DataChanged)
            } else {
                or_else(self.became_unpayable(), Reason::DataChanged)
            };
            return reasons;
        }
        let (before, after) = (self.before.paid(), self.after.paid());
        for gained in after.iter().filter(|n| !before.contains(n)) {
            note(&mut reasons, self.began(Roster::Typologie(*gained)));
        }
        for lost in before.iter().filter(|n| !after.contains(n)) {
            note(&mut reasons, self.ended(Roster::Typologie(*lost)));
        }
        match (self.before.total, self.after.total) {
            (Some(before), Some(after)) if reasons.is_empty() && before != after => {
                reasons.push(Reason::AmountChanged);
            }
            (None, Some(_)) | (Some(_), None) => note(&mut reasons, Reason::AmountUnknown),
            _ => {}
        }
        reasons
    }

    /// Every reason not to pay that held before and holds no more.
    fn became_payable(&self) -> Vec<Reason> {
        let (before, after) = (&self.before.month, &self.after.month);
        let mut reasons = Vec::new();
        match before.not_payable {
            None => return reasons,
            Some(NotPayable::Merged) => reasons.push(Reason::Unmerged),
            Some(NotPayable::PaidElsewhere) => reasons.push(Reason::PaidHere),
            // What once was deleted, or dead, is neither: somebody corrected it.
            Some(NotPayable::Deleted | NotPayable::Deceased | NotPayable::DeathDatePartial) => {
                reasons.push(Reason::DataChanged)
            }
            Some(
                NotPayable::IdentityMissing
                | NotPayable::NotEnrolled
                | NotPayable::ProfessionUnknown
                | NotPayable::NotConsuming,
            ) => {}
        }
        if !before.identified && after.identified {
            reasons.push(Reason::IdentityFound);
        }
        if !before.enrolled.verdict.is_yes() && after.enrolled.verdict.is_yes() {
            let dated = after.enrolment.0.is_some_and(|since| since > before.month.last_day());
            let reason = Reason::NewDeclaration;
            note(&mut reasons, if dated { reason } else { self.or_rules(&before.enrolled.uses, reason) });
        }
        if !before.consommant.verdict.is_yes() && after.consommant.verdict.is_yes() {
            let dated = after.consulted.is_some_and(|day| day > before.month.last_day());
            let reason = Reason::Consultation;
            note(&mut reasons, if dated { reason } else { self.or_rules(&before.consommant.uses, reason) });
        }
        reasons
    }

    /// Every reason not to pay that holds now and did not before; a death says all.
    fn became_unpayable(&self) -> Vec<Reason> {
        let (before, after) = (&self.before.month, &self.after.month);
        let mut reasons = Vec::new();
        match after.not_payable {
            None => return reasons,
            Some(NotPayable::Merged) => return vec![Reason::Merged],
            Some(NotPayable::Deceased) => return vec![Reason::Death],
            Some(NotPayable::DeathDatePartial) => return vec![Reason::DeathDatePartial],
            Some(NotPayable::Deleted) => return vec![Reason::Deleted],
            Some(NotPayable::IdentityMissing) => reasons.push(Reason::IdentityMissing),
            Some(NotPayable::PaidElsewhere) => reasons.push(Reason::PaidElsewhere),
            Some(NotPayable::NotEnrolled | NotPayable::ProfessionUnknown | NotPayable::NotConsuming) => {}
        }
        if before.enrolled.verdict.is_yes() && !after.enrolled.verdict.is_yes() {
            let dated = before.enrolment.1.is_some_and(|until| until < after.month.first_day());
            let reason = match after.enrolled.verdict {
                Verdict::Unknown if !dated => Reason::DataMissing,
                _ => Reason::DeclarationEnded,
            };
            note(&mut reasons, if dated { reason } else { self.or_rules(&after.enrolled.uses, reason) });
        }
        if before.consommant.verdict.is_yes() && !after.consommant.verdict.is_yes() {
            let ends = before.consulted.and_then(|day| window_end(self.rules(), before.month.last_day(), day));
            let dated = ends.is_some_and(|ends| ends < after.month.last_day());
            let reason = Reason::WindowElapsed;
            note(&mut reasons, if dated { reason } else { self.or_rules(&after.consommant.uses, reason) });
        }
        reasons
    }

    /// Whether the typology or the pathway itself held, payable or not.
    fn held(&self, side: &Side, roster: Roster) -> bool {
        let ground = side.ground(roster);
        // A declaration that the limits of age refused did not hold.
        ground.verdict.is_yes() || ground.declared.is_yes() && side.month.not_payable.is_some()
    }

    /// Why a typology or a pathway holds in the later month: what began since the earlier.
    fn began(&self, roster: Roster) -> Reason {
        let (before, after) = (self.before.ground(roster), self.after.ground(roster));
        let from = ground(roster, self.dossier, &self.after.month).and_then(|window| window.from);
        let new = from.filter(|from| from.day > self.before.month.month.last_day());
        if let Some(reason) = new.and_then(|from| Reason::began(from.cause)) {
            return reason;
        }
        if after.declared.is_yes() && !before.declared.is_yes() {
            return Reason::DeclaredByGp;
        }
        self.otherwise(&before, &after)
    }

    /// Why a typology or a pathway holds no more in the later month: what ended since the earlier.
    fn ended(&self, roster: Roster) -> Reason {
        let (before, after) = (self.before.ground(roster), self.after.ground(roster));
        let until = ground(roster, self.dossier, &self.before.month).and_then(|window| window.until);
        let over = until.filter(|until| until.day < self.after.month.month.last_day());
        if let Some(reason) = over.and_then(|until| Reason::ended(until.cause)) {
            return reason;
        }
        if before.declared.is_yes() && !after.declared.is_yes() && !before.verdict.is_yes() {
            return Reason::GpDeclarationEnded;
        }
        self.otherwise(&before, &after)
    }

    /// What no day tells: other rules, another measure, a datum that lacks.
    fn otherwise(&self, before: &Ground<'_>, after: &Ground<'_>) -> Reason {
        let uses = [before.uses, after.uses];
        if uses.into_iter().flatten().any(|uses| self.other_values(uses)) {
            return Reason::RulesChanged;
        }
        let new = after.evidence.iter().find(|evidence| !before.evidence.contains(evidence));
        match new {
            Some(evidence) => Reason::by_evidence(evidence.kind),
            None if after.verdict == Verdict::Unknown && !after.missing.is_empty() => Reason::DataMissing,
            None => Reason::DataChanged,
        }
    }

    /// Answers the reason, unless a parameter has another value in the later month.
    fn or_rules(&self, uses: &Uses, reason: Reason) -> Reason {
        if self.other_values(uses) { Reason::RulesChanged } else { reason }
    }

    fn other_values(&self, uses: &Uses) -> bool {
        let params = &self.rules().params;
        let (before, after) = (self.before.month.month.last_day(), self.after.month.month.last_day());
        uses.0.iter().any(|id| params.value(*id, before) != params.value(*id, after))
    }

    fn rules(&self) -> &Rules {
        self.dossier.rules()
    }
}

fn note(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.contains(&reason) {
        reasons.push(reason);
    }
}

fn or_else(mut reasons: Vec<Reason>, otherwise: Reason) -> Vec<Reason> {
    if reasons.is_empty() {
        reasons.push(otherwise);
    }
    reasons
}
