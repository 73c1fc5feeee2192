//! What holds of every indicator of the shipped rulebook, whoever is asked about.

use super::book;
use super::mutated;
use super::reload;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::Period;
use crate::domain::calendar::When;
use crate::domain::directory::Directory;
use crate::domain::directory::SitePolicy;
use crate::domain::dossier::Dossier;
use crate::domain::enrolment::StructureScope;
use crate::domain::fact::*;
use crate::domain::indicator::Counts;
use crate::domain::indicator::PeriodUse;
use crate::domain::indicator::QualityMeasure;
use crate::domain::indicator::Rule;
use crate::domain::indicator::Scoring;
use crate::domain::indicator::Share;
use crate::domain::indicator::Subject;
use crate::domain::indicator::Unit;
use crate::domain::rules::Rules;
use crate::rulebook::Rulebook;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const G15: &str = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";
const R38: &str = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale";
const OWN: &str = "https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence";

fn rules() -> &'static Rules {
    static BOOK: OnceLock<Rulebook> = OnceLock::new();
    &BOOK.get_or_init(book).rules
}

#[test]
fn every_indicator_says_what_it_counts_of_whom_and_by_which_parameters() {
    let rules = rules();
    let ids: Vec<&str> = rules.indicators.iter().map(|indicator| &*indicator.id).collect();
    let want = [
        "prevention-fill-rate",
        "no-show-rate",
        "high-consumers",
        "consultation-minutes",
        "active-file",
        "leakage",
        "practitioner-change",
        "cancer-screenings",
        "team-contacts",
    ];
    assert_eq!(ids, want);
    let groups = [26, 1, 11, 40, 1, 1, 1, 4, 9];
    for (indicator, groups) in rules.indicators.iter().zip(groups) {
        let names = indicator.groups(rules);
        assert_eq!(names.len(), groups, "{}", indicator.id);
        for (n, name) in names.iter().enumerate() {
            assert!(names[..n].iter().all(|other| other.code != name.code), "{} {}", indicator.id, name.code);
        }
        let texts = &indicator.texts;
        assert!(texts.seed_fr.is_some() && !texts.sources.is_empty() && !texts.notes_fr.is_empty(), "{}", indicator.id);
        assert_eq!(indicator.file, format!("indicators/{}.yaml", indicator.id).into());
        let own = format!("indicators/{}.", indicator.id);
        let declared = rules.params.iter().filter(|param| param.id.starts_with(&own)).count();
        let named = indicator.parameters.iter().filter(|id| rules.params.get(**id).id.starts_with(&own)).count();
        assert_eq!(named, declared, "{}", indicator.id);
    }
    let told = |n: usize| (rules.indicators[n].scoring, rules.indicators[n].unit, rules.indicators[n].period);
    assert_eq!(told(0), (Scoring::Proportion, Unit::Patient, PeriodUse::ToDay));
    assert_eq!(told(1), (Scoring::Proportion, Unit::Appointment, PeriodUse::Period));
    assert_eq!(told(3), (Scoring::ContinuousVariable, Unit::PatientMonth, PeriodUse::Period));
    assert_eq!(told(4), (Scoring::Cohort, Unit::Patient, PeriodUse::ToDay));
    assert_eq!(told(7), (Scoring::Proportion, Unit::Item, PeriodUse::ToDay));
}

#[test]
fn the_projection_of_the_seed_is_of_the_order_of_1300_patients() {
    let rules = rules();
    let file = rules.indicators.iter().find(|one| &*one.id == "active-file").unwrap();
    // 5 min 13 s per patient and month: 313 seconds, 313 minutes over 60 months.
    let counts = Counts { initial: 5, measured: 60, sum: 313, ..Counts::default() };
    let derived = file.derived(rules, "2022-12-31".parse().unwrap(), &[counts], "any");
    let projected = derived.iter().find(|one| one.code == "projected-patients-per-full-time-gp").unwrap();
    assert_eq!(projected.value.map(|value| value.to_string()).as_deref(), Some("1308"));
}

