//! Tables of who is enrolled and who is a consommant, with their boundaries.

use super::testing::*;
use super::*;
use crate::domain::calendar::Month;
use crate::domain::dossier::Dossier;
use crate::domain::fact::*;
use Verdict::*;
use consommant::Consulted;

fn membership(records: &[Record], month: &str) -> Membership {
    let rules = rules();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let month: Month = month.parse().unwrap();
    let word = rules.params.word(rules.enrolment.basis, month.last_day()).unwrap();
    let basis = Basis::from_word(word).unwrap();
    member(&Dossier::build(records, &rules), &scope, basis, (month.first_day(), month.last_day()))
}

fn check(records: &[Record], cases: &[(&str, Verdict)]) {
    for (month, want) in cases {
        assert_eq!(membership(records, month).verdict, *want, "{month}");
    }
}

fn patient_record(fact: PatientFact) -> Record {
    record("Patient/p", Fact::Patient(fact))
}

fn pcp(who: &str, span: &str) -> Record {
    record("CareTeam/t", Fact::CareTeam(team(vec![participant("PCP", who)], span)))
}

fn episode(fact: EpisodeFact) -> Record {
    record("EpisodeOfCare/c", Fact::Episode(fact))
}

#[test]
fn until_2024_the_contract_enrols_and_every_month_it_touches_is_due() {
    let contract = episode(contract("2023-05-31/2024-02-01"));
    let cases = [("2023-04", No), ("2023-05", Yes), ("2023-12", Yes), ("2024-02", Yes), ("2024-03", No)];
    check(&[contract], &cases);
    check(&[patient_record(declared("1950-01-01", Sex::Male))], &[("2024-12", No), ("2025-01", Yes)]);
}

#[test]
fn a_contract_counts_only_of_the_structure_and_when_it_counts_at_all() {
    let at = |id: &str| EpisodeFact { organization: Some(named(id)), ..contract("2022-01-01/") };
    let other = EpisodeFact { types: codings(&["50"]), ..contract("2022-01-01/") };
    let void = EpisodeFact { counts: false, ..contract("2022-01-01/") };
    let cases = [
        (at("Organization/annex"), Yes),
        (at("Organization/hospital"), No),
        (at("Organization/never-sent"), Unknown),
        (other, No),
        (void, No),
        (contract("/"), Yes),
        (contract("2024/"), Unknown),
        (contract("2023/"), Yes),
    ];
    for (fact, want) in cases {
        assert_eq!(membership(&[episode(fact.clone())], "2024-06").verdict, want, "{fact:?}");
    }
}

#[test]
fn a_contract_finished_without_a_date_ends_on_the_day_that_became_known() {
    let running = contract("2022-01-01/");
    let finished = EpisodeFact { finished: true, ..running.clone() };
    let versions = vec![
        ("2022-01-02", Some(Fact::Episode(running))),
        ("2024-03-01", Some(Fact::Episode(finished.clone()))),
        ("2024-07-01", Some(Fact::Episode(finished))),
    ];
    let records = [history("EpisodeOfCare/c", versions)];
    check(&records, &[("2024-02", Yes), ("2024-03", Yes), ("2024-04", No)]);
    assert!(membership(&records, "2024-03").undated_end);
}

#[test]
fn from_2025_a_contract_without_a_declaration_does_not_enrol() {
    check(
        &[episode(contract("2022-01-01/")), patient_record(patient("", Sex::Male))],
        &[("2024-12", Yes), ("2025-01", No)],
    );
}

