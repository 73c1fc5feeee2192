//! Statements: a month of a structure as it is issued, and what is adjusted of it afterwards.
//!
//! Owns: the rows of a statement (one per patient-month), its totals, the signed adjustments that
//! late data makes of a closed month, and which months a late fact can reach. A closed month is never
//! rewritten: what changes of it is a line of the next open one, which names the original line, before
//! and after. Must not know: where statements are kept, FHIR, the clock.
//!
//! The types here are stored for ever: fields are only ever added by a new format of the store.

mod adjust;
mod once;
mod reach;
mod reconcile;
mod rules;
mod summary;

pub use adjust::Adjustment;
pub use adjust::Cause;
pub use adjust::Change;
pub use adjust::Reason;
pub use adjust::adjust;
pub use once::Claim;
pub use once::first_of;
pub use reach::first_month;
pub use reach::reach;
pub use reconcile::Divergence;
pub use reconcile::Now;
pub use reconcile::Sides;
pub use rules::LateChange;
pub use rules::OncePerMonth;
pub use rules::StatementRules;
pub use summary::Envelope;
pub use summary::LineTotal;
pub use summary::Summary;
pub use summary::Tally;

use super::explain::doubts;
use super::finding::EvidenceRef;
use super::forfait::FmtTreatment;
use super::forfait::Forfait;
use super::forfait::LineCode;
use super::money::Centimes;
use super::rules::Rules;
use super::typologie::PatientMonth;
use super::verdict::RuleStatus;
use serde::{Deserialize, Serialize};

/// Code of the lines that adjust closed months, of CodeSystem/forfait-line.
pub const REGULARISATION: &str = "regularisation";

/// One patient-month: what is due of it, line by line, or why nothing is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthRow {
    pub patient: Box<str>,
    /// The patient that stands for this one, when it was merged.
    pub merged_into: Option<Box<str>>,
    /// Code of `NotPayable`; `None`: payable.
    pub not_payable: Option<Box<str>>,
    /// In the order of the forfait; never a zero line.
    pub lines: Vec<DueLine>,
    /// How the FMT stands beside a monthly forfait.
    pub fmt: Option<FmtTreatment>,
    /// Of an FMT pack: the year the line is an instalment of.
    pub year: Option<Year>,
    /// Weakest status among everything used.
    pub status: RuleStatus,
    pub fictional: bool,
    /// Stable codes of what a human should look at; after a colon, what it is about.
    pub doubts: Vec<Box<str>>,
    /// The same person is claimed by another structure for this month.
    pub contested: bool,
    /// Signed adjustments of closed months.
    pub adjustments: Vec<Adjustment>,
}

/// What is adjusted of closed months, and the weakest of what both sides rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjusted {
    pub lines: Vec<Adjustment>,
    pub status: RuleStatus,
    pub fictional: bool,
    /// What is doubtful in the months as they are now and was not when they were issued, each with its month.
    pub doubts: Vec<Box<str>>,
}

impl Default for Adjusted {
    fn default() -> Adjusted {
        Adjusted { lines: Vec::new(), status: RuleStatus::Official, fictional: false, doubts: Vec::new() }
    }
}

/// Answers the doubt of an adjustment that brings a line which rests on a declaration alone.
fn declared_only(adjustment: &Adjustment) -> Box<str> {
    format!("{DECLARED_ONLY}:{}, {}", adjustment.line, adjustment.month).into()
}

const DECLARED_ONLY: &str = "declared-only";

impl Adjusted {
    /// Adds what is adjusted of one closed month, which rests on the row as issued and as it is due.
    pub fn add(&mut self, lines: Vec<Adjustment>, issued: Option<&MonthRow>, due: &MonthRow) {
        let Some(month) = lines.first().map(|line| line.month) else { return };
        let rests_on_a_word =
            |line: &&Adjustment| due.lines.iter().any(|due| due.code == line.line && due.declared_only);
        self.doubts.extend(lines.iter().filter(rests_on_a_word).map(declared_only));
        let known = |doubt: &str| issued.is_some_and(|row| row.doubts.iter().any(|known| **known == *doubt));
        let new = due.doubts.iter().filter(|doubt| &***doubt != DECLARED_ONLY && !known(doubt.as_ref()));
        self.doubts.extend(new.map(|doubt| match doubt.contains(':') {
            true => format!("{doubt}, {month}").into(),
            false => format!("{doubt}:{month}").into(),
        }));
        for row in issued.into_iter().chain([due]) {
            self.status = self.status.max(row.status);
            self.fictional |= row.fictional;
        }
        self.lines.extend(lines);
    }
}

