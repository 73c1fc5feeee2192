//! Closing a month: every patient-month computed, checked, and issued as one record of the journal.
//!
//! The whole is computed as of one instant; what is received meanwhile is late data, and adjusts the
//! month when the next one is closed. A crash leaves the month open or closed, never between.

use super::super::Gateway;
use super::super::basis::Basis;
use super::super::evaluate::Found;
use super::super::failure::{Failure, Reason};
use super::super::once::Bases;
use super::super::sweep::Done;
use super::amend::Presence;
use super::{Amending, Closed, Ledger, Unmade};
use crate::config::Mode;
use crate::domain::calendar::Month;
use crate::domain::forfait::PricingError;
use crate::domain::forfait::Tariff;
use crate::domain::statement::Adjusted;
use crate::domain::statement::Envelope;
use crate::domain::statement::MonthRow;
use crate::domain::statement::Summary;
use crate::domain::statement::Tally;
use crate::domain::statement::line_names;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::store;
use crate::store::CommitError;
use crate::store::Head;
use std::sync::Arc;

/// What is to be closed, by whom.
#[derive(Clone, Debug)]
pub struct Close {
    pub structure: String,
    pub month: Month,
    pub tariff: Option<String>,
    pub by: String,
}

/// One patient a human should look at: a code, and whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub code: Box<str>,
    /// `None`: it is about the month as a whole.
    pub patient: Option<Box<str>>,
    /// Id of the parameter or code of the datum that is missing.
    pub about: Option<Box<str>>,
}

/// A month as it would be closed.
pub struct Closing {
    pub month: Month,
    pub tariff: Box<str>,
    pub basis: Basis,
    pub rows: Vec<MonthRow>,
    pub tally: Tally,
    pub envelope: Option<Envelope>,
    /// While there is one the month cannot be closed.
    pub blocking: Vec<Case>,
    ledger: Arc<Ledger>,
    head: Head,
}

impl Case {
    fn of(code: &str, patient: Option<&str>, about: Option<&str>) -> Case {
        Case { code: code.into(), patient: patient.map(Into::into), about: about.map(Into::into) }
    }
}

/// What a patient brings to a closing.
enum Brought {
    Row(MonthRow),
    Blocked(Case),
}

impl Gateway {
    /// Computes a month as it would be closed, with all that speaks against it. Nothing is stored.
    pub fn closing(&self, close: &Close, done: Done<'_>) -> Result<Closing, Failure> {
        let head = self.store.head();
        let basis = self.basis_at(&close.structure, head.known, true)?;
        let ledger = self.ledger(&basis)?;
        let tariff = self.tariff(close.tariff.as_deref(), &basis.rules)?;
        let mut blocking = self.refusals(close, &ledger)?;
        let (rows, cases) = self.rows(&basis, &ledger, (close.month, tariff), done)?;
        blocking.extend(cases);
        let tally = Tally::of(rows.iter(), &line_names(&basis.rules.rulebook.rules));
        if tally.fictional && self.policy.mode == Mode::Production {
            blocking.push(Case::of("amount-fictional", None, Some(&tariff.id)));
        }
        let envelope = match super::envelope(&basis.rules.rulebook.rules, tariff, &close.structure, close.month) {
            Ok(envelope) => envelope,
            Err(unmade) => {
                blocking.push(blocked(unmade, None)?);
                None
            }
        };
        let broken = ledger.closed.iter().filter(|closed| closed.broken).map(|closed| closed.summary.month.to_string());
        blocking.extend(broken.map(|month| Case::of("rules-incompatible", None, Some(&month))));
        let (month, tariff) = (close.month, tariff.id.clone());
        Ok(Closing { month, tariff, rows, tally, envelope, blocking, ledger, head, basis })
    }

