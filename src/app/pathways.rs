//! Pathways of one patient and of a structure, and the care plans that tell them.
//!
//! What concerns the whole structure is one pass over its patients; call it on a thread that may block.

use super::basis::Basis;
use super::evaluate::{Found, View};
use super::failure::Failure;
use super::{Gateway, Question};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::pathway;
use crate::domain::pathway::Overview;
use crate::domain::pathway::PathwayResult;
use crate::domain::pathway::Places;
use crate::domain::pathway::Seat;
use crate::domain::pathway::State;
use crate::domain::pathway::Workshop;
use crate::domain::relevance;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::domain::verdict::Verdict;
use crate::fhir::render;
use crate::fhir::render::Stamp;
use crate::store::Relevant;
use std::sync::Arc;

/// Workshops are told from so many months before the day on.
const WORKSHOPS_BACK: i32 = 12;

/// Where one patient stands with each pathway on a day.
pub struct PatientPathways {
    /// In the order of the rulebook.
    pub standings: Vec<PathwayStanding>,
    pub rules: Arc<super::ActiveRules>,
    pub stamp: Stamp,
}

/// Where a patient stands with one pathway.
pub struct PathwayStanding {
    pub result: PathwayResult,
    pub places: Places,
    /// For who waits.
    pub turn: Option<WaitingTurn>,
}

/// The turn of who waits, from 1, among how many, for how many free places (`None`: nobody knows).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingTurn {
    pub turn: usize,
    pub of: usize,
    pub free: Option<u32>,
}

/// The pathways of a structure on a day.
pub struct StructurePathways {
    pub overviews: Vec<Overview>,
    pub workshops: Vec<Workshop>,
    pub rules: Arc<super::ActiveRules>,
    pub stamp: Stamp,
}

/// Which care plans are looked for, as known when.
#[derive(Clone, Debug, Default)]
pub struct PlanQuestion {
    pub structure: String,
    pub known_at: Option<Instant>,
    /// `None`: of everybody.
    pub patients: Option<Vec<String>>,
    /// `None`: whatever their id.
    pub ids: Option<Vec<String>>,
}

/// A care plan: a pathway that somebody is in, waits for, or has left.
pub struct CarePlan {
    pub id: String,
    pub patient: Box<str>,
    pub result: PathwayResult,
    pub stamp: Stamp,
}

/// Care plans, and the rules they are told by.
pub struct CarePlans {
    pub rules: Arc<super::ActiveRules>,
    /// In the order of patients, then of the rulebook.
    pub found: Vec<CarePlan>,
}

impl Gateway {
    /// Answers where a patient stands with each pathway on a day; refusals as `evaluate`.
    pub fn pathways_of(&self, question: &Question, date: Day) -> Result<PatientPathways, Failure> {
        let basis = self.basis_asked(question)?;
        let evaluated = self.evaluate_under(&basis, &question.patient)?;
        let rules = evaluated.rules();
        let view = evaluated.view();
        let results = view.explained(view.pathways(date), date);
        // A record merged into another waits no more: the other does.
        let waits =
            |result: &PathwayResult| result.state() == Some(State::Waiting) && evaluated.merged_into().is_none();
        let overviews = match results.iter().any(waits) {
            true => self.overviews(&stays_only(basis)?, date)?,
            false => Vec::new(),
        };
        let mut weakest = RuleStatus::Official;
        let standing = |result: PathwayResult| {
            let places = Places::of(rules, result.pathway, &question.structure, date);
            weakest = weakest.max(result.status());
            let overview = overviews.get(result.pathway);
            let turn = overview.and_then(|overview| {
                let turn = overview.turn(&question.patient)?;
                let (of, free) = (overview.waiting.len(), places.free(overview.entered.len()));
                Some(WaitingTurn { turn, of, free })
            });
            PathwayStanding { result, places, turn }
        };
        let standings = results.into_iter().map(standing).collect();
        let stamp = evaluated.stamp(None, weakest);
        Ok(PatientPathways { standings, rules: Arc::clone(&evaluated.rules), stamp })
    }

    /// Answers the pathways of a structure on a day: who may enter, who is in, who waits, which groups
    /// meet.
    pub fn pathways_of_structure(
        &self,
        structure: &str,
        date: Day,
        known_at: Option<Instant>,
    ) -> Result<StructurePathways, Failure> {
        let basis = self.basis(structure, known_at)?;
        let rules = &basis.rules.rulebook.rules;
        let mut overviews = Overview::all(rules, structure, date);
        let mut seats: Vec<(Box<str>, Seat)> = Vec::new();
        let first = date.add_months(-WORKSHOPS_BACK);
        let told = self.stays(&basis, |view| {
            let results = if view.alive_on(date) { view.pathways(date) } else { Vec::new() };
            let seats = pathway::seats(&view.dossier, first);
            Some((results, seats)).filter(|(results, seats)| !results.is_empty() || !seats.is_empty())
        })?;
        for (patient, (results, own)) in told {
            results.iter().for_each(|result| overviews[result.pathway].add(&patient, result));
            seats.extend(own.into_iter().map(|seat| (patient.clone(), seat)));
        }
        let overviews: Vec<Overview> = overviews.into_iter().map(Overview::ordered).collect();
        let workshops = pathway::groups(rules, seats);
        let weakest = overviews.iter().map(|o| o.status).chain(workshops.iter().map(|w| w.status)).max();
        let stamp = stamp(&basis, weakest.unwrap_or(RuleStatus::Official));
        Ok(StructurePathways { overviews, workshops, rules: Arc::clone(&basis.rules), stamp })
    }