/// One line of a patient-month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DueLine {
    /// Code of CodeSystem/forfait-line.
    pub code: Box<str>,
    pub amount: Centimes,
    pub status: RuleStatus,
    pub declared_only: bool,
    pub evidence: Vec<EvidenceRef>,
}

/// The FMT year of an instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Year {
    pub year: i16,
    pub total: Centimes,
    /// Indicators nobody can decide from the catalogue: above 0 the total is partial.
    pub unknown_indicators: u32,
}

impl MonthRow {
    /// Answers the row of a priced patient-month, without any adjustment.
    pub fn of(
        patient: &str,
        merged_into: Option<&str>,
        month: &PatientMonth,
        due: &Forfait,
        rules: &Rules,
    ) -> MonthRow {
        let line = |line: &super::forfait::Line| DueLine {
            code: line_name(line.code, rules).0.into(),
            amount: line.amount,
            status: line.status,
            declared_only: line.declared_only,
            evidence: line.evidence.clone(),
        };
        let year = due.year.as_ref().map(|year| Year {
            year: year.year,
            total: year.total,
            unknown_indicators: year.unknown_indicators.len() as u32,
        });
        MonthRow {
            patient: patient.into(),
            merged_into: merged_into.map(Into::into),
            not_payable: due.not_payable.map(|reason| reason.code().into()),
            lines: due.lines.iter().map(line).collect(),
            fmt: due.fmt,
            year,
            status: due.status,
            fictional: due.fictional,
            doubts: doubts(month, due.not_payable).into_iter().map(Into::into).collect(),
            contested: false,
            adjustments: Vec::new(),
        }
    }

    /// Answers the row with the adjustments it carries; its figures rest on theirs too.
    pub fn adjusted_by(mut self, adjusted: Adjusted) -> MonthRow {
        self.doubts.extend(adjusted.doubts);
        MonthRow {
            adjustments: adjusted.lines,
            status: self.status.max(adjusted.status),
            fictional: self.fictional | adjusted.fictional,
            ..self
        }
    }

    /// Answers whether an adjustment it carries brings a line that rests on a declaration alone.
    pub fn is_declared_only(&self, adjustment: &Adjustment) -> bool {
        self.doubts.contains(&declared_only(adjustment))
    }

    /// Answers what the month itself comes to, adjustments of others apart.
    pub fn due(&self) -> Centimes {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// Answers what the adjustments come to.
    pub fn adjusted(&self) -> Centimes {
        self.adjustments.iter().map(Adjustment::amount).sum()
    }

    /// Answers what is to be paid: the month and the adjustments.
    pub fn total(&self) -> Centimes {
        self.due() + self.adjusted()
    }
}

/// Answers code and French label of a line.
pub fn line_name(code: LineCode, rules: &Rules) -> (&str, &str) {
    match code {
        LineCode::Socle => ("socle", "Part socle"),
        LineCode::Brick(n) => (&rules.typologies[n].id, &rules.typologies[n].label_fr),
        LineCode::Ecretement => ("ecretement", "Écrêtement au plafond mensuel"),
        LineCode::Fmt => ("fmt", "Forfait médecin traitant"),
    }
}

/// Answers code and French label of every line a tariff can make, in the order of a forfait, the
/// adjustments last.
pub fn line_names(rules: &Rules) -> Vec<(&str, &str)> {
    // Only one typology is outside the cap, and it is last in the catalogue; the order between the
    // cap and what is outside is told by each row.
    let bricks = (0..rules.typologies.len()).map(LineCode::Brick);
    let lines = [LineCode::Socle].into_iter().chain(bricks).chain([LineCode::Ecretement, LineCode::Fmt]);
    let names = lines.map(|code| line_name(code, rules));
    names.chain([(REGULARISATION, "Régularisation de mois clos")]).collect()
}

#[cfg(test)]
mod tests;
