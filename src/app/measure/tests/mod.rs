//! What is kept of today is what a pass over the patients answers, whatever arrives, leaves, is merged
//! or comes due; and no row differs before the day it says.

mod relevant;

use super::board::{BoardRow, Making};
use super::*;
use crate::app::evaluate::Found;
use crate::app::{Cascade, Context, Handling, Policy, Precondition, default_profiles, default_rules};
use crate::config::Mode;
use crate::domain::calendar::Month;
use crate::domain::fact::Kind;
use crate::domain::indicator::Horizon;
use crate::domain::indicator::Stratifier;
use crate::domain::roster::Roster;
use crate::fhir::validate::Validator;
use crate::store::Store;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

const OURS: &str = "https://mtr-gateway.example/fhir/CodeSystem";
const NOS: &str = "https://mos.esante.gouv.fr/NOS";

fn gateway(home: &std::path::Path) -> Gateway {
    let validator = Validator::new(&default_profiles().unwrap()).unwrap();
    let context = Context::of(home, crate::app::Address::Served("http://localhost/fhir")).unwrap();
    let store = Store::open(home, context.options(Arc::new(|_, _| {}))).unwrap();
    let policy = Policy {
        mode: Mode::Demo,
        structure: "unused".into(),
        sites: Vec::new(),
        tariff: Some("mtr-demo".into()),
        max_bundle_entries: 1000,
        conditional_delete: crate::config::ConditionalDelete::Single,
    };
    Gateway::new(store, context, validator, default_rules().unwrap(), policy).unwrap()
}

/// One gateway for all cases: each has a structure of its own.
fn shared() -> (&'static Gateway, String) {
    static SHARED: OnceLock<(tempfile::TempDir, Gateway)> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let (_, gateway) = SHARED.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let gateway = gateway(home.path());
        (home, gateway)
    });
    (gateway, format!("cabinet-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn put(gateway: &Gateway, structure: &str, resources: &[Value]) {
    let place = |r: &Value| format!("{}/{}", r["resourceType"].as_str().unwrap(), r["id"].as_str().unwrap());
    let entry = |r: &Value| json!({"resource": r, "request": {"method": "PUT", "url": place(r)}});
    let entries: Vec<Value> = resources.iter().map(entry).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string();
    let done = gateway.bundle(structure, bundle.as_bytes(), Handling::Lenient);
    done.unwrap_or_else(|f| panic!("{:?} {bundle}", f.issues.iter().map(|i| i.text_en()).collect::<Vec<_>>()));
}

fn delete(gateway: &Gateway, structure: &str, kind: Kind, id: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = gateway.delete(structure, kind, id, Precondition::default(), Cascade::Dependants);
    runtime.block_on(done).unwrap_or_else(|failure| panic!("{kind:?}/{id}: {:?}", failure.reason));
}

fn doctor(id: &str) -> [Value; 2] {
    let profession = concept(&format!("{NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"), "10");
    let specialty = concept(&format!("{NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"), "SM54");
    [
        json!({"resourceType": "Practitioner", "id": id, "qualification": [{"code": profession}]}),
        json!({"resourceType": "PractitionerRole", "id": format!("role-{id}"), "specialty": [specialty],
               "practitioner": {"reference": format!("Practitioner/{id}")}, "code": [profession]}),
    ]
}

/// Something that arrives: numbers say what, about whom and with which dates, around the day that is
/// today.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    what: u8,
    who: u8,
    a: u8,
    b: u8,
}

fn arrival() -> impl Strategy<Value = Arrival> {
    (any::<u8>(), 0..5_u8, any::<u8>(), any::<u8>()).prop_map(|(what, who, a, b)| Arrival { what, who, a, b })
}

/// Evidence of the catalogue that comes due within some years.
const EVIDENCE: [&str; 12] = [
    "fit",
    "mammography",
    "dental-check",
    "blood-pressure",
    "flu-vaccine",
    "phq",
    "bmi",
    "tobacco",
    "alcohol",
    "diabetes-screening",
    "kidney-function",
    "colonoscopy",
];

impl Arrival {
    fn patient(self) -> String {
        format!("p{}", self.who)
    }

    /// A day up to some years before today, or a few weeks after.
    fn day(n: u8, today: Day) -> Day {
        let n = i32::from(n);
        match n % 4 {
            0 => today.add_days(n / 4 - 40),
            1 => today.add_months(-(n / 8)).add_days(n % 9 - 4),
            2 => today.add_months(-12 * (n / 32)).add_days(n % 5 - 2),
            _ => today.add_months(-(n % 40)),
        }
    }

