//! Evaluates one patient: loads the facts known at an instant and asks the domain.
//!
//! Reading is one prefix scan of the patient's range; call it from a thread that may block.

use super::basis::Basis;
use super::failure::{Failure, Reason};
use super::rulebooks::ActiveRules;
use super::{Gateway, known};
use crate::config::Mode;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::condition::Window;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment;
use crate::domain::enrolment::StructureScope;
use crate::domain::explain;
use crate::domain::explain::Explanation;
use crate::domain::fact::Kind;
use crate::domain::fact::Record;
use crate::domain::fact::Version;
use crate::domain::finding::EvidenceRef;
use crate::domain::forfait;
use crate::domain::forfait::Forfait;
use crate::domain::forfait::PricingError;
use crate::domain::forfait::Tariff;
use crate::domain::indicator::Subject;
use crate::domain::merge;
use crate::domain::merge::Links;
use crate::domain::merge::Place;
use crate::domain::merge::Standing;
use crate::domain::pathway;
use crate::domain::pathway::PathwayResult;
use crate::domain::prevention;
use crate::domain::prevention::Card;
use crate::domain::prevention::ItemResult;
use crate::domain::roster;
use crate::domain::roster::Change;
use crate::domain::roster::Roster;
use crate::domain::roster::Side;
use crate::domain::rules::Rules;
use crate::domain::typologie;
use crate::domain::typologie::PatientMonth;
use crate::domain::verdict::RuleStatus;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::render::Stamp;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// About whom, and as known when.
#[derive(Clone, Debug)]
pub struct Question {
    pub structure: String,
    pub patient: String,
    /// `None`: with all that is known.
    pub known_at: Option<Instant>,
    /// The rulebook to answer by: the beginning of its digest in hexadecimal. `None`: the one in
    /// force at that instant.
    pub rulebook: Option<String>,
}

/// A patient's records with the rules and the directory to read them by.
#[derive(Clone)]
pub struct Evaluated {
    pub rules: Arc<ActiveRules>,
    /// Instant of the last commit read.
    pub known_at: Instant,
    pub patient: Box<str>,
    pub(super) records: Arc<Vec<Record>>,
    scope: Arc<Scope>,
    pub(super) mode: Mode,
    standing: Standing,
    merged_into: Option<Box<str>>,
    /// Versions of Patients that are not among the records and tell, or told, who is one person.
    linked: Arc<[(Instant, EvidenceRef)]>,
}

/// What is known of an id.
pub enum Found {
    /// Never a patient of the structure.
    Unknown,
    /// Deleted: what is left of its records.
    Deleted(Evaluated),
    Here(Evaluated),
}

/// Everybody's records, how the one asked about takes part, who stands for it, and what else tells so.
type Whole = (Vec<Record>, Standing, Option<Box<str>>, Arc<[(Instant, EvidenceRef)]>);

/// The directory of a structure and its sites, at one state of its shared facts.
#[derive(PartialEq)]
pub(super) struct Scope {
    pub(super) directory: Directory,
    sites: BTreeSet<Box<str>>,
}

/// The scopes last used, one per structure: rebuilt when a practitioner, an organization or the
/// rulebook changes, never per request.
#[derive(Default)]
pub struct Scopes(Mutex<HashMap<String, Kept>>);

/// A scope with what it was made from: the shared sequence and the digest of the rules.
type Kept = (u64, [u8; 32], Arc<Scope>);

impl Gateway {
    /// Loads a patient as known at the instant asked. An unknown patient, and another structure's,
    /// is not found; a deleted one is gone.
    pub fn evaluate(&self, question: &Question) -> Result<Evaluated, Failure> {
        let basis = self.basis_asked(question)?;
        self.evaluate_under(&basis, &question.patient)
    }

