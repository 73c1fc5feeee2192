//! Worklists of a structure: who has open gaps, the heaviest first.
//!
//! One pass over the patients, on all cores; call it on a thread that may block.

use super::Gateway;
use super::basis::Basis;
use super::evaluate::{Evaluated, Found};
use super::failure::{Failure, Reason};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::enrolment;
use crate::domain::fmt;
use crate::domain::fmt::FmtTariff;
use crate::domain::forfait::TariffKind;
use crate::domain::money::Centimes;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use crate::domain::worklist;
use crate::domain::worklist::Rank;
use crate::domain::worklist::WorkItem;
use crate::fhir::issue::Issue;
use crate::fhir::issue::hint;
use crate::fhir::issues;
use crate::fhir::render::Stamp;
use std::sync::Arc;

/// Whose gaps are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WorklistScope {
    /// Enrolled on some day of the month.
    #[default]
    Enrolled,
    /// Seen in the window of the patient consommant, enrolled or not.
    Seen,
    /// Everybody on file.
    All,
}

impl WorklistScope {
    pub const WORDS: [&'static str; 3] = ["enrolled", "seen", "all"];

    /// Reads a word of `WORDS`; `None` for any other.
    pub fn from_code(code: &str) -> Option<WorklistScope> {
        match code {
            "enrolled" => Some(WorklistScope::Enrolled),
            "seen" => Some(WorklistScope::Seen),
            "all" => Some(WorklistScope::All),
            _ => None,
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            WorklistScope::Enrolled => "enrolled",
            WorklistScope::Seen => "seen",
            WorklistScope::All => "all",
        }
    }
}

/// What work is asked for.
#[derive(Clone, Debug)]
pub struct WorklistQuestion {
    pub structure: String,
    pub date: Day,
    pub known_at: Option<Instant>,
    pub scope: WorklistScope,
    /// Only those whose médecin traitant it is: `Practitioner/x`, or a PractitionerRole.
    pub practitioner: Option<String>,
    /// Ids of prevention items; empty: all of them.
    pub items: Vec<String>,
    /// The tariff whose money is told; `None`: no money is.
    pub tariff: Option<String>,
    /// The page begins after this line.
    pub after: Option<Rank>,
    /// Lines of a page.
    pub count: usize,
}

/// What a tariff would pay for closing the open gaps, of everybody listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    pub amount: Centimes,
    /// Gaps whose amount nobody can tell.
    pub unknown: u32,
}

/// A page of a worklist, and what all of its pages come to.
pub struct Worklist {
    pub rules: Arc<super::ActiveRules>,
    pub stamp: Stamp,
    /// Patients looked at.
    pub patients: usize,
    /// Patients of whom nobody can tell whether the scope holds: not among those looked at.
    pub undecided: usize,
    /// Those with an open gap: the lines of all pages.
    pub listed: usize,
    /// Open gaps of all of them.
    pub gaps: usize,
    /// Gaps refused, of all of them.
    pub refused: usize,
    /// `None`: no tariff was asked for, or it pays for no prevention.
    pub stakes: Option<Stakes>,
    /// In order.
    pub found: Vec<(Box<str>, WorkItem)>,
    /// The last line of the page, where others come after it.
    pub next: Option<Rank>,
}

/// What one pass asks of each patient.
struct Asked<'a> {
    question: &'a WorklistQuestion,
    items: Vec<usize>,
    /// Ids of the Practitioners whose patients are listed; `None`: everybody's.
    doctors: Option<Vec<Box<str>>>,
    pack: Option<&'a FmtTariff>,
}

