//! Explains a month, and says when something changes by itself.

use super::failure::{Failure, Reason};
use super::{Closed, Gateway, Months, Question, View};
use crate::config::Mode;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::explain;
use crate::domain::explain::Explanation;
use crate::domain::explain::Language;
use crate::domain::finding::EvidenceRef;
use crate::domain::forfait;
use crate::domain::forfait::Tariff;
use crate::domain::outlook;
use crate::domain::outlook::Money;
use crate::domain::outlook::Turn;
use crate::domain::statement::MonthRow;
use crate::domain::typologie::PatientMonth;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render::Stamp;

/// How many months ahead are looked at when nobody says.
pub const HORIZON: u16 = 24;

/// How many months ahead may be looked at: every day of them is evaluated when nothing changes.
pub const LONGEST_HORIZON: u16 = 60;

/// A month explained.
pub struct Explained {
    /// In one language, with the next change of the money.
    pub text: String,
    pub explanation: Explanation,
    /// The first month, within `HORIZON`, whose money is another.
    pub next: Option<Turn>,
    pub stamp: Stamp,
}

/// When money and card change with no new data.
pub struct Outlook {
    pub money: Option<Turn>,
    pub card: Option<Turn>,
    pub stamp: Stamp,
}

impl Gateway {
    /// Explains a month under a tariff: the trace, its text in one language, and what comes next.
    pub fn explain(
        &self,
        question: &Question,
        month: Month,
        tariff: Option<&str>,
        language: Language,
    ) -> Result<Explained, Failure> {
        let (basis, evaluated) = self.patient(question)?;
        if let Some(closed) = self.ledger(&basis)?.month(month)
            && tariff.is_none_or(|asked| *asked == *closed.summary.tariff)
        {
            return self.explain_closed(question, closed, language);
        }
        let months = self.months(&basis, &evaluated)?;
        let bill = self.bill(&months, month, tariff);
        // Where no amount can be told, the steps say why.
        let row = bill.ok().map(|bill| bill.row);
        self.explain_open(&months, (month, tariff, language), row.as_ref())
    }

    /// Explains a closed month as it was issued: with what was known then, by the rules of then.
    fn explain_closed(&self, question: &Question, closed: &Closed, language: Language) -> Result<Explained, Failure> {
        let Closed { summary, issued, .. } = closed;
        let then = Question { known_at: Some(summary.known_at), ..question.clone() };
        let (basis, evaluated) = self.patient(&then)?;
        let months = self.months(&basis, &evaluated)?;
        let row = self.issued_row(closed, &question.patient, &question.structure)?;
        let asked = (summary.month, Some(&*summary.tariff), language);
        let mut told = self.explain_open(&months, asked, row.as_ref())?;
        let (month, at) = (summary.month, issued.known().paris_day());
        told.text.insert_str(
            0,
            &match language {
                Language::Fr => format!("{month} : mois clos le {at}, expliqué tel qu’il a été émis.\n"),
                Language::En => format!("{month}: month closed on {at}, explained as it was issued.\n"),
            },
        );
        Ok(told)
    }

    fn explain_open(
        &self,
        months: &Months<'_>,
        (month, tariff, language): (Month, Option<&str>, Language),
        invoice: Option<&MonthRow>,
    ) -> Result<Explained, Failure> {
        let (view, evaluated) = (&months.view, months.evaluated);
        let patient_month = self.decided(months, month)?;
        let tariff = self.tariff(tariff, &evaluated.rules)?;
        let mut explanation = view.explanation(&patient_month, tariff)?;
        let adjusting = invoice.filter(|row| !row.adjustments.is_empty());
        if let Some(row) = adjusting {
            explanation = explanation.adjusted_by(row);
        }
        let next = view.next_money(Some(tariff), (month.last_day(), HORIZON));
        let stamp = evaluated.stamp(Some(&tariff.id), explanation.weakest());
        let mut text = explanation.text(language);
        let late = adjusting.map_or(&[][..], |row| &row.adjustments);
        text.push_str(&explain::adjustments(late, evaluated.rules(), language));
        text.push_str(&outlook::sentence(next.as_ref(), HORIZON, evaluated.rules(), language));
        Ok(Explained { text, explanation, next, stamp })
    }

    /// Answers when the month's money and the prevention card next change, with no new data. Without
    /// a tariff asked for or configured, amounts are left out and the rest is told.
    pub fn outlook(&self, view: &View<'_>, tariff: Option<&str>, asked: (Day, u16)) -> Result<Outlook, Failure> {
        let of = view.of;
        let tariff = match tariff.or(self.policy.tariff.as_deref()) {
            Some(id) => Some(self.tariff(Some(id), &of.rules)?),
            None => None,
        };
        let now = Money::of(&view.dossier, &view.scope, asked.0.month(), tariff);
        view.refuse_fictional(&now, tariff)?;
        let card = view.card(asked.0);
        let money = now.forfait().map(|forfait| forfait.status);
        let typologies = now.month.typologies.iter().map(|result| result.rule_status);
        let weakest = card.items.iter().map(|item| item.rule_status).chain(typologies).chain(money);
        let stamp = of.stamp(tariff.map(|tariff| &*tariff.id), weakest.max().unwrap_or(RuleStatus::Official));
        Ok(Outlook { money: view.next_money(tariff, asked), card: outlook::next_card(&view.dossier, asked), stamp })
    }
}

impl View<'_> {
    /// Answers the first month whose money is not that of the day's.
    fn next_money(&self, tariff: Option<&Tariff>, asked: (Day, u16)) -> Option<Turn> {
        outlook::next_money(&self.dossier, &self.scope, tariff, asked)
    }

    /// Answers every resource version that decides a month: life, identity, enrolment, consultations,
    /// typologies and, under a tariff, its lines.
    pub fn evidence(&self, patient_month: &PatientMonth, tariff: Option<&Tariff>) -> Vec<EvidenceRef> {
        match tariff.map(|tariff| forfait::price(&self.dossier, &self.scope, patient_month, tariff)) {
            Some(priced) => explain::explain(&self.dossier, patient_month, &priced).evidence(),
            None => explain::evidence(&self.dossier, patient_month),
        }
    }

    /// In production an invented amount is refused.
    pub(super) fn refuse_fictional(&self, money: &Money, tariff: Option<&Tariff>) -> Result<(), Failure> {
        match tariff {
            Some(tariff) if self.of.mode == Mode::Production && money.is_fictional() => {
                Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])))
            }
            _ => Ok(()),
        }
    }
}
