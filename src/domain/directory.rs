//! The people and places of a tenant: who has which profession, and who works where.
//!
//! Owns: `Directory`, built from Practitioner, PractitionerRole, Organization and Location, and the
//! sites that make up the structure. Must not know: patients, consultations, money.
//! Implements the rows "the structure" and "doctor without any specialty" of the settled readings.

use super::calendar::Day;
use super::calendar::PartialDate;
use super::calendar::Period;
use super::fact::Coding;
use super::fact::Fact;
use super::fact::IdentifierHash;
use super::fact::Kind;
use super::fact::Named;
use super::fact::Participant;
use super::fact::Record;
use super::fact::Reference;
use super::fact::RoleFact;
use super::fact::Version;
use super::measure::ConceptId;
use super::rules::Rules;
use super::verdict::Verdict;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// What somebody's codes say of their trade, as far as the patient consommant is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profession {
    /// A physician with a specialty of general practice.
    Gp,
    Midwife,
    /// A known profession, or a physician of another specialty: never counts.
    OtherKnown,
    /// No code, or a physician without any specialty: never taken for a GP.
    Unknown,
}

/// Which Organizations of the tenant are the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SitePolicy {
    /// The structure's Organization, the sites named beside it, and all that is part of them.
    Tree,
    /// Those, and every other Organization of the tenant that is no payor (demonstration).
    EveryOrganization,
}

/// Asked of every visit of every patient, hence the quick hash; seeded, since senders choose the ids.
type Table<K, V> = HashMap<K, V, foldhash::quality::RandomState>;

/// Professions, roles and the tree of organizations of one tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Directory {
    practitioners: Table<Box<str>, Person>,
    roles: Table<Box<str>, Role>,
    organizations: Table<Box<str>, Place>,
    /// Location id to its managing Organization.
    locations: Table<Box<str>, Option<Named>>,
    /// Who carries an identifier: two resources may (a role and its practitioner, two sites).
    identifiers: Table<IdentifierHash, Vec<Reference>>,
}

/// Somebody the tenant knows: by a Practitioner, or by a PractitionerRole that names one.
#[derive(Clone, Debug, Default, PartialEq)]
struct Person {
    traits: Traits,
    concepts: Vec<ConceptId>,
    roles: Vec<Box<str>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Role {
    traits: Traits,
    concepts: Vec<ConceptId>,
    practitioner: Option<Named>,
    organization: Option<Named>,
    period: Period,
    /// Day an inactive role without a date became known as such.
    ended: Option<Day>,
}

#[derive(Clone, Debug, PartialEq)]
struct Place {
    part_of: Option<Named>,
    payor: bool,
}

/// The kinds of code met on a person; unions of them say the profession.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Traits(u8);

impl Traits {
    const PHYSICIAN: u8 = 1;
    const GENERAL_PRACTICE: u8 = 1 << 1;
    const SPECIALTY: u8 = 1 << 2;
    const MIDWIFE: u8 = 1 << 3;
    const OTHER: u8 = 1 << 4;

    fn read(codings: &[Coding], kind: Kind, rules: &Rules) -> Traits {
        Traits::of(&resolved(codings, kind, rules), rules)
    }

    fn of(concepts: &[ConceptId], rules: &Rules) -> Traits {
        let rule = &rules.consommant;
        let named = [
            (rule.physician, Traits::PHYSICIAN),
            (rule.general_practice, Traits::GENERAL_PRACTICE),
            (rule.any_specialty, Traits::SPECIALTY),
            (rule.midwife, Traits::MIDWIFE),
            (rule.any_profession, Traits::OTHER),
        ];
        let bits = named.iter().filter(|(concept, _)| concepts.contains(concept)).map(|(_, bit)| bit);
        Traits(bits.fold(0, |all, bit| all | bit))
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    fn with(self, other: Traits) -> Traits {
        Traits(self.0 | other.0)
    }

    fn profession(self) -> Profession {
        if self.has(Traits::MIDWIFE) {
            Profession::Midwife
        } else if self.has(Traits::PHYSICIAN) {
            match (self.has(Traits::GENERAL_PRACTICE), self.has(Traits::SPECIALTY)) {
                (true, _) => Profession::Gp,
                (false, true) => Profession::OtherKnown,
                (false, false) => Profession::Unknown,
            }
        } else if self.has(Traits::OTHER) {
            Profession::OtherKnown
        } else {
            Profession::Unknown
        }
    }
}

impl Directory {
    /// Reads the versions in force of the four kinds; records of other kinds are skipped.
    pub fn build(records: &[Record], rules: &Rules) -> Directory {
        let mut directory = Directory::default();
        for record in records {
            if let Some(Version { fact: Some(fact), .. }) = record.current() {
                directory.add(record, fact, rules);
            }
        }
        directory.give_roles_to_people();
        directory
    }

