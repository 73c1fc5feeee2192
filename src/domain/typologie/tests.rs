//! Tables of what decides a patient-month.

use super::*;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::When;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::*;
use crate::domain::rules::Rules;
use NotPayable::*;

/// nourrisson (under 2), sante-femme (female, 15 and over), personne-agee (75 and over), ald.
fn typology_rules() -> Rules {
    let mut rules = rules();
    let infant = number(&mut rules, "nourrisson.max", 1);
    let woman = number(&mut rules, "sante-femme.min", 15);
    let elder = param(&mut rules, "personne-agee.min", &[("1900-01-01", Some(num(75)), RuleStatus::Fallback)]);
    let age = |min, max| Condition::Age { min, max };
    let female = || Condition::All(vec![Condition::Sex(Sex::Female), age(Some(woman), None)]);
    let rows = [
        ("nourrisson", age(None, Some(infant)), age(None, Some(infant)), "declares-infant"),
        ("sante-femme", female(), female(), "declares-women"),
        ("personne-agee", age(Some(elder), None), age(Some(elder), None), "declares-elder"),
        ("ald", Condition::Ald { number: None }, Condition::Always, "declares-ald"),
    ];
    for (ordinal, (id, eligible, limits, declaration)) in rows.into_iter().enumerate() {
        rules.typologies.push(Typologie {
            ordinal: ordinal as u16,
            id: id.into(),
            label_fr: id.into(),
            eligible,
            limits,
            declaration: concept(declaration),
            status: RuleStatus::Official,
        });
    }
    rules
}

fn num(n: i64) -> crate::domain::param::ParamValue {
    crate::domain::param::ParamValue::Number(n.into())
}

fn decide(records: &[Record], month: &str) -> PatientMonth {
    let rules = typology_rules();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    patient_month(&Dossier::build(records, &rules), &scope, month.parse().unwrap())
}

fn known_as(fact: PatientFact) -> Record {
    record("Patient/p", Fact::Patient(fact))
}

fn flag(active: bool, span: &str, code: &str) -> FlagFact {
    FlagFact { active, void: false, codings: codings(&[code]), period: period(span) }
}

fn typology<'m>(decided: &'m PatientMonth, id: &str) -> &'m TypologieResult {
    let rules = typology_rules();
    decided.typologies.iter().find(|t| &*rules.typologies[t.typologie].id == id).unwrap()
}

#[test]
fn the_first_reason_not_to_pay_is_the_one_told() {
    let base = || declared("1950-01-01", Sex::Male);
    let dead = Death::On(when("2026-09-30").unwrap());
    let nameless = Identity::default();
    let open =
        || record("Encounter/o", Fact::Encounter(encounter("2026-01-10", participant("", "Practitioner/physician"))));
    let cases = [
        (vec![known_as(base()), seen_on("2026-01-10")], None),
        (vec![known_as(base())], Some(NotConsuming)),
        (vec![known_as(base()), open()], Some(ProfessionUnknown)),
        (vec![known_as(patient("1950-01-01", Sex::Male)), open()], Some(NotEnrolled)),
        (vec![known_as(PatientFact { identity: nameless, ..patient("", Sex::Male) })], Some(IdentityMissing)),
        (vec![known_as(PatientFact { identity: nameless, death: dead, ..patient("", Sex::Male) })], Some(Deceased)),
        (vec![], Some(IdentityMissing)),
    ];
    for (n, (records, want)) in cases.into_iter().enumerate() {
        let decided = decide(&records, "2026-10");
        assert_eq!(decided.not_payable, want, "case {n}");
        if want.is_some() {
            assert!(decided.typologies.iter().all(|t| !t.paid), "case {n}");
        }
    }
}

#[test]
fn an_ipp_alone_is_an_identity() {
    let identity = Identity { ins_key: false, pi: true };
    let fact = PatientFact { identity, ..declared("1950-01-01", Sex::Male) };
    assert_eq!(decide(&[known_as(fact), seen_on("2026-01-10")], "2026-10").not_payable, None);
}