#[test]
fn an_indicator_may_name_others_of_any_rank() {
    let file = "indicators/active-file.yaml";
    let (source, _) = mutated(file, "ordinal: 5", "ordinal: 100");
    let rules = reload(&source, file).unwrap().rules;
    let Rule::ActiveFile(last) = &rules.indicators[8].rule else { panic!("it comes last") };
    assert_eq!(&*rules.indicators[last.minutes_of].id, "consultation-minutes");
    let (source, _) = mutated(file, "ordinal: 5\n", "ordinal: 10\n");
    assert!(reload(&source, file).is_ok());
}

#[test]
fn a_structure_may_tell_its_full_time_gps() {
    let file = "indicators/active-file.yaml";
    let told = "  full_time_gps: { by_structure: { \"msp-1\": gps_1 } }\n\nexamples:";
    let (source, text) = mutated(file, "\nexamples:", told);
    let param = "parameters:\n  gps_1:\n    label_fr: \"Généralistes\"\n    unit: \"count\"\n    values:\n      - { from: \"2026-01-01\", value: \"2.5\", status: interpretation, source: \"Déclaration de la structure\" }";
    let mut source = source;
    source.0.iter_mut().find(|(path, _)| path == file).unwrap().1 = text.replacen("parameters:", param, 1).into_bytes();
    let rules = reload(&source, file).unwrap().rules;
    let counts = Counts { initial: 2500, ..Counts::default() };
    let value = |structure: &str, on: &str| {
        let derived = rules.indicators[4].derived(&rules, on.parse().unwrap(), &[counts], structure);
        derived.iter().find(|one| one.code == "patients-per-full-time-gp").unwrap().value.map(|v| v.to_string())
    };
    assert_eq!(value("msp-1", "2026-01-01").as_deref(), Some("1000"));
    assert_eq!(value("msp-1", "2025-12-31"), None);
    assert_eq!(value("msp-2", "2026-01-01"), None);
}

fn one(kind: Kind, id: &str, fact: Fact) -> Record {
    let version = Version { number: 1, known: Instant(1_577_836_800_000_000), fact: Some(fact) };
    Record { kind, id: id.into(), versions: [version].into() }
}

fn practitioner(id: &str, codes: &[(&str, &str)]) -> Record {
    let qualifications = codes.iter().map(|(system, code)| Coding::new(system, code)).collect();
    one(Kind::Practitioner, id, Fact::Practitioner(PractitionerFact { qualifications, identifiers: Vec::new() }))
}

fn practice() -> Vec<Record> {
    let place = |id: &str| {
        let fact = OrganizationFact { part_of: None, types: Vec::new(), identifiers: Vec::new() };
        one(Kind::Organization, id, Fact::Organization(fact))
    };
    vec![
        practitioner("gp", &[(G15, "10"), (R38, "SM54")]),
        practitioner("midwife", &[(G15, "50")]),
        practitioner("nurse", &[(G15, "60")]),
        practitioner("open", &[(G15, "10")]),
        place("home"),
        place("hospital"),
    ]
}

const PEOPLE: [&str; 5] = ["gp", "midwife", "nurse", "open", "never-sent"];
const PLACES: [&str; 4] = ["", "home", "hospital", "never-sent"];

fn when() -> impl Strategy<Value = Option<When>> {
    let day = (2021i16..=2026, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Day::new(y, m, d).unwrap());
    let date = prop_oneof![
        8 => day.clone().prop_map(|day| Some(PartialDate::Day(day))),
        1 => day.prop_map(|day| Some(PartialDate::Month(day.month()))),
        1 => Just(None),
    ];
    date.prop_map(|date| date.map(|date| When { date, second: None }))
}

fn encounter() -> impl Strategy<Value = Fact> {
    let who = (0..PEOPLE.len(), 0..PLACES.len());
    (when(), who, proptest::option::of(1u32..400), 0..8u8).prop_map(|(start, (who, place), minutes, class)| {
        let participant = Participant {
            roles: Vec::new(),
            actor: Some(Named::resource(Kind::Practitioner, PEOPLE[who])),
            on_behalf_of: None,
            period: Period::default(),
        };
        let place = Some(PLACES[place]).filter(|place| !place.is_empty());
        Fact::Encounter(EncounterFact {
            state: if class == 7 { ActState::Ignored } else { ActState::Done },
            class: Some(Coding::new(ACT, if class == 6 { "EMER" } else { "AMB" })),
            types: Vec::new(),
            reasons: Vec::new(),
            period: Period { start, end: None },
            minutes,
            participants: vec![participant],
            service_provider: place.map(|place| Named::resource(Kind::Organization, place)),
            location: None,
        })
    })
}

