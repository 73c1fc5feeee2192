//! The figures of each kind, at their boundaries.

use super::told::Four;
use super::told::appointment;
use super::told::rules;
use super::told::shares;
use super::told::told;
use super::told::visit;
use super::told::who;
use super::told::with;
use crate::domain::calendar::Day;
use crate::domain::enrolment::testing::*;
use crate::domain::fact::ActState;
use crate::domain::fact::AppointmentState::*;
use crate::domain::fact::Death;
use crate::domain::fact::Fact;
use crate::domain::fact::PatientFact;
use crate::domain::fact::Record;
use crate::domain::fact::Sex;
use crate::domain::indicator::Counts;
use crate::domain::indicator::QualityMeasure;
use crate::domain::merge::Place;
use crate::domain::merge::Standing;
use crate::domain::param::ParamValue;
use crate::domain::verdict::RuleStatus;

const GP: &str = "Practitioner/gp";
const YEAR: (&str, &str) = ("2026-01-01", "2026-12-31");

fn man() -> Record {
    who(declared("1970-01-01", Sex::Male))
}

fn dead(on: Option<&str>) -> Record {
    let death = on.map_or(Death::Undated, |on| Death::On(when(on).unwrap()));
    who(PatientFact { death, ..declared("1970-01-01", Sex::Male) })
}

/// `times` consultations, all on one day.
fn consulted(on: &str, by: &str, times: usize) -> Vec<Record> {
    (0..times).map(|n| visit(&format!("{by}-{on}-{n}").replace('/', "-"), on, by, Some(15))).collect()
}

#[test]
fn an_appointment_counts_on_its_day_when_it_was_due_and_here() {
    let cases = [
        (NoShow, "2026-01-01", vec![GP], (1, 0, 1, 0)),
        (Fulfilled, "2026-12-31", vec![GP], (1, 0, 0, 0)),
        (NoShow, "2025-12-31", vec![GP], (0, 0, 0, 0)),
        (NoShow, "2027-01-01", vec![GP], (0, 0, 0, 0)),
        (Cancelled, "2026-05-05", vec![GP], (0, 0, 0, 0)),
        (Booked, "2026-05-05", vec![GP], (0, 0, 0, 0)),
        (Other, "2026-05-05", vec![GP], (0, 0, 0, 0)),
        (NoShow, "", vec![GP], (0, 0, 0, 1)),
        (NoShow, "2026", vec![GP], (1, 0, 1, 0)),
        (NoShow, "2026-05-05", vec!["Patient/p"], (1, 0, 1, 0)),
        (NoShow, "2026-05-05", vec!["Practitioner/never-sent"], (1, 0, 1, 0)),
        (NoShow, "2026-05-05", vec!["Practitioner/elsewhere"], (0, 0, 0, 0)),
        (NoShow, "2026-05-05", vec!["Practitioner/elsewhere", GP], (1, 0, 1, 0)),
    ];
    let rules = rules();
    for (state, on, with, want) in cases {
        let records = [man(), appointment("a", state, on, &with)];
        assert_eq!(told(&rules, &records, "no-show", YEAR), want, "{state:?} {on} {with:?}");
    }
}

#[test]
fn nobody_misses_an_appointment_after_their_death() {
    let rules = rules();
    let cases = [
        ("2026-05-04", "2026-05-05", (1, 1, 0, 0)),
        ("2026-05-05", "2026-05-05", (1, 0, 1, 0)),
        ("2026-05", "2026-05-05", (0, 0, 0, 1)),
        ("2026-04", "2026-05-05", (1, 1, 0, 0)),
    ];
    for (death, on, want) in cases {
        let records = [dead(Some(death)), appointment("a", NoShow, on, &[GP])];
        assert_eq!(told(&rules, &records, "no-show", YEAR), want, "{death} {on}");
    }
    // Told without a date in January 2020, when it became known.
    let records = [dead(None), appointment("a", NoShow, "2026-05-05", &[GP])];
    assert_eq!(told(&rules, &records, "no-show", YEAR), (1, 1, 0, 0));
}

