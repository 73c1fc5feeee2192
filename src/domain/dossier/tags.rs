//! Tags: which concept each coding of each fact belongs to, found from the fact or the concept.

use super::Entry;
use crate::domain::codes::Short;
use crate::domain::fact::ActFact;
use crate::domain::fact::ActState;
use crate::domain::fact::Coding;
use crate::domain::fact::Fact;
use crate::domain::fact::Kind;
use crate::domain::fact::Value;
use crate::domain::finding::FactIndex;
use crate::domain::measure::ConceptId;
use crate::domain::measure::Concepts;
use smallvec::SmallVec;

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
    /// The facts with a code of our own evidence system, in order.
    own: Vec<FactIndex>,
}

impl Tags {
    pub(super) fn of<'a>(entries: &[Entry<'a>], concepts: &'a Concepts) -> Tags {
        let mut reader = Reader {
            concepts,
            met: Default::default(),
            index: FactIndex(0),
            kind: Kind::Patient,
            tags: Vec::with_capacity(entries.len() * 3),
            own: Vec::new(),
        };
        let mut starts = Vec::with_capacity(entries.len() + 1);
        for (n, entry) in entries.iter().enumerate() {
            starts.push(reader.tags.len() as u32);
            (reader.index, reader.kind) = (FactIndex(n as u32), entry.record.kind);
            reader.fact(entry.fact);
        }
        starts.push(reader.tags.len() as u32);
        let by_fact = reader.tags;
        let (by_concept, concept_starts) = grouped(&by_fact, concepts.all.len());
        Tags { by_fact, starts, by_concept, concept_starts, own: reader.own }
    }

    /// Answers the facts with a code of our own evidence system, in order.
    pub(super) fn own(&self) -> &[FactIndex] {
        &self.own
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
    let mut before = 0;
    for start in &mut starts {
        before += *start;
        *start = before;
    }
    let mut grouped = vec![Tag(0); tags.len()];
    for tag in tags {
        let next = &mut starts[usize::from(tag.concept().0) + 1];
        grouped[*next as usize] = *tag;
        *next += 1;
    }
    (grouped, starts)
}

/// Reads the codings of facts, one fact after the other.
struct Reader<'a> {
    concepts: &'a Concepts,
    /// By role.
    met: [Met; ROLES.len()],
    index: FactIndex,
    kind: Kind,
    tags: Vec<Tag>,
    own: Vec<FactIndex>,
}

impl<'a> Reader<'a> {
    fn fact(&mut self, fact: &'a Fact) {
        match fact {
            Fact::Act(f) => self.act(f),
            Fact::Encounter(f) => {
                self.each((Role::Code, 0), f.types.iter().chain(&f.reasons));
                self.each((Role::Class, 0), &f.class);
            }
            Fact::Condition(f) => {
                self.each((Role::Code, 0), &f.codings);
                self.each((Role::Category, 0), &f.categories);
            }
            Fact::Coverage(f) => {
                self.each((Role::Code, 0), &f.codings);
                for (n, exception) in f.exceptions.iter().enumerate() {
                    self.each((Role::Exception, n + 1), &exception.codings);
                }
            }
            Fact::CareTeam(f) => {
                for (n, participant) in f.participants.iter().enumerate() {
                    self.each((Role::Participant, n + 1), &participant.roles);
                }
            }
            Fact::Flag(f) => self.each((Role::Code, 0), &f.codings),
            Fact::Episode(f) => self.each((Role::Code, 0), &f.types),
            Fact::Practitioner(f) => self.each((Role::Code, 0), &f.qualifications),
            Fact::Role(f) => self.each((Role::Code, 0), &f.codings),
            Fact::Organization(f) => self.each((Role::Code, 0), &f.types),
            Fact::Appointment(f) => self.each((Role::Code, 0), &f.types),
            Fact::Patient(_) | Fact::Location(_) => {}
        }
    }

    fn act(&mut self, act: &'a ActFact) {
        // What was not done may be said on any kind of resource: a stool test that was refused is a
        // Procedure, though done it would be an Observation.
        let on = Some(self.kind).filter(|_| act.state != ActState::NotDone);
        self.each_on(on, (Role::Code, 0), &act.codings);
        self.value(0, &act.value);
        for (n, component) in act.components.iter().enumerate() {
            self.each((Role::Code, n + 1), &component.codings);
            self.value(n + 1, &component.value);
        }
        self.each((Role::Interpretation, 0), &act.interpretation);
        self.each((Role::Reason, 0), &act.reasons);
    }

    fn value(&mut self, part: usize, value: &'a Value) {
        if let Value::Coded(codings) = value {
            self.each((Role::Value, part), codings);
        }
    }

    fn each(&mut self, place: (Role, usize), codings: impl IntoIterator<Item = &'a Coding>) {
        self.each_on(Some(self.kind), place, codings);
    }

    fn each_on(
        &mut self,
        kind: Option<Kind>,
        (role, part): (Role, usize),
        codings: impl IntoIterator<Item = &'a Coding>,
    ) {
        let from = self.tags.len();
        for coding in codings {
            let met = &mut self.met[role as usize];
            met.read(coding, kind, self.concepts);
            let tag = |concept: &ConceptId| Tag::new(*concept, self.index, role, part);
            if self.tags.len() == from {
                self.tags.extend(met.concepts.iter().map(tag));
            } else {
                for tag in met.concepts.iter().map(tag) {
                    if !self.tags[from..].contains(&tag) {
                        self.tags.push(tag);
                    }
                }
            }
            if met.is_own && self.own.last() != Some(&self.index) {
                self.own.push(self.index);
            }
        }
    }
}

/// The coding last met in a role, and the concepts it belongs to: visit after visit has the same class
/// and reason.
#[derive(Default)]
struct Met {
    /// The code, where it is short; any other is looked up each time.
    code: Option<Short>,
    /// On what kind of resource; `None`: any.
    kind: Option<Kind>,
    system: Option<u16>,
    /// The system is that of our own evidence codes.
    is_own: bool,
    concepts: SmallVec<[ConceptId; 8]>,
}

impl Met {
    fn read(&mut self, coding: &Coding, kind: Option<Kind>, known: &Concepts) {
        let (system, code) = (known.system_of(&coding.system), Short::of(&coding.code));
        let same = (self.system, self.kind, self.code) == (system, kind, code) && code.is_some();
        if !same {
            (self.kind, self.code) = (kind, code);
            self.look_up(system, (&coding.code, code), known);
        }
    }

    fn look_up(&mut self, system: Option<u16>, code: (&str, Option<Short>), known: &Concepts) {
        if self.system != system {
            self.is_own = system.is_some_and(|system| known.is_own(system));
            self.system = system;
        }
        self.concepts.clear();
        if let Some(system) = system {
            let concepts = &mut self.concepts;
            known.each_of(system, code, self.kind, |concept| {
                if !concepts.contains(&concept) {
                    concepts.push(concept);
                }
            });
        }
    }
}
