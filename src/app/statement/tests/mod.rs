//! What the properties of closed months are asked of: one gateway, structures of their own, things that
//! arrive, months that are closed, and what is paid and due.

mod properties;

use super::*;
use crate::app::Cascade;
use crate::app::Context;
use crate::app::Handling;
use crate::app::Policy;
use crate::app::Precondition;
use crate::app::Question;
use crate::app::default_profiles;
use crate::app::default_rules;
use crate::config::Mode;
use crate::domain::calendar::Instant;
use crate::domain::fact::Kind;
use crate::domain::money::Centimes;
use crate::domain::statement::REGULARISATION;
use crate::domain::statement::Summary;
use crate::fhir::validate::Validator;
use crate::store::Store;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const OURS: &str = "https://mtr-gateway.example/fhir/CodeSystem";
const NOS: &str = "https://mos.esante.gouv.fr/NOS";
/// People that may be merged with each other.
const PEOPLE: u16 = 4;
const FIRST: &str = "2026-01";
/// Months closed while facts arrive; one more is closed at the end.
const CLOSED: i32 = 6;

fn month(n: i32) -> Month {
    FIRST.parse::<Month>().unwrap().add_months(n)
}

/// One gateway for all cases: each has structures of its own.
fn gateway() -> &'static Gateway {
    static SHARED: OnceLock<(tempfile::TempDir, Gateway)> = OnceLock::new();
    let (_, gateway) = SHARED.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let validator = Validator::new(&default_profiles().unwrap()).unwrap();
        let context = Context::of(home.path(), crate::app::Address::Served("http://localhost/fhir")).unwrap();
        let store = Store::open(home.path(), context.options(Arc::new(|_, _| {}))).unwrap();
        let policy = Policy {
            mode: Mode::Demo,
            structure: "unused".into(),
            sites: Vec::new(),
            tariff: Some("mtr-demo".into()),
            max_bundle_entries: 1000,
            conditional_delete: crate::config::ConditionalDelete::Single,
        };
        (home, Gateway::new(store, context, validator, default_rules().unwrap(), policy).unwrap())
    });
    gateway
}

fn fresh(name: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let structure = format!("{name}-{:06}", NEXT.fetch_add(1, Ordering::Relaxed));
    doctor().iter().for_each(|resource| put(&structure, resource));
    structure
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

fn doctor() -> [Value; 2] {
    let profession = concept(&format!("{NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"), "10");
    let specialty = concept(&format!("{NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"), "SM54");
    [
        json!({"resourceType": "Practitioner", "id": "gp", "name": [{"family": "Soignant"}],
               "qualification": [{"code": profession}]}),
        json!({"resourceType": "PractitionerRole", "id": "role-gp", "practitioner": {"reference": "Practitioner/gp"},
               "code": [profession], "specialty": [specialty]}),
    ]
}

fn put(structure: &str, resource: &Value) {
    push(structure, std::slice::from_ref(resource));
}

fn place(resource: &Value) -> String {
    format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
}

fn push(structure: &str, resources: &[Value]) {
    let entry = |resource| json!({"resource": resource, "request": {"method": "PUT", "url": place(resource)}});
    let entries: Vec<Value> = resources.iter().map(entry).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string();
    let (_, results) = gateway().bundle(structure, bundle.as_bytes(), Handling::Lenient).unwrap_or_else(|failure| {
        let told: Vec<_> = failure.issues.iter().map(|issue| (issue.kind.code, issue.text_en())).collect();
        panic!("{told:?}")
    });
    assert_eq!(results.len(), resources.len());
}

fn delete(structure: &str, kind: Kind, id: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let done = gateway().delete(structure, kind, id, Precondition::default(), Cascade::Dependants);
    runtime.block_on(done).unwrap_or_else(|failure| panic!("{kind:?}/{id}: {:?}", failure.reason));
}

/// Something that arrives: three numbers say what, about whom and with which dates.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    what: u8,
    who: u16,
    a: u8,
    b: u8,
}

