//! Care gaps: whom they are asked about, and the Bundle of each, in order and a few at a time.
//!
//! Reading is one prefix scan per patient; call it from a thread that may block.

use super::basis::Basis;
use super::evaluate::{Evaluated, Found};
use super::failure::{Failure, Reason};
use super::roster::{Depth, RosterQuestion};
use super::rulebooks::ActiveRules;
use super::{Gateway, today};
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::finding::EvidenceRef;
use crate::domain::gap::GapStatus;
use crate::domain::indicator::QualityMeasure;
use crate::domain::rules::Rules;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::GapsForm;
use crate::fhir::render::GapsQuestion;
use crate::fhir::render::GapsView;
use crate::fhir::render::Requirements;
use crate::fhir::render::StoredEntry;
use std::sync::{Arc, Mutex, PoisonError};

/// Patients whose Bundles are made at once.
const BATCH: usize = 256;

/// A measure that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapMeasure {
    /// Its id, or the end of what was sent where that is no canonical of ours.
    pub id: String,
    pub ours: bool,
    pub version: Option<String>,
}

/// Whom gaps are asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapSubjects {
    Patient(String),
    /// Those of a Group that was sent, in order.
    Patients(Vec<String>),
    /// A roster of ours, by the id of its Group.
    Roster(String),
    /// Every patient of the structure.
    Everybody,
}

/// A question of care gaps.
#[derive(Clone, Debug)]
pub struct GapsAsked {
    pub structure: String,
    pub subjects: GapSubjects,
    /// Only those whom this one attends: `Practitioner/id` or `PractitionerRole/id`.
    pub provider: Option<String>,
    pub period: (Day, Day),
    pub measures: Vec<GapMeasure>,
    /// Domains of the prevention catalogue, of which every item is asked for.
    pub topics: Vec<String>,
    pub statuses: Vec<GapStatus>,
    pub form: GapsForm,
    pub known_at: Option<Instant>,
    /// Base URL of fullUrl, without a slash at the end.
    pub base: String,
}

/// What closes the gaps of the rulebook last used.
#[derive(Default)]
pub struct Prepared(Mutex<Option<(String, Arc<Requirements>)>>);

impl Prepared {
    fn of(&self, rules: &ActiveRules) -> Arc<Requirements> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((digest, requirements)) = &*kept
            && *digest == rules.digest
        {
            return Arc::clone(requirements);
        }
        let made = Arc::new(Requirements::of(&rules.rulebook.rules, &rules.digest));
        *kept = Some((rules.digest.clone(), Arc::clone(&made)));
        made
    }
}

/// A walk over the patients of a question: the Bundles come in the order of the patients' ids.
pub struct GapWalk {
    basis: Basis,
    question: GapsQuestion,
    requirements: Arc<Requirements>,
    /// Only patients attended by one of these Practitioners; `None`: by anybody or nobody.
    attended_by: Option<Vec<Box<str>>>,
    patients: Vec<Box<str>>,
    /// The only patient asked about, as read: a merged record is answered for too.
    named: Option<Evaluated>,
    at: usize,
    structure: StoredEntry,
    base: String,
}