#[test]
fn ten_consultations_are_not_high_and_eleven_in_the_window_are() {
    let rules = rules();
    let day = ("2026-10-31", "2026-10-31");
    let cases: Vec<(Vec<Record>, Four)> = vec![
        (consulted("2026-05-05", GP, 10), (1, 0, 0, 0)),
        (consulted("2026-05-05", GP, 11), (1, 0, 1, 0)),
        (consulted("2025-10-31", GP, 11), (1, 0, 1, 0)),
        (consulted("2025-10-30", GP, 11), (1, 0, 0, 0)),
        (consulted("2026-10-31", GP, 11), (1, 0, 1, 0)),
        (consulted("2026-11-01", GP, 11), (0, 0, 0, 0)),
        (consulted("2025-10", GP, 11), (0, 0, 0, 1)),
        (consulted("2026-05-05", "Practitioner/nurse", 11), (0, 0, 0, 0)),
        (consulted("2026-05-05", "Practitioner/physician", 11), (0, 0, 0, 1)),
        (consulted("2026-05-05", "Practitioner/elsewhere", 11), (0, 0, 0, 0)),
    ];
    for (mut records, want) in cases {
        records.insert(0, man());
        assert_eq!(told(&rules, &records, "high", day), want, "{:?}", records[1]);
    }
    let mix = |unknown| [vec![man()], consulted("2026-05-05", GP, 8), unknown].concat();
    let unknown = |times| consulted("2026-06-05", "Practitioner/physician", times);
    assert_eq!(told(&rules, &mix(unknown(2)), "high", day), (1, 0, 0, 0));
    assert_eq!(told(&rules, &mix(unknown(3)), "high", day), (0, 0, 0, 1));
}

#[test]
fn a_threshold_nobody_knows_leaves_it_open() {
    let mut rules = rules();
    let above = rules.params.find("high.above").unwrap();
    rules.params.change(above, |above| (above.values[0].value, above.values[0].status) = (None, RuleStatus::Unknown));
    let records = [vec![man()], consulted("2026-05-05", GP, 30)].concat();
    let day = ("2026-10-31", "2026-10-31");
    assert_eq!(told(&rules, &records, "high", day), (0, 0, 0, 1));
    assert_eq!(shares(&rules, &records, "high", day)[0].status, RuleStatus::Unknown);
}

#[test]
fn who_is_dead_or_merged_or_deleted_is_of_no_population_of_that_day() {
    let rules = rules();
    let asked = ["high", "minutes", "file", "leakage", "change", "team", "no-show"];
    let visits = || [consulted("2026-02-05", GP, 12), vec![appointment("a", NoShow, "2026-03-03", &[GP])]].concat();
    let replaced = Standing { place: Place::Replaced, doubts: Vec::new() };
    let records = [vec![man()], visits()].concat();
    for id in asked {
        let brings = |records: &[Record], standing: Standing| {
            with(&rules, records, standing, YEAR, |subject| {
                QualityMeasure::find(&rules, id).unwrap().shares(subject).len()
            })
        };
        assert!(brings(&records, Standing::default()) > 0, "{id}");
        assert_eq!(brings(&records, replaced.clone()), 0, "{id}");
        let gone = [vec![history("Patient/p", vec![("2020-01-01", None)])], visits()].concat();
        assert_eq!(brings(&gone, Standing::default()), 0, "{id}");
        let died = [vec![dead(Some("2026-06-01"))], visits()].concat();
        let period_counts = ["change", "team", "no-show"].contains(&id);
        assert_eq!(brings(&died, Standing::default()) > 0, period_counts, "{id}");
    }
}

#[test]
fn months_of_follow_up_are_counted_from_the_first_consultation_without_drift() {
    let rules = rules();
    let by_group = |records: &[Record], period: (&str, &str)| -> Vec<(usize, Counts)> {
        shares(&rules, records, "minutes", period).into_iter().map(|share| (share.group, share.counts)).collect()
    };
    // Follow-up begins on 31 January: its second month begins on 28 February, its third on 31 March.
    let records = [
        man(),
        visit("a", "2026-01-31", GP, Some(10)),
        visit("b", "2026-03-30", GP, Some(7)),
        visit("c", "2026-03-31", GP, Some(5)),
    ];
    let month = |sum, known| Counts { initial: 1, denominator: 1, measured: 1, sum, known, ..Counts::default() };
    let found = by_group(&records, ("2026-01-01", "2026-04-29"));
    let of = |group: usize| found.iter().find(|(n, _)| *n == group).map(|(_, counts)| *counts);
    // Groups: the whole, three years, thirty-six months.
    assert_eq!((of(4), of(5), of(6), of(7)), (Some(month(10, 1)), Some(month(7, 1)), Some(month(5, 1)), None));
    let three = Counts { initial: 3, denominator: 3, measured: 3, sum: 22, known: 3, ..Counts::default() };
    assert_eq!((of(0), of(1), of(2)), (Some(three), Some(three), None));
    // The third month ends on 29 April.
    assert_eq!(by_group(&records, ("2026-04-29", "2026-04-29")).len(), 3);
    assert_eq!(by_group(&records, ("2026-04-30", "2026-05-29")), []);
}

