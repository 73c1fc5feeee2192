//! Measures over the patients of a structure: of one of them, of a list, of all.
//!
//! Each question is one pass over the patients, on all cores; call it on a thread that may block.
//! What is asked of today with the rules in force may be kept (`board`), and is answered alike.

mod added;
mod board;
mod kept;
mod named;
mod question;
mod row;

pub use board::{Board, BoardItem, Boards, RowFigures};
pub use named::measure_id;
pub use question::{Evaluation, Individual, MeasureQuestion, Measured, Populations, Trend, Whom};

use super::Gateway;
use super::basis::Basis;
use super::evaluate::Found;
use super::failure::{Failure, Reason};
use super::roster::{Depth, RosterQuestion};
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::indicator::Frame;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Share;
use crate::domain::indicator::Stratifier;
use crate::domain::indicator::Tally;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use added::Adding;
use row::Row;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What is counted of whom, once the question is understood.
struct Plan {
    basis: Basis,
    measures: Vec<QualityMeasure>,
    /// First and last day, the last not after today.
    days: (Day, Day),
    frame: Frame,
    /// By what each patient is placed: what is asked for, and what tells who is asked about.
    stratifiers: Vec<Stratifier>,
    /// Only these patients; `None`: everybody.
    members: Option<HashSet<Box<str>>>,
    /// Only patients attended by one of these Practitioners; `None`: by anybody or nobody.
    attended_by: Option<Vec<Box<str>>>,
}

impl Plan {
    /// Answers under what many patients are read: only what the measures and strata ask.
    fn for_many(&self) -> Result<Basis, Failure> {
        let basis = self.basis.clone();
        if reads_card_alone(&self.measures, &self.stratifiers) { basis.for_card() } else { Ok(basis) }
    }

    fn has(&self, row: &Row) -> bool {
        self.members.as_ref().is_none_or(|members| members.contains(&row.patient))
            && self.attended_by.as_ref().is_none_or(|ids| ids.iter().any(|id| row.strata.attended_by(id)))
    }
}

impl Gateway {
    /// Answers the measures of one patient, and what they rest on. A patient whom the Practitioner
    /// asked for does not attend is in no population.
    pub fn individual(&self, asked: &MeasureQuestion, patient: &str) -> Result<Individual, Failure> {
        let plan = self.plan(asked, super::today())?;
        let evaluated = self.evaluate_under(&plan.basis, patient)?;
        let view = evaluated.view();
        let subject = view.subject(plan.days);
        let counted =
            plan.attended_by.is_none() || plan.has(&Row::of(patient, &subject, (&plan.frame, &plan.stratifiers), &[]));
        let each = plan.measures.iter().map(|measure| {
            let shares: Vec<Share> = if counted { measure.shares(&subject) } else { Vec::new() };
            (*measure, shares)
        });
        let measures = each.collect();
        Ok(Individual {
            known_at: plan.basis.known_at,
            rules: plan.basis.rules,
            day: plan.days.1,
            merged_into: evaluated.merged_into().map(Box::from),
            measures,
        })
    }

    /// Answers the measures over the patients asked about, with who is in which population where that
    /// is wanted. A record merged into another is not counted: a person is counted once. What is kept
    /// for today is answered from there.
    pub fn evaluation(&self, asked: &MeasureQuestion, listed: Populations) -> Result<Evaluation, Failure> {
        let today = super::today();
        match self.kept(asked, (listed, today))? {
            Some(kept) => Ok(kept),
            None => self.swept(asked, (listed, today)),
        }
    }

    /// Answers the same by one pass over the patients.
    fn swept(&self, asked: &MeasureQuestion, (listed, today): (Populations, Day)) -> Result<Evaluation, Failure> {
        let plan = self.plan(asked, today)?;
        let rows = self.measure_rows(&plan)?;
        let rows: Vec<&Row> = rows.iter().filter(|row| plan.has(row)).collect();
        let rules = &plan.basis.rules.rulebook.rules;
        let stratifiers = &asked.stratifiers;
        let adding = Adding { structure: &asked.structure, rules, frame: &plan.frame, stratifiers, listed };
        let each = plan.measures.iter().copied().enumerate();
        let each = each.map(|numbered| adding.measured(numbered, &rows, |add| add()));
        let reports = each.collect();
        Ok(Evaluation { known_at: plan.basis.known_at, rules: plan.basis.rules.clone(), day: plan.days.1, reports })
    }

    /// Answers one measure month by month, in one pass: each patient is read once for all months. A
    /// month under way is told of today; one that is over, of its last day.
    pub fn trend(&self, asked: &MeasureQuestion, months: &[Month]) -> Result<Trend, Failure> {
        let today = super::today();
        let plan = self.plan(asked, today)?;
        let rules = &plan.basis.rules.rulebook.rules;
        let days: Vec<(Day, Day)> = months.iter().map(|m| (m.first_day(), m.last_day().min(today))).collect();
        let frames: Vec<Frame> = days.iter().map(|(_, last)| Frame::of(rules, *last)).collect();
        let basis = plan.for_many()?;
        let mut reports = Vec::new();
        for measure in &plan.measures {
            let groups = measure.groups(rules).len();
            let begun = frames.iter().map(|frame| Mutex::new(Tally::new(frame, &asked.stratifiers, groups)));
            let tallies: Vec<Mutex<Tally<'_>>> = begun.collect();
            self.sweep(&basis, &|_, _| {}, |found, patient| {
                let Found::Here(evaluated) = found else { return Ok(None::<()>) };
                if evaluated.merged_into().is_some() {
                    return Ok(None);
                }
                let view = evaluated.view_for_sums();
                for ((days, frame), tally) in days.iter().zip(&frames).zip(&tallies) {
                    let row = Row::of(
                        patient,
                        &view.subject(*days),
                        (frame, &plan.stratifiers),
                        std::slice::from_ref(measure),
                    );
                    if plan.has(&row) {
                        // Counts are added: who comes first changes nothing.
                        tally.lock().unwrap_or_else(PoisonError::into_inner).add(&row.strata, row.parts(0));
                    }
                }
                Ok(None)
            })?;
            for ((month, (_, day)), tally) in months.iter().zip(&days).zip(tallies) {
                let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
                let figures = tally.finish(&asked.structure);
                reports.push((*month, *day, Measured { measure: *measure, figures, lists: Vec::new() }));
            }
        }
        Ok(Trend { known_at: plan.basis.known_at, rules: plan.basis.rules.clone(), reports })
    }