#[test]
fn the_month_of_the_death_is_due_even_when_it_fell_on_the_first() {
    let cases = [
        ("2026-10-01", "2026-09", None, false),
        ("2026-10-01", "2026-10", None, false),
        ("2026-10-01", "2026-11", Some(Deceased), false),
        ("2026-10", "2026-10", None, false),
        ("2026-10", "2026-11", Some(Deceased), false),
        ("2026", "2026-01", None, false),
        ("2026", "2026-02", Some(DeathDatePartial), true),
        ("2026", "2026-12", Some(DeathDatePartial), true),
        ("2026", "2027-01", Some(Deceased), false),
    ];
    for (death, month, want, doubtful) in cases {
        let death: PartialDate = death.parse().unwrap();
        let death = Death::On(When { date: death, second: None });
        let fact = PatientFact { death, ..declared("1950-01-01", Sex::Male) };
        let decided = decide(&[known_as(fact), seen_on("2025-06-10")], month);
        assert_eq!(decided.not_payable, want, "{month}");
        assert_eq!(decided.doubtful.contains(&"death-date-partial"), doubtful, "{month}");
    }
}

#[test]
fn a_death_without_a_date_is_of_the_day_it_became_known() {
    let dead = PatientFact { death: Death::Undated, ..declared("1950-01-01", Sex::Male) };
    let versions = vec![
        ("2025-01-02", Some(Fact::Patient(declared("1950-01-01", Sex::Male)))),
        ("2026-03-31", Some(Fact::Patient(dead.clone()))),
        ("2026-05-02", Some(Fact::Patient(dead))),
    ];
    let records = [history("Patient/p", versions), seen_on("2025-06-10")];
    for (month, want) in [("2026-03", None), ("2026-04", Some(Deceased))] {
        assert_eq!(decide(&records, month).not_payable, want, "{month}");
    }
    assert_eq!(decide(&records, "2026-03").doubtful, ["undated-death"]);
}

#[test]
fn whoever_died_before_entering_was_never_enrolled() {
    let death = Death::On(when("2026-10-10").unwrap());
    let fact = PatientFact { death, ..patient("1950-01-01", Sex::Male) };
    let team = record("CareTeam/t", Fact::CareTeam(team(vec![participant("PCP", "Practitioner/gp")], "2026-10-20/")));
    assert_eq!(decide(&[known_as(fact), team, seen_on("2026-01-10")], "2026-10").not_payable, Some(NotEnrolled));
}

#[test]
fn whoever_entered_in_the_month_of_a_death_of_no_told_day_may_have_come_after_it() {
    let team_from =
        |period: &str| record("CareTeam/t", Fact::CareTeam(team(vec![participant("PCP", "Practitioner/gp")], period)));
    let cases = [
        ("2026-10", "2026-10-20/", Some(DeathDatePartial), true),
        ("2026-10", "2026-10-02/2026-10-03", Some(DeathDatePartial), true),
        ("2026-10", "2026-10-01/", None, false),
        ("2026-10", "2026-11-01/", Some(NotEnrolled), false),
        ("2026-10", "2026-09-01/2026-10-02", None, false),
        ("2026", "2026-11-01/", Some(NotEnrolled), true),
        ("2026-11", "2026-10-20/", None, false),
    ];
    for (death, period, want, doubtful) in cases {
        let death = Death::On(When { date: death.parse().unwrap(), second: None });
        let fact = PatientFact { death, ..patient("1950-01-01", Sex::Male) };
        let decided = decide(&[known_as(fact), team_from(period), seen_on("2026-01-10")], "2026-10");
        assert_eq!(decided.not_payable, want, "{period}");
        assert_eq!(decided.doubtful.contains(&"death-date-partial"), doubtful, "{period}");
        assert!(want.is_none() || decided.typologies.iter().all(|t| !t.paid), "{period}");
    }
}

#[test]
fn a_death_nobody_can_place_is_the_last_of_the_reasons() {
    let death = Death::On(When { date: "2026".parse().unwrap(), second: None });
    let dead = |fact: PatientFact| known_as(PatientFact { death, ..fact });
    let open =
        || record("Encounter/o", Fact::Encounter(encounter("2026-01-10", participant("", "Practitioner/physician"))));
    let nameless = PatientFact { identity: Identity::default(), ..declared("1950-01-01", Sex::Male) };
    let cases = [
        (vec![dead(declared("1950-01-01", Sex::Male)), seen_on("2026-01-10")], DeathDatePartial),
        (vec![dead(declared("1950-01-01", Sex::Male))], NotConsuming),
        (vec![dead(declared("1950-01-01", Sex::Male)), open()], ProfessionUnknown),
        (vec![dead(patient("1950-01-01", Sex::Male)), seen_on("2026-01-10")], NotEnrolled),
        (vec![dead(nameless), seen_on("2026-01-10")], IdentityMissing),
    ];
    for (records, want) in cases {
        assert_eq!(decide(&records, "2026-10").not_payable, Some(want));
    }
}