    /// Loads a patient under a basis; refusals as `evaluate`.
    pub(super) fn evaluate_under(&self, basis: &Basis, patient: &str) -> Result<Evaluated, Failure> {
        match self.find_patient(basis, patient)? {
            Found::Here(evaluated) => Ok(evaluated),
            Found::Deleted(_) => Err(Failure::new(Reason::Gone, Issue::general(&issues::GONE, &["Patient"]))),
            Found::Unknown => Err(Failure::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Patient"]))),
        }
    }

    /// Answers under what the patients of a structure are evaluated, as known at the instant asked.
    pub fn basis(&self, structure: &str, asked: Option<Instant>) -> Result<Basis, Failure> {
        let known_at = self.knowledge(structure, asked)?;
        self.basis_at(structure, known_at, asked.is_some())
    }

    /// Answers the same for a question, by the rules it names if it names any.
    pub(super) fn basis_asked(&self, question: &Question) -> Result<Basis, Failure> {
        let basis = self.basis(&question.structure, question.known_at)?;
        self.by_named_rules(basis, question)
    }

    /// Answers a basis by the rules that a question names; as it is where it names none.
    pub(super) fn by_named_rules(&self, basis: Basis, question: &Question) -> Result<Basis, Failure> {
        let Some(digest) = &question.rulebook else { return Ok(basis) };
        let rules = self.rulebooks.named(&self.store, digest)?;
        Ok(Basis { named: true, ..self.basis_by(&basis, &question.structure, rules)? })
    }

    /// Answers the basis by the rulebook of the version that measures name, in force or once so: the basis
    /// given where none is named, `None` where no rulebook has it. Two versions have no answer in common.
    pub(super) fn by_version<'v>(
        &self,
        basis: &Basis,
        known_at: Option<Instant>,
        mut versions: impl Iterator<Item = &'v str>,
    ) -> Result<Option<Basis>, Failure> {
        let Some(version) = versions.next() else { return Ok(Some(basis.clone())) };
        if versions.any(|other| other != version) {
            return Err(Failure::new(Reason::NotSupported, Issue::general(&issues::GAP_VERSIONS, &[])));
        }
        if version == render::measure_version(&basis.rules.digest) {
            return Ok(Some(basis.clone()));
        }
        let rulebook = Some(version.to_owned());
        let structure = basis.structure.clone();
        let question = Question { structure, patient: String::new(), known_at, rulebook };
        match self.by_named_rules(basis.clone(), &question) {
            Ok(found) => Ok(Some(found).filter(|by| render::measure_version(&by.rules.digest) == version)),
            Err(failure) if failure.reason == Reason::NotSupported => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn facts(&self, basis: &Basis, patient: &str) -> Result<Vec<Record>, Failure> {
        let (structure, known_at) = (&basis.structure, basis.known_at);
        Ok(match &basis.relevant {
            None => self.store.facts(structure, patient, known_at)?,
            Some(relevant) => self.store.relevant_facts(structure, patient, known_at, relevant)?,
        })
    }

    /// Loads one patient under a basis.
    pub fn find_patient(&self, basis: &Basis, patient: &str) -> Result<Found, Failure> {
        let records = self.facts(basis, patient)?;
        let person = records.iter().find(|r| r.kind == Kind::Patient && *r.id == *patient);
        let lives = match person.and_then(Record::current) {
            None => return Ok(Found::Unknown),
            Some(version) => version.fact.is_some(),
        };
        let links = Links::of(patient, &records);
        let (records, standing, merged_into, linked) = match links.is_empty() || !lives {
            true => (records, Standing::default(), None, Arc::default()),
            false => self.whole_person(basis, patient, (links, records))?,
        };
        let evaluated = Evaluated {
            rules: Arc::clone(&basis.rules),
            known_at: basis.known_at,
            patient: patient.into(),
            records: Arc::new(records),
            scope: Arc::clone(&basis.scope),
            mode: self.policy.mode,
            standing,
            merged_into,
            linked,
        };
        Ok(if lives { Found::Here(evaluated) } else { Found::Deleted(evaluated) })
    }

    /// Gathers the records of everybody merged with a patient, the one who stands for them first.
    fn whole_person(&self, basis: &Basis, asked: &str, own: (Links, Vec<Record>)) -> Result<Whole, Failure> {
        let mut read: HashMap<Box<str>, (Option<Links>, Vec<Record>)> = HashMap::new();
        read.insert(asked.into(), (Some(own.0), own.1));
        let person = merge::resolve(asked, &mut |id: &str| {
            if let Some((links, _)) = read.get(id) {
                return Ok::<_, Failure>(links.clone());
            }
            let records = self.facts(basis, id)?;
            let lives =
                |r: &Record| r.kind == Kind::Patient && *r.id == *id && r.current().is_some_and(|v| v.fact.is_some());
            let links = records.iter().any(lives).then(|| Links::of(id, &records));
            read.insert(id.into(), (links.clone(), records));
            Ok(links)
        })?;
        let linked = linked(&read, &person.records);
        let mut records = Vec::new();
        for id in &person.records {
            let (_, all) = read.remove(id).unwrap_or_default();
            // Of other patients only what they say of this one stands among them.
            for record in all.into_iter().filter(|record| record.kind != Kind::Patient || record.id == *id) {
                merge::add(&mut records, record);
            }
        }
        let survivor = person.survivor();
        let (place, merged_into) =
            if survivor == asked { (Place::Survivor, None) } else { (Place::Replaced, Some(survivor.into())) };
        Ok((records, Standing { place, doubts: person.doubts }, merged_into, linked))
    }

    /// Answers the instant of the last commit of the structure (or of the rules) that was known at
    /// `asked`: the same knowledge gives the same answer, whatever instant between two commits is asked.
    pub(super) fn knowledge(&self, structure: &str, asked: Option<Instant>) -> Result<Instant, Failure> {
        let last = self.store.last_known(structure);
        match asked {
            Some(instant) if instant < last => known::last_commit_at(&self.store, structure, instant),
            _ => Ok(last),
        }
    }

    fn current_scope(&self, structure: &str, rules: &ActiveRules) -> Result<Arc<Scope>, Failure> {
        let sequence = self.store.shared_sequence(structure);
        let digest = rules.rulebook.digest;
        let cached = self.scopes.0.lock().unwrap_or_else(PoisonError::into_inner).get(structure).cloned();
        if let Some((at, by, scope)) = cached
            && at == sequence
            && by == digest
        {
            return Ok(scope);
        }
        // Built outside the lock: two requests may build the same scope once each, none waits on I/O.
        let scope = Arc::new(self.build_scope(structure, Instant::MAX, rules)?);
        self.scopes
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(structure.to_owned(), (sequence, digest, Arc::clone(&scope)));
        Ok(scope)
    }

    /// Answers the basis of an instant by the rules then in force. `past`: somebody asked for that
    /// instant, so that the directory of now is not the one to use.
    pub(super) fn basis_at(&self, structure: &str, known_at: Instant, past: bool) -> Result<Basis, Failure> {
        let rules = self.rulebooks.at(&self.store, known_at)?;
        let scope = match past {
            true => Arc::new(self.build_scope(structure, known_at, &rules)?),
            false => self.current_scope(structure, &rules)?,
        };
        Ok(Basis { structure: structure.to_owned(), known_at, rules, scope, named: false, relevant: None })
    }

    /// Answers the basis of an earlier instant, which reads the same facts of it.
    pub(super) fn basis_as_known_at(&self, basis: &Basis, known_at: Instant) -> Result<Basis, Failure> {
        let then = self.basis_at(&basis.structure, known_at, true)?;
        Ok(Basis { relevant: basis.relevant.clone(), ..then })
    }

    /// Answers a basis of the same instant for another structure or by other rules.
    pub(super) fn basis_by(&self, basis: &Basis, structure: &str, rules: Arc<ActiveRules>) -> Result<Basis, Failure> {
        let scope = Arc::new(self.build_scope(structure, basis.known_at, &rules)?);
        Ok(Basis {
            structure: structure.to_owned(),
            known_at: basis.known_at,
            rules,
            scope,
            named: basis.named,
            relevant: basis.relevant.clone(),
        })
    }

    /// Answers whether who works where is told otherwise than at an earlier instant.
    pub(super) fn directory_changed(&self, basis: &Basis, since: Instant) -> Result<bool, Failure> {
        let before = self.build_scope(&basis.structure, since, &basis.rules)?;
        Ok(before != *basis.scope)
    }

    fn build_scope(&self, structure: &str, known_at: Instant, rules: &ActiveRules) -> Result<Scope, Failure> {
        let records = self.store.shared_facts(structure, known_at)?;
        let directory = Directory::build(&records, &rules.rulebook.rules);
        let policy = match self.policy.mode {
            Mode::Demo => SitePolicy::EveryOrganization,
            Mode::Production => SitePolicy::Tree,
        };
        let sites = directory.sites(structure, &self.policy.sites, policy);
        Ok(Scope { directory, sites })
    }

    /// Refuses a default tariff the rules in force do not have.
    pub fn knows_its_tariff(&self) -> Result<(), Failure> {
        match &self.policy.tariff {
            None => Ok(()),
            Some(id) => self.tariff(Some(id), &self.rulebooks.current()).map(|_| ()),
        }
    }

    /// Answers the tariff asked for, else the default one.
    pub fn tariff<'r>(&self, asked: Option<&str>, rules: &'r ActiveRules) -> Result<&'r Tariff, Failure> {
        let Some(id) = asked.or(self.policy.tariff.as_deref()) else {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::TARIFF_MISSING, &[])));
        };
        rules.rulebook.rules.tariff(id).ok_or_else(|| {
            let known: Vec<&str> = rules.rulebook.rules.tariffs.iter().map(|t| &*t.id).collect();
            Failure::new(Reason::NotSupported, Issue::general(&issues::TARIFF_UNKNOWN, &["?", &known.join(", ")]))
        })
    }
}

