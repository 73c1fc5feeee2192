//! Who is paid for at all: enrolled, alive, known, and seen by a GP or midwife within 24 months.

use crate::harness;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

type Chart = fn(&str) -> Vec<Value>;
/// What it shows, the chart, the month, why it is not payable.
type Case = (&'static str, Chart, &'static str, Option<&'static str>);

#[track_caller]
fn check(cases: &[Case]) {
    let client = harness::practice();
    client.push(&cases.iter().enumerate().flat_map(|(n, case)| (case.1)(&format!("c{n}"))).collect::<Vec<_>>());
    for (n, (what, _, month, reason)) in cases.iter().enumerate() {
        let invoice = client.found(&format!("/Patient/c{n}/$forfait?month={month}"));
        assert_eq!(read::not_payable(&invoice), *reason, "{what}, {month}: {:?}", read::lines(&invoice));
        if reason.is_some() {
            assert_eq!(invoice.get("lineItem"), None, "{what}: no line at all");
            assert_eq!(read::euros(&invoice["totalNet"]["value"]), "0.00", "{what}");
        } else {
            assert_eq!(read::lines(&invoice)[0].0, "socle", "{what}");
        }
    }
}

fn seen_on(p: &str, start: &str) -> Vec<Value> {
    vec![make::patient(p, "male", "1990-01-01"), make::visit(&format!("{p}-e"), p, start)]
}

fn seen_by(p: &str, practitioner: &str) -> Vec<Value> {
    vec![make::patient(p, "male", "1990-01-01"), make::visit_with(&format!("{p}-e"), p, "2025-03-10", practitioner)]
}

fn visit_changed(p: &str, changes: Value) -> Vec<Value> {
    vec![make::patient(p, "male", "1990-01-01"), make::with(make::visit(&format!("{p}-e"), p, "2025-03-10"), changes)]
}

const CONSUMING: Option<&str> = None;
const NOT_CONSUMING: Option<&str> = Some("not-consuming");
const NOT_ENROLLED: Option<&str> = Some("not-enrolled");

#[test]
fn the_window_is_24_calendar_months_with_both_ends() {
    check(&[
        ("exactly 24 months", |p| seen_on(p, "2023-03-31"), "2025-03", CONSUMING),
        ("a day more", |p| seen_on(p, "2023-03-30"), "2025-03", NOT_CONSUMING),
        ("the last day of the month", |p| seen_on(p, "2025-03-31T22:00:00+02:00"), "2025-03", CONSUMING),
        ("the day after the month", |p| seen_on(p, "2025-04-01"), "2025-03", NOT_CONSUMING),
        (
            "24 months before 28 February is 28 February of a leap year",
            |p| seen_on(p, "2024-02-28"),
            "2026-02",
            CONSUMING,
        ),
        ("and not the 27th", |p| seen_on(p, "2024-02-27"), "2026-02", NOT_CONSUMING),
        ("24 months before 30 April is 30 April", |p| seen_on(p, "2023-04-30"), "2025-04", CONSUMING),
        ("and not the 29th", |p| seen_on(p, "2023-04-29"), "2025-04", NOT_CONSUMING),
    ]);
}

#[test]
fn before_2025_a_leap_day_clamps_to_28_february() {
    fn contracted(p: &str, start: &str) -> Vec<Value> {
        make::and(seen_on(p, start), vec![make::contract(&format!("{p}-k"), p, json!({"start": "2021-01-01"}))])
    }
    check(&[
        (
            "24 months before 29 February 2024 is 28 February 2022",
            |p| contracted(p, "2022-02-28"),
            "2024-02",
            CONSUMING,
        ),
        ("and not the 27th", |p| contracted(p, "2022-02-27"), "2024-02", NOT_CONSUMING),
    ]);
}

#[test]
fn a_consultation_counts_on_its_civil_day_in_paris() {
    check(&[
        ("23:30 UTC on 31 January is 1 February", |p| seen_on(p, "2025-01-31T23:30:00Z"), "2025-01", NOT_CONSUMING),
        ("and counts in February", |p| seen_on(p, "2025-01-31T23:30:00Z"), "2025-02", CONSUMING),
        ("23:30 in Paris on 31 January is January", |p| seen_on(p, "2025-01-31T23:30:00+01:00"), "2025-01", CONSUMING),
        ("22:30 UTC on 30 June is 1 July", |p| seen_on(p, "2025-06-30T22:30:00Z"), "2025-06", NOT_CONSUMING),
        ("21:30 UTC on 30 June is June", |p| seen_on(p, "2025-06-30T21:30:00Z"), "2025-06", CONSUMING),
        (
            "a morning in Nouméa is the evening before in Paris",
            |p| seen_on(p, "2025-02-01T08:00:00+11:00"),
            "2025-01",
            CONSUMING,
        ),
        ("a date alone is a civil day", |p| seen_on(p, "2025-01-31"), "2025-01", CONSUMING),
        (
            "23:30 UTC on the eve of the window is within it",
            |p| seen_on(p, "2023-03-30T22:30:00Z"),
            "2025-03",
            CONSUMING,
        ),
    ]);
}

#[test]
fn which_encounters_are_consultations() {
    check(&[
        (
            "at home",
            |p| visit_changed(p, json!({"class": {"system": make::ACT_CODE, "code": "HH"}})),
            "2025-04",
            CONSUMING,
        ),
        (
            "remote",
            |p| visit_changed(p, json!({"class": {"system": make::ACT_CODE, "code": "VR"}})),
            "2025-04",
            CONSUMING,
        ),
        (
            "an emergency room",
            |p| visit_changed(p, json!({"class": {"system": make::ACT_CODE, "code": "EMER"}})),
            "2025-04",
            NOT_CONSUMING,
        ),
        (
            "a stay",
            |p| visit_changed(p, json!({"class": {"system": make::ACT_CODE, "code": "IMP"}})),
            "2025-04",
            NOT_CONSUMING,
        ),
        ("planned", |p| visit_changed(p, json!({"status": "planned"})), "2025-04", NOT_CONSUMING),
        ("under way", |p| visit_changed(p, json!({"status": "in-progress"})), "2025-04", NOT_CONSUMING),
        ("cancelled", |p| visit_changed(p, json!({"status": "cancelled"})), "2025-04", NOT_CONSUMING),
        ("retracted", |p| visit_changed(p, json!({"status": "entered-in-error"})), "2025-04", NOT_CONSUMING),
        ("by a midwife", |p| seen_by(p, "midwife"), "2025-04", CONSUMING),
        ("by a nurse", |p| seen_by(p, "nurse"), "2025-04", NOT_CONSUMING),
        ("by a doctor of no known specialty", |p| seen_by(p, "doctor"), "2025-04", Some("profession-unknown")),
        ("by somebody nobody knows", |p| seen_by(p, "stranger"), "2025-04", Some("profession-unknown")),
        ("by nobody named", |p| visit_changed(p, json!({"participant": null})), "2025-04", Some("profession-unknown")),
        (
            "by a nurse and a GP",
            |p| {
                visit_changed(
                    p,
                    json!({"participant": [{"individual": {"reference": "Practitioner/nurse"}}, {"individual": {"reference": "Practitioner/gp"}}]}),
                )
            },
            "2025-04",
            CONSUMING,
        ),
        (
            "by a role",
            |p| visit_changed(p, json!({"participant": [{"individual": {"reference": "PractitionerRole/role-gp"}}]})),
            "2025-04",
            CONSUMING,
        ),
        (
            "elsewhere",
            |p| visit_changed(p, json!({"serviceProvider": {"reference": "Organization/elsewhere"}})),
            "2025-04",
            NOT_CONSUMING,
        ),
    ]);
}

#[test]
fn a_missed_appointment_is_no_consultation() {
    let client = harness::practice();
    client.store(&make::patient("p", "male", "1990-01-01"));
    client.store(&json!({"resourceType": "Appointment", "id": "a", "status": "fulfilled", "start": "2025-03-10T09:00:00+01:00",
        "end": "2025-03-10T09:15:00+01:00", "participant": [{"actor": {"reference": "Patient/p"}, "status": "accepted"}]}));
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), NOT_CONSUMING);
}