    fn period(self, today: Day) -> Value {
        let (first, second) = (Arrival::day(self.a, today), Arrival::day(self.b, today));
        match self.b % 3 {
            0 => json!({"start": first.to_string()}),
            _ => json!({"start": first.min(second).to_string(), "end": first.max(second).to_string()}),
        }
    }

    fn person(self, today: Day) -> Value {
        let id = self.patient();
        let years = [0, 2, 17, 25, 44, 50, 65, 74, 80, 30];
        let born =
            today.add_months(-12 * years[usize::from(self.b) % 10]).add_days(i32::from(self.a % 9) - 4).min(today);
        let mut patient = json!({"resourceType": "Patient", "id": id, "birthDate": born.to_string(),
            "gender": (["female", "male", "other", "unknown"][usize::from(self.b / 7) % 4]),
            "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.1", "value": format!("N-{id}"),
                            "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI")}]});
        if self.a.is_multiple_of(3) {
            let gp = if self.b.is_multiple_of(2) { "gp" } else { "other" };
            patient["generalPractitioner"] = json!([{"reference": format!("Practitioner/{gp}")}]);
        }
        if self.a.is_multiple_of(11) {
            patient["deceasedDateTime"] = json!(Arrival::day(self.b, today).min(today).max(born).to_string());
        }
        let other = self.b % 5;
        if self.a % 4 == 1 && other != self.who {
            let kind = if self.b.is_multiple_of(3) { "replaces" } else { "replaced-by" };
            patient["link"] = json!([{"other": {"reference": format!("Patient/p{other}")}, "type": kind}]);
        }
        patient
    }

    fn resource(self, today: Day) -> Option<Value> {
        let p = self.patient();
        let (subject, day) = (json!({"reference": format!("Patient/{p}")}), Arrival::day(self.a, today).min(today));
        let id = |name: &str, slots: u8| format!("{name}-{p}-{}", self.b % slots);
        let observation = |name: &str, code: Value, value: Value| {
            let mut all = json!({"resourceType": "Observation", "id": id(name, 3), "status": "final", "code": code,
                                 "subject": subject, "effectiveDateTime": day.to_string()});
            value.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
            all
        };
        let ours = |code: &str| concept(&format!("{OURS}/mtr-observation"), code);
        let seen = |id: String, day: Day, minutes: u8| {
            json!({"resourceType": "Encounter", "id": id, "subject": subject, "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "participant": [{"individual": {"reference": "Practitioner/gp"}}],
                "length": {"value": minutes, "system": "http://unitsofmeasure.org", "code": "min", "unit": "min"},
                "period": {"start": format!("{day}T10:30:00+01:00")}})
        };
        Some(match self.what % 14 {
            0 => self.person(today),
            1 => {
                let mut visit = seen(id("e", 12), day, 10 + self.b % 30);
                if self.b.is_multiple_of(5) {
                    visit["period"] = json!({"start": day.add_months(-1).month().to_string()});
                }
                visit
            }
            2 => seen(
                id("f", 12),
                today.add_months(-i32::from(self.a % 37)).add_days(i32::from(self.b % 3)).min(today),
                15,
            ),
            3 => json!({"resourceType": "Coverage", "id": id("c", 2), "status": "active", "beneficiary": subject,
                "type": concept(&format!("{OURS}/coverage-right"), "c2s"), "payor": [{"display": "AM"}],
                "period": self.period(today)}),
            4 => observation("gir", ours("gir"), json!({"valueInteger": 1 + i32::from(self.b) % 6})),
            5 => observation(
                "bp",
                concept("http://loinc.org", "8480-6"),
                json!({"valueQuantity":
                {"value": 100 + i32::from(self.b) % 80, "system": "http://unitsofmeasure.org", "code": "mm[Hg]", "unit": "mmHg"}}),
            ),
            6 => json!({"resourceType": "Flag", "id": id("f", 2), "subject": subject, "period": self.period(today),
                "status": if self.b.is_multiple_of(5) { "inactive" } else { "active" },
                "category": [concept(&format!("{OURS}/mtr-typologie"), "handicap")], "code": {"text": "déclaré"}}),
            7 => json!({"resourceType": "CareTeam", "id": id("t", 2), "subject": subject,
                "status": if self.b.is_multiple_of(4) { "inactive" } else { "active" },
                "participant": [{"member": {"reference": "Practitioner/gp"}, "period": self.period(today), "role": [concept(
                    &format!("{NOS}/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction"), "PCP")]}]}),
            8 => json!({"resourceType": "Condition", "id": id("d", 3), "subject": subject,
                "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", if self.b.is_multiple_of(3) { "resolved" } else { "active" }),
                "code": concept("http://hl7.org/fhir/sid/icd-10", ["E11.9", "I10", "F32.1", "C18.9", "E66.0"][usize::from(self.b) % 5]),
                "onsetDateTime": day.to_string()}),
            9 => json!({"resourceType": "Appointment", "id": id("a", 6),
                "status": (["noshow", "fulfilled", "booked"][usize::from(self.b) % 3]),
                "start": format!("{}T09:00:00+01:00", Arrival::day(self.a, today)),
                "end": format!("{}T09:15:00+01:00", Arrival::day(self.a, today)),
                "participant": [{"actor": subject, "status": "accepted"}]}),
            10 | 11 => {
                let code = EVIDENCE[usize::from(self.b) % 12];
                observation(&format!("v-{code}"), concept(&format!("{OURS}/prevention-evidence"), code), json!({}))
            }
            12 => {
                let item = ["refused:colorectal-cancer", "refused:tobacco", "contraindicated:colorectal-cancer"];
                let code = item[usize::from(self.b) % 3];
                observation("refused", concept(&format!("{OURS}/prevention-evidence"), code), json!({}))
            }
            _ => return None,
        })
    }

    fn arrive(self, gateway: &Gateway, structure: &str, today: Day) {
        if let Some(resource) = self.resource(today) {
            return put(gateway, structure, &[resource]);
        }
        let id = |name: &str, slots: u8| format!("{name}-{}-{}", self.patient(), self.b % slots);
        let (kind, id) = match self.a % 6 {
            0 => (Kind::Patient, self.patient()),
            1 => (Kind::Flag, id("f", 2)),
            2 => (Kind::CareTeam, id("t", 2)),
            _ => (Kind::Encounter, id("e", 12)),
        };
        if gateway.read(structure, kind, &id).is_ok() {
            delete(gateway, structure, kind, &id);
        }
    }
}

