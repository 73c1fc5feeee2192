//! Tags: which concept each coding of each fact belongs to, found from the fact or the concept.

use super::Entry;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Value;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Concepts;

/// Which element of a resource a coding was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// What the fact is: code, vaccineCode, type, reason of an encounter, qualification.
    Code,
    /// The coded value of an observation or of one of its components.
    Value,
    /// interpretation and conclusionCode.
    Interpretation,
    /// statusReason or reasonCode of an act that was not done.
    Reason,
    /// Condition.category.
    Category,
    /// Encounter.class.
    Class,
    /// costToBeneficiary.exception of a coverage; the part is its number.
    Exception,
    /// Role of a care team participant; the part is its number.
    Participant,
}

const ROLES: [Role; 8] = [
    Role::Code,
    Role::Value,
    Role::Interpretation,
    Role::Reason,
    Role::Category,
    Role::Class,
    Role::Exception,
    Role::Participant,
];

/// One (concept, fact, role, part), packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(u64);

const FACT_BITS: u32 = 28;
const FACT_MASK: u64 = (1 << FACT_BITS) - 1;

impl Tag {
    fn new(concept: ConceptId, fact: FactIndex, role: Role, part: usize) -> Tag {
        let part = u16::try_from(part).unwrap_or(u16::MAX);
        Tag((u64::from(concept.0) << 48)
            | ((u64::from(fact.0) & FACT_MASK) << 20)
            | (u64::from(role as u8) << 16)
            | u64::from(part))
    }

    pub(super) fn concept(self) -> ConceptId {
        ConceptId((self.0 >> 48) as u16)
    }

    pub(super) fn fact(self) -> FactIndex {
        FactIndex(((self.0 >> 20) & FACT_MASK) as u32)
    }

    pub(super) fn role(self) -> Role {
        ROLES[((self.0 >> 16) & 0x7) as usize]
    }

    pub(super) fn part(self) -> u16 {
        (self.0 & 0xffff) as u16
    }
}

/// All tags of a dossier, in both orders.
#[derive(Debug, Default)]
pub(super) struct Tags {
    by_fact: Vec<Tag>,
    /// Where each fact's tags begin in `by_fact`; one more entry than facts.
    starts: Vec<u32>,
    by_concept: Vec<Tag>,
    /// Where each concept's tags begin in `by_concept`; at least one more entry than concepts.
    concept_starts: Vec<u32>,
}

impl Tags {
    pub(super) fn of(entries: &[Entry<'_>], concepts: &Concepts) -> Tags {
        let mut reader =
            Reader { concepts, tags: Vec::with_capacity(entries.len() * 3), scratch: Vec::with_capacity(8) };
        let mut starts = Vec::with_capacity(entries.len() + 1);
        for (n, entry) in entries.iter().enumerate() {
            starts.push(reader.tags.len() as u32);
            reader.fact(FactIndex(n as u32), entry.record.kind, entry.fact);
        }
        starts.push(reader.tags.len() as u32);
        let by_fact = reader.tags;
        let (by_concept, concept_starts) = grouped(&by_fact, concepts.all.len());
        Tags { by_fact, starts, by_concept, concept_starts }
    }

    pub(super) fn of_fact(&self, fact: FactIndex) -> &[Tag] {
        let n = fact.0 as usize;
        &self.by_fact[self.starts[n] as usize..self.starts[n + 1] as usize]
    }

    pub(super) fn of_concept(&self, concept: ConceptId) -> &[Tag] {
        let n = usize::from(concept.0);
        &self.by_concept[self.concept_starts[n] as usize..self.concept_starts[n + 1] as usize]
    }
}

/// Answers the tags grouped by concept, in order of facts within each, and where each concept's
/// begin: a counting sort, since a rulebook has about as many concepts as a patient has tags.
fn grouped(tags: &[Tag], concepts: usize) -> (Vec<Tag>, Vec<u32>) {
    let mut starts = vec![0u32; concepts + 2];
    for tag in tags {
        starts[usize::from(tag.concept().0) + 2] += 1;
    }
    for n in 2..starts.len() {
        starts[n] += starts[n - 1];
    }
    let mut grouped = vec![Tag(0); tags.len()];
    for tag in tags {
        let next = &mut starts[usize::from(tag.concept().0) + 1];
        grouped[*next as usize] = *tag;
        *next += 1;
    }
    (grouped, starts)
}

/// Reads the codings of facts, one after the other.
struct Reader<'c> {
    concepts: &'c Concepts,
    tags: Vec<Tag>,
    scratch: Vec<ConceptId>,
}