impl Arrival {
    fn patient(self) -> String {
        format!("p{}", self.who)
    }

    /// A day from 2023-12 to 2026-10.
    fn day(n: u8) -> String {
        let month = "2023-12".parse::<Month>().unwrap().add_months(i32::from(n) % 35);
        format!("{month}-{:02}", 1 + n % 28)
    }

    /// A period from one day on, closed more often than not.
    fn period(self) -> Value {
        let (first, second) = (Arrival::day(self.a), Arrival::day(self.b));
        match self.b % 3 {
            0 => json!({"start": first}),
            _ => json!({"start": first.clone().min(second.clone()), "end": first.max(second)}),
        }
    }

    /// The Patient with what its numbers say: dead, merged, or neither.
    fn person(self, ins: Option<u32>) -> Value {
        let who = self.who;
        let id = self.patient();
        let births = ["1950-03-01", "1996-01-01", "1940-02-29", "2019-08-15"];
        let mut patient = json!({"resourceType": "Patient", "id": id, "name": [{"family": "Exemple"}],
            "gender": if who.is_multiple_of(2) { "female" } else { "male" }, "birthDate": births[usize::from(who % PEOPLE)],
            "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.1", "value": format!("N-{id}"),
                            "type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI")}]});
        if let Some(first) = ins {
            let kind = concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST");
            let body = 1_800_575_000_000 + u64::from(first) + u64::from(who);
            let value = format!("{body}{:02}", 97 - body % 97);
            let number =
                json!({"system": "urn:oid:1.2.250.1.213.1.4.10", "value": value, "type": kind, "use": "official"});
            patient["identifier"].as_array_mut().unwrap().push(number);
        }
        // Where structures compare declarations all are dated: what is not counts from when it came.
        if who % PEOPLE < 2 && ins.is_none() {
            patient["generalPractitioner"] = json!([{"reference": "Practitioner/gp"}]);
        }
        if self.a.is_multiple_of(5) {
            patient["deceasedDateTime"] = json!(Arrival::day(self.b));
        }
        let other = who / PEOPLE * PEOPLE + u16::from(self.b) % PEOPLE;
        if self.a % 4 == 1 && other != who {
            let kind = if self.b.is_multiple_of(3) { "replaces" } else { "replaced-by" };
            patient["link"] = json!([{"other": {"reference": format!("Patient/p{other}")}, "type": kind}]);
        }
        patient
    }

    fn resource(self, ins: Option<u32>) -> Option<Value> {
        let p = self.patient();
        let (subject, day) = (json!({"reference": format!("Patient/{p}")}), Arrival::day(self.a));
        let id = |name: &str, slots: u8| format!("{name}-{p}-{}", self.b % slots);
        let observation = |name: &str, code: Value, value: Value| {
            let status = if self.b.is_multiple_of(7) { "entered-in-error" } else { "final" };
            let mut all = json!({"resourceType": "Observation", "id": id(name, 2), "status": status, "code": code,
                                 "subject": subject, "effectiveDateTime": day});
            value.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
            all
        };
        let ours = |code: &str| concept(&format!("{OURS}/mtr-observation"), code);
        Some(match self.what % 12 {
            0 => self.person(ins),
            1 | 2 => json!({"resourceType": "Encounter", "id": id("e", 3), "subject": subject,
                "identifier": [{"system": "urn:oid:1.2.250.1.999.1.1.2", "value": id("e", 3)}],
                "status": if self.b.is_multiple_of(5) { "entered-in-error" } else { "finished" },
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "participant": [{"individual": {"reference": "Practitioner/gp"}}],
                "period": {"start": format!("{day}T23:30:00Z")}}),
            3 => json!({"resourceType": "Coverage", "id": id("c", 2), "status": "active", "beneficiary": subject,
                "type": concept(&format!("{OURS}/coverage-right"), "amo"), "payor": [{"display": "Assurance maladie"}],
                "period": {"start": "2020-01-01"},
                "costToBeneficiary": [{"type": {"text": "ticket modérateur"}, "valueMoney": {"value": 0, "currency": "EUR"},
                    "exception": [{"type": concept(&format!("{OURS}/ald-number"), "8"), "period": self.period()}]}]}),
            4 => observation("precar", ours("precar"), json!({"valueInteger": i32::from(self.b) % 90})),
            5 => observation("gir", ours("gir"), json!({"valueInteger": 1 + i32::from(self.b) % 6})),
            6 => observation("place", ours("living-place"), json!({"valueCodeableConcept": ours("home")})),
            7 => observation(
                "phq",
                concept("http://loinc.org", "44261-6"),
                json!({"valueInteger": i32::from(self.b) % 27}),
            ),
            8 => json!({"resourceType": "Flag", "id": id("f", 2), "subject": subject, "period": self.period(),
                "status": if self.b.is_multiple_of(5) { "entered-in-error" } else { "active" },
                "category": [concept(&format!("{OURS}/mtr-typologie"), "handicap")], "code": {"text": "déclaré"}}),
            9 => json!({"resourceType": "CareTeam", "id": id("t", 1), "status": "active", "subject": subject,
                "participant": [{"member": {"reference": "Practitioner/gp"}, "period": self.period(), "role": [concept(
                    &format!("{NOS}/TRE_R259-HL7ParticipationFunction/FHIR/TRE-R259-HL7ParticipationFunction"), "PCP")]}]}),
            _ => return None,
        })
    }

    fn arrive(self, structure: &str) {
        self.arrive_as(structure, None);
    }

    /// The same, whose people have test INS numbers from this one on.
    fn arrive_as(self, structure: &str, ins: Option<u32>) {
        if let Some(resource) = self.resource(ins) {
            return put(structure, &resource);
        }
        let id = |name: &str, slots: u8| format!("{name}-{}-{}", self.patient(), self.b % slots);
        let (kind, id) = match self.a % 6 {
            0 => (Kind::Patient, self.patient()),
            1 => (Kind::Observation, id("precar", 2)),
            2 => (Kind::Coverage, id("c", 2)),
            3 => (Kind::Flag, id("f", 2)),
            _ => (Kind::Encounter, id("e", 3)),
        };
        if gateway().read(structure, kind, &id).is_ok() {
            delete(structure, kind, &id);
        }
    }
}

