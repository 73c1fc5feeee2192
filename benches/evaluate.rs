//! How long one patient takes: resolving the dossier, the prevention card, a month's forfait.

use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use mtr_gateway::domain::calendar::Day;
use mtr_gateway::domain::calendar::Instant;
use mtr_gateway::domain::calendar::Period;
use mtr_gateway::domain::calendar::When;
use mtr_gateway::domain::directory::Directory;
use mtr_gateway::domain::directory::SitePolicy;
use mtr_gateway::domain::dossier::Dossier;
use mtr_gateway::domain::enrolment::StructureScope;
use mtr_gateway::domain::fact::*;
use mtr_gateway::domain::forfait;
use mtr_gateway::domain::outlook;
use mtr_gateway::domain::prevention;
use mtr_gateway::domain::typologie;
use mtr_gateway::rulebook;
use std::hint::black_box;
use std::path::Path;

// What the binary runs with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LOINC: &str = "http://loinc.org";
const CIM10: &str = "http://hl7.org/fhir/sid/icd-10";
const OWN: &str = "https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence";
const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn when(n: usize) -> When {
    let start = Day::new(2022, 1, 10).unwrap_or(Day::min_value());
    When { date: mtr_gateway::domain::calendar::PartialDate::Day(start.add_days(n as i32 * 25)), second: Some(36_000) }
}

fn record(kind: Kind, n: usize, fact: Fact) -> Record {
    let id = format!("{kind:?}-{n:04}");
    Record { kind, id: id.into(), versions: [Version { number: 1, known: Instant(1), fact: Some(fact) }].into() }
}

fn observation(n: usize, (system, code): (&str, &str), value: Value) -> Record {
    let fact = ActFact {
        state: ActState::Done,
        codings: [Coding::new(system, code)].into(),
        when: Some(when(n)),
        period: None,
        value,
        absent: false,
        components: Vec::new(),
        interpretation: Vec::new(),
        reference_high: None,
        reasons: Vec::new(),
    };
    record(Kind::Observation, n, Fact::Act(fact))
}

fn quantity(value: i64, unit: &str) -> Value {
    Value::Quantity { value: value.into(), unit: Some(unit.into()) }
}

/// A woman of 62 with two chronic diseases: 60 resources over four years.
fn records() -> Vec<Record> {
    let birth = Day::new(1964, 3, 2).ok().map(mtr_gateway::domain::calendar::PartialDate::Day);
    let person = PatientFact {
        birth,
        sex: Sex::Female,
        death: Death::None,
        identity: Identity { ins_key: true, pi: true },
        general_practitioners: vec![Named::resource(Kind::Practitioner, "pr-1")],
        managing_organization: None,
        replaced_by: Vec::new(),
        replaces: Vec::new(),
        persons: Vec::new(),
    };
    let mut all = vec![record(Kind::Patient, 0, Fact::Patient(person))];
    for n in 0..20 {
        let visit = EncounterFact {
            state: ActState::Done,
            class: Some(Coding::new(ACT, "AMB")),
            types: Vec::new(),
            reasons: vec![Coding::new(CIM10, "I10")],
            period: Period { start: Some(when(n * 3)), end: Some(when(n * 3)) },
            minutes: Some(20),
            participants: vec![Participant {
                roles: Vec::new(),
                actor: Some(Named::resource(Kind::Practitioner, "pr-1")),
                on_behalf_of: None,
                period: Period::default(),
            }],
            service_provider: None,
            location: None,
        };
        all.push(record(Kind::Encounter, n, Fact::Encounter(visit)));
    }
    for n in 0..30 {
        let act = match n % 6 {
            0 => observation(n, (LOINC, "39156-5"), quantity(31, "kg/m2")),
            1 => observation(n, (LOINC, "4548-4"), quantity(7, "%")),
            2 => observation(n, (LOINC, "72166-2"), Value::None),
            3 => observation(n, (OWN, "dental-check"), Value::None),
            4 => observation(n, (LOINC, "8480-6"), quantity(142, "mm[Hg]")),
            _ => observation(n, (LOINC, "13457-7"), quantity(1, "g/L")),
        };
        all.push(act);
    }
    for (n, code) in ["E11.9", "I10", "E78.0", "F32.1", "J45", "M16", "N18.3", "K21", "Z72.0"].iter().enumerate() {
        let problem = ConditionFact {
            codings: [Coding::new(CIM10, code)].into(),
            categories: Vec::new(),
            clinical: Clinical::Active,
            confirmed: true,
            void: false,
            onset: Some(when(n)),
            abatement: None,
            abated: false,
            recorded: None,
        };
        all.push(record(Kind::Condition, n, Fact::Condition(problem)));
    }
    all
}

/// The patient's own GP, so that the month is payable and priced.
fn doctor() -> Record {
    let profession = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante";
    let specialty = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale";
    let qualifications = vec![Coding::new(profession, "10"), Coding::new(specialty, "SM54")];
    let fact = Fact::Practitioner(PractitionerFact { qualifications, identifiers: Vec::new() });
    let versions = [Version { number: 1, known: Instant(1), fact: Some(fact) }].into();
    Record { kind: Kind::Practitioner, id: "pr-1".into(), versions }
}

fn evaluate(c: &mut Criterion) {
    let source = rulebook::Source::read_dir(Path::new("mappings"));
    let Some(book) = source.ok().and_then(|s| rulebook::load(&s).ok()) else { return };
    let rules = &book.rules;
    let records = records();
    let directory = Directory::build(&[doctor()], rules);
    let scope = StructureScope::new(&directory, "structure", &[], SitePolicy::EveryOrganization);
    let date = Day::new(2026, 10, 15).unwrap_or(Day::min_value());
    let dossier = Dossier::build(&records, rules);
    c.bench_function("dossier", |b| b.iter(|| black_box(Dossier::build(black_box(&records), rules).len())));
    c.bench_function("card", |b| b.iter(|| prevention::card(black_box(&dossier), date)));
    c.bench_function("month", |b| b.iter(|| typologie::patient_month(black_box(&dossier), &scope, date.month())));
    let Some(tariff) = rules.tariff("mtr-demo") else { return };
    c.bench_function("next change", |b| {
        b.iter(|| {
            let money = outlook::next_money(black_box(&dossier), &scope, Some(tariff), (date, 24));
            (money, outlook::next_card(&dossier, (date, 24)))
        })
    });
    let priced = typologie::patient_month(&dossier, &scope, date.month());
    assert!(priced.not_payable.is_none(), "the bench prices a month that is paid");
    c.bench_function("price", |b| b.iter(|| forfait::price(&dossier, &scope, black_box(&priced), tariff).is_ok()));
    c.bench_function("all", |b| {
        b.iter(|| {
            let dossier = Dossier::build(black_box(&records), rules);
            let month = typologie::patient_month(&dossier, &scope, date.month());
            let priced = forfait::price(&dossier, &scope, &month, tariff).is_ok();
            (prevention::card(&dossier, date), month, priced)
        })
    });
}

criterion_group!(benches, evaluate);
criterion_main!(benches);
