//! The dossier: one patient's records, resolved once against the rules.
//!
//! Owns: which concepts every coding of a patient belongs to, the measured values in canonical
//! units and in order of time, the acts that prove a prevention evidence, and until when a state
//! that ended without a date held. Conditions, the prevention card and the forfait read only this.
//! Must not know: what any rule concludes.

mod done;
mod readings;
pub mod spans;
mod tags;

pub use done::Done;
pub use readings::Reading;
pub use spans::DaySpan;
pub use tags::Role;

use super::calendar::{Day, PartialDate};
use super::condition::EvidenceId;
use super::fact::{
    ActFact, AppointmentFact, AppointmentState, CareTeamFact, ConditionFact, CoverageFact, EncounterFact, EpisodeFact,
    Fact, FlagFact, Kind, Named, PatientFact, Record, Reference, Version,
};
use super::finding::{EvidenceRef, FactIndex, Facts};
use super::id::compare_ids;
use super::measure::{ConceptId, MeasureId};
use super::merge::{Place, Standing};
use super::rules::Rules;
use std::borrow::Cow;
use tags::{Tag, Tags};

/// One record with its version in force.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    record: &'a Record,
    version: &'a Version,
    fact: &'a Fact,
}

/// A fact in force, with the record and version it stands in.
#[derive(Debug)]
pub struct Seen<'d, F> {
    pub index: FactIndex,
    pub record: &'d Record,
    pub version: &'d Version,
    pub fact: &'d F,
}

impl<F> Clone for Seen<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Seen<'_, F> {}

/// Everything known of one patient, ready for evaluation. Facts are numbered by `FactIndex` in
/// an order that does not depend on the order of the records.
#[derive(Debug)]
pub struct Dossier<'a> {
    rules: &'a Rules,
    records: &'a [Record],
    entries: Vec<Entry<'a>>,
    person: Option<Seen<'a, PatientFact>>,
    /// The earliest day the person may have been born on; `None` when nobody told.
    born: Option<Day>,
    tags: Tags,
    readings: Vec<Reading>,
    done: done::DoneList,
    standing: Standing,
    citing: Citing,
}

/// Whether answers name the facts they rest on: sums over many patients do not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Citing {
    Facts,
    Nothing,
}