impl Gateway {
    /// Prepares the answer: whom it is about is known from here on, and nothing is evaluated yet.
    pub fn care_gaps(&self, asked: &GapsAsked) -> Result<GapWalk, Failure> {
        let (start, end) = asked.period;
        if start > end {
            let issue = Issue::general(&issues::PERIOD_ORDER, &[&start.to_string(), &end.to_string()]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let today = today();
        if start > today {
            let issue = Issue::general(&issues::PERIOD_FUTURE, &[&start.to_string(), &today.to_string()]);
            return Err(Failure::new(Reason::NotSupported, issue));
        }
        let date = end.min(today);
        let basis = self.basis(&asked.structure, asked.known_at)?;
        basis.is_known(asked.known_at)?;
        let (basis, patients) = self.gap_subjects(asked, basis, date)?;
        let basis = self.by_versions(basis, asked)?;
        let items = wanted(asked, &basis.rules.rulebook.rules)?;
        let missing = || super::read::not_found(Kind::Practitioner);
        let attended_by = asked.provider.as_deref().map(|named| basis.practitioners(named).ok_or_else(missing));
        let attended_by = attended_by.transpose()?;
        let named = match &asked.subjects {
            GapSubjects::Patient(id) => Some(self.evaluate_under(&basis, id)?),
            _ => None,
        };
        Ok(GapWalk {
            question: GapsQuestion {
                period: asked.period,
                date,
                items,
                statuses: statuses(&asked.statuses),
                form: asked.form,
            },
            requirements: self.prepared.of(&basis.rules),
            attended_by,
            patients,
            named,
            at: 0,
            structure: self.structure_entry(&basis)?,
            base: asked.base.clone(),
            basis,
        })
    }

    /// Answers the basis by the rulebook whose version the measures name, where they name one: one that
    /// is in force, or once was.
    fn by_versions(&self, basis: Basis, asked: &GapsAsked) -> Result<Basis, Failure> {
        let versions = asked.measures.iter().filter_map(|one| one.version.as_deref());
        if let Some(found) = self.by_version(&basis, asked.known_at, versions)? {
            return Ok(found);
        }
        let rules = &basis.rules.rulebook.rules;
        let Some(measure) = asked.measures.iter().find(|one| one.version.is_some()) else { return Ok(basis) };
        let id = items(std::slice::from_ref(measure), rules).map(|_| &*measure.id)?;
        let current = render::measure_version(&basis.rules.digest);
        Err(Failure::new(Reason::NotFound, Issue::general(&issues::MEASURE_VERSION, &[id, current])))
    }

    /// Answers whom it is about, in the order of ids. Where other structures claim some members of a
    /// roster, the answer rests on what these know too.
    fn gap_subjects(&self, asked: &GapsAsked, basis: Basis, date: Day) -> Result<(Basis, Vec<Box<str>>), Failure> {
        match &asked.subjects {
            GapSubjects::Patient(id) => Ok((basis, vec![id.as_str().into()])),
            GapSubjects::Patients(ids) => {
                ids.iter().try_for_each(|id| self.evaluate_under(&basis, id).map(drop))?;
                let mut patients: Vec<Box<str>> = ids.iter().map(|id| id.as_str().into()).collect();
                patients.sort_unstable();
                patients.dedup();
                Ok((basis, patients))
            }
            GapSubjects::Roster(group) => {
                let question = RosterQuestion {
                    structure: asked.structure.clone(),
                    month: date.month(),
                    known_at: asked.known_at,
                };
                let mut rosters = self.roster_names(&question, None)?;
                rosters.found.retain(|listed| listed.id == *group);
                if rosters.found.is_empty() {
                    return Err(Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Group"])));
                }
                let rosters = self.roster_members(&question, rosters, Depth::Members)?;
                let basis = match rosters.known_at == basis.known_at {
                    true => basis,
                    false => self.basis_at(&asked.structure, rosters.known_at, true)?,
                };
                let members = rosters.found.into_iter().flat_map(|listed| listed.members);
                Ok((basis, members.map(|(patient, _)| patient).collect()))
            }
            GapSubjects::Everybody => {
                let patients = self.store.patients_ever(&basis.structure)?;
                Ok((basis, patients))
            }
        }
    }

    /// Answers the Organization of the structure as it was known; the least there is to say of one that
    /// was never sent.
    fn structure_entry(&self, basis: &Basis) -> Result<StoredEntry, Failure> {
        let id = &basis.structure;
        let versions = self.store.history(id, Kind::Organization, id)?;
        let known = versions.iter().rfind(|mark| mark.known <= basis.known_at).filter(|mark| !mark.deleted);
        if let Some(mark) = known {
            return self.stored_entry(id, Kind::Organization, id, mark.version);
        }
        // An id of FHIR needs no escape.
        let json = format!(r#"{{"resourceType":"Organization","id":"{id}","active":true,"name":"{id}"}}"#);
        Ok(StoredEntry { kind: Kind::Organization, id: id.as_str().into(), json })
    }

    fn stored_entry(&self, structure: &str, kind: Kind, id: &str, version: u32) -> Result<StoredEntry, Failure> {
        let resource = self.vread(structure, kind, id, version)?;
        let json = String::from_utf8(resource.json).map_err(|_| Failure::internal())?;
        Ok(StoredEntry { kind, id: id.into(), json })
    }
}

impl GapWalk {
    /// Answers how many patients it is about, before a provider narrows it.
    pub fn patients(&self) -> usize {
        self.patients.len()
    }

    /// Answers how many of them are done.
    pub fn done(&self) -> usize {
        self.at
    }

    /// Answers the instant of its knowledge.
    pub fn known_at(&self) -> Instant {
        self.basis.known_at
    }

    /// Answers the Bundles of the next patients, of whom some may have none; `None` at the end.
    pub fn next(&mut self, gateway: &Gateway) -> Result<Option<Vec<String>>, Failure> {
        let until = self.patients.len().min(self.at + BATCH);
        let Some(batch) = self.patients.get(self.at..until).filter(|batch| !batch.is_empty()) else {
            return Ok(None);
        };
        let bundles = match &self.named {
            Some(evaluated) => self.bundle(gateway, evaluated)?.into_iter().collect(),
            None => gateway.sweep_of(&self.basis, batch, &|_, _| {}, |found, _| match found {
                // A record that was merged is told with the one that stands for it.
                Found::Here(evaluated) if evaluated.merged_into().is_none() => self.bundle(gateway, &evaluated),
                _ => Ok(None),
            })?,
        };
        self.at = until;
        Ok(Some(bundles))
    }

    /// Answers the Bundle of a patient; `None` where nothing is to be told.
    fn bundle(&self, gateway: &Gateway, evaluated: &Evaluated) -> Result<Option<String>, Failure> {
        let facts = evaluated.view();
        if self.attended_by.as_ref().is_some_and(|ids| !facts.is_attended_by(ids, self.question.date)) {
            return Ok(None);
        }
        let card = facts.card(self.question.date);
        let view = GapsView {
            structure: &self.basis.structure,
            patient: &evaluated.patient,
            asked: &self.question,
            rules: evaluated.rules(),
            requirements: &self.requirements,
            stamp: &evaluated.stamp(None, RuleStatus::Official),
            card: &card,
            base: &self.base,
        };
        if view.is_empty() {
            return Ok(None);
        }
        let stored = self.stored(gateway, evaluated, view.cited())?;
        render::care_gaps(&view, &stored).map(Some).map_err(|_| Failure::internal())
    }

    /// Answers the patient, who stands for the patient, the structure and the evidence, each once.
    fn stored(
        &self,
        gateway: &Gateway,
        evaluated: &Evaluated,
        cited: Vec<EvidenceRef>,
    ) -> Result<Vec<StoredEntry>, Failure> {
        let structure = &self.basis.structure;
        let person = |id: &str| {
            let record = evaluated.records.iter().find(|r| r.kind == Kind::Patient && *r.id == *id);
            let version = record.and_then(Record::current).map(|version| version.number);
            version.map(|version| EvidenceRef { kind: Kind::Patient, id: id.into(), version })
        };
        let people = [Some(&*evaluated.patient), evaluated.merged_into()];
        let mut all: Vec<EvidenceRef> = people.into_iter().flatten().filter_map(person).collect();
        for evidence in cited {
            if !all.contains(&evidence) {
                all.push(evidence);
            }
        }
        let mut stored = Vec::with_capacity(all.len() + 1);
        for one in &all {
            stored.push(gateway.stored_entry(structure, one.kind, &one.id, one.version)?);
        }
        let StoredEntry { kind, id, json } = &self.structure;
        stored.insert(1.min(stored.len()), StoredEntry { kind: *kind, id: id.clone(), json: json.clone() });
        Ok(stored)
    }
}

/// Answers the items asked for, by their measures or by their topic.
fn wanted(asked: &GapsAsked, rules: &Rules) -> Result<Vec<usize>, Failure> {
    let mut wanted = items(&asked.measures, rules)?;
    for topic in &asked.topics {
        let of_it = rules.items.iter().enumerate().filter(|(_, item)| &*item.domain == topic.as_str());
        let before = wanted.len();
        wanted.extend(of_it.map(|(n, _)| n));
        if wanted.len() == before {
            return Err(unknown_topic(rules));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    Ok(wanted)
}

/// What was sent is not repeated: the topics there are are few, and all told.
fn unknown_topic(rules: &Rules) -> Failure {
    let mut domains: Vec<&str> = rules.items.iter().map(|item| &*item.domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let issue = Issue::general(&issues::PARAMETER_VALUE, &["topic", &domains.join(", ")]);
    Failure::new(Reason::NotSupported, issue)
}

/// Answers the items that the measures name, in the order of the catalogue, each once.
fn items(measures: &[GapMeasure], rules: &Rules) -> Result<Vec<usize>, Failure> {
    let mut items = Vec::new();
    for asked in measures {
        let found = QualityMeasure::find(rules, &asked.id).filter(|_| asked.ours);
        match found {
            Some(QualityMeasure::Item(item)) => items.push(item),
            Some(QualityMeasure::Card) => items.extend(0..rules.items.len()),
            Some(indicator @ QualityMeasure::Indicator(_)) => {
                let issue = Issue::general(&issues::GAP_INDICATOR, &[indicator.id(rules)]);
                return Err(Failure::new(Reason::Contract, issue));
            }
            None => return Err(unknown_measure(asked, rules)),
        }
    }
    items.sort_unstable();
    items.dedup();
    Ok(items)
}

/// What was sent is not repeated: only the measure that is nearest to it.
fn unknown_measure(asked: &GapMeasure, rules: &Rules) -> Failure {
    let ids = QualityMeasure::all(rules).into_iter().map(|measure| measure.id(rules));
    let near = ids.max_by(|a, b| strsim::jaro_winkler(&asked.id, a).total_cmp(&strsim::jaro_winkler(&asked.id, b)));
    let issue = Issue::general(&issues::MEASURE_UNKNOWN, &[near.unwrap_or_default()]);
    Failure::new(Reason::NotFound, issue)
}

/// Answers the statuses in one order, each once.
fn statuses(asked: &[GapStatus]) -> Vec<GapStatus> {
    GapStatus::ALL.into_iter().filter(|status| asked.contains(status)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn asked(id: &str) -> GapMeasure {
        GapMeasure { id: id.to_owned(), ours: true, version: None }
    }

    #[test]
    fn measures_are_items_in_their_order_and_an_indicator_has_no_gap() {
        let rules = crate::app::default_rules().unwrap().rules;
        let indicator = &rules.indicators[0].id;
        let names = |asked: &[GapMeasure]| -> Vec<String> {
            items(asked, &rules).unwrap().into_iter().map(|item| rules.items[item].id.to_string()).collect()
        };
        assert_eq!(names(&[asked("tobacco"), asked("bmi"), asked("tobacco")]), ["bmi", "tobacco"]);
        assert_eq!(names(&[asked("bmi"), asked("prevention")]).len(), rules.items.len());
        let refused = items(&[asked("bmi"), asked(indicator)], &rules).unwrap_err();
        assert_eq!((refused.reason, refused.issues[0].kind.code), (Reason::Contract, "MTR-GAP-001"));
        let elsewhere = GapMeasure { ours: false, ..asked("bmi") };
        assert_eq!(items(&[elsewhere], &rules).unwrap_err().issues[0].kind.code, "MTR-MEA-001");
    }
}