#[test]
fn where_both_exist_the_dates_of_the_contract_win() {
    let declared = || patient_record(declared("1950-01-01", Sex::Male));
    let cases = [("2025-02", No), ("2025-03", Yes), ("2025-08", Yes), ("2025-09", No)];
    check(&[declared(), episode(contract("2025-03-31/2025-08-01"))], &cases);
    // The care team began earlier and ended later: the contract wins on both sides.
    check(&[pcp("Practitioner/gp", "2025-01-01/2025-12-31"), episode(contract("2025-03-31/2025-08-01"))], &cases);
    // A bound the contract leaves open is the declaration's.
    let open = [pcp("Practitioner/gp", "2025-01-01/2025-06-30"), episode(contract("2025-02-01/"))];
    check(&open, &[("2025-01", No), ("2025-06", Yes), ("2025-07", No)]);
    // A contract over before the declaration began says nothing of it.
    let renewed = [pcp("Practitioner/gp", "2025-02-10/"), episode(contract("2021-01-01/2023-12-31"))];
    check(&renewed, &[("2023-12", Yes), ("2024-01", No), ("2025-01", No), ("2025-02", Yes)]);
    // A contract with another structure dates nothing here.
    let elsewhere = EpisodeFact { organization: Some(named("Organization/hospital")), ..contract("2025-06-01/") };
    check(&[declared(), episode(elsewhere)], &[("2025-01", Yes)]);
}

#[test]
fn a_practitioner_nobody_can_place_leaves_enrolment_open_and_never_denies_it() {
    let unplaced = || Named::Identifier { kind: None, hash: IdentifierHash([9; 16]) };
    for who in [unplaced(), Named::Untold, named("Practitioner/never-sent")] {
        let fact = PatientFact { general_practitioners: vec![who.clone()], ..patient("", Sex::Male) };
        let found = membership(&[patient_record(fact.clone())], "2025-06");
        assert_eq!(found.verdict, Unknown, "{who:?}");
        assert_eq!(&*found.missing[0].code, "attending-practitioner");
        // Known before, and since then in a way nobody can follow.
        let versions = vec![
            ("2024-01-10", Some(Fact::Patient(declared("", Sex::Male)))),
            ("2025-04-10", Some(Fact::Patient(fact))),
        ];
        check(&[history("Patient/p", versions)], &[("2025-04", Yes), ("2025-05", Unknown)]);
    }
}

#[test]
fn on_whose_behalf_a_member_acts_tells_where_when_the_member_does_not() {
    let cases = [
        (None, "Organization/annex", Yes),
        (Some(Named::Untold), "Organization/annex", Yes),
        (Some(named("Practitioner/never-sent")), "Organization/hospital", No),
        (Some(named("Practitioner/gp")), "Organization/hospital", No),
        (Some(named("Practitioner/elsewhere")), "Organization/annex", No),
        (Some(Named::Untold), "Organization/never-sent", Unknown),
    ];
    for (actor, place, want) in cases {
        let member = Participant { actor: actor.clone(), on_behalf_of: Some(named(place)), ..participant("PCP", "") };
        let records = [record("CareTeam/t", Fact::CareTeam(team(vec![member], "2025-01-01/")))];
        assert_eq!(membership(&records, "2025-06").verdict, want, "{actor:?} {place}");
    }
}

#[test]
fn an_ended_care_team_is_final_even_if_the_general_practitioner_remains() {
    let records = [patient_record(declared("1950-01-01", Sex::Male)), pcp("Practitioner/gp", "2025-01-15/2025-06-01")];
    check(&records, &[("2025-01", Yes), ("2025-06", Yes), ("2025-07", No)]);
}

#[test]
fn a_care_team_elsewhere_contradicts_the_general_practitioner_while_it_lasts() {
    let records =
        [patient_record(declared("1950-01-01", Sex::Male)), pcp("Practitioner/elsewhere", "2025-03-10/2025-06-20")];
    check(&records, &[("2025-02", Yes), ("2025-03", Yes), ("2025-04", No), ("2025-06", Yes)]);
}

#[test]
fn members_of_a_care_team_may_be_people_roles_or_organizations() {
    let cases = [
        ("Practitioner/gp", Yes),
        ("PractitionerRole/in", Yes),
        ("PractitionerRole/out", No),
        ("Organization/annex", Yes),
        ("Organization/hospital", No),
        ("Practitioner/never-sent", Unknown),
        ("Patient/p", No),
    ];
    for (who, want) in cases {
        assert_eq!(membership(&[pcp(who, "2025-01-01/")], "2026-01").verdict, want, "{who}");
    }
    let nurse = team(vec![participant("60", "Practitioner/nurse")], "2025-01-01/");
    check(&[record("CareTeam/t", Fact::CareTeam(nurse))], &[("2026-01", No)]);
}