    fn give_roles_to_people(&mut self) {
        let named = self.roles.iter().filter_map(|(id, role)| Some((id.clone(), role.practitioner.clone()?)));
        for (role, practitioner) in named.collect::<Vec<_>>() {
            for person in self.person_of_role(&practitioner) {
                self.practitioners.entry(person).or_default().roles.push(role.clone());
            }
        }
    }

    /// Answers the ids of the people a role names. Somebody whom only identifiers tell gets an id
    /// that no resource may have, so that roles and declarations that name them alike still meet.
    fn person_of_role(&mut self, practitioner: &Named) -> Vec<Box<str>> {
        let known = self.resolve(practitioner).filter(|r| r.kind == Kind::Practitioner);
        let known: Vec<Box<str>> = known.map(|r| r.id.clone()).collect();
        match practitioner {
            Named::Identifier { hash, .. } if known.is_empty() => {
                let id: Box<str> = format!("#{:032x}", u128::from_be_bytes(hash.0)).into();
                self.identifiers.entry(*hash).or_default().push(Reference::new(Kind::Practitioner, &id));
                vec![id]
            }
            _ => known,
        }
    }

    /// Answers the resources a reference names: at most one, but for an identifier that several carry.
    fn resolve<'a>(&'a self, named: &'a Named) -> impl Iterator<Item = &'a Reference> {
        let (told, found) = match named {
            Named::Resource(reference) => (Some(reference), Vec::new()),
            Named::Identifier { kind, hash } => (None, self.carriers(*kind, hash)),
            Named::Untold => (None, Vec::new()),
        };
        told.into_iter().chain(found)
    }

    /// Answers the resources that carry an identifier.
    fn carriers(&self, kind: Option<Kind>, hash: &IdentifierHash) -> Vec<&Reference> {
        let all = self.identifiers.get(hash).into_iter().flatten();
        let mut found: Vec<&Reference> = all.filter(|one| kind.is_none_or(|kind| alike(kind, one.kind))).collect();
        // Of a person and the roles of that person, who is meant is the one told, else the
        // person: the roles are then read for what is in force.
        let meant = kind.unwrap_or(Kind::Practitioner);
        if found.iter().any(|one| one.kind == meant) {
            found.retain(|one| one.kind == meant);
        }
        found
    }

    /// Hands over every date from or until which somebody works somewhere.
    pub fn dates(&self, each: &mut dyn FnMut(PartialDate)) {
        for role in self.roles.values() {
            let bounds = [role.period.start, role.period.end].into_iter().flatten().map(|when| when.date);
            bounds.chain(role.ended.map(PartialDate::Day)).for_each(&mut *each);
        }
    }

    /// Answers the ids of the Practitioners a reference names, by themselves or by a role; none of
    /// somebody whom only an identifier tells.
    pub fn practitioners(&self, named: &Named) -> Vec<Box<str>> {
        let mut found = Vec::new();
        for reference in self.resolve(named) {
            match reference.kind {
                Kind::Practitioner => found.push(reference.id.clone()),
                Kind::PractitionerRole => {
                    found.extend(
                        self.roles.get(&reference.id).into_iter().flat_map(|role| self.people(role)).map(Box::from),
                    );
                }
                _ => {}
            }
        }
        // An id that no resource may have stands for an identifier.
        found.retain(|id| !id.starts_with('#'));
        found
    }

    /// Answers the people of a role, by id.
    fn people<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = &'a str> {
        let named = role.practitioner.iter().flat_map(|person| self.resolve(person));
        named.filter(|person| person.kind == Kind::Practitioner).map(|person| &*person.id)
    }

    fn add(&mut self, record: &Record, fact: &Fact, rules: &Rules) {
        let id: Box<str> = record.id.as_str().into();
        let identifiers = match fact {
            Fact::Practitioner(person) => person.identifiers.as_slice(),
            Fact::Role(role) => &role.identifiers,
            Fact::Organization(organization) => &organization.identifiers,
            _ => &[],
        };
        for hash in identifiers {
            self.identifiers.entry(*hash).or_default().push(Reference::new(record.kind, &id));
        }
        match fact {
            Fact::Practitioner(person) => {
                let concepts = resolved(&person.qualifications, Kind::Practitioner, rules);
                let traits = Traits::of(&concepts, rules);
                self.practitioners.insert(id, Person { traits, concepts, roles: Vec::new() });
            }
            Fact::Role(role) => {
                self.roles.insert(id, Role::read(role, record, rules));
            }
            Fact::Organization(organization) => {
                let concepts = resolved(&organization.types, Kind::Organization, rules);
                let payor = concepts.contains(&rules.consommant.payor);
                self.organizations.insert(id, Place { part_of: organization.part_of.clone(), payor });
            }
            Fact::Location(location) => {
                self.locations.insert(id, location.managing_organization.clone());
            }
            _ => {}
        }
    }

