//! Who will soon no longer be a consommant.

use super::window::window_end;
use super::window::window_months;
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::rules::Rules;
use crate::domain::typologie::PatientMonth;

/// A payable patient whose last consultation will soon count no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaving {
    /// The last day of the window of the consultation.
    pub ends: Day,
    pub consulted: Day,
    /// The last month in which the consultation counts; the next one is not paid unless the patient
    /// is seen again.
    pub last_month: Month,
}

/// Answers whether a patient's consommant window ends within `days` of a day of the month; `None`
/// when it does not, or the patient is not payable anyway.
pub fn leaving(rules: &Rules, month: &PatientMonth, (on, days): (Day, i32)) -> Option<Leaving> {
    let consulted = month.consulted.filter(|_| month.not_payable.is_none())?;
    let last = month.month.last_day();
    let ends = window_end(rules, last, consulted)?;
    if ends > on.add_days(days) {
        return None;
    }
    // A month counts what was on or after the same day so many months before its end.
    let months = window_months(rules, last)?;
    let counts = |month: Month| month.last_day().add_months(-months) <= consulted;
    let last_month = if counts(ends.month()) { ends.month() } else { ends.month().add_months(-1) };
    Some(Leaving { ends, consulted, last_month })
}