#[test]
fn the_period_of_the_participant_comes_before_that_of_the_team() {
    let mut fact = team(vec![participant("PCP", "Practitioner/gp")], "2025-01-01/2025-12-31");
    fact.participants[0].period = period("2025-05-01/2025-07-31");
    let records = [record("CareTeam/t", Fact::CareTeam(fact))];
    check(&records, &[("2025-04", No), ("2025-05", Yes), ("2025-07", Yes), ("2025-08", No)]);
}

#[test]
fn leaving_without_a_date_ends_on_the_paris_day_it_became_known() {
    let with = |fact: CareTeamFact| Some(Fact::CareTeam(fact));
    let present = team(vec![participant("PCP", "Practitioner/gp")], "2025-01-01/");
    let ended = CareTeamFact { ended: true, ..present.clone() };
    let removed = team(Vec::new(), "2025-01-01/");
    let moved = PatientFact { general_practitioners: vec![named("Practitioner/elsewhere")], ..patient("", Sex::Male) };
    let cases = [
        history("CareTeam/t", vec![("2025-01-02", with(present.clone())), ("2025-05-31", with(ended))]),
        history("CareTeam/t", vec![("2025-01-02", with(present)), ("2025-05-31", with(removed))]),
        history(
            "Patient/p",
            vec![
                ("2024-01-02", Some(Fact::Patient(declared("", Sex::Male)))),
                ("2025-05-31", Some(Fact::Patient(patient("", Sex::Male)))),
                ("2025-07-01", Some(Fact::Patient(moved))),
            ],
        ),
    ];
    for case in cases {
        let name = format!("{}/{}", case.kind.name(), case.id);
        let records = [case];
        for (month, want) in [("2025-04", Yes), ("2025-05", Yes), ("2025-06", No)] {
            assert_eq!(membership(&records, month).verdict, want, "{name} {month}");
        }
        assert!(membership(&records, "2025-05").undated_end, "{name}");
    }
}

#[test]
fn a_removal_known_late_in_the_evening_utc_belongs_to_the_next_paris_day() {
    // 2026-01-31T23:30:00Z is 1 February in Paris: February is still due.
    let mut removed = history(
        "Patient/p",
        vec![
            ("2025-01-02", Some(Fact::Patient(declared("", Sex::Male)))),
            ("2026-01-31", Some(Fact::Patient(patient("", Sex::Male)))),
        ],
    );
    removed.versions[1].known.0 += (12 * 60 + 30) * 60_000_000;
    check(&[removed], &[("2026-01", Yes), ("2026-02", Yes), ("2026-03", No)]);
}

#[test]
fn a_declaration_taken_back_up_has_no_lower_bound() {
    let versions = vec![
        ("2025-01-02", Some(Fact::Patient(declared("", Sex::Male)))),
        ("2025-03-02", Some(Fact::Patient(patient("", Sex::Male)))),
        ("2025-09-02", Some(Fact::Patient(declared("", Sex::Male)))),
    ];
    check(&[history("Patient/p", versions)], &[("2025-05", Yes), ("2026-05", Yes)]);
}

#[test]
fn a_deleted_record_claims_nothing() {
    let present = Some(Fact::CareTeam(team(vec![participant("PCP", "Practitioner/gp")], "2025-01-01/")));
    check(&[history("CareTeam/t", vec![("2025-01-02", present), ("2025-05-31", None)])], &[("2025-02", No)]);
}

#[test]
fn a_membership_cites_the_versions_it_rests_on_and_says_what_is_missing() {
    let found = membership(&[pcp("Practitioner/gp", "2025-01-01/")], "2026-01");
    assert_eq!(found.evidence.len(), 1);
    assert_eq!((&*found.evidence[0].id, found.evidence[0].version), ("t", 1));
    let open = membership(&[pcp("Practitioner/gp", "2026/")], "2026-01");
    assert_eq!(open.missing.iter().map(|m| &*m.code).collect::<Vec<_>>(), ["enrolment-date"]);
}