    /// Computes every patient-month of a structure, with what of them cannot be told.
    fn rows(
        &self,
        basis: &Basis,
        ledger: &Arc<Ledger>,
        (month, tariff): (Month, &Tariff),
        done: Done<'_>,
    ) -> Result<(Vec<MonthRow>, Vec<Case>), Failure> {
        let closed_tariffs = ledger.closed.iter().filter_map(Closed::tariff);
        let tariffs: Vec<&Tariff> = closed_tariffs.chain([tariff]).collect();
        // By the rules of its closing alone a month is computed where later ones reopen nothing.
        let closing = ledger.closed.iter().map(|closed| self.rulebooks.at(&self.store, closed.summary.known_at));
        let closing: Vec<_> = closing.collect::<Result<_, _>>()?;
        let beside = ledger.closed.iter().map(|closed| &closed.rules).chain(&closing);
        let basis = &basis.clone().for_money(&tariffs, beside.map(|rules| &rules.rulebook.rules))?;
        let mut blocking = Vec::new();
        let amending = match self.amending(basis, ledger) {
            Ok(amending) => amending.filter(|_| ledger.next() == Some(month)),
            Err(unmade) => {
                blocking.push(blocked(unmade, None)?);
                None
            }
        };
        let bases = Bases::default();
        let brought = self.sweep(basis, done, |found, _| {
            match self.brought((&bases, basis), found, (month, tariff), amending.as_ref()) {
                Ok(row) => Ok(row.map(Brought::Row)),
                Err((unmade, patient)) => blocked(unmade, Some(&patient)).map(|case| Some(Brought::Blocked(case))),
            }
        })?;
        let mut rows = Vec::with_capacity(brought.len());
        for brought in brought {
            match brought {
                Brought::Row(row) => rows.push(row),
                Brought::Blocked(case) => blocking.push(case),
            }
        }
        Ok((rows, blocking))
    }

    /// Answers what an open month comes to under the default tariff, as known at the basis's instant.
    pub(super) fn draft_tally(&self, basis: &Basis, month: Month) -> Result<Tally, Failure> {
        let (rows, _) = self.draft_rows(basis, month, &|_, _| {})?;
        Ok(Tally::of(rows.iter(), &line_names(&basis.rules.rulebook.rules)))
    }

    /// Answers the rows of an open month under the default tariff, as known at the basis's instant, and
    /// the tariff. Refused where an amount cannot be told, and an invented one in production.
    pub(in crate::app) fn draft_rows(
        &self,
        basis: &Basis,
        month: Month,
        done: Done<'_>,
    ) -> Result<(Vec<MonthRow>, Box<str>), Failure> {
        let (ledger, tariff) = (self.ledger(basis)?, self.tariff(None, &basis.rules)?);
        let (rows, cases) = self.rows(basis, &ledger, (month, tariff), done)?;
        if let Some(case) = cases.first() {
            let args = [case.about.as_deref().unwrap_or("-"), &month.to_string()];
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::AMOUNT_UNKNOWN, &args)));
        }
        if rows.iter().any(|row| row.fictional) && self.policy.mode == Mode::Production {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])));
        }
        Ok((rows, tariff.id.clone()))
    }

    /// What speaks against closing the month at all, whatever its amounts.
    fn refusals(&self, close: &Close, ledger: &Ledger) -> Result<Vec<Case>, Failure> {
        let refused = |kind, args: &[&str]| Err(Failure::new(Reason::Conflict, Issue::general(kind, args)));
        let month = close.month.to_string();
        if ledger.month(close.month).is_some() {
            return refused(&issues::MONTH_CLOSED, &[&month]);
        }
        let mut cases = Vec::new();
        if close.month.first_day() > super::super::today() {
            cases.push(Case::of("month-not-begun", None, Some(&month)));
        }
        let Some(next) = ledger.next() else { return Ok(cases) };
        if close.month < next {
            return refused(&issues::MONTH_BEFORE_FIRST, &[&month, &next.to_string()]);
        }
        let open = (0..close.month.months_since(next)).map(|n| next.add_months(n).to_string());
        cases.extend(open.map(|month| Case::of("earlier-month-open", None, Some(&month))));
        Ok(cases)
    }

    fn brought(
        &self,
        (bases, basis): (&Bases, &Basis),
        found: Found,
        asked: (Month, &Tariff),
        amending: Option<&Amending>,
    ) -> Result<Option<MonthRow>, (Unmade, Box<str>)> {
        let (evaluated, presence) = match found {
            Found::Unknown => return Ok(None),
            Found::Deleted(evaluated) => (evaluated, Presence::Deleted),
            Found::Here(evaluated) => (evaluated, Presence::Here),
        };
        let row = || {
            let rivals = self.rivals(bases, basis, &evaluated)?;
            let adjusted = match amending {
                Some(amending) => self.adjustments(amending, (bases, basis), (&evaluated, presence), &rivals)?,
                None => Adjusted::default(),
            };
            let row = match presence {
                Presence::Deleted if adjusted.lines.is_empty() => return Ok(None),
                Presence::Deleted => super::deleted(&evaluated),
                Presence::Here => self.make((bases, basis), &evaluated.view(), &rivals, asked)?,
            };
            Ok(Some(row.adjusted_by(adjusted)))
        };
        row().map_err(|unmade| (unmade, evaluated.patient.clone()))
    }

    /// Closes a month: issues what `closing` computed, unless something speaks against it. Answers
    /// what was issued, without its rows.
    pub fn close_month(&self, close: &Close, done: Done<'_>) -> Result<Summary, Failure> {
        let closing = self.closing(close, done)?;
        if !closing.blocking.is_empty() {
            return Err(refused(&closing));
        }
        let position = closing.ledger.closed.len() as u32;
        let Closing { month, tariff, rows, tally, envelope, ledger, head, basis, .. } = closing;
        let revisited = ledger
            .closed
            .iter()
            .filter(|closed| closed.rules.rulebook.digest != closed.summary.rulebook)
            .map(|closed| (closed.summary.month, closed.rules.rulebook.digest))
            .collect();
        let names = line_names(&basis.rules.rulebook.rules);
        let names = names.into_iter().map(|(code, label)| (code.into(), label.into())).collect();
        let summary = |rows| Summary {
            month,
            tariff,
            rulebook: basis.rules.rulebook.digest,
            engine: env!("CARGO_PKG_VERSION").into(),
            by: close.by.as_str().into(),
            known_at: head.known,
            sequence: head.sequence,
            snapshot: head.chain,
            tally,
            names,
            envelope,
            revisited,
            rows,
        };
        let (statement, summary) = store::statement(&close.structure, position, rows, summary, month)?;
        self.store.issue_blocking(statement).map_err(|error| match error {
            // Somebody else closed it, or another month, while this one was computed.
            CommitError::Issued => {
                Failure::new(Reason::Conflict, Issue::general(&issues::MONTH_CLOSED, &[&month.to_string()]))
            }
            other => super::super::receive::commit_failure(other),
        })?;
        Ok(summary)
    }
}

