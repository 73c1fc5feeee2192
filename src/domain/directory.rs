//! The people and places of a tenant: who has which profession, and who works where.
//!
//! Owns: `Directory`, built from Practitioner, PractitionerRole, Organization and Location, and the
//! sites that make up the structure. Must not know: patients, consultations, money.
//! Implements the rows "the structure" and "doctor without any specialty" of the settled readings.

use super::calendar::Day;
use super::calendar::Period;
use super::fact::Coding;
use super::fact::Fact;
use super::fact::Kind;
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

/// Professions, roles and the tree of organizations of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    practitioners: HashMap<Box<str>, Person>,
    roles: HashMap<Box<str>, Role>,
    organizations: HashMap<Box<str>, Place>,
    /// Location id to the id of its managing Organization.
    locations: HashMap<Box<str>, Option<Box<str>>>,
}

/// Somebody the tenant knows: by a Practitioner, or by a PractitionerRole that names one.
#[derive(Clone, Debug, Default)]
struct Person {
    traits: Traits,
    roles: Vec<Box<str>>,
}

#[derive(Clone, Debug)]
struct Role {
    traits: Traits,
    practitioner: Option<Box<str>>,
    organization: Option<Box<str>>,
    period: Period,
    /// Day an inactive role without a date became known as such.
    ended: Option<Day>,
}

