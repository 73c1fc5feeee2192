//! What late data makes of a closed month: signed lines, each with before, after and the reason.

use super::LateChange;
use super::MonthRow;
use crate::domain::calendar::Month;
use crate::domain::fact::Kind;
use crate::domain::finding::EvidenceRef;
use crate::domain::money::Centimes;
use serde::{Deserialize, Serialize};

/// How many resource versions one adjustment cites at most.
const CITED: usize = 8;

/// One line of a closed month, changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The closed month.
    pub month: Month,
    /// Code of the line, of CodeSystem/forfait-line.
    pub line: Box<str>,
    /// What was paid for the line until now: as issued, and adjusted since.
    pub before: Centimes,
    /// What is due for it with what is known now.
    pub after: Centimes,
    pub reason: Reason,
    pub causes: Vec<Cause>,
}

impl Adjustment {
    /// Answers what is to be paid, or taken back when it is negative.
    pub fn amount(&self) -> Centimes {
        self.after - self.before
    }
}

/// What made a closed month change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A resource version that came, or was withdrawn, after the month was last computed.
    Version(EvidenceRef),
    /// A rulebook whose files apply to closed months: its SHA-256.
    Rulebook([u8; 32]),
}

/// Why a line of a closed month changed. The order is stored: add at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    Death,
    Merge,
    Identity,
    Enrolment,
    Consultation,
    PaidElsewhere,
    PatientDeleted,
    /// A typology holds now, or no longer.
    Typologie,
    /// The same line, another amount; or the cap that follows from the others.
    Amount,
    /// Rules or amounts that apply to closed months.
    Rules,
}

impl Reason {
    pub const ALL: [Reason; 10] = [
        Reason::Death,
        Reason::Merge,
        Reason::Identity,
        Reason::Enrolment,
        Reason::Consultation,
        Reason::PaidElsewhere,
        Reason::PatientDeleted,
        Reason::Typologie,
        Reason::Amount,
        Reason::Rules,
    ];

    /// Answers the code of CodeSystem/adjustment-reason.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Death => "death",
            Reason::Merge => "merge",
            Reason::Identity => "identity",
            Reason::Enrolment => "enrolment",
            Reason::Consultation => "consultation",
            Reason::PaidElsewhere => "paid-elsewhere",
            Reason::PatientDeleted => "patient-deleted",
            Reason::Typologie => "typologie",
            Reason::Amount => "amount",
            Reason::Rules => "rules",
        }
    }

    pub fn label_fr(self) -> &'static str {
        match self {
            Reason::Death => "décès",
            Reason::Merge => "fusion de deux dossiers",
            Reason::Identity => "identité",
            Reason::Enrolment => "inscription ou déclaration",
            Reason::Consultation => "consultation",
            Reason::PaidElsewhere => "payé par une autre structure",
            Reason::PatientDeleted => "dossier supprimé",
            Reason::Typologie => "typologie",
            Reason::Amount => "montant",
            Reason::Rules => "règles ou tarif applicables aux mois clos",
        }
    }

    /// Answers what kind of late change it is: parameters say which of them adjust closed months.
    pub fn change(self) -> LateChange {
        match self {
            Reason::Merge | Reason::Identity => LateChange::Identity,
            Reason::PaidElsewhere => LateChange::OtherStructure,
            Reason::Rules => LateChange::Rules,
            _ => LateChange::Data,
        }
    }

    /// Answers what a reason not to pay says, by its code.
    fn of_refusal(code: &str) -> Option<Reason> {
        Some(match code {
            "deceased" | "death-date-partial" => Reason::Death,
            "merged" => Reason::Merge,
            "identity-missing" => Reason::Identity,
            "not-enrolled" => Reason::Enrolment,
            "profession-unknown" | "not-consuming" => Reason::Consultation,
            "paid-elsewhere" => Reason::PaidElsewhere,
            "deleted" => Reason::PatientDeleted,
            _ => return None,
        })
    }

    /// Answers the kinds of resource that can be its cause.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Reason::Death | Reason::Merge | Reason::Identity | Reason::PatientDeleted => &[Kind::Patient],
            Reason::Enrolment => &[Kind::CareTeam, Kind::EpisodeOfCare, Kind::Patient],
            Reason::Consultation => &[Kind::Encounter, Kind::Practitioner, Kind::PractitionerRole],
            Reason::PaidElsewhere | Reason::Typologie | Reason::Amount | Reason::Rules => &[],
        }
    }
}

