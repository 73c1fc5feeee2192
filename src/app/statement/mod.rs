//! Statements: closing a month, what is adjusted of closed ones, and reading what was issued.

mod amend;
mod close;
mod draft;
mod find;
mod ledger;
mod now;

pub use amend::Amending;
pub use close::{Case, Close, Closing};
pub use draft::{Bill, Months};
pub use find::{After, Invoices, Wanted};
pub use ledger::{Closed, Ledger, Ledgers};
pub(in crate::app) use now::{Again, Looked};

use super::Gateway;
use super::basis::Basis;
use super::evaluate::{Evaluated, View};
use super::failure::Failure;
use super::once::{Bases, Rivals};
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::enrolment::NotPayable;
use crate::domain::forfait::MonthlyTariff;
use crate::domain::forfait::PricingError;
use crate::domain::forfait::Tariff;
use crate::domain::forfait::TariffKind;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::statement::Envelope;
use crate::domain::statement::MonthRow;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use crate::fhir::render::Standing;

/// Why a row could not be made.
#[derive(Debug)]
pub enum Unmade {
    /// No amount can be told.
    Unpriced(PricingError),
    Failed(Failure),
}

impl From<Failure> for Unmade {
    fn from(failure: Failure) -> Unmade {
        Unmade::Failed(failure)
    }
}

impl Gateway {
    /// Decides and prices a month of a patient, once per month across structures.
    pub(super) fn make(
        &self,
        (bases, basis): (&Bases, &Basis),
        view: &View<'_>,
        rivals: &Rivals,
        (month, tariff): (Month, &Tariff),
    ) -> Result<MonthRow, Unmade> {
        let mut decided = view.month(month);
        let contested = self.contest((bases, basis), view, rivals, &mut decided)?;
        let forfait = view.priced(&decided, tariff).map_err(Unmade::Unpriced)?;
        let rules = &basis.rules.rulebook.rules;
        let mut row = MonthRow::of(&view.of.patient, view.of.merged_into(), &decided, &forfait, rules);
        row.contested = contested;
        if contested {
            row.doubts.push("identity-conflict".into());
        }
        if row.not_payable.is_none() {
            let open = decided.typologies.iter().filter(|result| result.eligible == Verdict::Unknown && !result.paid);
            let open = open.map(|result| format!("{TYPOLOGY_UNKNOWN}:{}", rules.typologies[result.typologie].id));
            row.doubts.extend(open.map(Into::into));
        }
        Ok(row)
    }
}

/// A doubt about one typology, which its id follows.
const TYPOLOGY_UNKNOWN: &str = "typology-unknown";

/// Code of CodeSystem/figure for states of days that were still to come.
const PROJECTION: &str = "projection";

/// Code of CodeSystem/figure for a year some of which nobody can decide.
pub(in crate::app) const PARTIAL: &str = "partial";

/// Answers the code of CodeSystem/figure of a month drawn up before it is over.
pub(in crate::app) fn projection(month: Month, known_at: Instant) -> Option<&'static str> {
    is_ahead(month, Standing::Draft, known_at).then_some(PROJECTION)
}

/// Answers whether a month was not over when it was closed, or has days to come when it is drawn up.
fn is_ahead(month: Month, standing: Standing, known_at: Instant) -> bool {
    match standing {
        Standing::Draft => month.last_day() > known_at.paris_day(),
        // Closed on its last day, it did not wait for what that day still brought.
        Standing::Issued(at) => month.last_day() >= at.paris_day(),
    }
}

/// Answers why nothing can be told where a parameter has no known value.
pub(super) fn unknown(rules: &Rules, param: ParamId, month: Month) -> Unmade {
    Unmade::Unpriced(PricingError::AmountUnknown { param: rules.params.get(param).id.clone(), month })
}

/// Answers the refusal of a question whose answer no amount can be told for.
fn failure(unmade: Unmade) -> Failure {
    match unmade {
        Unmade::Unpriced(error) => super::evaluate::pricing(&error),
        Unmade::Failed(failure) => failure,
    }
}

/// Answers the complementary envelope of a structure for a month, where its tariff has one.
fn envelope(rules: &Rules, tariff: &Tariff, structure: &str, month: Month) -> Result<Option<Envelope>, Unmade> {
    let TariffKind::Monthly(MonthlyTariff { envelope: Some(envelope), .. }) = &tariff.kind else { return Ok(None) };
    let share = envelope.share(rules, structure, month).map_err(Unmade::Unpriced)?;
    Ok(share.map(|share| Envelope { year: share.year, month: share.amount, status: share.status }))
}

/// The month of a patient that was deleted: nothing is due.
fn deleted(evaluated: &Evaluated) -> MonthRow {
    MonthRow {
        patient: evaluated.patient.clone(),
        merged_into: None,
        not_payable: Some(NotPayable::Deleted.code().into()),
        lines: Vec::new(),
        fmt: None,
        year: None,
        status: RuleStatus::Official,
        fictional: false,
        doubts: Vec::new(),
        contested: false,
        adjustments: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