fn everybody_there(gateway: &Gateway, structure: &str, today: Day) {
    put(gateway, structure, &[doctor("gp"), doctor("other")].concat());
    for who in 0..5 {
        let person = Arrival { what: 0, who, a: 3 * who, b: who + 3 };
        put(gateway, structure, &[person.person(today), Arrival { what: 1, a: 3, ..person }.resource(today).unwrap()]);
    }
}

fn asked(gateway: &Gateway, structure: &str, day: Day) -> MeasureQuestion {
    let rules = gateway.rulebooks.current();
    let all = QualityMeasure::all(&rules.rulebook.rules);
    MeasureQuestion {
        structure: structure.to_owned(),
        measures: all.iter().map(|measure| measure.id(&rules.rulebook.rules).to_owned()).collect(),
        period: (Month::new(day.year(), 1).unwrap().first_day(), day),
        known_at: None,
        whom: Whom::Everybody,
        practitioner: None,
        stratifiers: Stratifier::ALL.to_vec(),
    }
}

/// Answers what of an evaluation is told.
fn told(evaluation: &Evaluation) -> String {
    let each = evaluation.reports.iter().map(|r| (r.measure, &r.figures, &r.lists)).collect::<Vec<_>>();
    format!("{:?} {} {} {each:?}", evaluation.known_at, evaluation.rules.digest, evaluation.day)
}

#[track_caller]
fn kept_is_swept(gateway: &Gateway, structure: &str, day: Day) {
    let whole = asked(gateway, structure, day);
    let rules = gateway.rulebooks.current();
    let group = |roster: &Roster| render_group(structure, &roster.code(&rules.rulebook.rules));
    let mut questions = vec![whole.clone()];
    questions.push(MeasureQuestion { practitioner: Some("Practitioner/gp".into()), ..whole.clone() });
    let rosters = Roster::all(&rules.rulebook.rules);
    if gateway.store.structures_known() < 2 {
        questions.extend(rosters.iter().map(|r| MeasureQuestion { whom: Whom::Group(group(r)), ..whole.clone() }));
    }
    for question in questions {
        let kept = gateway.kept(&question, (Populations::Listed, day)).unwrap().expect("it is kept");
        let swept = gateway.swept(&question, (Populations::Listed, day)).unwrap();
        assert_eq!(told(&kept), told(&swept), "{day} {:?}", question.whom);
    }
}