impl Reader<'_> {
    fn fact(&mut self, index: FactIndex, kind: Kind, fact: &Fact) {
        match fact {
            Fact::Act(_) => self.act(index, kind, fact),
            Fact::Encounter(f) => {
                let reasons = f.types.iter().chain(&f.reasons);
                self.each(index, kind, (Role::Code, 0), reasons);
                self.each(index, kind, (Role::Class, 0), f.class.iter());
            }
            Fact::Condition(f) => {
                self.each(index, kind, (Role::Code, 0), f.codings.iter());
                self.each(index, kind, (Role::Category, 0), f.categories.iter());
            }
            Fact::Coverage(f) => {
                self.each(index, kind, (Role::Code, 0), f.codings.iter());
                for (n, exception) in f.exceptions.iter().enumerate() {
                    self.each(index, kind, (Role::Exception, n + 1), exception.codings.iter());
                }
            }
            Fact::CareTeam(f) => {
                for (n, participant) in f.participants.iter().enumerate() {
                    self.each(index, kind, (Role::Participant, n + 1), participant.roles.iter());
                }
            }
            Fact::Flag(f) => self.each(index, kind, (Role::Code, 0), f.codings.iter()),
            Fact::Episode(f) => self.each(index, kind, (Role::Code, 0), f.types.iter()),
            Fact::Practitioner(f) => self.each(index, kind, (Role::Code, 0), f.qualifications.iter()),
            Fact::Role(f) => self.each(index, kind, (Role::Code, 0), f.codings.iter()),
            Fact::Organization(f) => self.each(index, kind, (Role::Code, 0), f.types.iter()),
            Fact::Patient(_) | Fact::Appointment(_) | Fact::Location(_) => {}
        }
    }

    fn act(&mut self, index: FactIndex, kind: Kind, fact: &Fact) {
        let Fact::Act(act) = fact else { return };
        if act.state == ActState::NotDone {
            // What was not done may be said on any kind of resource: a stool test that was
            // refused is a Procedure, though done it would be an Observation.
            self.scratch.clear();
            for coding in &act.codings {
                self.concepts.resolve_any_kind(coding, &mut self.scratch);
            }
            self.keep(index, (Role::Code, 0));
        } else {
            self.each(index, kind, (Role::Code, 0), act.codings.iter());
        }
        self.value(index, kind, 0, &act.value);
        for (n, component) in act.components.iter().enumerate() {
            self.each(index, kind, (Role::Code, n + 1), component.codings.iter());
            self.value(index, kind, n + 1, &component.value);
        }
        self.each(index, kind, (Role::Interpretation, 0), act.interpretation.iter());
        self.each(index, kind, (Role::Reason, 0), act.reasons.iter());
    }

    fn value(&mut self, index: FactIndex, kind: Kind, part: usize, value: &Value) {
        if let Value::Coded(codings) = value {
            self.each(index, kind, (Role::Value, part), codings.iter());
        }
    }

    fn each<'f>(
        &mut self,
        index: FactIndex,
        kind: Kind,
        place: (Role, usize),
        codings: impl Iterator<Item = &'f Coding>,
    ) {
        self.scratch.clear();
        for coding in codings {
            self.concepts.resolve(coding, kind, &mut self.scratch);
        }
        self.keep(index, place);
    }

    fn keep(&mut self, index: FactIndex, (role, part): (Role, usize)) {
        self.tags.extend(self.scratch.iter().map(|concept| Tag::new(*concept, index, role, part)));
    }
}