fn appointment() -> impl Strategy<Value = Fact> {
    let states = [AppointmentState::Fulfilled, AppointmentState::NoShow, AppointmentState::Cancelled];
    (when(), 0..3usize).prop_map(move |(start, state)| {
        Fact::Appointment(AppointmentFact {
            state: states[state],
            types: Vec::new(),
            start,
            participants: Vec::new(),
            declined: Vec::new(),
        })
    })
}

fn done() -> impl Strategy<Value = Fact> {
    let codes = ["mammography", "fit", "cervical-hpv", "blood-pressure", "refused:breast-cancer"];
    (when(), 0..codes.len()).prop_map(move |(when, code)| {
        Fact::Act(ActFact {
            state: ActState::Done,
            codings: [Coding::new(OWN, codes[code])].into(),
            when,
            period: None,
            value: Value::None,
            absent: false,
            components: Vec::new(),
            interpretation: Vec::new(),
            reference_high: None,
            reasons: Vec::new(),
        })
    })
}

fn person() -> impl Strategy<Value = Fact> {
    let birth = (1930i16..=2024).prop_map(PartialDate::Year);
    (birth, any::<bool>(), proptest::option::weighted(0.2, when()), any::<bool>()).prop_map(
        |(birth, woman, died, declared)| {
            let death = died.map_or(Death::None, |on| on.map_or(Death::Undated, Death::On));
            let gp = declared.then(|| Named::resource(Kind::Practitioner, "gp"));
            Fact::Patient(PatientFact {
                birth: Some(birth),
                sex: if woman { Sex::Female } else { Sex::Male },
                death,
                identity: Identity { ins_key: false, pi: true },
                general_practitioners: gp.into_iter().collect(),
                managing_organization: None,
                replaced_by: Vec::new(),
                replaces: Vec::new(),
                persons: Vec::new(),
            })
        },
    )
}

fn chart() -> impl Strategy<Value = Vec<Record>> {
    let facts = proptest::collection::vec(
        prop_oneof![
            6 => encounter().prop_map(|fact| (Kind::Encounter, fact)),
            2 => appointment().prop_map(|fact| (Kind::Appointment, fact)),
            2 => done().prop_map(|fact| (Kind::Observation, fact)),
        ],
        0..40,
    );
    (person(), facts).prop_map(|(person, facts)| {
        let numbered = facts.into_iter().enumerate().map(|(n, (kind, fact))| one(kind, &format!("f{n}"), fact));
        std::iter::once(one(Kind::Patient, "p", person)).chain(numbered).collect()
    })
}