fn render_group(structure: &str, code: &str) -> String {
    crate::fhir::render::group_id(structure, code)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_a_pass_answers(steps in proptest::collection::vec((arrival(), 0..4_u8), 1..40)) {
        let (gateway, structure) = shared();
        let mut today: Day = "2025-03-01".parse().unwrap();
        everybody_there(gateway, &structure, today);
        for (n, (arrival, days)) in steps.iter().enumerate() {
            arrival.arrive(gateway, &structure, today);
            if n % 4 == 0 {
                today = today.add_days(i32::from(*days) * 5);
                kept_is_swept(gateway, &structure, today);
            }
        }
        kept_is_swept(gateway, &structure, today);
    }

    #[test]
    fn no_row_differs_before_its_day(arrivals in proptest::collection::vec(arrival(), 1..60)) {
        let (gateway, structure) = shared();
        let first: Day = "2025-10-01".parse().unwrap();
        everybody_there(gateway, &structure, first);
        arrivals.iter().for_each(|arrival| arrival.arrive(gateway, &structure, first));
        let basis = gateway.basis(&structure, None).ok().unwrap();
        for who in 0..5 {
            let Ok(found) = gateway.find_patient(&basis, &format!("p{who}")) else { continue };
            if matches!(found, Found::Unknown) {
                continue;
            }
            let mut kept = row(&basis, &found, first);
            let mut from = first;
            for n in 1..92 {
                let day = first.add_days(n);
                let now = row(&basis, &found, day);
                if day >= kept.until || day >= basis.turns(from) {
                    (kept, from) = (now, day);
                    continue;
                }
                prop_assert_eq!(&kept.figures, &now.figures, "p{} from {} on {}", who, from, day);
            }
        }
    }
}

fn row(basis: &Basis, found: &Found, day: Day) -> BoardRow {
    let rules = &basis.rules.rulebook.rules;
    let (frame, horizon, rosters) = (Frame::of(rules, day), Horizon::of(rules, day), Roster::all(rules));
    let days = (Month::new(day.year(), 1).unwrap().first_day(), day);
    BoardRow::of(found, "p", &Making { frame: &frame, horizon: &horizon, days, rosters: &rosters }).unwrap()
}

#[test]
fn a_roster_of_a_structure_alone_is_kept_too() {
    let home = tempfile::tempdir().unwrap();
    let gateway = gateway(home.path());
    let today: Day = "2025-10-05".parse().unwrap();
    everybody_there(&gateway, "cabinet", today);
    kept_is_swept(&gateway, "cabinet", today);
    for n in 0..12 {
        Arrival { what: n, who: n % 5, a: 7 * n, b: 5 * n }.arrive(&gateway, "cabinet", today);
    }
    kept_is_swept(&gateway, "cabinet", today.add_days(1));
    kept_is_swept(&gateway, "cabinet", today.add_days(40));
}

#[test]
fn a_board_is_made_once_and_brought_up_to_date() {
    let (gateway, structure) = shared();
    let today: Day = "2025-10-05".parse().unwrap();
    everybody_there(gateway, &structure, today);
    let basis = gateway.basis(&structure, None).ok().unwrap();
    // No parameter changes and nobody leaves: the month is the first thing to turn for everybody.
    assert_eq!(basis.turns(today), "2025-11-01".parse().unwrap());
    let board = |days| gateway.board_on(&structure, today.add_days(days)).ok().unwrap();
    let (first, again, later) = (board(0), board(0), board(1));
    assert!(Arc::ptr_eq(&first, &again));
    assert!(!Arc::ptr_eq(&first, &later));
    assert_eq!((first.period(), first.patients().count()), (("2025-01-01".parse().unwrap(), today), 4));
    delete(gateway, &structure, Kind::Patient, "p4");
    assert_eq!(board(1).patients().count(), 3);
    let together = std::thread::scope(|scope| {
        let each: Vec<_> = (0..8).map(|_| scope.spawn(|| board(30))).collect();
        each.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(together.iter().all(|one| Arc::ptr_eq(one, &together[0])));
}
