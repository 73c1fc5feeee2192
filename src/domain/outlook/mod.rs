//! What changes: between two readings of a month or of a card, and by itself as time passes.
//!
//! Owns: the comparison of two months and of two prevention cards, the first day from which they
//! differ with no new fact, and why. Every day of the card and every month of money is read on the
//! way: ages, windows, periods, seasons and dated parameters meet in too many ways for a shorter
//! list of days to be surely whole. Must not know: what any rule concludes, FHIR.

mod cause;
mod change;
#[cfg(test)]
mod tests;
mod text;

pub use cause::Cause;
pub use change::{Change, Standing};
pub use text::{change_text, sentence};

use super::calendar::Day;
use super::calendar::Month;
use super::condition::BirthReading;
use super::dossier::Dossier;
use super::enrolment::NotPayable;
use super::enrolment::StructureScope;
use super::fmt::FmtYear;
use super::forfait;
use super::forfait::Forfait;
use super::forfait::PricingError;
use super::forfait::Tariff;
use super::money::Centimes;
use super::prevention;
use super::prevention::Card;
use super::statement::Adjusted;
use super::statement::Adjustment;
use super::typologie;
use super::typologie::PatientMonth;
use cause::{Search, Window};

/// A month with what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Money {
    pub month: PatientMonth,
    /// `None`: no tariff was asked for; who is payable and which typologies hold is told all the same.
    pub priced: Option<Result<Forfait, PricingError>>,
    /// What it carries of closed months; nothing where only the month itself is asked about.
    pub adjusted: Adjusted,
}

impl Money {
    /// Decides a month and prices it.
    pub fn of(dossier: &Dossier<'_>, scope: &StructureScope<'_>, month: Month, tariff: Option<&Tariff>) -> Money {
        let month = typologie::patient_month(dossier, scope, month);
        let priced = tariff.map(|tariff| forfait::price(dossier, scope, &month, tariff));
        Money { month, priced, adjusted: Adjusted::default() }
    }

    /// Answers the forfait, where there is one.
    pub fn forfait(&self) -> Option<&Forfait> {
        self.priced.as_ref().and_then(|priced| priced.as_ref().ok())
    }

    /// Answers what is to be paid, adjustments of closed months included, where it can be told.
    pub fn total(&self) -> Option<Centimes> {
        let adjusted: Centimes = self.adjusted.lines.iter().map(Adjustment::amount).sum();
        self.forfait().map(|forfait| forfait.total + adjusted)
    }

    /// Answers whether an amount it rests on is fictional.
    pub fn is_fictional(&self) -> bool {
        self.adjusted.fictional || self.forfait().is_some_and(|forfait| forfait.fictional)
    }

    /// Answers the year of which the month pays an instalment, where there is one.
    pub fn year(&self) -> Option<&FmtYear> {
        self.forfait().and_then(|forfait| forfait.year.as_ref())
    }

    /// Answers the reason not to pay: the tariff's own, else that of every month.
    pub fn not_payable(&self) -> Option<NotPayable> {
        self.forfait().map_or(self.month.not_payable, |forfait| forfait.not_payable)
    }
}

/// One change with its reasons, never none.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub change: Change,
    pub causes: Vec<Cause>,
}

/// The first day from which something is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub date: Day,
    pub changes: Vec<Told>,
}

/// Answers what differs between two readings of a month, or between two months.
pub fn money_changes(before: &Money, after: &Money) -> Vec<Change> {
    change::money(before, after)
}

/// Answers which items of the card have another status.
pub fn card_changes(before: &Card, after: &Card) -> Vec<Change> {
    change::card(before, after)
}

/// Answers the first month after that of `from` whose money is not that of the month of `from`, if
/// its first day comes within so many months. The day is the first of that month.
pub fn next_money(
    dossier: &Dossier<'_>,
    scope: &StructureScope<'_>,
    tariff: Option<&Tariff>,
    (from, months): (Day, u16),
) -> Option<Turn> {
    let until = from.add_months(i32::from(months));
    let mut before = Money::of(dossier, scope, from.month(), tariff);
    let mut month = from.month().add_months(1);
    while month.first_day() <= until && month > before.month.month {
        let after = Money::of(dossier, scope, month, tariff);
        let changes = change::money(&before, &after);
        if !changes.is_empty() {
            let search = Search { dossier, window: Window::of_months(before.month.month, month), tariff };
            let causes =
                changes.into_iter().map(|change| Told { causes: search.of_money(&change, (&before, &after)), change });
            return Some(Turn { date: month.first_day(), changes: causes.collect() });
        }
        // What they rest on may differ: the reason is to be looked for from the month just before.
        before = after;
        month = month.add_months(1);
    }
    None
}

/// Answers the first day after `from` on which an item of the card has not the status it has on
/// `from`, if it comes within so many months.
pub fn next_card(dossier: &Dossier<'_>, (from, months): (Day, u16)) -> Option<Turn> {
    let until = from.add_months(i32::from(months));
    let mut before = prevention::card(dossier, from);
    while before.date < until {
        let day = before.date.add_days(1);
        let after = prevention::card(dossier, day);
        let changes = change::card(&before, &after);
        if !changes.is_empty() {
            let search =
                Search { dossier, window: Window::of_days(before.date, day, BirthReading::Card), tariff: None };
            let told =
                changes.into_iter().map(|change| Told { causes: search.of_card(&change, (&before, &after)), change });
            return Some(Turn { date: day, changes: told.collect() });
        }
        if day <= before.date {
            // The last day of the calendar has no next one.
            break;
        }
        before = after;
    }
    None
}