fn declared_over(p: &str, period: Value) -> Vec<Value> {
    let chart = make::but(make::man(p, "1990-01-01"), json!({"generalPractitioner": null}));
    make::and(chart, vec![make::declaration(&format!("{p}-t"), p, "gp", period)])
}

fn contracted_over(p: &str, period: Value) -> Vec<Value> {
    make::and(
        make::man(p, "1990-01-01"),
        vec![make::contract(&format!("{p}-k"), p, period), make::visit(&format!("{p}-f"), p, "2024-02-01")],
    )
}

#[test]
fn one_day_of_the_month_enrols_for_the_month() {
    check(&[
        ("from the last day", |p| declared_over(p, json!({"start": "2025-04-30"})), "2025-04", CONSUMING),
        ("from the day after", |p| declared_over(p, json!({"start": "2025-05-01"})), "2025-04", NOT_ENROLLED),
        (
            "until the first day",
            |p| declared_over(p, json!({"start": "2020-01-01", "end": "2025-04-01"})),
            "2025-04",
            CONSUMING,
        ),
        (
            "until the day before",
            |p| declared_over(p, json!({"start": "2020-01-01", "end": "2025-03-31"})),
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "from midnight of 1 May in Paris, told in UTC",
            |p| declared_over(p, json!({"start": "2025-04-30T22:00:00Z"})),
            "2025-04",
            NOT_ENROLLED,
        ),
        ("without an end", |p| declared_over(p, json!({"start": "2019"})), "2025-04", CONSUMING),
    ]);
}