#[test]
fn follow_up_ends_after_three_years_and_the_groups_do_not_change() {
    let rules = rules();
    let records: Vec<Record> = std::iter::once(man())
        .chain((0..60).map(|n| {
            let day = "2020-01-15".parse::<Day>().unwrap().add_months(n).to_string();
            visit(&format!("e{n}"), &day, GP, Some(6))
        }))
        .collect();
    let found = shares(&rules, &records, "minutes", ("2019-01-01", "2026-12-31"));
    let whole: Counts = found.iter().filter(|share| share.group == 0).map(|share| share.counts).sum();
    assert_eq!((whole.measured, whole.sum, whole.known), (36, 216, 36));
    let measure = QualityMeasure::find(&rules, "minutes").unwrap();
    assert_eq!(measure.groups(&rules).len(), 40);
    assert_eq!(found.len(), 40);
}

#[test]
fn a_consultation_of_unknown_length_is_in_no_sum_and_told() {
    let rules = rules();
    let cases = [
        (Some(240), (240, 1, 0)),
        (Some(241), (0, 0, 1)),
        (Some(0), (0, 0, 1)),
        (Some(1), (1, 1, 0)),
        (None, (0, 0, 1)),
    ];
    for (minutes, want) in cases {
        let records = [man(), visit("a", "2026-05-05", GP, minutes)];
        let found = shares(&rules, &records, "minutes", ("2026-06-01", "2026-06-30"));
        let Counts { sum, known, missing, .. } = found[0].counts;
        assert_eq!((sum, known, missing), want, "{minutes:?}");
    }
}

#[test]
fn where_somebody_was_consulted_is_here_elsewhere_or_not_known() {
    let rules = rules();
    let at = |by: &str, provider: &str| {
        let mut fact = encounter("2026-05-05", participant("", by));
        fact.service_provider = (!provider.is_empty()).then(|| named(provider));
        [man(), record("Encounter/e", Fact::Encounter(fact))]
    };
    let cases = [
        (GP, "", (1, 0, 0, 0)),
        (GP, "Organization/annex", (1, 0, 0, 0)),
        (GP, "Organization/hospital", (1, 0, 1, 0)),
        (GP, "Organization/never-sent", (0, 0, 0, 1)),
        ("Practitioner/elsewhere", "", (1, 0, 1, 0)),
        ("Practitioner/never-sent", "Organization/hospital", (0, 0, 0, 1)),
        ("Practitioner/midwife", "Organization/hospital", (0, 0, 0, 0)),
    ];
    for (by, provider, want) in cases {
        assert_eq!(told(&rules, &at(by, provider), "leakage", YEAR), want, "{by} {provider}");
    }
    let [man, seen] = at(GP, "");
    let Some(Fact::Encounter(fact)) = seen.versions[0].fact.clone() else { panic!() };
    let planned =
        record("Encounter/e", Fact::Encounter(crate::domain::fact::EncounterFact { state: ActState::Ignored, ..fact }));
    assert_eq!(told(&rules, &[man, planned], "leakage", YEAR), (0, 0, 0, 0));
}

#[test]
fn a_change_is_no_longer_being_declared_here_at_the_end() {
    let rules = rules();
    let pcp = |who: &str, span: &str| {
        let member = participant("PCP", who);
        record(&format!("CareTeam/{}", who.replace('/', "-")), Fact::CareTeam(team(vec![member], span)))
    };
    let free = || who(patient("1970-01-01", Sex::Male));
    let born = |on: &str| who(declared(on, Sex::Male));
    let removed = history(
        "Patient/p",
        vec![
            ("2020-01-01", Some(Fact::Patient(declared("1970-01-01", Sex::Male)))),
            ("2026-06-01", Some(Fact::Patient(patient("1970-01-01", Sex::Male)))),
        ],
    );
    let cases: Vec<(Vec<Record>, Four)> = vec![
        (vec![free()], (0, 0, 0, 0)),
        (vec![man()], (1, 0, 0, 0)),
        (vec![removed], (1, 0, 1, 0)),
        (vec![born("2026-01-01")], (1, 0, 0, 0)),
        (vec![born("2026-01-02")], (0, 0, 0, 0)),
        (vec![free(), pcp(GP, "2020-01-01/2026-12-31")], (1, 0, 0, 0)),
        (vec![free(), pcp(GP, "2020-01-01/2026-12-30")], (1, 0, 1, 0)),
        (vec![free(), pcp(GP, "2020-01-01/2026")], (0, 0, 0, 1)),
        (vec![free(), pcp(GP, "2026/")], (0, 0, 0, 1)),
        (vec![free(), pcp("Practitioner/elsewhere", "2020-01-01/2026-06-30")], (0, 0, 0, 0)),
        // To another one of the structure: no change.
        (vec![free(), pcp(GP, "2020-01-01/2026-06-30"), pcp("Practitioner/by-role", "2026-07-01/")], (1, 0, 0, 0)),
        (vec![dead(Some("2026-12-30"))], (1, 1, 0, 0)),
        (vec![dead(Some("2026-12-31"))], (1, 0, 0, 0)),
        (vec![dead(Some("2026-12"))], (0, 0, 0, 1)),
    ];
    for (records, want) in cases {
        assert_eq!(told(&rules, &records, "change", YEAR), want, "{records:?}");
    }
}

