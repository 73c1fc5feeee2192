//! Who is paid for at all: enrolled, alive, known, and seen by a GP or midwife within 24 months.

use crate::harness;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

type Chart = fn(&str) -> Vec<Value>;
/// What it shows, the chart, why April 2025 (or the month beside) is not payable.
type Case = (&'static str, Chart, Option<&'static str>);

const PAYABLE: Option<&str> = None;
const DECEASED: Option<&str> = Some("deceased");
const IDENTITY: Option<&str> = Some("identity-missing");
const NOT_ENROLLED: Option<&str> = Some("not-enrolled");
const PROFESSION: Option<&str> = Some("profession-unknown");
const NOT_CONSUMING: Option<&str> = Some("not-consuming");

#[track_caller]
fn check(month: &str, cases: &[Case]) {
    let client = harness::practice();
    client.push(&cases.iter().enumerate().flat_map(|(n, case)| (case.1)(&format!("c{n}"))).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for (n, (what, _, reason)) in cases.iter().enumerate() {
        let invoice = client.found(&format!("/Patient/c{n}/$forfait?month={month}"));
        let lines = read::lines(&invoice);
        let foots = if reason.is_some() {
            invoice.get("lineItem").is_none() && read::euros(&invoice["totalNet"]["value"]) == "0.00"
        } else {
            lines.first().is_some_and(|(code, _)| code == "socle")
        };
        if read::not_payable(&invoice) != *reason || !foots {
            wrong.push(format!("{what}: {reason:?} was {:?}, {lines:?}", read::not_payable(&invoice)));
        }
    }
    assert!(wrong.is_empty(), "{month}: {}", wrong.join("\n"));
}

/// A man declared to the GP, seen on 10 March 2025.
fn man(p: &str) -> Vec<Value> {
    make::man(p, "1990-01-01")
}

/// The same, his Patient changed.
fn man_but(p: &str, changes: Value) -> Vec<Value> {
    make::but(man(p), changes)
}

/// The same, seen once, then.
fn seen_on(p: &str, start: &str) -> Vec<Value> {
    vec![make::patient(p, "male", "1990-01-01"), make::visit(&format!("{p}-e"), p, start)]
}

/// The same, his visit changed.
fn visit_but(p: &str, changes: Value) -> Vec<Value> {
    vec![make::patient(p, "male", "1990-01-01"), make::with(make::visit(&format!("{p}-e"), p, "2025-03-10"), changes)]
}

fn class(p: &str, code: &str) -> Vec<Value> {
    visit_but(p, json!({"class": {"system": make::ACT_CODE, "code": code}}))
}

/// Seen by these, as references.
fn seen_by<const N: usize>(p: &str, individuals: [&str; N]) -> Vec<Value> {
    let participant: Vec<Value> = individuals.iter().map(|i| json!({"individual": {"reference": i}})).collect();
    visit_but(p, json!({"participant": participant}))
}

fn no_gp() -> Value {
    json!({"generalPractitioner": null})
}

fn declaration(p: &str, period: Value) -> Value {
    make::declaration(&format!("{p}-t"), p, "gp", period)
}

/// Declared by a CareTeam alone.
fn declared_over(p: &str, period: Value) -> Vec<Value> {
    make::and(man_but(p, no_gp()), vec![declaration(p, period)])
}

/// Declared, under contract, seen in 2024 too.
fn contracted_over(p: &str, period: Value) -> Vec<Value> {
    let contract = make::contract(&format!("{p}-k"), p, period);
    make::and(man(p), vec![contract, make::visit(&format!("{p}-f"), p, "2024-02-01")])
}

fn contracted(p: &str, start: &str, seen: &str) -> Vec<Value> {
    make::and(seen_on(p, seen), vec![make::contract(&format!("{p}-k"), p, json!({"start": start}))])
}

#[test]
fn the_window_is_24_calendar_months_with_both_ends() {
    check(
        "2025-03",
        &[
            ("exactly 24 months", |p| seen_on(p, "2023-03-31"), PAYABLE),
            ("a day more", |p| seen_on(p, "2023-03-30"), NOT_CONSUMING),
            ("the last day of the month", |p| seen_on(p, "2025-03-31T22:00:00+02:00"), PAYABLE),
            ("the day after the month", |p| seen_on(p, "2025-04-01"), NOT_CONSUMING),
        ],
    );
    check(
        "2026-02",
        &[
            ("28 February of a leap year", |p| seen_on(p, "2024-02-28"), PAYABLE),
            ("and not the 27th", |p| seen_on(p, "2024-02-27"), NOT_CONSUMING),
        ],
    );
    check(
        "2025-04",
        &[
            ("30 April, and not the last day of the month before", |p| seen_on(p, "2023-04-30"), PAYABLE),
            ("the 29th", |p| seen_on(p, "2023-04-29"), NOT_CONSUMING),
        ],
    );
    check(
        "2024-02",
        &[
            ("24 months before 29 February is 28 February", |p| contracted(p, "2021-01-01", "2022-02-28"), PAYABLE),
            ("and not the 27th", |p| contracted(p, "2021-01-01", "2022-02-27"), NOT_CONSUMING),
        ],
    );
}

#[test]
fn a_consultation_counts_on_its_civil_day_in_paris() {
    check(
        "2025-01",
        &[
            ("23:30 UTC on 31 January is 1 February", |p| seen_on(p, "2025-01-31T23:30:00Z"), NOT_CONSUMING),
            ("23:30 in Paris is January", |p| seen_on(p, "2025-01-31T23:30:00+01:00"), PAYABLE),
            ("a morning in Nouméa is the evening before", |p| seen_on(p, "2025-02-01T08:00:00+11:00"), PAYABLE),
            ("a date alone is a civil day", |p| seen_on(p, "2025-01-31"), PAYABLE),
        ],
    );
    check("2025-02", &[("23:30 UTC on 31 January", |p| seen_on(p, "2025-01-31T23:30:00Z"), PAYABLE)]);
    check(
        "2025-06",
        &[
            ("22:30 UTC in summer is the next day", |p| seen_on(p, "2025-06-30T22:30:00Z"), NOT_CONSUMING),
            ("21:30 UTC is not", |p| seen_on(p, "2025-06-30T21:30:00Z"), PAYABLE),
        ],
    );
    check("2025-03", &[("22:30 UTC on the eve of the window", |p| seen_on(p, "2023-03-30T22:30:00Z"), PAYABLE)]);
}

#[test]
fn which_encounters_are_consultations() {
    check(
        "2025-04",
        &[
            ("at home", |p| class(p, "HH"), PAYABLE),
            ("remote", |p| class(p, "VR"), PAYABLE),
            ("an emergency room", |p| class(p, "EMER"), NOT_CONSUMING),
            ("a stay", |p| class(p, "IMP"), NOT_CONSUMING),
            ("planned", |p| visit_but(p, json!({"status": "planned"})), NOT_CONSUMING),
            ("under way", |p| visit_but(p, json!({"status": "in-progress"})), NOT_CONSUMING),
            ("cancelled", |p| visit_but(p, json!({"status": "cancelled"})), NOT_CONSUMING),
            ("retracted", |p| visit_but(p, json!({"status": "entered-in-error"})), NOT_CONSUMING),
            ("by a midwife", |p| seen_by(p, ["Practitioner/midwife"]), PAYABLE),
            ("by a nurse", |p| seen_by(p, ["Practitioner/nurse"]), NOT_CONSUMING),
            ("by a doctor of no known specialty", |p| seen_by(p, ["Practitioner/doctor"]), PROFESSION),
            ("by somebody nobody knows", |p| seen_by(p, ["Practitioner/stranger"]), PROFESSION),
            ("by nobody named", |p| visit_but(p, json!({"participant": null})), PROFESSION),
            ("by a nurse and a GP", |p| seen_by(p, ["Practitioner/nurse", "Practitioner/gp"]), PAYABLE),
            ("by a role", |p| seen_by(p, ["PractitionerRole/role-gp"]), PAYABLE),
            ("elsewhere", |p| visit_but(p, json!({"serviceProvider": {"reference": "Organization/x"}})), NOT_CONSUMING),
        ],
    );
}

#[test]
fn an_appointment_is_no_consultation() {
    let client = harness::practice();
    client.store(&make::patient("p", "male", "1990-01-01"));
    let participant = json!([{"actor": {"reference": "Patient/p"}, "status": "accepted"}]);
    client.store(&json!({
        "resourceType": "Appointment", "id": "a", "status": "fulfilled", "participant": participant,
        "start": "2025-03-10T09:00:00+01:00", "end": "2025-03-10T09:15:00+01:00",
    }));
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), NOT_CONSUMING);
}