#[derive(Clone, Debug)]
struct Place {
    part_of: Option<Box<str>>,
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
        let mut concepts: Vec<ConceptId> = Vec::new();
        for coding in codings {
            rules.concepts.resolve(coding, kind, &mut concepts);
        }
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
        for (id, role) in &directory.roles {
            if let Some(practitioner) = &role.practitioner {
                directory.practitioners.entry(practitioner.clone()).or_default().roles.push(id.clone());
            }
        }
        directory
    }

    fn add(&mut self, record: &Record, fact: &Fact, rules: &Rules) {
        let id = record.id.clone();
        match fact {
            Fact::Practitioner(person) => {
                let traits = Traits::read(&person.qualifications, Kind::Practitioner, rules);
                self.practitioners.insert(id, Person { traits, roles: Vec::new() });
            }
            Fact::Role(role) => {
                self.roles.insert(id, Role::read(role, record, rules));
            }
            Fact::Organization(organization) => {
                let mut concepts = Vec::new();
                for coding in &organization.types {
                    rules.concepts.resolve(coding, Kind::Organization, &mut concepts);
                }
                let payor = concepts.contains(&rules.consommant.payor);
                let part_of = organization.part_of.as_ref().map(|r| r.id.clone());
                self.organizations.insert(id, Place { part_of, payor });
            }
            Fact::Location(location) => {
                self.locations.insert(id, location.managing_organization.as_ref().map(|r| r.id.clone()));
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

    fn is_under(&self, id: &str, sites: &BTreeSet<Box<str>>) -> bool {
        let mut at = id;
        // A tree no deeper than there are organizations: a circle of partOf ends here.
        for _ in 0..=self.organizations.len() {
            if sites.contains(at) {
                return true;
            }
            match self.organizations.get(at).and_then(|place| place.part_of.as_deref()) {
                Some(parent) => at = parent,
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
                let known = participant.actor.as_ref().map_or(Traits::default(), |actor| self.traits(actor));
                inline.with(known).profession()
            }
            told => told,
        }
    }

    /// Answers the profession of a Practitioner or of whoever holds a PractitionerRole.
    pub fn profession_of(&self, reference: &Reference) -> Profession {
        self.traits(reference).profession()
    }

    fn traits(&self, reference: &Reference) -> Traits {
        match reference.kind {
            Kind::Practitioner => self.traits_of_person(&reference.id),
            Kind::PractitionerRole => self.roles.get(&reference.id).map_or(Traits::default(), |role| {
                let person = role.practitioner.as_deref().map_or(Traits::default(), |id| self.traits_of_person(id));
                role.traits.with(person)
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
    pub fn knows(&self, reference: &Reference) -> bool {
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
    pub fn belongs(&self, reference: &Reference, sites: &BTreeSet<Box<str>>, first: Day, last: Day) -> Verdict {
        match reference.kind {
            Kind::Organization => self.organization_belongs(&reference.id, sites),
            Kind::Practitioner => self.person_belongs(&reference.id, sites, first, last),
            Kind::PractitionerRole => match self.roles.get(&reference.id) {
                None => Verdict::Unknown,
                Some(Role { organization: Some(organization), .. }) => self.organization_belongs(organization, sites),
                Some(Role { practitioner: Some(person), .. }) => self.person_belongs(person, sites, first, last),
                Some(_) => Verdict::Yes,
            },
            Kind::Location => match self.locations.get(&reference.id) {
                None => Verdict::Unknown,
                Some(None) => Verdict::Yes,
                Some(Some(organization)) => self.organization_belongs(organization, sites),
            },
            _ => Verdict::No,
        }
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
        let named = roles.filter(|role| role.in_force(first, last)).filter_map(|role| role.organization.as_deref());
        let told = named.map(|organization| self.organization_belongs(organization, sites)).reduce(Verdict::or);
        told.unwrap_or(Verdict::Yes)
    }
}

impl Role {
    fn read(role: &RoleFact, record: &Record, rules: &Rules) -> Role {
        let inactive = |fact: &Fact| matches!(fact, Fact::Role(r) if !r.active);
        Role {
            traits: Traits::read(&role.codings, Kind::PractitionerRole, rules),
            practitioner: role.practitioner.as_ref().map(|r| r.id.clone()),
            organization: role.organization.as_ref().map(|r| r.id.clone()),
            period: role.period,
            ended: record.since(inactive).map(|version| version.known.paris_day()),
        }
    }

    fn in_force(&self, first: Day, last: Day) -> bool {
        self.period.overlaps(first, last) && self.ended.is_none_or(|end| end >= first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::enrolment::testing::*;
    use crate::domain::fact::OrganizationFact;

    fn directory(extra: Vec<Record>) -> Directory {
        let mut records = tenant();
        records.extend(extra);
        Directory::build(&records, &rules())
    }

    fn names(sites: &BTreeSet<Box<str>>) -> Vec<&str> {
        sites.iter().map(|id| &**id).collect()
    }

    #[test]
    fn a_gp_is_a_physician_with_a_specialty_of_general_practice() {
        use Profession::*;
        let cases = [
            ("gp", Gp),
            ("by-role", Gp),
            ("midwife", Midwife),
            ("nurse", OtherKnown),
            ("dermatologist", OtherKnown),
            ("physician", Unknown),
            ("nobody", Unknown),
            ("never-sent", Unknown),
        ];
        let directory = directory(Vec::new());
        for (who, want) in cases {
            assert_eq!(directory.profession_of(&Reference::new(Kind::Practitioner, who)), want, "{who}");
        }
    }

    #[test]
    fn codes_of_the_participation_come_first_and_are_completed_by_the_person() {
        let cases = [
            ("60", "Practitioner/gp", Profession::OtherKnown),
            ("50", "Practitioner/gp", Profession::Midwife),
            ("10+SM54", "", Profession::Gp),
            ("10", "", Profession::Unknown),
            ("10", "Practitioner/gp", Profession::Gp),
            ("PPRF", "Practitioner/gp", Profession::Gp),
            ("SM54", "Practitioner/physician", Profession::Gp),
            ("SM54", "", Profession::Unknown),
            ("", "PractitionerRole/in", Profession::Gp),
            ("", "PractitionerRole/never-sent", Profession::Unknown),
            ("", "Patient/p", Profession::Unknown),
        ];
        let (directory, rules) = (directory(Vec::new()), rules());
        for (codes, actor, want) in cases {
            assert_eq!(directory.profession(&participant(codes, actor), &rules), want, "{codes} {actor}");
        }
    }

    #[test]
    fn sites_are_the_tree_and_the_named_ones() {
        let directory = directory(Vec::new());
        let named: [Box<str>; 1] = ["hospital".into()];
        let every = SitePolicy::EveryOrganization;
        assert_eq!(names(&directory.sites("home", &[], SitePolicy::Tree)), ["annex", "home", "room"]);
        assert_eq!(names(&directory.sites("annex", &[], SitePolicy::Tree)), ["annex", "room"]);
        assert_eq!(names(&directory.sites("home", &named, SitePolicy::Tree)), ["annex", "home", "hospital", "room"]);
        assert_eq!(names(&directory.sites("home", &[], every)), ["annex", "home", "hospital", "room"]);
        assert_eq!(names(&directory.sites("not-yet-sent", &[], SitePolicy::Tree)), ["not-yet-sent"]);
    }

    #[test]
    fn a_circle_of_organizations_ends() {
        let part_of = |id: &str| Some(Reference::new(Kind::Organization, id));
        let ring = |id: &str, parent: &str| {
            let fact = OrganizationFact { part_of: part_of(parent), types: Vec::new() };
            record(&format!("Organization/{id}"), Fact::Organization(fact))
        };
        let directory = directory(vec![ring("a", "b"), ring("b", "a")]);
        assert_eq!(names(&directory.sites("home", &[], SitePolicy::Tree)), ["annex", "home", "room"]);
        assert_eq!(names(&directory.sites("a", &[], SitePolicy::Tree)), ["a", "b"]);
    }

    #[test]
    fn a_known_person_is_of_the_structure_unless_every_role_is_outside() {
        use Verdict::*;
        let both = [("hospital", "PractitionerRole/b1"), ("annex", "PractitionerRole/b2")];
        let mut extra = vec![practitioner("both", &[])];
        extra.extend(both.map(|(place, name)| record(name, Fact::Role(role("both", place, &[])))));
        let left = RoleFact { period: period("2025-03-01/"), ..role("left", "hospital", &[]) };
        extra.extend([practitioner("left", &[]), record("PractitionerRole/l", Fact::Role(left))]);
        let directory = directory(extra);
        let sites = directory.sites("home", &[], SitePolicy::Tree);
        let cases = [
            ("Practitioner/gp", "2026-01-15", Yes),
            ("Practitioner/elsewhere", "2026-01-15", No),
            ("Practitioner/both", "2026-01-15", Yes),
            ("Practitioner/left", "2025-02-28", Yes),
            ("Practitioner/left", "2025-03-01", No),
            ("Practitioner/never-sent", "2026-01-15", Unknown),
            ("PractitionerRole/out", "2026-01-15", No),
            ("PractitionerRole/b2", "2026-01-15", Yes),
            ("Organization/room", "2026-01-15", Yes),
            ("Organization/hospital", "2026-01-15", No),
            ("Organization/never-sent", "2026-01-15", Unknown),
            ("Patient/p", "2026-01-15", No),
        ];
        for (who, on, want) in cases {
            assert_eq!(directory.belongs(&reference(who), &sites, day(on), day(on)), want, "{who} {on}");
        }
    }

    #[test]
    fn a_role_made_inactive_without_a_date_ends_on_the_day_it_became_known() {
        let at_home = role("gp", "hospital", &[]);
        let ended = RoleFact { active: false, ..at_home.clone() };
        let versions = vec![("2024-01-10", Some(Fact::Role(at_home))), ("2025-06-20", Some(Fact::Role(ended)))];
        let directory = directory(vec![history("PractitionerRole/h", versions)]);
        let sites = directory.sites("home", &[], SitePolicy::Tree);
        for (on, want) in [("2025-06-20", Verdict::No), ("2025-06-21", Verdict::Yes)] {
            assert_eq!(directory.belongs(&reference("Practitioner/gp"), &sites, day(on), day(on)), want, "{on}");
        }
    }
}