impl Evaluated {
    /// Answers the same records, to be read by another basis of the same knowledge.
    pub fn by(&self, basis: &Basis) -> Evaluated {
        Evaluated { rules: Arc::clone(&basis.rules), scope: Arc::clone(&basis.scope), ..self.clone() }
    }

    /// Answers the same patient with other records: what stands beside them is as it was.
    pub(super) fn with_records(&self, records: Vec<Record>) -> Evaluated {
        Evaluated { records: Arc::new(records), ..self.clone() }
    }

    /// Answers the versions that came after an instant of Patients that are not among the records and
    /// tell, or told, who is one person.
    pub fn linked_since(&self, instant: Instant) -> impl Iterator<Item = &EvidenceRef> {
        self.linked.iter().filter(move |(known, _)| *known > instant).map(|(_, version)| version)
    }

    /// Answers the patient that stands for this one, when it was merged.
    pub fn merged_into(&self) -> Option<&str> {
        self.merged_into.as_deref()
    }

    /// Resolves the patient's facts once, for every question of a request.
    pub fn view(&self) -> View<'_> {
        let scope = StructureScope { directory: &self.scope.directory, sites: Cow::Borrowed(&self.scope.sites) };
        let dossier = Dossier::build(&self.records, self.rules()).standing(self.standing.clone());
        View { of: self, dossier, scope }
    }

    /// Answers the same for sums over many patients, which cite nothing.
    pub(super) fn view_for_sums(&self) -> View<'_> {
        let View { of, dossier, scope } = self.view();
        View { of, dossier: dossier.without_citations(), scope }
    }

    pub fn rules(&self) -> &Rules {
        &self.rules.rulebook.rules
    }

    /// Answers what a figure of this evaluation carries beside itself.
    pub fn stamp(&self, tariff: Option<&str>, weakest: RuleStatus) -> Stamp {
        Stamp {
            known_at: self.known_at,
            rulebook: self.rules.digest.clone(),
            tariff: tariff.map(str::to_owned),
            weakest,
            merged_into: self.merged_into.clone(),
        }
    }
}