#[test]
fn one_day_of_the_month_enrols_for_the_month() {
    check(
        "2025-04",
        &[
            ("from the last day", |p| declared_over(p, json!({"start": "2025-04-30"})), PAYABLE),
            ("from the day after", |p| declared_over(p, json!({"start": "2025-05-01"})), NOT_ENROLLED),
            ("until the first day", |p| declared_over(p, json!({"start": "2020", "end": "2025-04-01"})), PAYABLE),
            ("until the day before", |p| declared_over(p, json!({"start": "2020", "end": "2025-03-31"})), NOT_ENROLLED),
            ("midnight of 1 May, in UTC", |p| declared_over(p, json!({"start": "2025-04-30T22:00:00Z"})), NOT_ENROLLED),
            ("without an end", |p| declared_over(p, json!({"start": "2019"})), PAYABLE),
        ],
    );
}

#[test]
fn from_2025_the_declaration_enrols_and_the_contract_dates_it() {
    fn declared_until(p: &str, end: &str) -> Vec<Value> {
        make::and(man(p), vec![declaration(p, json!({"start": "2020-01-01", "end": end}))])
    }
    fn stranger() -> Value {
        json!({"generalPractitioner": [{"reference": "Practitioner/stranger"}]})
    }
    check(
        "2025-04",
        &[
            ("a GP of the structure, undated", man, PAYABLE),
            ("nobody", |p| man_but(p, no_gp()), NOT_ENROLLED),
            ("a GP nobody knows", |p| man_but(p, stranger()), NOT_ENROLLED),
            ("a contract alone", |p| make::but(contracted_over(p, json!({"start": "2020"})), no_gp()), NOT_ENROLLED),
            (
                "an ended contract wins",
                |p| contracted_over(p, json!({"start": "2020", "end": "2025-03-31"})),
                NOT_ENROLLED,
            ),
            ("one that begins wins too", |p| contracted_over(p, json!({"start": "2025-05-01"})), NOT_ENROLLED),
            ("an ended declaration is final though the GP remains", |p| declared_until(p, "2025-03-31"), NOT_ENROLLED),
        ],
    );
}