/// What changed since the month was last computed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Versions that came since, in order.
    pub versions: Vec<EvidenceRef>,
    /// Versions of the directory that came since, where it tells otherwise now.
    pub directory: Vec<EvidenceRef>,
    /// Why the month was last adjusted, if it was.
    pub last: Option<Reason>,
    /// The rulebook that now applies to the month, if it is another.
    pub rulebook: Option<[u8; 32]>,
}

/// Answers the adjustments that bring what was paid for a closed month to what is due.
///
/// `issued` is the row as it was issued, `paid` what was paid for each line since, adjustments
/// included, and `due` the row as it is with what is known now.
pub fn adjust(
    month: Month,
    issued: Option<&MonthRow>,
    paid: &[(Box<str>, Centimes)],
    due: &MonthRow,
    change: &Change,
) -> Vec<Adjustment> {
    let mut lines: Vec<&str> = paid.iter().map(|(code, _)| &**code).collect();
    for line in &due.lines {
        if !lines.contains(&&*line.code) {
            lines.push(&line.code);
        }
    }
    let mut out = Vec::new();
    for line in lines {
        let before = paid.iter().filter(|(code, _)| **code == *line).map(|(_, amount)| *amount).sum();
        let after = due.lines.iter().filter(|due| *due.code == *line).map(|due| due.amount).sum();
        if before != after {
            let reason = reason(issued, paid, due, (line, before, after), change);
            let causes = causes(issued, due, line, reason, change);
            out.push(Adjustment { month, line: line.into(), before, after, reason, causes });
        }
    }
    out
}

fn reason(
    issued: Option<&MonthRow>,
    paid: &[(Box<str>, Centimes)],
    due: &MonthRow,
    (line, before, after): (&str, Centimes, Centimes),
    change: &Change,
) -> Reason {
    if let Some(refused) = due.not_payable.as_deref() {
        return Reason::of_refusal(refused).unwrap_or(Reason::Amount);
    }
    if change.versions.is_empty() && change.directory.is_empty() && change.rulebook.is_some() {
        return Reason::Rules;
    }
    let nothing_paid = paid.iter().all(|(_, amount)| *amount == Centimes::ZERO);
    let was_refused = issued.and_then(|row| row.not_payable.as_deref()).and_then(Reason::of_refusal);
    if nothing_paid {
        // What took the month back, or kept it from being paid, is what no longer holds.
        return change.last.or(was_refused).unwrap_or(Reason::Enrolment);
    }
    let came_or_went = before == Centimes::ZERO || after == Centimes::ZERO;
    if came_or_went && line != "ecretement" { Reason::Typologie } else { Reason::Amount }
}

fn causes(issued: Option<&MonthRow>, due: &MonthRow, line: &str, reason: Reason, change: &Change) -> Vec<Cause> {
    let evidence_of = |row: &MonthRow| -> Vec<EvidenceRef> {
        row.lines.iter().filter(|due| *due.code == *line).flat_map(|due| due.evidence.clone()).collect()
    };
    let mut grounds = evidence_of(due);
    grounds.extend(issued.map(evidence_of).unwrap_or_default());
    let same = |version: &EvidenceRef| grounds.iter().any(|g| g.kind == version.kind && g.id == version.id);
    let of_kind = |version: &EvidenceRef| reason.kinds().contains(&version.kind);
    // The narrowest that says something: what the line rests on, what the reason is about, all.
    let mut found: Vec<&EvidenceRef> = change.versions.iter().filter(|v| of_kind(v) && same(v)).collect();
    if found.is_empty() {
        found =
            change.versions.iter().filter(|v| if reason.kinds().is_empty() { same(v) } else { of_kind(v) }).collect();
    }
    if found.is_empty() {
        found = change.directory.iter().filter(|v| of_kind(v)).collect();
    }
    if found.is_empty() {
        found = change.versions.iter().chain(&change.directory).collect();
    }
    let versions = found.into_iter().take(CITED).cloned().map(Cause::Version);
    versions.chain(change.rulebook.map(Cause::Rulebook)).collect()
}