impl<'a> Dossier<'a> {
    /// Resolves the records of one patient. Deleted and moved records are left out; of several
    /// patients (a merge) the first is the person.
    pub fn build(records: &'a [Record], rules: &'a Rules) -> Dossier<'a> {
        let entries = entries(records);
        let person = person(records, &entries);
        let born = person.and_then(|p| p.fact.birth).map(PartialDate::earliest);
        let tags = Tags::of(&entries, &rules.concepts);
        let done = done::DoneList::default();
        let mut dossier = Dossier {
            rules,
            records,
            entries,
            person,
            born,
            tags,
            readings: Vec::new(),
            done,
            standing: Standing::default(),
            citing: Citing::Facts,
        };
        dossier.readings = readings::collect(&dossier);
        dossier.done = done::DoneList::collect(&dossier);
        dossier
    }

    /// Answers the same for a record that takes part so in a merge.
    pub fn standing(self, standing: Standing) -> Dossier<'a> {
        Dossier { standing, ..self }
    }

    /// Answers the same for sums over many patients: verdicts stand, and cite nothing.
    pub fn without_citations(self) -> Dossier<'a> {
        Dossier { citing: Citing::Nothing, ..self }
    }

    /// Answers whether another record is paid in the place of the one asked about.
    pub fn is_replaced(&self) -> bool {
        self.standing.place == Place::Replaced
    }

    /// Answers what is doubtful in the merge of the records, as stable codes.
    pub fn merge_doubts(&self) -> &[&'static str] {
        &self.standing.doubts
    }

    pub fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// Answers the records as given, all versions, deleted ones included.
    pub fn records(&self) -> &'a [Record] {
        self.records
    }

    /// Answers the person: the first patient of the records.
    pub fn patient(&self) -> Option<&'a PatientFact> {
        self.person.map(|seen| seen.fact)
    }

    /// Answers the person with the record and version that describe them.
    pub fn person(&self) -> Option<Seen<'a, PatientFact>> {
        self.person
    }

    /// Answers the patients whose records were merged into that of the person.
    pub fn merged(&self) -> impl Iterator<Item = Seen<'a, PatientFact>> + '_ {
        let own = self.person.map(|person| person.index);
        let all = self.of_kind(Kind::Patient, |f| if let Fact::Patient(x) = f { Some(x) } else { None });
        all.filter(move |seen| Some(seen.index) != own)
    }

    /// Answers whether the person is known by a usable identifier, in any of the records.
    pub fn identified(&self) -> bool {
        self.person.into_iter().chain(self.merged()).any(|seen| seen.fact.identity.ins_key || seen.fact.identity.pi)
    }

    /// Answers how many facts are in force.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn fact(&self, index: FactIndex) -> &'a Fact {
        self.entry(index).fact
    }

    pub fn record(&self, index: FactIndex) -> &'a Record {
        self.entry(index).record
    }

    pub fn version(&self, index: FactIndex) -> &'a Version {
        self.entry(index).version
    }

    /// Answers the citation of a fact: kind, id and version.
    pub fn reference(&self, index: FactIndex) -> EvidenceRef {
        let entry = self.entry(index);
        EvidenceRef { kind: entry.record.kind, id: entry.record.id.clone(), version: entry.version.number }
    }

    /// Answers the same where facts are cited.
    pub fn citation(&self, index: FactIndex) -> Option<EvidenceRef> {
        (self.citing == Citing::Facts).then(|| self.reference(index))
    }

    /// Answers the citations of several facts, sorted, each once.
    pub fn references(&self, facts: &[FactIndex]) -> Vec<EvidenceRef> {
        if self.citing == Citing::Nothing {
            return Vec::new();
        }
        if let [fact] = facts {
            return vec![self.reference(*fact)];
        }
        let mut sorted = Facts::from_slice(facts);
        sorted.sort_unstable();
        sorted.dedup();
        sorted.into_iter().map(|index| self.reference(index)).collect()
    }

    /// Answers the concepts of a fact's own codes: Act and Condition codes, Encounter types and
    /// reasons, Appointment types, Coverage, Flag, Episode, Practitioner, Role and Organization codings.
    pub fn concepts_of(&self, index: FactIndex) -> impl Iterator<Item = ConceptId> + '_ {
        self.tags.of_fact(index).iter().filter(|t| t.role() == Role::Code && t.part() == 0).map(|t| t.concept())
    }

    /// Answers whether the fact itself carries the concept in that role.
    pub fn is(&self, index: FactIndex, role: Role, concept: ConceptId) -> bool {
        self.is_part(index, role, 0, concept)
    }

    /// Answers whether part `part` of the fact carries the concept: component, exception or care
    /// team participant number `part - 1` in the fact's own list; 0 is the fact itself.
    pub fn is_part(&self, index: FactIndex, role: Role, part: usize, concept: ConceptId) -> bool {
        self.tags
            .of_fact(index)
            .iter()
            .any(|t| t.concept() == concept && t.role() == role && usize::from(t.part()) == part)
    }

    /// Answers whether the fact or one of its parts carries the concept in that role.
    pub fn carries(&self, index: FactIndex, role: Role, concept: ConceptId) -> bool {
        self.tags.of_fact(index).iter().any(|t| t.concept() == concept && t.role() == role)
    }

    /// Answers whether any fact carries the concept at all.
    pub fn has(&self, concept: ConceptId) -> bool {
        !self.tags.of_concept(concept).is_empty()
    }

    /// Answers every fact that carries the concept in that role, as itself or in one of its parts
    /// (see `is_part`), in order of facts.
    pub fn with_concept(&self, concept: ConceptId, role: Role) -> impl Iterator<Item = (FactIndex, usize)> + '_ {
        self.tags.of_concept(concept).iter().filter(move |t| t.role() == role).map(|t| (t.fact(), t.part().into()))
    }

    /// Answers every value of the measure dated on or before `on`, oldest first; the last one is
    /// the one that counts (of one day: as the measure says).
    pub fn readings(&self, measure: MeasureId, on: Day) -> &[Reading] {
        let all = readings::of(&self.readings, measure);
        &all[..all.partition_point(|r| r.day <= on)]
    }

    /// Answers the value of the measure that counts on `on`: the latest.
    pub fn latest(&self, measure: MeasureId, on: Day) -> Option<&Reading> {
        self.readings(measure, on).last()
    }

    /// Answers every accepted act that proves the evidence, dated on or before `on`, oldest first.
    /// The evidence's own minimum age is left to the caller, who knows how to read a birth date.
    pub fn done(&self, evidence: EvidenceId, on: Day) -> Cow<'_, [Done]> {
        done::on(self, evidence, on)
    }

    pub fn encounters(&self) -> impl Iterator<Item = Seen<'a, EncounterFact>> + '_ {
        self.of_kind(Kind::Encounter, |f| if let Fact::Encounter(x) = f { Some(x) } else { None })
    }

    pub fn conditions(&self) -> impl Iterator<Item = Seen<'a, ConditionFact>> + '_ {
        self.of_kind(Kind::Condition, |f| if let Fact::Condition(x) = f { Some(x) } else { None })
    }

    pub fn episodes(&self) -> impl Iterator<Item = Seen<'a, EpisodeFact>> + '_ {
        self.of_kind(Kind::EpisodeOfCare, |f| if let Fact::Episode(x) = f { Some(x) } else { None })
    }

    pub fn care_teams(&self) -> impl Iterator<Item = Seen<'a, CareTeamFact>> + '_ {
        self.of_kind(Kind::CareTeam, |f| if let Fact::CareTeam(x) = f { Some(x) } else { None })
    }

    pub fn appointments(&self) -> impl Iterator<Item = Seen<'a, AppointmentFact>> + '_ {
        self.of_kind(Kind::Appointment, |f| if let Fact::Appointment(x) = f { Some(x) } else { None })
    }

    /// Answers whether an appointment is booked, and the patient comes as far as anybody told.
    pub fn expects(&self, appointment: &AppointmentFact) -> bool {
        if appointment.state != AppointmentState::Booked || appointment.declined.is_empty() {
            return appointment.state == AppointmentState::Booked;
        }
        let own = |id: &str| self.records.iter().any(|record| record.kind == Kind::Patient && *record.id == *id);
        let named = appointment.participants.iter().filter_map(|participant| match &participant.actor {
            Some(Named::Resource(Reference { kind: Kind::Patient, id })) if own(id) => Some(id),
            _ => None,
        });
        let named: Vec<&Box<str>> = named.collect();
        // A person whose records were merged may be named twice: one who comes is enough.
        named.is_empty() || named.iter().any(|id| !appointment.declined.contains(id))
    }

    /// Answers Observations, Procedures, Immunizations, DiagnosticReports and
    /// QuestionnaireResponses, whatever their state.
    pub fn acts(&self) -> impl Iterator<Item = Seen<'a, ActFact>> + '_ {
        self.every(|f| if let Fact::Act(x) = f { Some(x) } else { None })
    }

    /// Answers the encounter at that place, `None` when another kind of fact is there.
    pub fn encounter(&self, index: FactIndex) -> Option<Seen<'a, EncounterFact>> {
        if let Fact::Encounter(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the condition at that place, `None` when another kind of fact is there.
    pub fn condition(&self, index: FactIndex) -> Option<Seen<'a, ConditionFact>> {
        if let Fact::Condition(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the coverage at that place, `None` when another kind of fact is there.
    pub fn coverage(&self, index: FactIndex) -> Option<Seen<'a, CoverageFact>> {
        if let Fact::Coverage(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the episode at that place, `None` when another kind of fact is there.
    pub fn episode(&self, index: FactIndex) -> Option<Seen<'a, EpisodeFact>> {
        if let Fact::Episode(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the appointment at that place, `None` when another kind of fact is there.
    pub fn appointment(&self, index: FactIndex) -> Option<Seen<'a, AppointmentFact>> {
        if let Fact::Appointment(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the flag at that place, `None` when another kind of fact is there.
    pub fn flag(&self, index: FactIndex) -> Option<Seen<'a, FlagFact>> {
        if let Fact::Flag(fact) = self.fact(index) { Some(self.seen(index, fact)) } else { None }
    }

    /// Answers the birth date of the person, as precisely as known.
    pub fn birth(&self) -> Option<PartialDate> {
        self.patient().and_then(|p| p.birth)
    }

    /// Answers whether something dated so may have happened to the person: only what lies before
    /// every day the birth date may stand for is impossible.
    pub(crate) fn possible(&self, date: PartialDate) -> bool {
        self.born.is_none_or(|born| date.latest() >= born)
    }

    fn entry(&self, index: FactIndex) -> &Entry<'a> {
        &self.entries[index.0 as usize]
    }

    fn seen<F>(&self, index: FactIndex, fact: &'a F) -> Seen<'a, F> {
        let entry = self.entry(index);
        Seen { index, record: entry.record, version: entry.version, fact }
    }

    fn every<F: 'a>(&self, pick: fn(&'a Fact) -> Option<&'a F>) -> impl Iterator<Item = Seen<'a, F>> + '_ {
        self.range(0, self.entries.len(), pick)
    }

    fn of_kind<F: 'a>(
        &self,
        kind: Kind,
        pick: fn(&'a Fact) -> Option<&'a F>,
    ) -> impl Iterator<Item = Seen<'a, F>> + '_ {
        let first = self.entries.partition_point(|e| e.record.kind < kind);
        let last = self.entries.partition_point(|e| e.record.kind <= kind);
        self.range(first, last, pick)
    }

    fn range<F: 'a>(
        &self,
        first: usize,
        last: usize,
        pick: fn(&'a Fact) -> Option<&'a F>,
    ) -> impl Iterator<Item = Seen<'a, F>> + '_ {
        self.entries[first..last].iter().enumerate().filter_map(move |(n, e)| {
            let fact = pick(e.fact)?;
            Some(Seen { index: FactIndex((first + n) as u32), record: e.record, version: e.version, fact })
        })
    }
}

/// The first patient of the records.
fn person<'a>(records: &'a [Record], entries: &[Entry<'a>]) -> Option<Seen<'a, PatientFact>> {
    let first = records.iter().find(|r| r.kind == Kind::Patient && r.current().is_some_and(|v| v.fact.is_some()))?;
    let index = entries.iter().position(|e| std::ptr::eq(e.record, first))?;
    let Entry { record, version, fact } = entries[index];
    if let Fact::Patient(fact) = fact {
        Some(Seen { index: FactIndex(index as u32), record, version, fact })
    } else {
        None
    }
}

/// The records in force, by kind and id: the store usually answers them so already.
fn entries(records: &[Record]) -> Vec<Entry<'_>> {
    let in_force = |record| {
        let version = Record::current(record)?;
        Some(Entry { record, version, fact: version.fact.as_ref()? })
    };
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(records.len());
    entries.extend(records.iter().filter_map(in_force));
    let order = |a: &Entry<'_>, b: &Entry<'_>| {
        let by_id = || compare_ids(a.record.id.as_bytes(), b.record.id.as_bytes());
        a.record.kind.cmp(&b.record.kind).then_with(by_id)
    };
    if !entries.is_sorted_by(|a, b| order(a, b).is_le()) {
        entries.sort_by(order);
    }
    entries
}

/// Answers the tag list of a dossier to its own modules.
fn tags_of<'d>(dossier: &'d Dossier<'_>, concept: ConceptId) -> &'d [Tag] {
    dossier.tags.of_concept(concept)
}