#[test]
fn until_2024_the_contract_enrols() {
    fn seen_twice(p: &str) -> Vec<Value> {
        make::and(man(p), vec![make::visit(&format!("{p}-f"), p, "2024-02-01")])
    }
    check(
        "2024-12",
        &[
            ("a declaration is not enough", seen_twice, NOT_ENROLLED),
            ("a contract from the last day", |p| contracted_over(p, json!({"start": "2024-12-31"})), PAYABLE),
            ("from the day after", |p| contracted_over(p, json!({"start": "2025-01-01"})), NOT_ENROLLED),
            ("no declaration is needed", |p| make::but(contracted_over(p, json!({"start": "2020"})), no_gp()), PAYABLE),
        ],
    );
}

#[test]
fn the_month_of_death_is_due_and_the_next_is_not() {
    fn dead(p: &str, date: &str) -> Vec<Value> {
        man_but(p, json!({"deceasedDateTime": date}))
    }
    check(
        "2025-04",
        &[
            ("on the first day", |p| dead(p, "2025-04-01"), PAYABLE),
            ("on the last day", |p| dead(p, "2025-04-30"), PAYABLE),
            ("the day before", |p| dead(p, "2025-03-31"), DECEASED),
            ("the year before", |p| dead(p, "2024"), DECEASED),
            ("23:30 UTC on 31 March is 1 April", |p| dead(p, "2025-03-31T23:30:00Z"), PAYABLE),
            ("a month alone", |p| dead(p, "2025-03"), DECEASED),
            ("later", |p| dead(p, "2025-07-01"), PAYABLE),
            ("deceasedBoolean false", |p| man_but(p, json!({"deceasedBoolean": false})), PAYABLE),
        ],
    );
}