#[test]
fn a_death_whose_date_was_taken_back_is_of_the_day_somebody_first_told_of_it() {
    let dead = |death| Some(Fact::Patient(PatientFact { death, ..declared("1950-01-01", Sex::Male) }));
    let versions = vec![
        ("2025-01-02", Some(Fact::Patient(declared("1950-01-01", Sex::Male)))),
        ("2026-03-31", dead(Death::On(when("2026-02-10").unwrap()))),
        ("2026-05-02", dead(Death::Undated)),
    ];
    let records = [history("Patient/p", versions), seen_on("2025-06-10")];
    for (month, want) in [("2026-03", None), ("2026-04", Some(Deceased))] {
        assert_eq!(decide(&records, month).not_payable, want, "{month}");
    }
}

#[test]
fn ages_are_those_of_the_last_day_of_the_month() {
    use Verdict::*;
    let cases = [
        ("1951-10-31", "2026-10", Yes),
        ("1951-11-01", "2026-10", No),
        ("1952-02-29", "2027-02", No),
        ("1952-02-29", "2027-03", Yes),
        ("1951", "2026-10", Unknown),
        ("1951-10", "2026-10", Yes),
        ("1951-10", "2026-09", No),
        ("1950", "2026-10", Yes),
        ("", "2026-10", Unknown),
    ];
    for (birth, month, want) in cases {
        let decided = decide(&[known_as(declared(birth, Sex::Male)), seen_on("2026-01-10")], month);
        let elder = typology(&decided, "personne-agee");
        assert_eq!(elder.eligible, want, "{birth} in {month}");
        assert_eq!(elder.paid, want == Yes, "{birth} in {month}");
        assert_eq!(elder.missing.is_empty(), want != Unknown, "{birth} in {month}");
        assert_eq!(elder.rule_status, RuleStatus::Fallback);
    }
}

#[test]
fn a_declaration_is_paid_within_the_limits_of_age_and_sex_only() {
    let cases = [
        ("ald", "declares-ald", "1990-01-01", Sex::Male, true),
        ("personne-agee", "personne-agee", "1990-01-01", Sex::Male, false),
        ("sante-femme", "sante-femme", "1990-01-01", Sex::Male, false),
        ("sante-femme", "sante-femme", "1990-01-01", Sex::Unknown, false),
        ("nourrisson", "nourrisson", "1990-01-01", Sex::Male, false),
    ];
    for (id, code, birth, sex, paid) in cases {
        let declares = record("Flag/f", Fact::Flag(flag(true, "2026-01-01/", code)));
        let decided = decide(&[known_as(declared(birth, sex)), seen_on("2026-01-10"), declares], "2026-10");
        let found = typology(&decided, id);
        assert_eq!((found.declared, found.paid, found.declared_only), (true, paid, paid), "{id} {sex:?}");
        assert_eq!(decided.doubtful.contains(&"declared-only"), paid, "{id} {sex:?}");
        assert_eq!(found.evidence.iter().filter(|e| e.kind == Kind::Flag).count(), 1);
    }
}

#[test]
fn an_eligible_typology_is_paid_without_and_with_a_declaration() {
    let flags = [None, Some(record("Flag/f", Fact::Flag(flag(true, "/", "personne-agee"))))];
    for declares in flags {
        let told = declares.is_some();
        let mut records = vec![known_as(declared("1940-01-01", Sex::Male)), seen_on("2026-01-10")];
        records.extend(declares);
        let decided = decide(&records, "2026-10");
        let found = typology(&decided, "personne-agee");
        assert_eq!((found.declared, found.paid, found.declared_only), (told, true, false));
        assert!(decided.doubtful.is_empty());
    }
}

