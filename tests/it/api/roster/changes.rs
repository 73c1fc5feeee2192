//! What becomes of a roster between two months.

use super::*;

#[test]
fn what_changed_between_two_months_is_told_with_why_and_what_it_costs() {
    let client = practice();
    let answer = diff(&client, "file-active", "from=2025-06&to=2025-07");
    let one = |patient: &str, reason: &[&str], effect: &str| {
        (format!("Patient/{patient}"), reason.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>(), effect.to_owned())
    };
    assert_eq!(told(&answer, "entered"), [one("e", &["new-declaration", "consultation"], "8.00")]);
    assert_eq!(told(&answer, "left"), [one("d", &["death"], "-8.00"), one("f", &["window-elapsed"], "-8.00")]);
    // Of a baby 12.00, of a child 6.00.
    assert_eq!(told(&answer, "changed"), [one("b", &["right-ended"], "-7.35"), one("c", &["birthday"], "-6.00")]);
    assert!(told(&answer, "unchanged").is_empty());
    let counts = parts(&answer, "counts");
    let count = |name: &str| read::value(&counts, name).as_i64().unwrap();
    assert_eq!(["from", "to", "entered", "left", "changed", "unchanged"].map(count), [5, 4, 1, 2, 2, 1]);
    let effects = parts(&answer, "effects");
    let effect = |name: &str| read::euros(&read::value(&effects, name)["value"]);
    // 8.00 - 16.00 - 13.35
    let want = ["8.00", "-16.00", "-13.35", "0.00", "-21.35"];
    assert_eq!(["entered", "left", "changed", "unchanged", "total"].map(effect), want.map(str::to_owned));
    let total = |month: &str| {
        let sum = ["a", "b", "c", "d", "e", "f"].map(|p| {
            let invoice = client.found(&format!("/Patient/{p}/$forfait?month={month}"));
            (invoice["totalNet"]["value"].as_f64().unwrap() * 100.0).round() as i64
        });
        sum.iter().sum::<i64>()
    };
    assert_eq!(total("2025-07") - total("2025-06"), -2135);
    for (name, value) in [("from", "2025-06"), ("to", "2025-07"), ("code", "file-active"), ("tariff", "mtr-demo")] {
        assert_eq!(read::value(&answer, name), value);
    }
    for name in ["knownAt", "rulebook", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
    assert_eq!(read::value(&answer, "fictional"), true);
    // Money has two decimals in the text itself.
    let text = client.get(&format!("/Group/{}/$diff?from=2025-06&to=2025-07", id(&client, "file-active"))).text();
    assert!(text.contains(r#""value":-16.00"#), "{text}");
}

/// What is sent, the roster, the two months, what became of the patient, why.
type Turn = (Vec<Value>, &'static str, (&'static str, &'static str), &'static str, &'static str);

#[test]
fn what_begins_or_ends_between_two_months_is_the_reason() {
    let client = practice();
    let phq9 = make::score("phq", "a", "44261-6", "2024-06-10", 15);
    let ended = json!({"abatementDateTime": "2025-06-05",
        "clinicalStatus": make::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved")});
    let gir = make::measure("gir", "a", "gir", "2025-05-01", json!({"valueInteger": 2}));
    let home = json!({"valueCodeableConcept": make::ours("mtr-observation", "home")});
    let recognised = make::recognition("aah", "a", "aah", json!({"start": "2025-06-10", "end": "2025-07-10"}));
    let declared = make::declared("flag", "a", "ald", json!({"start": "2025-06-10", "end": "2025-07-10"}));
    let cases: Vec<Turn> = vec![
        (vec![phq9], "sante-mentale", ("2025-05", "2025-06"), "left", "measure-elapsed"),
        (
            vec![make::condition("dx", "a", "F41.1", "2025-06-05")],
            "sante-mentale",
            ("2025-05", "2025-06"),
            "entered",
            "diagnosis-began",
        ),
        (
            vec![make::with(make::condition("dx", "a", "F41.1", "2025-03-05"), ended)],
            "sante-mentale",
            ("2025-06", "2025-07"),
            "left",
            "diagnosis-ended",
        ),
        (
            vec![gir, make::measure("home", "a", "living-place", "2025-06-20", home)],
            "perte-autonomie-domicile",
            ("2025-05", "2025-06"),
            "entered",
            "measured",
        ),
        (vec![recognised.clone()], "handicap", ("2025-05", "2025-06"), "entered", "right-began"),
        (vec![recognised], "handicap", ("2025-07", "2025-08"), "left", "right-ended"),
        (vec![declared.clone()], "ald", ("2025-05", "2025-06"), "entered", "declared-by-gp"),
        (vec![declared], "ald", ("2025-07", "2025-08"), "left", "gp-declaration-ended"),
    ];
    for (resources, code, (from, to), name, reason) in cases {
        client.push(&resources);
        let answer = diff(&client, code, &format!("from={from}&to={to}"));
        let of_a: Vec<String> = told(&answer, name)
            .into_iter()
            .filter(|(p, ..)| p == "Patient/a")
            .flat_map(|(_, reasons, _)| reasons)
            .collect();
        assert_eq!(of_a, [reason], "{code} from {from} to {to}");
        for resource in &resources {
            client.delete(&make::path(resource)).expect(204);
        }
    }
}

#[test]
fn a_typology_has_its_own_comings_and_goings() {
    let client = practice();
    let only = |code: &str, name: &str| {
        let answer = diff(&client, code, "from=2025-06&to=2025-07");
        told(&answer, name)
            .into_iter()
            .map(|(patient, reasons, effect)| (patient, reasons.join(" "), effect))
            .collect::<Vec<_>>()
    };
    let one =
        |patient: &str, reason: &str, effect: &str| vec![(patient.to_owned(), reason.to_owned(), effect.to_owned())];
    assert_eq!(only("ald", "left"), one("Patient/b", "right-ended", "-7.35"));
    assert_eq!(only("nourrisson", "left"), one("Patient/c", "birthday", "-6.00"));
    assert_eq!(only("jeune-enfant", "entered"), one("Patient/c", "birthday", "-6.00"));
}

#[test]
fn a_new_amount_is_a_change_for_everybody_and_who_is_unchanged_is_named_on_demand() {
    let client = practice();
    let answer = diff(&client, "file-active", "from=2025-12&to=2026-01");
    // The socle is 0.40 dearer from 2026.
    let want =
        ["a", "b", "c", "e"].map(|p| (format!("Patient/{p}"), vec!["amount-changed".to_owned()], "0.40".to_owned()));
    assert_eq!(told(&answer, "changed"), want);
    let answer = diff(&client, "file-active", "from=2025-06&to=2025-07&unchanged=true");
    assert_eq!(told(&answer, "unchanged"), [("Patient/a".to_owned(), vec![], "0.00".to_owned())]);
}

#[test]
fn an_amount_nobody_knows_is_no_zero() {
    let client = harness::practice();
    // The socle of the demonstration is known from 2021 on.
    client.push(&[
        make::patient("u", "male", "1980-01-01"),
        make::contract("k", "u", json!({"start": "2020-09-01"})),
        make::visit("v", "u", "2020-12-05"),
    ]);
    let unknown = |query: &str, name: &str, reason: &str| {
        let answer = diff(&client, "file-active", query);
        let all = read::all(&answer, name);
        let [one] = all[..] else { panic!("{name} of {answer}") };
        assert_eq!(read::all(one, "reason")[0]["valueCoding"]["code"], reason, "{query}");
        assert_eq!((read::value(one, "effect"), read::value(one, "effectUnknown")), (&Value::Null, &json!(true)));
        let effects = parts(&answer, "effects");
        assert_eq!((read::value(&effects, "unknown"), read::value(&effects, "total")), (&json!(1), &Value::Null));
        assert!(read::value(&effects, name).is_null(), "{effects}");
    };
    unknown("from=2020-11&to=2020-12", "entered", "consultation");
    unknown("from=2020-12&to=2021-01", "changed", "amount-unknown");
    let own = client.structure();
    let leaving = client.found(&format!("/Organization/{own}/$leaving?date=2020-12-10&days=3650"));
    assert_eq!((read::value(&leaving, "amount"), read::value(&leaving, "amountUnknown")), (&Value::Null, &json!(1)));
}

#[test]
fn a_diff_is_asked_by_post_too() {
    let client = practice();
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "from", "valueString": "2025-06"}, {"name": "to", "valueString": "2025-07"},
        {"name": "unchanged", "valueBoolean": true}]});
    let path = format!("/Group/{}/$diff", id(&client, "file-active"));
    let posted = client.post(&path, &asked).expect(200).json();
    assert_eq!(posted, client.found(&format!("{path}?from=2025-06&to=2025-07&unchanged=true")));
}

#[test]
fn the_order_in_which_patients_came_changes_nothing() {
    let (one, other) = (practice(), harness::practice());
    let mut reversed = people();
    reversed.reverse();
    for resource in &reversed {
        other.store(resource);
    }
    for code in ["file-active", "ald", "nourrisson"] {
        let both = [&one, &other].map(|client| members(&group(client, code, "month=2025-06")));
        assert_eq!(both[0], both[1], "{code}");
        let both = [&one, &other].map(|client| {
            let answer = diff(client, code, "from=2025-06&to=2025-07");
            ["entered", "left", "changed", "unchanged"].map(|name| told(&answer, name))
        });
        assert_eq!(both[0], both[1], "{code}");
    }
}

#[test]
fn a_person_of_two_structures_is_on_one_file_active() {
    let (first, second) = (harness::practice(), harness::practice());
    let ins = json!({
        "use": "official", "type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST"),
        "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "180010000077722"});
    for (client, start) in [(&first, "2024-01-01"), (&second, "2025-01-01")] {
        let shared = make::with(
            make::patient("s", "male", "1980-01-01"),
            json!({"identifier": [ins], "generalPractitioner": null}),
        );
        client.push(&[
            shared,
            make::declaration("t", "s", "gp", json!({"start": start})),
            make::visit("v", "s", "2025-03-10"),
        ]);
    }
    assert_eq!(names(&group(&first, "file-active", "month=2025-06")), ["Patient/s"]);
    assert!(names(&group(&second, "file-active", "month=2025-06")).is_empty());
    // What the first learns later counts in the second at once.
    first.store(&make::declaration("t", "s", "gp", json!({"start": "2024-01-01", "end": "2025-05-31"})));
    assert_eq!(names(&group(&second, "file-active", "month=2025-06")), ["Patient/s"]);
    let answer = diff(&second, "file-active", "from=2025-05&to=2025-06");
    assert_eq!(told(&answer, "entered"), [("Patient/s".to_owned(), vec!["paid-here".to_owned()], "8.00".to_owned())]);
}