fn close(structure: &str, n: i32) -> Summary {
    close_month(structure, month(n))
}

fn close_month(structure: &str, month: Month) -> Summary {
    let close = Close { structure: structure.into(), month, tariff: None, by: "test".into() };
    gateway().close_month(&close, &|_, _| {}).unwrap_or_else(|failure| {
        let told: Vec<_> = failure.issues.iter().map(|issue| issue.text_en()).collect();
        panic!("{}: {told:?}", close.month)
    })
}

type Lines = BTreeMap<String, Centimes>;

/// What each patient was paid for each closed month: issued and adjusted since, without what is nothing.
fn paid(structure: &str) -> BTreeMap<(String, Month), Lines> {
    let mut paid: BTreeMap<(String, Month), Lines> = BTreeMap::new();
    for issued in gateway().store.statements(structure).unwrap() {
        let summary = issued.read_summary().unwrap();
        let rows = (0..issued.blocks()).flat_map(|n| gateway().store.statement_rows(&issued, n).unwrap());
        let rows: Vec<MonthRow> = rows.map(|(_, row)| row).collect();
        foots(&rows, &summary);
        let elsewhere = structure.starts_with("pair");
        for row in rows {
            let mut add = |month, line: &str, amount: Centimes| {
                let lines = paid.entry((row.patient.to_string(), month)).or_default();
                *lines.entry(line.to_owned()).or_default() += amount;
            };
            row.lines.iter().for_each(|line| add(summary.month, &line.code, line.amount));
            row.adjustments.iter().for_each(|a| add(a.month, &a.line, a.amount()));
            for adjustment in &row.adjustments {
                assert!(adjustment.month < summary.month);
                // What another structure knows is not named here.
                assert!(elsewhere || !adjustment.causes.is_empty(), "{adjustment:?}");
            }
        }
    }
    paid.retain(|_, lines| {
        lines.retain(|_, amount| *amount != Centimes::ZERO);
        !lines.is_empty()
    });
    paid
}