#[test]
fn a_flag_declares_for_the_months_it_touches() {
    let void = FlagFact { void: true, ..flag(true, "/", "declares-ald") };
    let versions = |later: FlagFact| {
        let first = flag(true, "2026-01-15/", "declares-ald");
        history("Flag/f", vec![("2026-01-15", Some(Fact::Flag(first))), ("2026-06-30", Some(Fact::Flag(later)))])
    };
    let late = |only: FlagFact| history("Flag/f", vec![("2026-06-30", Some(Fact::Flag(only)))]);
    let cases = [
        (record("Flag/f", Fact::Flag(flag(true, "2026-01-31/2026-03-01", "declares-ald"))), "2026-01", true),
        (record("Flag/f", Fact::Flag(flag(true, "2026-01-31/2026-03-01", "declares-ald"))), "2026-03", true),
        (record("Flag/f", Fact::Flag(flag(true, "2026-01-31/2026-03-01", "declares-ald"))), "2026-04", false),
        (record("Flag/f", Fact::Flag(void)), "2026-03", false),
        (record("Flag/f", Fact::Flag(flag(true, "2026/", "declares-ald"))), "2026-03", false),
        (versions(flag(false, "2026-01-15/", "declares-ald")), "2026-06", true),
        (versions(flag(false, "2026-01-15/", "declares-ald")), "2026-07", false),
        (versions(flag(false, "2026-01-15/2026-02-10", "declares-ald")), "2026-02", true),
        (versions(flag(false, "2026-01-15/2026-02-10", "declares-ald")), "2026-03", false),
        // Over when first heard of: only its own dates may say that it ever held.
        (late(flag(false, "2026-01-15/", "declares-ald")), "2026-02", false),
        (late(flag(false, "2026-01-15/2026-03-10", "declares-ald")), "2026-02", true),
    ];
    for (n, (record, month, want)) in cases.into_iter().enumerate() {
        let decided = decide(&[known_as(declared("1990-01-01", Sex::Male)), seen_on("2026-01-10"), record], month);
        assert_eq!(typology(&decided, "ald").declared, want, "case {n} {month}");
    }
}

#[test]
fn a_right_of_long_illness_counts_for_the_months_it_touches() {
    let exception = CoverageException { codings: codings(&["8"]), period: period("2026-02-28/2026-06-01") };
    let coverage = CoverageFact {
        active: true,
        void: false,
        codings: Vec::new(),
        period: Default::default(),
        exceptions: vec![exception],
    };
    let records = [
        known_as(declared("1990-01-01", Sex::Male)),
        seen_on("2026-01-10"),
        record("Coverage/c", Fact::Coverage(coverage)),
    ];
    for (month, want) in [("2026-01", false), ("2026-02", true), ("2026-06", true), ("2026-07", false)] {
        assert_eq!(typology(&decide(&records, month), "ald").paid, want, "{month}");
    }
}

#[test]
fn whoever_is_not_payable_is_still_found_eligible() {
    let decided = decide(&[known_as(declared("1940-01-01", Sex::Female))], "2026-10");
    let eligible: Vec<bool> = decided.typologies.iter().map(|t| t.eligible.is_yes()).collect();
    assert_eq!(eligible, [false, true, true, false]);
    assert!(decided.typologies.iter().all(|t| !t.paid));
}

#[test]
fn an_age_or_a_sex_is_grounded_on_the_patient() {
    let decided = decide(&[known_as(declared("1940-01-01", Sex::Female))], "2026-10");
    let grounds = |id: &str| typology(&decided, id).evidence.iter().map(|e| e.kind).collect::<Vec<_>>();
    assert_eq!(grounds("personne-agee"), [Kind::Patient]);
    assert_eq!(grounds("sante-femme"), [Kind::Patient]);
    assert_eq!(grounds("ald"), []);
}

#[test]
fn before_any_known_basis_enrolment_is_unknown_and_says_why() {
    let decided = decide(&[known_as(declared("1940-01-01", Sex::Female)), seen_on("2020-01-10")], "2020-02");
    assert_eq!(decided.enrolled.verdict, Verdict::Unknown);
    assert_eq!(&*decided.enrolled.missing[0].code, "enrolment.basis");
    assert_eq!(decided.not_payable, Some(NotEnrolled));
}
