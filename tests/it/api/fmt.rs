//! `$forfait?tariff=fmt-2026`: the public amounts of the Forfait Médecin Traitant, per year and instalment.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn year(client: &Client, patient: &str) -> Vec<(String, String)> {
    (1..=12)
        .filter_map(|month| {
            let invoice = client.found(&format!("/Patient/{patient}/$forfait?month=2026-{month:02}&tariff=fmt-2026"));
            assert_eq!(read::tags(&invoice, "tariff"), ["fmt-2026"]);
            assert!(
                !read::tags(&invoice, "figure").contains(&"fictional".to_owned()),
                "public amounts are not fictional"
            );
            let lines = read::lines(&invoice);
            assert!(lines.iter().all(|(code, _)| code == "fmt"), "{lines:?}");
            assert_eq!(read::euros(&invoice["totalNet"]["value"]), lines.first().map_or("0.00", |(_, a)| a));
            lines.into_iter().next().map(|(_, amount)| (format!("{month:02}"), amount))
        })
        .collect()
}

type Chart = fn(&str) -> Vec<Value>;

/// The public vectors, by the situation on 31 December 2025, and a quarter of each.
const VECTORS: [(&str, Chart, &str); 12] = [
    (
        "82, ALD: 100",
        |p| make::and(make::man(p, "1943-06-01"), vec![make::ald(&format!("{p}-a"), p, "15", "G30.9", "2020")]),
        "25.00",
    ),
    ("82, no ALD: 55", |p| make::man(p, "1943-06-01"), "13.75"),
    (
        "82, no ALD, C2S: 65",
        |p| {
            make::and(
                make::man(p, "1943-06-01"),
                vec![make::coverage(&format!("{p}-c"), p, "c2s", json!({"start": "2024-01-01"}))],
            )
        },
        "16.25",
    ),
    ("5: 15", |p| make::man(p, "2020-06-01"), "3.75"),
    ("6 on the day: 15", |p| make::man(p, "2019-12-31"), "3.75"),
    ("7 on the day: 5", |p| make::man(p, "2018-12-31"), "1.25"),
    ("40: 5", |p| make::man(p, "1985-06-01"), "1.25"),
    (
        "40, ALD: 55",
        |p| make::and(make::man(p, "1985-06-01"), vec![make::ald(&format!("{p}-a"), p, "8", "E10.9", "2020")]),
        "13.75",
    ),
    ("75 on the day: 15", |p| make::man(p, "1950-12-31"), "3.75"),
    ("75 the day after: 5", |p| make::man(p, "1951-01-01"), "1.25"),
    ("80 on the day: 55", |p| make::man(p, "1945-12-31"), "13.75"),
    (
        "77, not seen for two years: 5",
        |p| vec![make::patient(p, "male", "1948-06-01"), make::visit(&format!("{p}-e"), p, "2023-12-30")],
        "1.25",
    ),
];

#[test]
fn the_public_amounts_are_paid_in_four_instalments() {
    let client = harness::practice();
    client.push(&VECTORS.iter().enumerate().flat_map(|(n, v)| (v.1)(&format!("v{n}"))).collect::<Vec<_>>());
    for (n, (what, _, quarter)) in VECTORS.iter().enumerate() {
        let wanted: Vec<(String, String)> =
            ["04", "06", "09", "11"].iter().map(|m| ((*m).to_owned(), (*quarter).to_owned())).collect();
        assert_eq!(year(&client, &format!("v{n}")), wanted, "{what}");
    }
}

