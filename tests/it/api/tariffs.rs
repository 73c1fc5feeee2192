//! Tariffs as ChargeItemDefinition: of the shape R4 gives it, saying what the forfaits pay.

use crate::cli::check::{copy_bare, edit, mappings};
use crate::harness;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use crate::harness::shape;
use serde_json::{Value, json};

const OURS: &str = "https://mtr-gateway.example/fhir";
const PERIOD: &str =
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-ChargeItemDefinition.applicability.effectivePeriod";

fn tariff(client: &Client, id: &str) -> Value {
    client.found(&format!("/ChargeItemDefinition/{id}"))
}

fn groups(definition: &Value) -> &[Value] {
    definition["propertyGroup"].as_array().unwrap()
}

/// The groups of a line in force on a day.
fn in_force<'d>(definition: &'d Value, line: &str, day: &str) -> Vec<&'d Value> {
    let of_line = |group: &&Value| {
        let expression = group["applicability"][1]["expression"].as_str().unwrap();
        expression.ends_with(&format!("code = '{line}'"))
    };
    let valid = |group: &&Value| {
        let period = &group["applicability"][0]["extension"][0]["valuePeriod"];
        period["start"].as_str().unwrap() <= day && period["end"].as_str().is_none_or(|end| day <= end)
    };
    groups(definition).iter().filter(of_line).filter(valid).collect()
}

/// Elements of R4 and their form: `1` one, `*` several; what stands under each is checked in turn.
const R4: [(&str, &[&str]); 11] = [
    (
        "ChargeItemDefinition",
        &[
            "resourceType",
            "id",
            "meta:Meta",
            "language",
            "extension*:Extension",
            "url",
            "version",
            "title",
            "status",
            "experimental",
            "publisher",
            "description",
            "effectivePeriod:Period",
            "code:CodeableConcept",
            "propertyGroup*:PropertyGroup",
        ],
    ),
    ("Meta", &["versionId", "tag*:Coding"]),
    ("PropertyGroup", &["applicability*:Applicability", "priceComponent*:PriceComponent"]),
    ("Applicability", &["extension*:Extension", "description", "language", "expression"]),
    ("PriceComponent", &["extension*:Extension", "type", "code:CodeableConcept", "factor", "amount:Money"]),
    ("CodeableConcept", &["coding*:Coding", "text"]),
    ("Coding", &["system", "version", "code", "display"]),
    ("Money", &["extension*:Extension", "value", "currency"]),
    ("Period", &["start", "end"]),
    ("Extension", &["url", "value[x]"]),
    ("valuePeriod", &["start", "end"]),
];

