//! The Invoice of a patient-month: as issued once the month is closed, a draft before.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::evaluate::{Evaluated, Question, View};
use super::super::failure::{Failure, Reason};
use super::super::once::{Bases, Rivals};
use super::amend::Presence;
use super::failure;
use super::ledger::{Closed, Ledger};
use super::{PROJECTION, is_ahead, projection};
use crate::config::Mode;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::forfait::Tariff;
use crate::domain::statement::Adjusted;
use crate::domain::statement::MonthRow;
use crate::domain::statement::line_names;
use crate::domain::typologie::PatientMonth;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render::InvoiceView;
use crate::fhir::render::Standing;
use std::sync::Arc;

/// A patient-month and what its figures rest on: all that an Invoice shows.
#[derive(Clone, Debug)]
pub struct Bill {
    pub structure: String,
    pub month: Month,
    pub row: MonthRow,
    pub tariff: Box<str>,
    pub rulebook: String,
    pub known_at: Instant,
    pub standing: Standing,
    pub names: Arc<Vec<(Box<str>, Box<str>)>>,
    /// Codes of CodeSystem/figure beside `fictional`.
    pub figures: Vec<&'static str>,
}

impl Bill {
    /// Hands over what the Invoice is rendered from.
    pub fn show<R>(&self, render: impl FnOnce(&MonthRow, &InvoiceView<'_>) -> R) -> R {
        let names: Vec<(&str, &str)> = self.names.iter().map(|(code, label)| (&**code, &**label)).collect();
        let view = InvoiceView {
            structure: &self.structure,
            month: self.month,
            tariff: &self.tariff,
            rulebook: &self.rulebook,
            known_at: self.known_at,
            standing: self.standing,
            names: &names,
            figures: &self.figures,
        };
        render(&self.row, &view)
    }
}

/// A patient whose months are asked for one after the other: what they share is read once.
pub struct Months<'a> {
    pub basis: &'a Basis,
    pub evaluated: &'a Evaluated,
    pub view: View<'a>,
    pub bases: Bases,
    pub rivals: Rivals,
}

impl Gateway {
    /// Loads a patient to be paid for. Where other structures know the person too, the answer rests on
    /// what they know, and its instant is that of the last commit of any of them.
    pub fn patient(&self, question: &Question) -> Result<(Basis, Evaluated), Failure> {
        let basis = self.basis_asked(question)?;
        let evaluated = self.evaluate_under(&basis, &question.patient)?;
        let Some(basis) = self.basis_of_claims(&basis, &evaluated, question.known_at)? else {
            return Ok((basis, evaluated));
        };
        let basis = self.by_named_rules(basis, question)?;
        let evaluated = self.evaluate_under(&basis, &question.patient)?;
        Ok((basis, evaluated))
    }

    /// Prepares the months of a patient.
    pub fn months<'a>(&self, basis: &'a Basis, evaluated: &'a Evaluated) -> Result<Months<'a>, Failure> {
        let bases = Bases::default();
        let rivals = self.rivals(&bases, basis, evaluated)?;
        Ok(Months { basis, evaluated, view: evaluated.view(), bases, rivals })
    }

    /// Answers what decides a month, once per month across structures.
    pub fn decided(&self, months: &Months<'_>, month: Month) -> Result<PatientMonth, Failure> {
        let mut decided = months.view.month(month);
        self.contest((&months.bases, months.basis), &months.view, &months.rivals, &mut decided).map_err(failure)?;
        Ok(decided)
    }