#[test]
fn from_2025_the_declaration_enrols_and_the_contract_dates_it() {
    check(&[
        ("a GP of the structure, undated", |p| make::man(p, "1990-01-01"), "2025-04", CONSUMING),
        (
            "nobody",
            |p| make::but(make::man(p, "1990-01-01"), json!({"generalPractitioner": null})),
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "a GP nobody knows",
            |p| {
                make::but(
                    make::man(p, "1990-01-01"),
                    json!({"generalPractitioner": [{"reference": "Practitioner/stranger"}]}),
                )
            },
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "a contract alone",
            |p| make::but(contracted_over(p, json!({"start": "2020-01-01"})), json!({"generalPractitioner": null})),
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "a contract that has ended wins over an undated declaration",
            |p| contracted_over(p, json!({"start": "2020-01-01", "end": "2025-03-31"})),
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "a contract that begins wins too",
            |p| contracted_over(p, json!({"start": "2025-05-01"})),
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "an ended declaration is final though the GP remains",
            |p| {
                make::and(
                    make::man(p, "1990-01-01"),
                    vec![make::declaration(
                        &format!("{p}-t"),
                        p,
                        "gp",
                        json!({"start": "2020-01-01", "end": "2025-03-31"}),
                    )],
                )
            },
            "2025-04",
            NOT_ENROLLED,
        ),
        (
            "until 2024 a declaration is not enough",
            |p| make::and(make::man(p, "1990-01-01"), vec![make::visit(&format!("{p}-f"), p, "2024-02-01")]),
            "2024-12",
            NOT_ENROLLED,
        ),
        (
            "until 2024 the contract enrols",
            |p| contracted_over(p, json!({"start": "2024-12-31"})),
            "2024-12",
            CONSUMING,
        ),
        ("from its first day", |p| contracted_over(p, json!({"start": "2025-01-01"})), "2024-12", NOT_ENROLLED),
        (
            "until 2024 the contract needs no declaration",
            |p| make::but(contracted_over(p, json!({"start": "2020-01-01"})), json!({"generalPractitioner": null})),
            "2024-12",
            CONSUMING,
        ),
    ]);
}