#[test]
fn each_tariff_has_the_shape_r4_gives_it() {
    let client = harness::structure();
    let found = client.found("/ChargeItemDefinition");
    assert_eq!(found["total"], 2);
    for entry in found["entry"].as_array().unwrap() {
        let definition = &entry["resource"];
        let mut wrong = Vec::new();
        shape::check(&R4, definition, "ChargeItemDefinition", "ChargeItemDefinition", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
        for member in ["url", "status", "title", "version"] {
            assert!(definition[member].is_string(), "{member}");
        }
        for group in groups(definition) {
            for applicability in group["applicability"].as_array().unwrap() {
                assert!(applicability["description"].is_string());
                let fhirpath = applicability["language"] == "text/fhirpath";
                assert_eq!(fhirpath, applicability.get("expression").is_some(), "{applicability}");
            }
            assert_eq!(group["applicability"][0]["extension"][0]["url"], PERIOD);
            for price in group["priceComponent"].as_array().unwrap() {
                let kinds = ["base", "surcharge", "deduction", "discount", "tax", "informational"];
                assert!(kinds.contains(&price["type"].as_str().unwrap()), "{price}");
                assert!(price["code"]["text"].is_string(), "{price}");
                if let Some(amount) = price.get("amount") {
                    assert_eq!(amount["currency"], "EUR");
                    assert!(amount["value"].is_number(), "{amount}");
                    let status = &price["extension"][0];
                    assert_eq!(status["url"], format!("{OURS}/StructureDefinition/rule-status"));
                    assert_eq!(price["extension"][1]["url"], format!("{OURS}/StructureDefinition/rule-source"));
                }
            }
        }
    }
}

#[test]
fn invented_amounts_are_said_to_be_invented_and_public_ones_are_not() {
    let client = harness::structure();
    for (id, experimental, status) in [("mtr-demo", true, "fictional"), ("fmt-2026", false, "interpretation")] {
        let definition = tariff(&client, id);
        assert_eq!(definition["experimental"], experimental, "{id}");
        assert_eq!(definition["extension"][0]["valueCode"], status, "{id}");
        let tagged = read::tags(&definition, "figure").contains(&"fictional".to_owned());
        assert_eq!(tagged, experimental, "{id}");
        assert_eq!(read::tags(&definition, "tariff"), [id]);
        let digest = definition["extension"][1]["valueString"].as_str().unwrap();
        assert!(digest.len() == 64 && digest.starts_with(definition["version"].as_str().unwrap()));
    }
}

#[test]
fn amounts_are_numbers_of_two_decimals() {
    let client = harness::structure();
    for path in ["/ChargeItemDefinition/mtr-demo", "/ChargeItemDefinition?_id=mtr-demo&_elements=propertyGroup"] {
        let text = client.get(path).expect(200).text();
        assert!(text.contains(r#""amount":{"value":8.40,"currency":"EUR"}"#), "{path}");
        assert!(text.contains(r#""amount":{"value":25000.00,"currency":"EUR"}"#), "{path}");
        let parts = text.split(r#""amount":{"value":"#).skip(1);
        for amount in parts.map(|rest| rest.split(',').next().unwrap()) {
            assert!(
                amount.parse::<f64>().is_ok() && amount.split('.').nth(1).is_some_and(|d| d.len() == 2),
                "{amount}"
            );
        }
    }
}

#[test]
fn an_invoice_pays_what_the_definition_in_force_says() {
    let client = harness::structure();
    let right = make::coverage("right", "p", "c2s", json!({"start": "2020-01-01"}));
    let ald = make::ald("ald", "p", "23", "F33.1", "2019-01-01");
    let visit = make::visit("before", "p", "2024-06-03T09:00:00+02:00");
    client.push(&make::and(make::professionals(), make::and(make::woman("p", "1948-01-01"), vec![right, ald, visit])));
    let definition = tariff(&client, "mtr-demo");
    let mut priced = 0;
    for (month, day) in [("2025-12", "2025-12-31"), ("2026-01", "2026-01-31")] {
        let invoice = client.found(&format!("/Patient/p/$forfait?month={month}&tariff=mtr-demo"));
        for line in invoice["lineItem"].as_array().unwrap() {
            let code = line["chargeItemCodeableConcept"]["coding"][0]["code"].as_str().unwrap();
            let found = in_force(&definition, code, day);
            assert_eq!(found.len(), 1, "{code} {month}");
            let (told, paid) = (&found[0]["priceComponent"][0], &line["priceComponent"][0]);
            assert_eq!(told["type"], paid["type"], "{code}");
            if code != "ecretement" {
                assert_eq!(told["amount"], paid["amount"], "{code} {month}");
                priced += 1;
            }
        }
    }
    assert!(priced >= 6, "{priced}");
    let cap = in_force(&definition, "ecretement", "2026-01-31")[0];
    assert_eq!(read::euros(&cap["priceComponent"][1]["amount"]["value"]), "31.50");
    assert!(cap["priceComponent"][0].get("amount").is_none());
    let scope = cap["applicability"][1]["description"].as_str().unwrap();
    assert!(scope.contains("Nourrisson") && !scope.contains("Perte d’autonomie"), "{scope}");
}

#[test]
fn the_rows_and_supplements_of_the_fmt_are_told_with_their_conditions() {
    let definition = tariff(&harness::structure(), "fmt-2026");
    let rows: Vec<(String, String, String)> = in_force(&definition, "fmt", "2026-04-30")
        .iter()
        .map(|group| {
            let price = &group["priceComponent"][0];
            let condition = group["applicability"][2]["description"].as_str().unwrap();
            (price["type"].as_str().unwrap().to_owned(), read::euros(&price["amount"]["value"]), condition.to_owned())
        })
        .collect();
    let want = [
        ("base", "5.00", "non vu"),
        ("base", "100.00", "80 ans et plus, avec ALD"),
        ("base", "55.00", "moins de 80 ans, avec ALD"),
        ("base", "55.00", "80 ans et plus, sans ALD"),
        ("base", "15.00", "75 à 79 ans"),
        ("base", "15.00", "moins de 7 ans"),
        ("base", "5.00", "7 à 74 ans"),
        ("surcharge", "10.00", "C2S"),
        ("surcharge", "5.00", "inconnus : Vaccination rougeole"),
    ];
    assert_eq!(rows.len(), want.len(), "{rows:#?}");
    for ((kind, amount, condition), (want_kind, want_amount, words)) in rows.iter().zip(want) {
        assert_eq!((kind.as_str(), amount.as_str()), (want_kind, want_amount), "{condition}");
        assert!(condition.contains(words), "{condition}: {words}");
    }
    assert!(in_force(&definition, "fmt", "2025-12-31").is_empty());
    let said = definition["description"].as_str().unwrap();
    assert!(said.contains("avril, juin, septembre, novembre"), "{said}");
}

#[test]
fn tariffs_are_found_and_never_written() {
    let client = harness::structure();
    for (query, total) in [
        ("?_id=mtr-demo", 1),
        ("?url=https://mtr-gateway.example/fhir/ChargeItemDefinition/fmt-2026", 1),
        ("?url=https://mtr-gateway.example/fhir/ChargeItemDefinition/none", 0),
        ("?status=active", 2),
        ("?status=draft", 0),
        ("?title=forfait", 1),
        ("?title:contains=FICTIFS", 1),
        ("?description:contains=invent%C3%A9s", 1),
        ("?_id=mtr-demo,fmt-2026&_count=1", 2),
    ] {
        assert_eq!(client.found(&format!("/ChargeItemDefinition{query}"))["total"], total, "{query}");
    }
    let short = client.found("/ChargeItemDefinition?_id=mtr-demo&_summary=true");
    assert!(short["entry"][0]["resource"].get("propertyGroup").is_none(), "{short}");
    let told = outcome::issues(&client.get("/ChargeItemDefinition?name=x").expect(400).json());
    assert_eq!(told[0].code, "MTR-SRC-001", "R4 gives the type no name");
    outcome::refused(&client.get("/ChargeItemDefinition/absent"), 404, "not-found", "MTR-GET-001", "");
    let answer = client.send("PUT", "/ChargeItemDefinition/mtr-demo", &[], b"{}");
    outcome::refused(&answer, 405, "not-supported", "MTR-REQ-001", "");
}

#[test]
fn an_unknown_amount_is_told_and_a_new_rulebook_is_published_at_once() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules");
    copy_bare(&mappings(), &rules);
    let file = rules.join("tariffs").join("mtr-demo.yaml");
    edit(
        &file,
        "value: \"8.40\", status: fictional, source: \"Montant inventé pour la démonstration\"",
        "value: null, status: unknown, source: \"Arrêté attendu\"",
    );
    edit(&file, "{ default: enveloppe }", "{ default: enveloppe, by_structure: { \"cabinet-du-lac\": cap } }");
    let folder = rules.to_string_lossy().into_owned();
    let gateway = Gateway::start_in(
        home,
        &["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder],
    );
    let client = gateway.client();
    let definition = tariff(&client, "mtr-demo");
    let price = &in_force(&definition, "socle", "2026-10-31")[0]["priceComponent"][0];
    let absent = json!([{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]);
    assert_eq!(price["amount"], json!({"extension": absent}));
    assert_eq!(
        (&price["extension"][0]["valueCode"], &price["extension"][1]["valueString"]),
        (&json!("unknown"), &json!("Arrêté attendu"))
    );
    let before = &in_force(&definition, "socle", "2025-10-31")[0]["priceComponent"][0];
    assert_eq!(read::euros(&before["amount"]["value"]), "8.00");
    // The amount of one structure is not for the others to read.
    let own = in_force(&definition, "enveloppe", "2026-10-31");
    assert!(own.len() == 1 && own[0]["applicability"][2]["description"].as_str().unwrap().contains("montant propre"));
    assert!(!definition.to_string().contains("cabinet-du-lac"));

    edit(
        &file,
        "value: null, status: unknown, source: \"Arrêté attendu\"",
        "value: \"8.70\", status: fictional, source: \"Montant inventé\"",
    );
    gateway.signal("HUP");
    gateway.wait_until_logged("rulebook in force");
    let after = tariff(&client, "mtr-demo");
    let price = &in_force(&after, "socle", "2026-10-31")[0]["priceComponent"][0];
    assert_eq!(read::euros(&price["amount"]["value"]), "8.70");
    assert_ne!(after["version"], definition["version"]);
}