    /// Answers a month of a patient under a tariff: as it was issued, when it was closed under it,
    /// else a draft, which carries the adjustments of closed months if it is the next to be closed.
    pub fn bill(&self, months: &Months<'_>, month: Month, tariff: Option<&str>) -> Result<Bill, Failure> {
        let ledger = self.ledger(months.basis)?;
        // By rules that somebody names it is what would have been, never what was issued.
        let in_force = !months.basis.named;
        if in_force
            && let Some(closed) = ledger.month(month).filter(|c| tariff.is_none_or(|asked| *asked == *c.summary.tariff))
            && let Some(row) = self.issued_row(closed, &months.evaluated.patient, &ledger.structure)?
        {
            return Ok(issued_bill(&ledger.structure, closed, row));
        }
        let tariff = self.tariff(tariff, &months.basis.rules)?;
        let (bases, basis) = (&months.bases, months.basis);
        let made = self.make((bases, basis), &months.view, &months.rivals, (month, tariff));
        let mut row = made.map_err(failure)?;
        row = row.adjusted_by(self.carried(months, &ledger, (month, tariff))?);
        if row.fictional && self.policy.mode == Mode::Production {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])));
        }
        Ok(draft_bill(basis, month, row, &tariff.id))
    }

    /// Answers what the month to be closed next has for a patient that was deleted: the adjustments of
    /// what it was paid; `None` without any.
    pub(super) fn deleted_bill(
        &self,
        basis: &Basis,
        evaluated: &Evaluated,
        month: Month,
    ) -> Result<Option<Bill>, Failure> {
        let ledger = self.ledger(basis)?;
        let Some(amending) = self.amending(basis, &ledger).map_err(failure)? else { return Ok(None) };
        let bases = Bases::default();
        let rivals = self.rivals(&bases, basis, evaluated)?;
        let about = (evaluated, Presence::Deleted);
        let adjusted = self.adjustments(&amending, (&bases, basis), about, &rivals).map_err(failure)?;
        if adjusted.lines.is_empty() {
            return Ok(None);
        }
        let row = super::deleted(evaluated).adjusted_by(adjusted);
        let tariff = self.tariff(None, &basis.rules)?;
        Ok(Some(draft_bill(basis, month, row, &tariff.id)))
    }

    /// Answers whether a month under a tariff is drawn up with the adjustments of closed months.
    pub(in crate::app) fn carries_adjustments(
        &self,
        basis: &Basis,
        ledger: &Ledger,
        (month, tariff): (Month, &Tariff),
    ) -> bool {
        let is_default = self.policy.tariff.as_deref().is_none_or(|default| *default == *tariff.id);
        !basis.named && ledger.next() == Some(month) && is_default
    }

    /// Answers the adjustments of closed months that the draft of a month carries.
    pub(in crate::app) fn carried(
        &self,
        months: &Months<'_>,
        ledger: &Arc<Ledger>,
        place: (Month, &Tariff),
    ) -> Result<Adjusted, Failure> {
        if !self.carries_adjustments(months.basis, ledger, place) {
            return Ok(Adjusted::default());
        }
        let amending = self.amending(months.basis, ledger).map_err(failure)?;
        let Some(amending) = amending else { return Ok(Adjusted::default()) };
        let bases = (&months.bases, months.basis);
        self.adjustments(&amending, bases, (months.evaluated, Presence::Here), &months.rivals).map_err(failure)
    }
}

fn draft_bill(basis: &Basis, month: Month, row: MonthRow, tariff: &str) -> Bill {
    let names = line_names(&basis.rules.rulebook.rules);
    let names = names.into_iter().map(|(code, label)| (code.into(), label.into()));
    let figures = projection(month, basis.known_at).into_iter().chain(basis.named.then_some("simulated")).collect();
    Bill {
        structure: basis.structure.clone(),
        month,
        row,
        tariff: tariff.into(),
        rulebook: basis.rules.digest.clone(),
        known_at: basis.known_at,
        standing: Standing::Draft,
        names: Arc::new(names.collect()),
        figures,
    }
}

/// Answers a patient-month as it was issued.
pub(super) fn issued_bill(structure: &str, closed: &Closed, row: MonthRow) -> Bill {
    let summary = &closed.summary;
    let standing = Standing::Issued(closed.issued.known());
    let names = summary.names.iter().map(|(code, label)| (code.clone(), label.clone())).collect();
    Bill {
        structure: structure.to_owned(),
        month: summary.month,
        row,
        tariff: summary.tariff.clone(),
        rulebook: crate::fhir::render::hex(&summary.rulebook),
        known_at: summary.known_at,
        standing,
        names: Arc::new(names),
        figures: if is_ahead(summary.month, standing, summary.known_at) { vec![PROJECTION] } else { Vec::new() },
    }
}
