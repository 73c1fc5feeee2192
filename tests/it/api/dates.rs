//! Dates at the ends of time, as senders write "always" and "never", and facts of one and the same
//! moment: what is answered depends on neither how they were moved nor in which order they came.

use crate::harness;
use crate::harness::make;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const FIRST: &str = "0001-01-01T00:00:00+01:00";
const LAST: [&str; 5] = [
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "9999-12-31T00:00:00+01:00",
    "9999-12-30T23:59:59Z",
    "9999-12-31T23:59:59.999-05:00",
];

fn eligible(client: &harness::Client, patient: &str, typology: &str) -> Value {
    let answer = client.found(&format!("/Patient/{patient}/$typologies?date=2025-04-15"));
    read::value(read::by_id(&answer, "typology", typology), "eligible").clone()
}

#[test]
fn the_first_moment_there_is_leaves_every_answer_standing() {
    let client = harness::practice();
    let role = json!({"resourceType": "PractitionerRole", "id": "role", "period": {"start": FIRST},
        "practitioner": {"reference": "Practitioner/gp"}});
    let dated = |id: &str| make::measure(id, "p", "gir", FIRST, json!({"valueInteger": 2}));
    let right = make::coverage("c", "p", "c2s", json!({"start": FIRST}));
    client.push(&make::and(make::man("p", "1985-06-01"), vec![role, dated("g"), right]));
    for path in [
        "/Patient/p/$forfait?month=2025-04",
        "/Patient/p/$prevention?date=2025-04-15",
        "/$data-quality",
        "/Organization/cabinet-demo/$leaving?month=2025-04",
    ] {
        let status = client.get(path).status;
        assert!(status < 500, "{path}: {status}");
    }
    assert_eq!(client.found("/Patient/p/$forfait?month=2025-04")["resourceType"], "Invoice");
    assert_eq!(client.found("/Observation?patient=p&date=lt1900")["total"], 1);
}

#[test]
fn what_ends_with_time_itself_is_not_over() {
    let client = harness::practice();
    for (n, end) in LAST.into_iter().enumerate() {
        let p = format!("p{n}");
        let ald =
            make::with(make::ald(&format!("a{n}"), &p, "8", "E11.9", "2020-01-01"), json!({"abatementDateTime": end}));
        let late = make::measure(&format!("o{n}"), &p, "gir", end, json!({"valueInteger": 2}));
        client.push(&make::and(make::man(&p, "1985-06-01"), vec![ald, late]));
        assert_eq!(eligible(&client, &p, "ald"), "yes", "{end}");
        assert_eq!(client.found(&format!("/Observation?patient={p}&date=ge2030"))["total"], 1, "{end}");
        assert_eq!(client.found(&format!("/Observation?patient={p}&date=lt2030"))["total"], 0, "{end}");
        assert_eq!(client.get(&format!("/Patient?birthdate=le{end}").replace('+', "%2B")).status, 200, "{end}");
    }
}

#[test]
fn of_two_answers_of_one_moment_the_order_of_arrival_decides_nothing() {
    let client = harness::practice();
    let answers = |p: &str| {
        let place = |id: &str, place: &str| {
            let value = json!({"valueCodeableConcept": make::ours("mtr-observation", place)});
            make::measure(&format!("{p}-{id}"), p, "living-place", "2025-03-01", value)
        };
        let pressure = |id: &str, value: f64| {
            let value = json!({"valueQuantity": make::quantity(value, "mm[Hg]")});
            let code = make::concept("http://loinc.org", "8480-6");
            make::with(make::observation(&format!("{p}-{id}"), p, code, "2025-03-01"), value)
        };
        vec![place("a", "home"), place("b", "institution"), pressure("c", 128.0), pressure("d", 135.0)]
    };
    let mut told = Vec::new();
    for (p, reversed) in [("p", false), ("q", true)] {
        let gir = make::measure(&format!("{p}-g"), p, "gir", "2025-03-01", json!({"valueInteger": 2}));
        client.push(&make::and(make::man(p, "1940-01-01"), vec![gir]));
        let mut answers = answers(p);
        if reversed {
            answers.reverse();
        }
        answers.iter().for_each(|answer| {
            client.store(answer).expect(201);
        });
        assert_eq!(eligible(&client, p, "perte-autonomie-domicile"), "unknown", "{p}");
        let invoice = client.found(&format!("/Patient/{p}/$forfait?month=2025-04"));
        let card = client.found(&format!("/Patient/{p}/$prevention?date=2025-04-15"));
        let items = read::all(&card, "item").into_iter().map(|item| read::value(item, "status").to_string());
        told.push((invoice["totalNet"]["value"].to_string(), items.collect::<Vec<_>>()));
    }
    assert_eq!(told[0], told[1]);
}