#[test]
fn three_validated_indicators_add_fifteen_euros() {
    let client = harness::practice();
    client.push(&make::and(
        make::man("p", "1948-06-01"),
        vec![
            make::immunization("flu", "p", make::concept("http://www.whocc.no/atc", "J07BB02"), "2025-10-20"),
            make::immunization("covid", "p", make::concept("http://www.whocc.no/atc", "J07BN01"), "2025-10-20"),
            make::immunization("pneumo", "p", make::concept("http://hl7.org/fhir/sid/cvx", "216"), "2025-01-10"),
        ],
    ));
    // 15 + 3 x 5 = 30, and a quarter of it; the season's vaccines are valid until 15 October 2026.
    let invoice = client.found("/Patient/p/$forfait?month=2026-04&tariff=fmt-2026");
    assert_eq!(read::lines(&invoice), [("fmt".to_owned(), "7.50".to_owned())]);
    let year = &invoice["lineItem"][0]["priceComponent"][1];
    assert_eq!((&year["type"], read::euros(&year["amount"]["value"])), (&json!("informational"), "30.00".to_owned()));
    assert_eq!(year["code"]["coding"][0]["code"], "year-partial");
    assert!(
        invoice.to_string().to_lowercase().contains("partiel"),
        "indicators without a rule make it partial: {invoice}"
    );
    let explained =
        client.send("GET", "/Patient/p/$explain?month=2026-04&tariff=fmt-2026", &[("Accept", "text/plain")], b"");
    assert!(explained.expect(200).text().contains("30,00"), "the year is informational");
}

#[test]
fn an_instalment_is_beside_the_reason_when_it_is_not_due() {
    let client = harness::practice();
    client.push(&make::and(
        make::but(make::man("stranger", "1985-06-01"), json!({"generalPractitioner": null})),
        make::and(
            make::but(make::man("dead", "1985-06-01"), json!({"deceasedDateTime": "2025-06-01"})),
            vec![
                make::with(make::patient("late", "male", "1985-06-01"), json!({"generalPractitioner": null})),
                make::declaration("late-t", "late", "gp", json!({"start": "2026-01-01"})),
            ],
        ),
    ));
    for (patient, reason) in [("stranger", "not-enrolled"), ("dead", "deceased"), ("late", "not-enrolled")] {
        let invoice = client.found(&format!("/Patient/{patient}/$forfait?month=2026-04&tariff=fmt-2026"));
        assert_eq!(read::not_payable(&invoice), Some(reason), "{patient}");
        assert_eq!(read::euros(&invoice["totalNet"]["value"]), "0.00");
    }
}

#[test]
fn before_2026_the_amount_is_unknown() {
    let client = harness::practice();
    client.push(&make::and(make::man("p", "1985-06-01"), vec![make::visit("old", "p", "2024-06-01")]));
    for month in ["2025-04", "2025-12"] {
        let refused = client.get(&format!("/Patient/p/$forfait?month={month}&tariff=fmt-2026"));
        outcome::refused(&refused, 422, "business-rule", "MTR-FIG-001", "");
    }
}

/// A man of 77 whose two vaccines of the season are valid until 15 October 2026; a woman who is 75 in June, so
/// that her mammography validates nothing any more.
fn changing() -> Client {
    let client = harness::practice();
    let vaccine = |id: &str, system: &str, code: &str, on: &str| {
        make::immunization(&format!("man-{id}"), "man", make::concept(system, code), on)
    };
    client.push(&make::and(
        make::man("man", "1948-06-01"),
        vec![
            vaccine("flu", "http://www.whocc.no/atc", "J07BB02", "2025-10-20"),
            vaccine("covid", "http://www.whocc.no/atc", "J07BN01", "2025-10-20"),
            vaccine("pneumo", "http://hl7.org/fhir/sid/cvx", "216", "2024-05-01"),
        ],
    ));
    let screened = make::concept("https://smt.esante.gouv.fr/terminologie-ccam", "QEQK004");
    client.push(&make::and(
        make::but(make::man("woman", "1951-06-01"), json!({"gender": "female"})),
        vec![make::procedure("woman-m", "woman", screened, "2025-06-01")],
    ));
    client
}