    /// Answers care plans as they stand on `date`.
    pub fn care_plans(&self, asked: &PlanQuestion, date: Day) -> Result<CarePlans, Failure> {
        let basis = self.basis(&asked.structure, asked.known_at)?;
        let told = match self.planned(&basis.rules.rulebook.rules, asked)? {
            None => self.stays(&basis, |view| plans(view, date))?,
            Some(patients) => {
                let mut told = Vec::new();
                for patient in patients {
                    if let Found::Here(evaluated) = self.find_patient(&basis, &patient)? {
                        told.extend(plans(&evaluated.view(), date).map(|found| (patient.into(), found)));
                    }
                }
                told
            }
        };
        let rules = &basis.rules.rulebook.rules;
        let mut found = Vec::new();
        for (patient, results) in told {
            for result in results {
                let id = render::care_plan_id(&asked.structure, &patient, &rules.pathways[result.pathway].id);
                if asked.ids.as_ref().is_none_or(|ids| ids.contains(&id)) {
                    let stamp = stamp(&basis, result.status());
                    found.push(CarePlan { id, patient: patient.clone(), result, stamp });
                }
            }
        }
        Ok(CarePlans { rules: Arc::clone(&basis.rules), found })
    }

    /// Answers whom to ask for the plans looked for, in the order of ids; `None`: everybody. The id of
    /// a plan is that of its patient and pathway: nobody else need be read.
    fn planned(&self, rules: &Rules, asked: &PlanQuestion) -> Result<Option<Vec<String>>, Failure> {
        let mut patients = match (&asked.patients, &asked.ids) {
            (Some(patients), _) => patients.clone(),
            (None, None) => return Ok(None),
            (None, Some(ids)) => {
                let is_wanted = |patient: &str| {
                    let id = |pathway: &str| render::care_plan_id(&asked.structure, patient, pathway);
                    rules.pathways.iter().any(|pathway| ids.contains(&id(&pathway.id)))
                };
                let ever = self.store.patients_ever(&asked.structure)?;
                ever.iter().filter(|patient| is_wanted(patient)).map(|patient| patient.to_string()).collect()
            }
        };
        patients.sort_unstable();
        patients.dedup();
        Ok(Some(patients))
    }

    /// Answers who is in each pathway of a structure and who waits, in their turn.
    fn overviews(&self, basis: &Basis, date: Day) -> Result<Vec<Overview>, Failure> {
        let rules = &basis.rules.rulebook.rules;
        let mut overviews = Overview::all(rules, &basis.structure, date);
        let here = |view: &View<'_>| view.has_stay(date) && view.alive_on(date);
        let told = self.stays(basis, |view| here(view).then(|| view.pathways(date)))?;
        for (patient, results) in told {
            results.iter().for_each(|result| overviews[result.pathway].add(&patient, result));
        }
        Ok(overviews.into_iter().map(Overview::ordered).collect())
    }

    /// Answers what `each` says of every patient there is, whom no other record stands for.
    fn stays<T: Send>(
        &self,
        basis: &Basis,
        each: impl Fn(&View<'_>) -> Option<T> + Sync,
    ) -> Result<Vec<(Box<str>, T)>, Failure> {
        self.sweep(basis, &|_, _| {}, |found, _| match found {
            Found::Here(evaluated) => {
                let view = evaluated.view();
                let told = if view.dossier.is_replaced() { None } else { each(&view) };
                Ok(told.map(|told| (evaluated.patient.clone(), told)))
            }
            Found::Deleted(_) | Found::Unknown => Ok(None),
        })
    }
}

/// The pathways a patient is in, waits for or has left; `None` where there are none.
fn plans(view: &View<'_>, date: Day) -> Option<Vec<PathwayResult>> {
    if view.dossier.is_replaced() || !view.has_stay(date) {
        return None;
    }
    let told = view.pathways(date).into_iter().filter(|result| result.stay.is_some()).collect();
    Some(view.explained(told, date))
}

/// Who is in a pathway and who waits rests on no act at all.
fn stays_only(basis: Basis) -> Result<Basis, Failure> {
    Ok(basis.of_relevant(Relevant::new(std::iter::empty(), &relevance::SOUGHT_FOR_MONEY)?))
}

fn stamp(basis: &Basis, weakest: RuleStatus) -> Stamp {
    Stamp { known_at: basis.known_at, rulebook: basis.rules.digest.clone(), tariff: None, weakest, merged_into: None }
}

impl View<'_> {
    /// Answers whether the patient is in some pathway on a day, waits for one, or has left one.
    pub(super) fn has_stay(&self, date: Day) -> bool {
        let pathways = &self.of.rules().pathways;
        pathways.iter().any(|rule| pathway::stay(&self.dossier, &self.scope, rule, date).is_some())
    }

    /// Answers whether the patient may be alive on a day: the day of the death is still one of life.
    pub(super) fn alive_on(&self, date: Day) -> bool {
        self.dossier.lives_on(date) != Verdict::No
    }
}