/// What the chart brings to every measure, by measure and group.
fn brought(records: &[Record], period: (Day, Day)) -> BTreeMap<(QualityMeasure, usize), Share> {
    let rules = rules();
    let directory = Directory::build(&practice(), rules);
    let scope = StructureScope::new(&directory, "home", &[], SitePolicy::Tree);
    let dossier = Dossier::build(records, rules);
    let subject = Subject::new(&dossier, &scope, period);
    let mut found = BTreeMap::new();
    for measure in QualityMeasure::all(rules) {
        for share in measure.shares(&subject) {
            assert!(found.insert((measure, share.group), share).is_none(), "one share for each group");
        }
    }
    found
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_facts_changes_nothing(chart in chart(), seed in any::<u64>()) {
        let period = (day("2024-01-01"), day("2025-06-30"));
        let mut other = chart.clone();
        let len = other.len() as u64;
        for n in 1..other.len() {
            other.swap(n, 1 + (seed.wrapping_mul(n as u64 + 7) % (len - 1)) as usize);
        }
        prop_assert_eq!(brought(&chart, period), brought(&other, period));
    }

    #[test]
    fn populations_nest_and_evidence_is_of_the_chart(chart in chart()) {
        for (key, share) in brought(&chart, (day("2023-03-31"), day("2026-02-28"))) {
            let counts = share.counts;
            prop_assert!(counts.initial >= counts.denominator, "{:?} {:?}", key, counts);
            prop_assert!(counts.denominator >= counts.excluded, "{:?} {:?}", key, counts);
            prop_assert!(counts.numerator <= counts.base(), "{:?} {:?}", key, counts);
            prop_assert!(!counts.is_empty() || !matches!(key.0, QualityMeasure::Indicator(_)), "{:?}", key);
            prop_assert!(share.evidence.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", key);
            let told = |one: &crate::domain::finding::EvidenceRef| chart.iter().any(|r| r.kind == one.kind && r.id == one.id);
            prop_assert!(share.evidence.iter().all(told), "{:?}", key);
        }
    }

    #[test]
    fn things_of_two_periods_add_up_to_those_of_both(chart in chart(), cut in 0i32..900) {
        let (first, last) = (day("2023-01-01"), day("2025-12-31"));
        let middle = first.add_days(cut);
        let rules = rules();
        // Who is asked about depends on the last day: asked of everybody, things of a period add up.
        let of = |id: &str| QualityMeasure::find(rules, id).unwrap();
        for (id, dated) in [("no-show-rate", Kind::Appointment), ("team-contacts", Kind::Encounter)] {
            let exact: Vec<Record> = chart.iter().filter(|r| r.kind != dated || starts_on_a_day(r)).cloned().collect();
            let counts = |period| -> Vec<Counts> {
                let found = brought(&exact, period);
                (0..9).map(|group| found.get(&(of(id), group)).map(|s| s.counts).unwrap_or_default()).collect()
            };
            let parts = counts((first, middle)).into_iter().zip(counts((middle.add_days(1), last)));
            let parts: Vec<Counts> = parts.map(|(a, b)| [a, b].into_iter().sum()).collect();
            prop_assert_eq!(parts, counts((first, last)), "{}", id);
        }
    }

    #[test]
    fn a_whole_is_the_sum_of_its_parts(chart in chart()) {
        let found = brought(&chart, (day("2021-01-01"), day("2026-06-30")));
        let rules = rules();
        let sum = |id: &str, groups: std::ops::Range<usize>| -> Counts {
            let measure = QualityMeasure::find(rules, id).unwrap();
            groups.filter_map(|group| found.get(&(measure, group))).map(|share| share.counts).sum()
        };
        prop_assert_eq!(sum("consultation-minutes", 0..1), sum("consultation-minutes", 1..4));
        prop_assert_eq!(sum("consultation-minutes", 0..1), sum("consultation-minutes", 4..40));
        prop_assert_eq!(sum("cancer-screenings", 0..1), sum("cancer-screenings", 1..4));
    }

    #[test]
    fn what_somebody_did_with_unknown_people_is_never_a_sure_no(chart in chart()) {
        // All that is known of who gave what is taken away.
        let unknown: Vec<Record> = chart.iter().cloned().map(forget_who).collect();
        let found = brought(&unknown, (day("2024-01-01"), day("2025-12-31")));
        let of = |id: &str| QualityMeasure::find(rules(), id).unwrap();
        for id in ["high-consumers", "consultation-minutes", "leakage", "active-file"] {
            let share = found.get(&(of(id), 0));
            prop_assert!(share.is_none_or(|s| s.counts.initial == 0 && s.counts.undecided > 0), "{} {:?}", id, share);
        }
    }
}

fn starts_on_a_day(record: &Record) -> bool {
    let start = match record.current().and_then(|version| version.fact.as_ref()) {
        Some(Fact::Encounter(encounter)) => encounter.period.start,
        Some(Fact::Appointment(appointment)) => appointment.start,
        _ => None,
    };
    start.is_some_and(|start| start.date.is_exact())
}

fn forget_who(mut record: Record) -> Record {
    for version in &mut record.versions {
        if let Some(Fact::Encounter(encounter)) = &mut version.fact {
            encounter.participants.clear();
        }
    }
    record
}