impl Closing {
    /// Answers what is paid as computed and a human should look at: by code, then by patient.
    pub fn doubtful(&self) -> Vec<Case> {
        doubts(&self.rows, self.month)
    }
}

/// Answers the refusal of a month with what speaks against it: each code once, with its count.
fn refused(closing: &Closing) -> Failure {
    let mut codes: Vec<(&str, Option<&str>, usize)> = Vec::new();
    for case in &closing.blocking {
        match codes.iter_mut().find(|(code, about, _)| *code == &*case.code && *about == case.about.as_deref()) {
            Some((_, _, count)) => *count += 1,
            None => codes.push((&case.code, case.about.as_deref(), 1)),
        }
    }
    let month = closing.month.to_string();
    let issue = |(code, about, count): (&str, Option<&str>, usize)| {
        Issue::general(&issues::CLOSE_BLOCKED, &[&month, code, about.unwrap_or("-"), &count.to_string()])
    };
    Failure { reason: Reason::Contract, issues: codes.into_iter().map(issue).collect() }
}

/// Answers the case that a patient-month without an amount is; a failure of ours stays one.
fn blocked(unmade: Unmade, patient: Option<&str>) -> Result<Case, Failure> {
    match unmade {
        Unmade::Unpriced(PricingError::AmountUnknown { param, .. }) => {
            Ok(Case::of("amount-unknown", patient, Some(&param)))
        }
        Unmade::Unpriced(PricingError::FactMissing { missing, .. }) => {
            Ok(Case::of("fact-missing", patient, Some(&missing)))
        }
        Unmade::Unpriced(PricingError::UnknownTariff) => Ok(Case::of("tariff-unknown", patient, None)),
        Unmade::Failed(failure) => Err(failure),
    }
}

/// Lists what a human should look at: by code, then by patient.
fn doubts(rows: &[MonthRow], month: Month) -> Vec<Case> {
    let mut out = Vec::new();
    if month.last_day() >= super::super::today() {
        out.push(Case::of("month-not-over", None, None));
    }
    for row in rows {
        let refused = row.not_payable.as_deref().filter(|code| *code == "profession-unknown");
        let codes = row.doubts.iter().map(|code| &**code).chain(refused);
        out.extend(codes.map(|code| {
            let (code, about) = code.split_once(':').map_or((code, None), |(code, about)| (code, Some(about)));
            Case::of(code, Some(&row.patient), about)
        }));
    }
    out.sort_by(|a, b| (&a.code, &a.patient).cmp(&(&b.code, &b.patient)));
    out
}