    /// Brings the figures of the configured structure up to date before anybody asks.
    pub fn warm(&self) -> Result<(), Failure> {
        self.board(&self.policy.structure).map(|_| ())
    }

    /// Answers the ids of the patients asked about, in order, of a list no longer than `most`.
    pub fn subjects(&self, asked: &MeasureQuestion, most: usize) -> Result<Vec<Box<str>>, Failure> {
        let nothing = MeasureQuestion { measures: Vec::new(), ..asked.clone() };
        let plan = self.plan(&nothing, super::today())?;
        let rows = self.measure_rows(&plan)?;
        let found: Vec<Box<str>> = rows.into_iter().filter(|row| plan.has(row)).map(|row| row.patient).collect();
        if found.len() > most {
            let issue = Issue::general(&issues::MEASURE_SUBJECTS, &[&found.len().to_string(), &most.to_string()]);
            return Err(Failure::new(Reason::TooLarge, issue));
        }
        Ok(found)
    }

    /// Reads the question: the measures by the rules of that knowledge, and whom it is about.
    fn plan(&self, asked: &MeasureQuestion, today: Day) -> Result<Plan, Failure> {
        let days = asked.days(today);
        let mut basis = self.basis(&asked.structure, asked.known_at)?;
        basis.is_known(asked.known_at)?;
        let attended_by = asked.practitioner.as_deref().map(|named| practitioners(&basis, named)).transpose()?;
        let members = match &asked.whom {
            Whom::Everybody => None,
            Whom::Patient(id) => {
                // Somebody unknown is told so, not counted as nobody.
                self.evaluate_under(&basis, id)?;
                Some(HashSet::from([id.as_str().into()]))
            }
            Whom::Group(id) => Some(self.members(asked, id, days.1, &mut basis)?),
        };
        // Where no rulebook has that version, the one in force refuses it by name.
        let versions = named::versions(&asked.measures);
        let basis = self.by_version(&basis, asked.known_at, versions)?.unwrap_or(basis);
        let measures = named::measures(&basis.rules, &asked.measures)?;
        let frame = Frame::of(&basis.rules.rulebook.rules, days.1);
        let by = attended_by.is_some().then_some(Stratifier::Practitioner);
        let stratifiers = asked.stratifiers.iter().copied().chain(by).collect();
        Ok(Plan { basis, measures, days, frame, stratifiers, members, attended_by })
    }

    /// Answers who is on a roster in the month of a day. Where other structures claim some of them, the
    /// answer rests on what these know too.
    fn members(
        &self,
        asked: &MeasureQuestion,
        group: &str,
        day: Day,
        basis: &mut Basis,
    ) -> Result<HashSet<Box<str>>, Failure> {
        let question =
            RosterQuestion { structure: asked.structure.clone(), month: day.month(), known_at: asked.known_at };
        let mut rosters = self.roster_names(&question, None)?;
        rosters.found.retain(|listed| listed.id == group);
        if rosters.found.is_empty() {
            return Err(Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Group"])));
        }
        let rosters = self.roster_members(&question, rosters, Depth::Members)?;
        if rosters.known_at != basis.known_at {
            *basis = self.basis_at(&asked.structure, rosters.known_at, true)?;
        }
        let members = rosters.found.into_iter().flat_map(|listed| listed.members);
        Ok(members.map(|(patient, _)| patient).collect())
    }

    /// Answers what each patient brings, in the order of ids.
    fn measure_rows(&self, plan: &Plan) -> Result<Vec<Row>, Failure> {
        self.sweep(&plan.for_many()?, &|_, _| {}, |found, patient| {
            let wanted = plan.members.as_ref().is_none_or(|members| members.contains(patient));
            Ok(match found {
                Found::Here(evaluated) if wanted && evaluated.merged_into().is_none() => {
                    let view = evaluated.view_for_sums();
                    Some(Row::of(patient, &view.subject(plan.days), (&plan.frame, &plan.stratifiers), &plan.measures))
                }
                _ => None,
            })
        })
    }
}

/// Answers whether nothing but lines of the prevention card, age and sex is asked of each patient.
fn reads_card_alone(measures: &[QualityMeasure], stratifiers: &[Stratifier]) -> bool {
    let told_by_person =
        |one: &Stratifier| matches!(one, Stratifier::AgeBand | Stratifier::Sex | Stratifier::Structure);
    measures.iter().all(|measure| !matches!(measure, QualityMeasure::Indicator(_)))
        && stratifiers.iter().all(told_by_person)
}

/// Answers the Practitioners that are meant; nobody known is not found.
fn practitioners(basis: &Basis, named: &str) -> Result<Vec<Box<str>>, Failure> {
    let missing = || Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Practitioner"]));
    let found = basis.practitioners(named).ok_or_else(missing)?;
    Ok(found)
}

#[cfg(test)]
mod tests;