impl Gateway {
    /// Answers who has open gaps, the heaviest first.
    pub fn worklist(&self, question: &WorklistQuestion) -> Result<Worklist, Failure> {
        let basis = self.basis(&question.structure, question.known_at)?;
        basis.is_known(question.known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let tariff = question.tariff.as_deref().map(|id| self.tariff(Some(id), &basis.rules)).transpose()?;
        let pack = tariff.and_then(|tariff| match &tariff.kind {
            TariffKind::Fmt(pack) => Some(pack),
            TariffKind::Monthly(_) => None,
        });
        let doctors = question.practitioner.as_deref().map(|named| doctors(&basis, named)).transpose()?;
        let asked = Asked { question, items: items(rules, &question.items)?, doctors, pack };
        let looked = self.sweep(&basis, &|_, _| {}, |found, _| match found {
            Found::Here(evaluated) => Ok(asked.line(&evaluated)),
            Found::Deleted(_) | Found::Unknown => Ok(None),
        })?;
        let undecided = looked.iter().filter(|one| matches!(one, Looked::Undecided)).count();
        let patients = looked.len() - undecided;
        let mut lines: Vec<(Rank, WorkItem)> = looked.into_iter().filter_map(Looked::into_line).collect();
        let status = lines.iter().map(|(_, work)| work.status).max().unwrap_or(RuleStatus::Official);
        let paid = pack.map(|_| stakes(lines.iter().map(|(_, work)| work)));
        let sure = lines.iter().flat_map(|(_, work)| work.stakes()).map(|stake| stake.status).max();
        let (listed, gaps) = (lines.len(), lines.iter().map(|(_, work)| work.open.len()).sum());
        let refused = lines.iter().map(|(_, work)| work.refused.len()).sum();
        lines.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if let Some(after) = &question.after {
            lines.drain(..lines.partition_point(|(rank, _)| rank <= after));
        }
        let more = lines.len() > question.count && question.count > 0;
        lines.truncate(question.count);
        let next = lines.last().filter(|_| more).map(|(rank, _)| rank.clone());
        let stamp = Stamp {
            known_at: basis.known_at,
            rulebook: basis.rules.digest.clone(),
            tariff: tariff.map(|tariff| tariff.id.to_string()),
            weakest: sure.map_or(status, |sure| sure.max(status)),
            merged_into: None,
        };
        let found = lines.into_iter().map(|(rank, work)| (Box::from(rank.parts().2), work)).collect();
        let rules = Arc::clone(&basis.rules);
        Ok(Worklist { rules, stamp, patients, undecided, listed, gaps, refused, stakes: paid, found, next })
    }
}

impl Asked<'_> {
    /// Answers what is found of a patient; `None`: not one of the scope.
    fn line(&self, evaluated: &Evaluated) -> Option<Looked> {
        let (view, date) = (evaluated.view(), self.question.date);
        if view.dossier.is_replaced() || !view.alive_on(date) {
            return None;
        }
        if let Some(doctor) = &self.doctors
            && !enrolment::attending(&view.dossier, &view.scope, date)
                .practitioners
                .iter()
                .any(|id| doctor.contains(id))
        {
            return None;
        }
        let whole = self.question.scope == WorklistScope::All && self.pack.is_none();
        let month = (!whole).then(|| view.month(date.month()));
        let is_in = match (self.question.scope, &month) {
            (WorklistScope::Enrolled, Some(month)) => month.enrolled.verdict,
            (WorklistScope::Seen, Some(month)) => month.consommant.verdict,
            _ => Verdict::Yes,
        };
        match is_in {
            Verdict::Yes => {}
            Verdict::Unknown => return Some(Looked::Undecided),
            Verdict::No => return None,
        }
        let stakes = match (self.pack, &month) {
            (Some(pack), Some(month)) => fmt::stakes(&view.dossier, &view.scope, month, pack),
            _ => Vec::new(),
        };
        let next = worklist::next_appointment(&view.dossier, date);
        let work = worklist::work(evaluated.rules(), &view.card(date), &self.items, next, &stakes);
        Some(work.map_or(Looked::Done, |work| Looked::Line(Box::new((work.rank(&evaluated.patient), work)))))
    }
}

/// What one patient comes to.
enum Looked {
    /// Nobody can tell whether the scope holds.
    Undecided,
    /// No gap is open.
    Done,
    Line(Box<(Rank, WorkItem)>),
}

impl Looked {
    fn into_line(self) -> Option<(Rank, WorkItem)> {
        match self {
            Looked::Line(line) => Some(*line),
            Looked::Undecided | Looked::Done => None,
        }
    }
}

fn stakes<'w>(works: impl Iterator<Item = &'w WorkItem>) -> Stakes {
    let mut whole = Stakes::default();
    for stake in works.flat_map(WorkItem::stakes) {
        match stake.amount {
            Some(amount) => whole.amount += amount,
            None => whole.unknown += 1,
        }
    }
    whole
}

/// Answers the Practitioners that a reference means; one whom the structure does not know is refused.
fn doctors(basis: &Basis, named: &str) -> Result<Vec<Box<str>>, Failure> {
    let missing = || Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Practitioner"]));
    basis.practitioners(named).ok_or_else(missing)
}

/// Answers the places in the catalogue of the items asked for; one that is not there is refused, with
/// the nearest that is.
fn items(rules: &Rules, asked: &[String]) -> Result<Vec<usize>, Failure> {
    let each = asked.iter().map(|id| {
        rules.items.iter().position(|item| *item.id == **id).ok_or_else(|| {
            let near = hint(id, rules.items.iter().map(|item| &*item.id));
            Failure::new(Reason::NotSupported, Issue::general(&issues::ITEM_UNKNOWN, &[&near]))
        })
    });
    each.collect()
}