/// An identifier alone, of this type and system.
fn known_by(p: &str, kind: (&str, &str), system: &str) -> Vec<Value> {
    let identifier = json!([{"use": "official", "type": make::concept(kind.0, kind.1), "system": system, "value": "180010000000122"}]);
    man_but(p, json!({"identifier": identifier}))
}

/// An INS alone, with its status.
fn ins(p: &str, status: &str) -> Vec<Value> {
    let code = json!({"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445", "code": status});
    let reliability = json!([{
        "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
        "extension": [{"url": "identityStatus", "valueCoding": code}],
    }]);
    // Not the number of another case: one person is one patient.
    let mut chart = make::but(known_by(p, (FR_0203, "INS-NIR"), INS), json!({"extension": reliability}));
    chart[0]["identifier"][0]["value"] = json!("180012A00000191");
    chart
}

const FR_0203: &str = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203";
const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
const INS: &str = "urn:oid:1.2.250.1.213.1.4.8";

#[test]
fn a_patient_without_a_usable_identity_is_not_paid_for() {
    fn systemless(p: &str) -> Vec<Value> {
        man_but(p, json!({"identifier": [{"type": make::concept(V2_0203, "PI"), "value": "1"}]}))
    }
    check(
        "2025-04",
        &[
            ("no identifier", |p| man_but(p, json!({"identifier": null})), IDENTITY),
            ("a billing number", |p| known_by(p, (V2_0203, "NH"), "urn:oid:1.2.250.1.213.1.4.13"), IDENTITY),
            ("a billing number under the old OID", |p| known_by(p, (V2_0203, "NH"), INS), IDENTITY),
            ("a test INS", |p| known_by(p, (FR_0203, "INS-NIR-TEST"), "urn:oid:1.2.250.1.213.1.4.10"), PAYABLE),
            ("an INS without a status", |p| known_by(p, (FR_0203, "INS-NIR"), INS), PAYABLE),
            ("a validated INS", |p| ins(p, "VALI"), PAYABLE),
            ("a provisional INS", |p| ins(p, "PROV"), IDENTITY),
            ("a doubtful INS", |p| ins(p, "DOUT"), IDENTITY),
            ("a number of the practice without a system", systemless, IDENTITY),
        ],
    );
}

#[test]
fn the_first_of_several_reasons_is_told() {
    check(
        "2025-04",
        &[
            (
                "dead and not enrolled",
                |p| man_but(p, json!({"deceasedDateTime": "2024", "generalPractitioner": null})),
                DECEASED,
            ),
            ("dead and unknown", |p| man_but(p, json!({"deceasedDateTime": "2024", "identifier": null})), DECEASED),
            (
                "unknown and not enrolled",
                |p| man_but(p, json!({"identifier": null, "generalPractitioner": null})),
                IDENTITY,
            ),
            ("seen by a stranger", |p| make::but(seen_by(p, ["Practitioner/doctor"]), no_gp()), NOT_ENROLLED),
            ("never seen", |p| vec![make::patient(p, "male", "1990-01-01")], NOT_CONSUMING),
        ],
    );
}

#[test]
fn a_practitioner_who_arrives_later_counts_from_then_on() {
    let client = harness::structure();
    client.push(&man("p"));
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), NOT_ENROLLED);
    client.push(&make::professionals());
    assert_eq!(read::not_payable(&client.found("/Patient/p/$forfait?month=2025-04")), PAYABLE);
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