#[test]
fn a_contact_is_of_the_first_profession_that_fits_and_of_each_who_gave_it() {
    let rules = rules();
    let given = |by: &[&str]| {
        let mut fact = encounter("2026-05-05", participant("", by[0]));
        fact.participants = by.iter().map(|one| participant("", one)).collect();
        let records = [man(), record("Encounter/e", Fact::Encounter(fact))];
        let found = shares(&rules, &records, "team", YEAR);
        assert!(found.iter().all(|share| share.counts.denominator == 1));
        found.iter().map(|share| share.counts.numerator).collect::<Vec<u32>>()
    };
    // gp, physician of another kind, other, unknown
    let cases: [(&[&str], [u32; 4]); 6] = [
        (&[GP], [1, 0, 0, 0]),
        (&["Practitioner/dermatologist"], [0, 1, 0, 0]),
        (&["Practitioner/nurse"], [0, 0, 1, 0]),
        (&["Practitioner/nobody"], [0, 0, 0, 1]),
        (&["Patient/p"], [0, 0, 0, 1]),
        (&[GP, "Practitioner/nurse", "Practitioner/nurse"], [1, 0, 1, 0]),
    ];
    for (by, want) in cases {
        assert_eq!(given(by), want, "{by:?}");
    }
}

#[test]
fn the_projection_is_exact_and_a_number_of_gps_nobody_told_is_not_zero() {
    let rules = rules();
    let day = "2026-10-31".parse::<Day>().unwrap();
    let file = &rules.indicators[3];
    // 5 min 13 s per patient and month, over 100 patient-months: 521.67 minutes, here 522.
    let counts = Counts { initial: 1000, measured: 100, sum: 522, known: 75, missing: 25, ..Counts::default() };
    let figures = |structure: &str, counts: Counts| -> Vec<(&str, Option<String>)> {
        let derived = file.derived(&rules, day, &[counts], structure);
        derived.into_iter().map(|one| (one.code, one.value.map(|value| value.to_string()))).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    let told = [("mean-minutes", some("5.22")), ("duration-coverage", some("0.75"))];
    // 35 h × 60 × 39 weeks = 81 900 minutes a year, over 62.64.
    let at_home = [
        told[0].clone(),
        told[1].clone(),
        ("projected-patients-per-full-time-gp", some("1307")),
        ("full-time-gps", some("2")),
        ("patients-per-full-time-gp", some("500")),
        ("projected-active-file", some("2615")),
    ];
    assert_eq!(figures("home", counts), at_home);
    let elsewhere: Vec<Option<String>> = figures("annex", counts).into_iter().map(|(_, value)| value).collect();
    assert_eq!(elsewhere, [told[0].1.clone(), told[1].1.clone(), some("1307"), None, None, None]);
    assert!(
        figures("home", Counts::default())
            .iter()
            .all(|(code, value)| value.is_none() || *code == "full-time-gps" || *code == "patients-per-full-time-gp")
    );
    let unknown = file.derived(&rules, day, &[counts], "annex");
    assert_eq!(unknown[3].status, RuleStatus::Unknown);
}

#[test]
fn a_dated_number_of_gps_is_that_of_the_day() {
    let mut rules = rules();
    let gps = rules.params.find("file.gps").unwrap();
    rules.params.change(gps, |gps| {
        let mut later = gps.values[0].clone();
        (later.from, later.value) = ("2026-07-01".parse().unwrap(), Some(ParamValue::Number("2.5".parse().unwrap())));
        gps.values.push(later);
    });
    let counts = Counts { initial: 1000, ..Counts::default() };
    for (on, want) in [("2026-06-30", "500"), ("2026-07-01", "400")] {
        let derived = rules.indicators[3].derived(&rules, on.parse().unwrap(), &[counts], "home");
        assert_eq!(derived[4].value.map(|value| value.to_string()), Some(want.to_owned()), "{on}");
    }
}