fn seen_in(encounters: Vec<EncounterFact>, last: &str) -> Consulted {
    let rules = rules();
    let directory = Directory::build(&tenant(), &rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let numbered = encounters.into_iter().enumerate();
    let records: Vec<Record> = numbered.map(|(n, e)| record(&format!("Encounter/{n}"), Fact::Encounter(e))).collect();
    let last = day(last);
    consulted(&Dossier::build(&records, &rules), &scope, (last.add_months(-24), last))
}

#[test]
fn exactly_24_months_still_counts_and_one_day_more_does_not() {
    let cases = [
        ("2024-10-31", "2026-10-31", Yes),
        ("2024-10-30", "2026-10-31", No),
        ("2026-10-31", "2026-10-31", Yes),
        ("2026-11-01", "2026-10-31", No),
        ("2022-02-28", "2024-02-29", Yes),
        ("2022-02-27", "2024-02-29", No),
        ("2024-02-28", "2026-02-28", Yes),
        ("2024-02", "2026-02-28", Unknown),
        ("2025", "2026-02-28", Yes),
        ("2024", "2026-02-28", Unknown),
        ("2023", "2026-02-28", No),
        ("", "2026-02-28", Unknown),
    ];
    for (start, last, want) in cases {
        let found = seen_in(vec![encounter(start, participant("", "Practitioner/gp"))], last);
        assert_eq!(found.verdict, want, "{start} seen from {last}");
        assert!(!found.profession_unknown);
    }
}

#[test]
fn only_a_finished_consultation_with_a_gp_or_midwife_of_the_structure_counts() {
    let base = |who: &str| encounter("2026-01-10", participant("", who));
    let class = |code: &str| EncounterFact { class: Some(coding(code)), ..base("Practitioner/gp") };
    let at = |id: &str| EncounterFact { service_provider: Some(named(id)), ..base("Practitioner/gp") };
    let cases = [
        (base("Practitioner/gp"), Yes),
        (base("Practitioner/midwife"), Yes),
        (base("PractitionerRole/in"), Yes),
        (base("Practitioner/nurse"), No),
        (base("Practitioner/dermatologist"), No),
        (base("Practitioner/elsewhere"), No),
        (base("Practitioner/physician"), Unknown),
        (base("Practitioner/never-sent"), Unknown),
        (EncounterFact { participants: Vec::new(), ..base("") }, Unknown),
        (encounter("2026-01-10", participant("", "Patient/p")), Unknown),
        (encounter("2026-01-10", participant("10+SM54", "Practitioner/never-sent")), Yes),
        (EncounterFact { state: ActState::Ignored, ..base("Practitioner/gp") }, No),
        (class("VR"), Yes),
        (class("HH"), Yes),
        (class("EMER"), No),
        (EncounterFact { class: None, ..base("Practitioner/gp") }, No),
        (at("Organization/annex"), Yes),
        (at("Organization/hospital"), No),
        (at("Organization/never-sent"), Unknown),
        (EncounterFact { service_provider: Some(Named::Untold), ..base("Practitioner/gp") }, Unknown),
    ];
    for (fact, want) in cases {
        let found = seen_in(vec![fact.clone()], "2026-10-31");
        assert_eq!(found.verdict, want, "{fact:?}");
        assert_eq!(found.missing.is_empty(), want != Unknown, "{fact:?}");
    }
}

#[test]
fn one_sure_consultation_settles_what_others_leave_open() {
    let with = |start: &str, who: &str| encounter(start, participant("", who));
    let open = with("2026-03-01", "Practitioner/physician");
    let nurse = with("2026-04-01", "Practitioner/nurse");
    let early = with("2025-01-01", "Practitioner/gp");
    let late = with("2025-02-01", "Practitioner/midwife");
    let found = seen_in(vec![open.clone(), nurse.clone(), early, late], "2026-10-31");
    assert_eq!((found.verdict, found.evidence.len(), &*found.evidence[0].id), (Yes, 1, "3"));
    let found = seen_in(vec![open, nurse], "2026-10-31");
    assert_eq!((found.verdict, found.profession_unknown, &*found.evidence[0].id), (Unknown, true, "0"));
    assert_eq!(&*found.missing[0].code, "profession");
}