    /// Answers the ids of the Organizations that are the structure. `organization` is always one
    /// of them, even before its resource has been received.
    pub fn sites(&self, organization: &str, named: &[Box<str>], policy: SitePolicy) -> BTreeSet<Box<str>> {
        let mut sites: BTreeSet<Box<str>> = named.iter().cloned().collect();
        sites.insert(organization.into());
        for id in self.organizations.keys() {
            if self.is_under(id, &sites) {
                sites.insert(id.clone());
            }
        }
        if policy == SitePolicy::EveryOrganization {
            sites.extend(self.organizations.iter().filter(|(_, place)| !place.payor).map(|(id, _)| id.clone()));
        }
        sites
    }

    fn is_under<'a>(&'a self, id: &'a str, sites: &BTreeSet<Box<str>>) -> bool {
        let mut at = id;
        // A tree no deeper than there are organizations: a circle of partOf ends here.
        for _ in 0..=self.organizations.len() {
            if sites.contains(at) {
                return true;
            }
            let parent = self.organizations.get(at).and_then(|place| place.part_of.as_ref());
            let mut parents = parent.into_iter().flat_map(|parent| self.resolve(parent));
            match parents.find(|parent| parent.kind == Kind::Organization) {
                Some(parent) => at = &parent.id,
                None => return false,
            }
        }
        false
    }

    /// Answers the profession of a participant of an encounter: the codes of the participation
    /// itself first, and where they do not say, with those of the person or role it names.
    pub fn profession(&self, participant: &Participant, rules: &Rules) -> Profession {
        let inline = Traits::read(&participant.roles, Kind::Encounter, rules);
        match inline.profession() {
            Profession::Unknown => {
                let known = participant.actor.iter().flat_map(|actor| self.resolve(actor));
                known.fold(inline, |all, actor| all.with(self.traits(actor))).profession()
            }
            told => told,
        }
    }