#[test]
fn what_is_paid_in_a_year_is_the_year_of_its_balance() {
    let client = changing();
    let paid = |patient: &str| {
        let paid = year(&client, patient);
        let sum: i64 = paid.iter().map(|(_, amount)| cents(amount)).sum();
        (paid.into_iter().map(|(month, amount)| format!("{month} {amount}")).collect::<Vec<_>>(), sum)
    };
    assert_eq!(paid("man"), (["04 7.50", "06 7.50", "09 7.50", "11 -2.50"].map(str::to_owned).to_vec(), 2_000));
    // 2.50 + 1.25 + 1.25 are all of it.
    assert_eq!(paid("woman"), (["04 2.50", "06 1.25", "09 1.25"].map(str::to_owned).to_vec(), 500));
    // A death takes nothing back of what was done before it: the vaccines held on the last day lived.
    let dead = json!({"deceasedDateTime": "2026-10-10"});
    client.store(&make::with(make::man("man", "1948-06-01")[0].clone(), dead));
    assert_eq!(paid("man"), (["04 7.50", "06 7.50", "09 7.50", "11 7.50"].map(str::to_owned).to_vec(), 3_000));
    client.store(&make::man("man", "1948-06-01")[0]);
    let balance = client.found("/Patient/man/$forfait?month=2026-11&tariff=fmt-2026");
    let components = &balance["lineItem"][0]["priceComponent"];
    assert_eq!((&components[0]["type"], &components[1]["type"]), (&json!("deduction"), &json!("informational")));
    assert_eq!(read::euros(&components[1]["amount"]["value"]), "20.00");
    assert_eq!(read::euros(&balance["totalNet"]["value"]), "-2.50");
}

fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

#[test]
fn the_balance_is_explained_by_the_year_and_its_advances() {
    let client = changing();
    let path = "/Patient/man/$explain?month=2026-11&tariff=fmt-2026";
    let told = client.send("GET", path, &[("Accept", "text/plain")], b"").expect(200).text();
    let told = told.replace('\u{a0}', " ");
    for part in ["de l’année : 20,00 €", "Avance de 2026-04, déduite du solde : -7,50 €", "2026-06", "2026-09"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("Total du mois : -2,50 €"), "{told}");
}

#[test]
fn closed_months_come_to_the_years_whatever_comes_late() {
    let client = changing();
    let close = |month: &str| {
        let part = |name: &str, value: &str| json!({"name": name, "valueString": value});
        let asked =
            json!({"resourceType": "Parameters", "parameter": [part("month", month), part("tariff", "fmt-2026")]});
        let closed = client.post(&format!("/Organization/{}/$close-month", client.structure()), &asked).expect(200);
        cents(&read::euros(&closed.json()["totalNet"]["value"]))
    };
    let early: i64 = ["2026-04", "2026-05", "2026-06", "2026-07"].map(close).iter().sum();
    assert_eq!(early, 750 + 250 + 750 + 125);
    // Nobody was vaccinated against the flu: 6.25 instead of 7.50, twice over, in September's Invoice.
    let flu = make::immunization("man-flu", "man", make::concept("http://www.whocc.no/atc", "J07BB02"), "2025-10-20");
    client.store(&make::with(flu, json!({"status": "entered-in-error"})));
    let late: i64 = ["2026-08", "2026-09", "2026-10", "2026-11"].map(close).iter().sum();
    // The row of the man and his pneumococcal vaccine; the row of the woman.
    assert_eq!(early + late, 2_500);
}

#[test]
fn a_simulated_year_comes_to_its_balance() {
    let client = changing();
    let tariff = include_str!("../../../mappings/tariffs/fmt-2026.yaml");
    let headers = [("Content-Type", "application/yaml")];
    let body = tariff.split("\nexamples:").next().unwrap_or_default().replace("id: fmt-2026", "id: essai");
    let told = client.send("POST", "/$simulate?from=2026-01&to=2026-12", &headers, body.as_bytes()).expect(200).json();
    let total = read::all(&told, "total")[0].clone();
    assert_eq!(read::euros(&read::value(&total, "after")["value"]), "25.00");
}
