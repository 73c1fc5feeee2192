//! Reconciliation: what a payer has for a patient-month, what was issued for it, and what it comes to
//! with what is known now.

use crate::domain::money::Centimes;

/// A patient-month of a closed month as three see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// The payer's amount; `None`: not in its list.
    pub theirs: Option<Centimes>,
    /// The total of the Invoice; `None`: there is none.
    pub issued: Option<Centimes>,
    /// What the Invoice would come to now.
    pub now: Now,
    /// What later Invoices already adjusted of the month.
    pub adjusted: Centimes,
}

/// What a patient-month comes to with what is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    Known(Centimes),
    /// No amount can be told.
    Unknown,
}

/// Why the three differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Divergence {
    PatientUnknown,
    PatientAmbiguous,
    DuplicateLine,
    MonthOpen,
    NotOurs,
    NotTheirs,
    AmountDiffers,
    PaidLate,
    LateData,
    AlreadyAdjusted,
    NowUnknown,
}

impl Divergence {
    pub const ALL: [Divergence; 11] = [
        Divergence::PatientUnknown,
        Divergence::PatientAmbiguous,
        Divergence::DuplicateLine,
        Divergence::MonthOpen,
        Divergence::NotOurs,
        Divergence::NotTheirs,
        Divergence::AmountDiffers,
        Divergence::PaidLate,
        Divergence::LateData,
        Divergence::AlreadyAdjusted,
        Divergence::NowUnknown,
    ];

    /// Answers the code of CodeSystem/reconcile-reason.
    pub fn code(self) -> &'static str {
        match self {
            Divergence::PatientUnknown => "patient-unknown",
            Divergence::PatientAmbiguous => "patient-ambiguous",
            Divergence::DuplicateLine => "duplicate-line",
            Divergence::MonthOpen => "month-open",
            Divergence::NotOurs => "not-ours",
            Divergence::NotTheirs => "not-theirs",
            Divergence::AmountDiffers => "amount-differs",
            Divergence::PaidLate => "paid-late",
            Divergence::LateData => "late-data",
            Divergence::AlreadyAdjusted => "already-adjusted",
            Divergence::NowUnknown => "now-unknown",
        }
    }
}

impl Sides {
    /// Answers why the three differ; `None` when they do not. Nothing listed and nothing issued are
    /// worth 0 here: of a closed month it is known that nothing was due.
    pub fn divergence(&self) -> Option<Divergence> {
        let (theirs, issued) = (self.theirs.unwrap_or_default(), self.issued.unwrap_or_default());
        let nothing_now = matches!(self.now, Now::Unknown | Now::Known(Centimes::ZERO));
        if theirs != issued {
            return Some(match (self.theirs, self.issued) {
                (None, _) => Divergence::NotTheirs,
                (_, None) if nothing_now => Divergence::NotOurs,
                _ if self.now == Now::Known(theirs) => Divergence::PaidLate,
                _ => Divergence::AmountDiffers,
            });
        }
        match self.now {
            Now::Known(now) if now == issued => None,
            Now::Known(now) if now == issued + self.adjusted => Some(Divergence::AlreadyAdjusted),
            Now::Known(_) => Some(Divergence::LateData),
            // Of what neither of us lists nothing is claimed.
            Now::Unknown if self.theirs.is_none() && self.issued.is_none() => None,
            Now::Unknown => Some(Divergence::NowUnknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_differ_has_its_reason() {
        let euros = |n: i64| Some(Centimes(n * 100));
        let known = |n: i64| Now::Known(Centimes(n * 100));
        // Theirs, issued, now, adjusted since; the reason.
        let cases = [
            (euros(20), euros(20), known(20), 0, None),
            (None, None, known(0), 0, None),
            (None, euros(0), known(0), 0, None),
            (euros(0), None, known(0), 0, None),
            (euros(0), euros(0), known(0), 0, None),
            (euros(20), None, known(0), 0, Some(Divergence::NotOurs)),
            (euros(20), None, Now::Unknown, 0, Some(Divergence::NotOurs)),
            (euros(20), None, known(20), 0, Some(Divergence::PaidLate)),
            (euros(20), None, known(12), 0, Some(Divergence::AmountDiffers)),
            (None, euros(20), known(20), 0, Some(Divergence::NotTheirs)),
            (None, euros(20), known(0), 0, Some(Divergence::NotTheirs)),
            (euros(20), euros(0), known(0), 0, Some(Divergence::AmountDiffers)),
            (euros(20), euros(12), known(12), 0, Some(Divergence::AmountDiffers)),
            (euros(20), euros(12), known(20), 0, Some(Divergence::PaidLate)),
            (euros(20), euros(12), known(20), 8, Some(Divergence::PaidLate)),
            (euros(20), euros(12), known(8), 0, Some(Divergence::AmountDiffers)),
            (euros(20), euros(20), known(28), 0, Some(Divergence::LateData)),
            (euros(20), euros(20), known(28), 8, Some(Divergence::AlreadyAdjusted)),
            (euros(20), euros(20), known(28), 4, Some(Divergence::LateData)),
            (None, None, known(8), 0, Some(Divergence::LateData)),
            (None, None, known(8), 8, Some(Divergence::AlreadyAdjusted)),
            (None, euros(0), known(8), 0, Some(Divergence::LateData)),
            (euros(20), euros(20), Now::Unknown, 0, Some(Divergence::NowUnknown)),
            (None, None, Now::Unknown, 0, None),
        ];
        for (theirs, issued, now, adjusted, want) in cases {
            let sides = Sides { theirs, issued, now, adjusted: Centimes(adjusted * 100) };
            assert_eq!(sides.divergence(), want, "{sides:?}");
        }
    }

    #[test]
    fn each_reason_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<&str> = Divergence::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Divergence::ALL.len());
    }
}