    /// Answers every concept that the codes of a participation, of the person it names and of the
    /// roles of that person belong to, each once: finer than a profession.
    pub fn concepts(&self, participant: &Participant, rules: &Rules) -> Vec<ConceptId> {
        let mut found = resolved(&participant.roles, Kind::Encounter, rules);
        for actor in participant.actor.iter().flat_map(|actor| self.resolve(actor)) {
            match actor.kind {
                Kind::Practitioner => self.add_concepts_of_person(&actor.id, &mut found),
                Kind::PractitionerRole => {
                    if let Some(role) = self.roles.get(&actor.id) {
                        add_new(&mut found, &role.concepts);
                        self.people(role).for_each(|person| self.add_concepts_of_person(person, &mut found));
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn add_concepts_of_person(&self, id: &str, found: &mut Vec<ConceptId>) {
        let Some(person) = self.practitioners.get(id) else { return };
        add_new(found, &person.concepts);
        person.roles.iter().filter_map(|role| self.roles.get(role)).for_each(|role| add_new(found, &role.concepts));
    }

    /// Answers the profession of a Practitioner or of whoever holds a PractitionerRole.
    pub fn profession_of(&self, reference: &Reference) -> Profession {
        self.traits(reference).profession()
    }

    fn traits(&self, reference: &Reference) -> Traits {
        match reference.kind {
            Kind::Practitioner => self.traits_of_person(&reference.id),
            Kind::PractitionerRole => self.roles.get(&reference.id).map_or(Traits::default(), |role| {
                self.people(role).fold(role.traits, |all, person| all.with(self.traits_of_person(person)))
            }),
            _ => Traits::default(),
        }
    }

    fn traits_of_person(&self, id: &str) -> Traits {
        let Some(person) = self.practitioners.get(id) else { return Traits::default() };
        let roles = person.roles.iter().filter_map(|role| self.roles.get(role));
        roles.fold(person.traits, |all, role| all.with(role.traits))
    }

    /// Answers whether the tenant sent a resource that tells who or what this is.
    pub fn knows(&self, named: &Named) -> bool {
        self.resolve(named).any(|reference| self.holds(reference))
    }

    fn holds(&self, reference: &Reference) -> bool {
        match reference.kind {
            Kind::Practitioner => self.practitioners.contains_key(&reference.id),
            Kind::PractitionerRole => self.roles.contains_key(&reference.id),
            Kind::Organization => self.organizations.contains_key(&reference.id),
            Kind::Location => self.locations.contains_key(&reference.id),
            _ => false,
        }
    }

    /// Answers whether a Practitioner, PractitionerRole, Organization or Location is of the
    /// structure made of `sites` at some time from `first` to `last`; unknown when the tenant does
    /// not know it.
    pub fn belongs(&self, named: &Named, sites: &BTreeSet<Box<str>>, first: Day, last: Day) -> Verdict {
        agreed(self.resolve(named).map(|reference| self.resource_belongs(reference, sites, first, last)))
    }

    fn resource_belongs(&self, reference: &Reference, sites: &BTreeSet<Box<str>>, first: Day, last: Day) -> Verdict {
        match reference.kind {
            Kind::Organization => self.organization_belongs(&reference.id, sites),
            Kind::Practitioner => self.person_belongs(&reference.id, sites, first, last),
            Kind::PractitionerRole => match self.roles.get(&reference.id) {
                None => Verdict::Unknown,
                Some(Role { organization: Some(place), .. }) => self.place_belongs(place, sites),
                Some(role @ Role { practitioner: Some(_), .. }) => {
                    agreed(self.people(role).map(|person| self.person_belongs(person, sites, first, last)))
                }
                Some(_) => Verdict::Yes,
            },
            Kind::Location => match self.locations.get(&reference.id) {
                None => Verdict::Unknown,
                Some(None) => Verdict::Yes,
                Some(Some(organization)) => self.place_belongs(organization, sites),
            },
            _ => Verdict::No,
        }
    }

    fn place_belongs(&self, named: &Named, sites: &BTreeSet<Box<str>>) -> Verdict {
        let found = self.resolve(named).filter(|place| place.kind == Kind::Organization);
        agreed(found.map(|place| self.organization_belongs(&place.id, sites)))
    }

    fn organization_belongs(&self, id: &str, sites: &BTreeSet<Box<str>>) -> Verdict {
        if sites.contains(id) {
            Verdict::Yes
        } else if self.organizations.contains_key(id) {
            Verdict::No
        } else {
            // Never received: it may be part of the structure.
            Verdict::Unknown
        }
    }

    /// A person known to the tenant is of the structure unless the roles of that time name only
    /// Organizations outside it.
    fn person_belongs(&self, id: &str, sites: &BTreeSet<Box<str>>, first: Day, last: Day) -> Verdict {
        let Some(person) = self.practitioners.get(id) else { return Verdict::Unknown };
        let roles = person.roles.iter().filter_map(|role| self.roles.get(role));
        let named = roles.filter(|role| role.in_force(first, last)).filter_map(|role| role.organization.as_ref());
        let told = named.map(|organization| self.place_belongs(organization, sites)).reduce(Verdict::or);
        told.unwrap_or(Verdict::Yes)
    }
}

/// Answers the concepts of codings met on a resource of that kind, each once.
fn resolved(codings: &[Coding], kind: Kind, rules: &Rules) -> Vec<ConceptId> {
    let mut found = Vec::new();
    codings.iter().for_each(|coding| rules.concepts.resolve(coding, kind, &mut found));
    found
}

fn add_new(found: &mut Vec<ConceptId>, more: &[ConceptId]) {
    for concept in more {
        if !found.contains(concept) {
            found.push(*concept);
        }
    }
}

/// Answers what all say; unknown when nobody says anything or they contradict each other.
fn agreed(mut verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let first = verdicts.next().unwrap_or(Verdict::Unknown);
    if verdicts.all(|verdict| verdict == first) { first } else { Verdict::Unknown }
}

/// One number (an RPPS) names a person and the roles of that person alike.
fn alike(asked: Kind, found: Kind) -> bool {
    let person = |kind| matches!(kind, Kind::Practitioner | Kind::PractitionerRole);
    asked == found || person(asked) && person(found)
}

impl Role {
    fn read(role: &RoleFact, record: &Record, rules: &Rules) -> Role {
        let inactive = |fact: &Fact| matches!(fact, Fact::Role(r) if !r.active);
        let concepts = resolved(&role.codings, Kind::PractitionerRole, rules);
        Role {
            traits: Traits::of(&concepts, rules),
            concepts,
            practitioner: role.practitioner.clone(),
            organization: role.organization.clone(),
            period: role.period,
            ended: record.since(inactive).map(|version| version.known.paris_day()),
        }
    }

    fn in_force(&self, first: Day, last: Day) -> bool {
        self.period.overlaps(first, last) && self.ended.is_none_or(|end| end >= first)
    }
}

#[cfg(test)]
mod tests;
