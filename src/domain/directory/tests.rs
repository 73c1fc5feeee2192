//! Who is who and works where: professions, sites, numbers that name people and places.

use super::*;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::OrganizationFact;
use crate::domain::fact::PractitionerFact;

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
    let part_of = |id: &str| Some(Named::resource(Kind::Organization, id));
    let ring = |id: &str, parent: &str| {
        let fact = OrganizationFact { part_of: part_of(parent), ..OrganizationFact::default() };
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
        assert_eq!(directory.belongs(&named(who), &sites, day(on), day(on)), want, "{who} {on}");
    }
}

#[test]
fn whoever_is_named_by_an_identifier_is_whoever_carries_it() {
    use Verdict::*;
    let carrying = |n: u8| vec![IdentifierHash([n; 16])];
    let by = |n: u8, kind| Named::Identifier { kind, hash: IdentifierHash([n; 16]) };
    let person = |id: &str, n: u8| {
        let fact = PractitionerFact { qualifications: codings(&["10", "SM54"]), identifiers: carrying(n) };
        record(&format!("Practitioner/{id}"), Fact::Practitioner(fact))
    };
    let place = |id: &str, part_of: Option<Named>, n: u8| {
        let fact = OrganizationFact { part_of, identifiers: carrying(n), ..OrganizationFact::default() };
        record(&format!("Organization/{id}"), Fact::Organization(fact))
    };
    let works = |id: &str, person: Named, place: Named, own: Vec<IdentifierHash>| {
        let ends = RoleFact { practitioner: Some(person), organization: Some(place), ..role("", "", &["50"]) };
        record(&format!("PractitionerRole/{id}"), Fact::Role(RoleFact { identifiers: own, ..ends }))
    };
    let directory = directory(vec![
        person("known", 1),
        // The same number on the person and on a role elsewhere: the person is meant.
        person("both", 2),
        works("r2", by(2, None), named("Organization/hospital"), carrying(2)),
        works("r2b", named("Practitioner/both"), named("Organization/annex"), Vec::new()),
        // Nobody sent the person: roles that name the number alike still tell.
        works("r3", by(3, None), by(9, Some(Kind::Organization)), Vec::new()),
        place("branch", Some(named("Organization/home")), 9),
        place("desk", Some(by(9, None)), 8),
        // A role that carries the number of a person nobody sent, and no place: no endless walk.
        record(
            "PractitionerRole/r4",
            Fact::Role(RoleFact { practitioner: Some(by(4, None)), identifiers: carrying(4), ..role("", "", &[]) }),
        ),
        // One number on two places that disagree.
        place("inside", Some(named("Organization/home")), 7),
        place("outside", None, 7),
    ]);
    let sites = directory.sites("home", &[], SitePolicy::Tree);
    assert!(sites.contains("desk"), "{sites:?}");
    let practitioner = Some(Kind::Practitioner);
    let cases = [
        (by(1, None), Yes),
        (by(1, practitioner), Yes),
        (by(1, Some(Kind::PractitionerRole)), Yes),
        (by(1, Some(Kind::Organization)), Unknown),
        (by(2, None), Yes),
        (by(2, Some(Kind::PractitionerRole)), No),
        (by(3, practitioner), Yes),
        (by(4, None), Yes),
        (by(7, None), Unknown),
        (by(8, None), Yes),
        (by(5, None), Unknown),
        (Named::Untold, Unknown),
    ];
    for (who, want) in cases {
        assert_eq!(directory.belongs(&who, &sites, day("2026-01-15"), day("2026-01-15")), want, "{who:?}");
    }
    let seen = |who: Named| Participant { actor: Some(who), ..participant("", "") };
    for (who, want) in [
        (by(1, None), Profession::Gp),
        (by(3, practitioner), Profession::Midwife),
        (by(5, None), Profession::Unknown),
        (Named::Untold, Profession::Unknown),
    ] {
        assert_eq!(directory.profession(&seen(who.clone()), &rules()), want, "{who:?}");
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
        assert_eq!(directory.belongs(&named("Practitioner/gp"), &sites, day(on), day(on)), want, "{on}");
    }
}