#[test]
fn the_month_of_death_is_due_and_the_next_is_not() {
    fn dead(p: &str, date: &str) -> Vec<Value> {
        make::but(make::man(p, "1990-01-01"), json!({"deceasedDateTime": date}))
    }
    check(&[
        ("on the first day", |p| dead(p, "2025-04-01"), "2025-04", CONSUMING),
        ("on the last day", |p| dead(p, "2025-04-30"), "2025-04", CONSUMING),
        ("the month after", |p| dead(p, "2025-04-30"), "2025-05", Some("deceased")),
        ("the day before", |p| dead(p, "2025-03-31"), "2025-04", Some("deceased")),
        ("23:30 UTC on 31 March is 1 April", |p| dead(p, "2025-03-31T23:30:00Z"), "2025-04", CONSUMING),
        ("a month alone", |p| dead(p, "2025-03"), "2025-04", Some("deceased")),
        ("before it, alive", |p| dead(p, "2025-03"), "2025-03", CONSUMING),
        (
            "deceasedBoolean false",
            |p| make::but(make::man(p, "1990-01-01"), json!({"deceasedBoolean": false})),
            "2025-04",
            CONSUMING,
        ),
    ]);
}

fn ins(status: Option<&str>, oid: &str, kind: &str) -> Value {
    let mut changes = json!({"identifier": [{"use": "official",
        "type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", kind),
        "system": format!("urn:oid:1.2.250.1.213.1.4.{oid}"), "value": "180010000000122"}]});
    if let Some(status) = status {
        changes["extension"] = json!([{"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
            "extension": [{"url": "identityStatus", "valueCoding": {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445", "code": status}}]}]);
    }
    changes
}

#[test]
fn a_patient_without_a_usable_identity_is_not_paid_for() {
    let missing = Some("identity-missing");
    check(&[
        ("no identifier", |p| make::but(make::man(p, "1990-01-01"), json!({"identifier": null})), "2025-04", missing),
        (
            "a billing number alone",
            |p| {
                make::but(
                    make::man(p, "1990-01-01"),
                    json!({"identifier": [{"use": "official",
            "type": make::concept("http://terminology.hl7.org/CodeSystem/v2-0203", "NH"), "system": "urn:oid:1.2.250.1.213.1.4.13", "value": "180010000000122"}]}),
                )
            },
            "2025-04",
            missing,
        ),
        (
            "a billing number under the old OID",
            |p| {
                make::but(
                    make::man(p, "1990-01-01"),
                    json!({"identifier": [{"use": "official",
            "type": make::concept("http://terminology.hl7.org/CodeSystem/v2-0203", "NH"), "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "180010000000122"}]}),
                )
            },
            "2025-04",
            missing,
        ),
        (
            "a test INS in demonstration",
            |p| make::but(make::man(p, "1990-01-01"), ins(Some("VALI"), "10", "INS-NIR-TEST")),
            "2025-04",
            CONSUMING,
        ),
        (
            "an INS without a status",
            |p| make::but(make::man(p, "1990-01-01"), ins(None, "8", "INS-NIR")),
            "2025-04",
            CONSUMING,
        ),
        (
            "a provisional INS",
            |p| make::but(make::man(p, "1990-01-01"), ins(Some("PROV"), "8", "INS-NIR")),
            "2025-04",
            missing,
        ),
        (
            "a doubtful INS",
            |p| make::but(make::man(p, "1990-01-01"), ins(Some("DOUT"), "8", "INS-NIR")),
            "2025-04",
            missing,
        ),
        (
            "a number without a system",
            |p| {
                make::but(
                    make::man(p, "1990-01-01"),
                    json!({"identifier": [{
            "type": make::concept("http://terminology.hl7.org/CodeSystem/v2-0203", "PI"), "value": "1"}]}),
                )
            },
            "2025-04",
            missing,
        ),
    ]);
}

#[test]
fn the_first_of_several_reasons_is_told() {
    check(&[
        (
            "dead, unknown and not enrolled",
            |p| {
                make::but(
                    make::man(p, "1990-01-01"),
                    json!({"deceasedDateTime": "2024-01-01", "identifier": null, "generalPractitioner": null}),
                )
            },
            "2025-04",
            Some("deceased"),
        ),
        (
            "unknown and not enrolled",
            |p| make::but(make::man(p, "1990-01-01"), json!({"identifier": null, "generalPractitioner": null})),
            "2025-04",
            Some("identity-missing"),
        ),
        (
            "not enrolled and seen by a stranger",
            |p| make::but(seen_by(p, "doctor"), json!({"generalPractitioner": null})),
            "2025-04",
            NOT_ENROLLED,
        ),
        ("never seen", |p| vec![make::patient(p, "male", "1990-01-01")], "2025-04", NOT_CONSUMING),
    ]);
}

#[test]
fn a_practitioner_who_arrives_later_counts_from_then_on() {
    let client = harness::structure();
    client.push(&make::man("p", "1990-01-01"));
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), NOT_ENROLLED);
    client.push(&make::professionals());
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), None);
}

const RPPS: &str = "https://rpps.esante.gouv.fr";
const ID_NAT_PS: &str = "urn:oid:1.2.250.1.71.4.2.1";
const ID_NAT_STRUCT: &str = "urn:oid:1.2.250.1.71.4.2.2";

fn named_by(p: &str, gp: Value, seen_by: Value, at: Value) -> Vec<Value> {
    let encounter = json!({"participant": [{"individual": seen_by}], "serviceProvider": at});
    vec![
        make::with(make::patient(p, "male", "1990-01-01"), json!({"generalPractitioner": [gp]})),
        make::with(make::visit(&format!("{p}-e"), p, "2025-03-10"), encounter),
    ]
}

fn by(system: &str, value: &str) -> Value {
    json!({"identifier": {"system": system, "value": value}})
}

#[test]
fn doctors_and_places_named_by_their_national_numbers_are_found() {
    let client = harness::practice();
    let rpps = json!([{"system": RPPS, "value": "10009999991"}]);
    let finess = json!([{"system": "https://finess.esante.gouv.fr", "value": "759999991"}]);
    let gp = make::professionals().into_iter().find(|one| one["id"] == "gp").unwrap();
    client.store(&make::with(gp, json!({"identifier": rpps})));
    client.store(
        &json!({"resourceType": "Organization", "id": client.structure(), "name": "Cabinet", "identifier": finess}),
    );
    let known = || by(RPPS, "10009999991");
    let chart = |p: &str, gp: Value, seen: Value, at: Value| client.push(&named_by(p, gp, seen, at));
    chart("rpps", known(), known(), by(ID_NAT_STRUCT, "1759999991"));
    chart("idnatps", by(ID_NAT_PS, "810009999991"), by(ID_NAT_PS, "810009999991"), json!(null));
    chart("finess", by("https://finess.esante.gouv.fr", "759999991"), known(), json!(null));
    chart("unknown-rpps", by(RPPS, "10009999992"), known(), json!(null));
    chart("name-only", json!({"display": "Dr Exemple"}), known(), json!(null));
    chart("unknown-place", known(), known(), by(ID_NAT_STRUCT, "1759999992"));
    chart("unknown-doctor", known(), by(RPPS, "10009999992"), json!(null));
    let cases = [
        ("rpps", None, "yes"),
        ("idnatps", None, "yes"),
        ("finess", None, "yes"),
        ("unknown-rpps", Some("not-enrolled"), "unknown"),
        ("name-only", Some("not-enrolled"), "unknown"),
        ("unknown-place", Some("not-consuming"), "yes"),
        ("unknown-doctor", Some("profession-unknown"), "yes"),
    ];
    for (p, reason, enrolled) in cases {
        let invoice = client.found(&format!("/Patient/{p}/$forfait?month=2025-03&tariff=mtr-demo"));
        assert_eq!(read::not_payable(&invoice), reason, "{p}");
        let trace = client.found(&format!("/Patient/{p}/$explain?month=2025-03&tariff=mtr-demo"));
        let step = read::all(&trace, "step").into_iter().find(|step| read::value(step, "rule") == "enrolment").unwrap();
        assert_eq!(read::value(step, "verdict"), enrolled, "{p}");
        assert_eq!(read::all(step, "missing").is_empty(), enrolled != "unknown", "{p}: what is missing is said");
    }
}