fn foots(rows: &[MonthRow], summary: &Summary) {
    let tally = &summary.tally;
    assert_eq!(tally.total, rows.iter().map(MonthRow::total).sum());
    assert_eq!(tally.total, tally.lines.iter().map(|line| line.sum).sum());
    assert_eq!(tally.patients as usize, rows.len());
    for line in &tally.lines {
        let due = rows.iter().flat_map(|row| &row.lines).filter(|due| due.code == line.code);
        let (mut count, mut sum) = (due.clone().count(), due.map(|due| due.amount).sum());
        if &*line.code == REGULARISATION {
            let adjustments = rows.iter().flat_map(|row| &row.adjustments);
            (count, sum) = (adjustments.clone().count(), adjustments.map(|a| a.amount()).sum());
        }
        assert_eq!((line.count as usize, line.sum), (count, sum), "{}", line.code);
    }
}

/// What one computation with all that is known gives.
fn due(structure: &str, (people, closed): (u16, i32)) -> BTreeMap<(String, Month), Lines> {
    due_from(structure, (people, month(0), closed))
}

fn due_from(structure: &str, (people, first, closed): (u16, Month, i32)) -> BTreeMap<(String, Month), Lines> {
    let mut due = BTreeMap::new();
    for who in 0..people {
        let question =
            Question { structure: structure.into(), patient: format!("p{who}"), known_at: None, rulebook: None };
        let Ok((basis, evaluated)) = gateway().patient(&question) else { continue };
        let months = gateway().months(&basis, &evaluated).unwrap();
        for n in 0..closed {
            let bill = gateway().bill(&months, first.add_months(n), None).unwrap_or_else(|f| panic!("{:?}", f.reason));
            assert!(bill.row.adjustments.is_empty());
            let lines: Lines = bill.row.lines.iter().map(|line| (line.code.to_string(), line.amount)).collect();
            if !lines.is_empty() {
                due.insert((question.patient.clone(), first.add_months(n)), lines);
            }
        }
    }
    due
}

/// The Invoices of a month as they are answered: id and JSON.
fn answered(structure: &str, month: Month, known_at: Option<Instant>) -> Vec<(String, String)> {
    let days = (Some(month.first_day()), Some(month.last_day()));
    let wanted = Wanted { from: days.0, to: days.1, ..Wanted::default() };
    let page =
        gateway().invoices(structure, known_at, &wanted, (None, 500)).unwrap_or_else(|f| panic!("{:?}", f.reason));
    assert_eq!(page.total as usize, page.found.len());
    page.found
}

/// The amount of `totalNet`, in centimes, as it is written.
fn total(json: &str) -> i64 {
    let text = json.split(r#""totalNet":{"value":"#).nth(1).unwrap().split(',').next().unwrap();
    text.replace('.', "").parse().unwrap()
}

/// The structure's Invoice comes first and to what the patients' come to.
fn foots_as_answered(structure: &str, month: Month) {
    let found = answered(structure, month, None);
    let (whole, parts) = found.split_first().unwrap();
    assert_eq!(total(&whole.1), parts.iter().map(|(_, json)| total(json)).sum::<i64>(), "{month}");
}

/// Everybody comes first, so that most of what follows says something.
fn everybody(people: u16) -> impl Iterator<Item = Arrival> {
    (0..people).flat_map(|who| {
        let seen = Arrival { what: 1, who, a: 20, b: 1 };
        [Arrival { what: 0, who, a: 2, b: 0 }, seen, Arrival { what: 9, who, a: 0, b: 0 }]
    })
}