/// Answers what was read of Patients that take no part: one that left the person, or was deleted.
fn linked(
    read: &HashMap<Box<str>, (Option<Links>, Vec<Record>)>,
    person: &[Box<str>],
) -> Arc<[(Instant, EvidenceRef)]> {
    let outside = |record: &&Record| record.kind == Kind::Patient && !person.iter().any(|id| **id == *record.id);
    let records = read.values().flat_map(|(_, all)| all).filter(outside);
    let version = |record: &Record, version: &Version| {
        (version.known, EvidenceRef { kind: record.kind, id: record.id.clone(), version: version.number })
    };
    let mut told: Vec<_> = records.flat_map(|r| r.versions.iter().map(|v| version(r, v))).collect();
    told.sort_unstable_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    told.dedup();
    told.into()
}

/// A patient's facts, resolved: what questions are asked of.
pub struct View<'a> {
    pub of: &'a Evaluated,
    pub(super) dossier: Dossier<'a>,
    pub(super) scope: StructureScope<'a>,
}

impl View<'_> {
    /// Answers the prevention card of a day.
    pub fn card(&self, date: Day) -> Card {
        prevention::card(&self.dossier, date)
    }

    /// Answers a line for each component of the items that are vaccines, with its place in the item.
    pub fn vaccines(&self, date: Day) -> Vec<(usize, ItemResult)> {
        prevention::vaccines(&self.dossier, date)
    }

    /// Answers what decides a month, before any amount.
    pub fn month(&self, month: Month) -> PatientMonth {
        typologie::patient_month(&self.dossier, &self.scope, month)
    }

    /// Answers the patient as the measures ask about him, over a period, both days included.
    pub fn subject(&self, period: (Day, Day)) -> Subject<'_> {
        Subject::new(&self.dossier, &self.scope, period)
    }

    /// Answers whether one of these Practitioners attends the patient on a day.
    pub fn is_attended_by(&self, practitioners: &[Box<str>], day: Day) -> bool {
        let attending = enrolment::attending(&self.dossier, &self.scope, day);
        attending.practitioners.iter().any(|one| practitioners.contains(one))
    }

    /// Answers where the patient stands with each pathway on a day.
    pub fn pathways(&self, date: Day) -> Vec<PathwayResult> {
        pathway::evaluate(&self.dossier, &self.scope, date)
    }

    /// Answers these pathways with what decided who may enter.
    pub(super) fn explained(&self, pathways: Vec<PathwayResult>, date: Day) -> Vec<PathwayResult> {
        pathway::explained(pathways, &self.dossier, date)
    }

    /// Answers the days of the patient on a roster he is on in the month.
    pub fn days_on(&self, roster: Roster, month: &PatientMonth) -> Window {
        roster::days(roster, &self.dossier, &self.scope, month)
    }

    /// Answers what became of the patient on a roster from one month to another; `None` when he is on
    /// it in neither.
    pub fn moved(&self, roster: Roster, before: &Side, after: &Side) -> Option<Change> {
        roster::compare(roster, &self.dossier, before, after)
    }

    /// Prices a month. In production an invented amount is refused like an unknown one.
    pub fn forfait(&self, patient_month: &PatientMonth, tariff: &Tariff) -> Result<Forfait, Failure> {
        let forfait = self.priced(patient_month, tariff).map_err(|error| pricing(&error))?;
        if forfait.fictional && self.of.mode == Mode::Production {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])));
        }
        Ok(forfait)
    }

    /// Prices a month; a fictional amount is as good as any.
    pub fn priced(&self, patient_month: &PatientMonth, tariff: &Tariff) -> Result<Forfait, PricingError> {
        forfait::price(&self.dossier, &self.scope, patient_month, tariff)
    }

    /// Answers the trace of a month: every rule, parameter, evidence and amount; where no amount
    /// can be told, the trace says why.
    pub(super) fn explanation(&self, patient_month: &PatientMonth, tariff: &Tariff) -> Result<Explanation, Failure> {
        let priced = self.priced(patient_month, tariff);
        if self.of.mode == Mode::Production && priced.as_ref().is_ok_and(|f| f.fictional) {
            return Err(Failure::new(Reason::Contract, Issue::general(&issues::FICTIONAL_REFUSED, &[&tariff.id])));
        }
        Ok(explain::explain(&self.dossier, patient_month, &priced))
    }
}

pub(super) fn pricing(error: &PricingError) -> Failure {
    let issue = match error {
        PricingError::AmountUnknown { param, month } => {
            Issue::general(&issues::AMOUNT_UNKNOWN, &[param, &month.to_string()])
        }
        PricingError::FactMissing { missing, month } => {
            Issue::general(&issues::AMOUNT_UNKNOWN, &[missing, &month.to_string()])
        }
        PricingError::UnknownTariff => Issue::general(&issues::TARIFF_UNKNOWN, &["?", ""]),
    };
    Failure::new(Reason::Contract, issue)
}
