//! Patients told to be one (Patient.link): a dated alias, read at evaluation, paid once, undone at will.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::parameters;
use serde_json::{Value, json};

const MONTH: &str = "month=2025-04&tariff=mtr-demo";
const MERGED_INTO: &str = "https://mtr-gateway.example/fhir/StructureDefinition/merged-into";

fn linked(patient: Value, links: &[(&str, &str)]) -> Value {
    let link = |(kind, id): &(&str, &str)| json!({"other": {"reference": format!("Patient/{id}")}, "type": kind});
    make::with(patient, json!({"link": links.iter().map(link).collect::<Vec<_>>()}))
}

fn man(id: &str) -> Value {
    make::patient(id, "male", "1960-01-01")
}

/// `kept` was seen at the practice, `other` has the score that opens a brick.
fn two_records() -> Client {
    let client = harness::practice();
    client.push(&make::man("kept", "1960-01-01"));
    client.push(&[man("other"), make::measure("precar", "other", "precar", "2025-03-10", json!({"valueInteger": 60}))]);
    client
}

fn invoice(client: &Client, id: &str, more: &str) -> Value {
    client.found(&format!("/Patient/{id}/$forfait?{MONTH}{more}"))
}

fn codes(invoice: &Value) -> Vec<String> {
    parameters::lines(invoice).into_iter().map(|(code, _)| code).collect()
}

#[track_caller]
fn apart(client: &Client, more: &str) {
    let kept = invoice(client, "kept", more);
    assert_eq!(codes(&kept), ["socle"], "{kept}");
    let other = invoice(client, "other", more);
    assert_eq!(parameters::not_payable(&other), Some("not-consuming"), "{other}");
    assert!(parameters::extension(&other, MERGED_INTO).is_none());
}

#[track_caller]
fn together(client: &Client, more: &str) {
    let kept = invoice(client, "kept", more);
    assert_eq!(codes(&kept), ["socle", "vulnerabilite-sociale"], "{kept}");
    assert!(parameters::extension(&kept, MERGED_INTO).is_none());
    let other = invoice(client, "other", more);
    assert_eq!(parameters::not_payable(&other), Some("merged"), "{other}");
    assert_eq!(parameters::euros(&other["totalNet"]["value"]), "0.00");
    assert!(codes(&other).is_empty());
    assert_eq!(
        parameters::extension(&other, MERGED_INTO).unwrap()["valueReference"]["reference"],
        "Patient/kept",
        "{other}"
    );
}

fn now(client: &Client, id: &str) -> String {
    client.found(&format!("/Patient/{id}"))["meta"]["lastUpdated"].as_str().unwrap().to_owned()
}

#[test]
fn a_merge_is_dated_and_can_be_undone() {
    for (id, link) in [("other", ("replaced-by", "kept")), ("kept", ("replaces", "other"))] {
        let client = two_records();
        apart(&client, "");
        let before = now(&client, "other");
        client.store(&linked(man(id), &[link]));
        let merged = now(&client, id);
        together(&client, "");
        apart(&client, &format!("&knownAt={before}"));
        assert_eq!(client.found("/Patient/other")["identifier"][0]["value"], "N-other", "nothing moves");
        assert_eq!(client.found("/Observation?patient=other")["total"], 1);
        assert_eq!(client.found("/Observation?patient=kept")["total"], 0);
        client.store(&man(id));
        apart(&client, "");
        together(&client, &format!("&knownAt={merged}"));
    }
}

#[test]
fn what_is_asked_of_a_merged_record_is_told_of_the_person() {
    let client = two_records();
    client.store(&make::evidence("bp", "kept", "blood-pressure", "2025-03-01"));
    client.store(&linked(man("other"), &[("replaced-by", "kept")]));
    let card = |id: &str| client.found(&format!("/Patient/{id}/$prevention?date=2025-04-30"));
    let text = |card: &Value| parameters::value(parameters::all(card, "summary")[0], "text").clone();
    assert_eq!(text(&card("other")), text(&card("kept")));
    assert_eq!(parameters::value(&card("other"), "mergedInto")["reference"], "Patient/kept");
    assert_eq!(parameters::value(&card("kept"), "mergedInto"), &Value::Null);
    let typologies = client.found("/Patient/other/$typologies?date=2025-04-30");
    assert_eq!(parameters::value(&typologies, "payable"), false);
    assert_eq!(parameters::value(&typologies, "notPayableReason"), "merged");
    let explained = client.found(&format!("/Patient/other/$explain?{MONTH}"));
    assert_eq!(parameters::value(&explained, "mergedInto")["reference"], "Patient/kept");
    assert!(parameters::value(&explained, "text").as_str().unwrap().contains("merged"));
    client.get("/Patient/other/$mtr-dossier?date=2025-04-30&tariff=mtr-demo").expect(200);
}

#[test]
fn the_identity_of_a_merged_record_counts() {
    let client = two_records();
    client.store(&make::with(man("kept"), json!({"identifier": null})));
    assert_eq!(parameters::not_payable(&invoice(&client, "kept", "")), Some("identity-missing"));
    client.store(&linked(man("other"), &[("replaced-by", "kept")]));
    assert_eq!(codes(&invoice(&client, "kept", "")), ["socle", "vulnerabilite-sociale"]);
}

#[test]
fn the_one_who_stays_may_take_the_numbers_of_the_other() {
    let client = two_records();
    let both = make::with(man("kept"), json!({"identifier": [make::ipp("N-kept"), make::ipp("N-other")]}));
    client.put("/Patient/kept", &both).expect(409);
    client.push(&[linked(man("other"), &[("replaced-by", "kept")]), both]);
    together(&client, "");
    // Undone, each keeps what it carries.
    client.store(&man("other"));
    apart(&client, "");
}

#[test]
fn links_that_contradict_each_other_are_doubts_and_pay_once() {
    let paid = |client: &Client, ids: &[&str]| -> Vec<usize> {
        ids.iter().map(|id| codes(&invoice(client, id, "")).len()).collect()
    };
    let doubts = |client: &Client, id: &str| {
        parameters::texts(&client.found(&format!("/Patient/{id}/$explain?{MONTH}")), "doubtful")
    };
    let client = two_records();
    client.push(&[linked(man("kept"), &[("replaced-by", "other")]), linked(man("other"), &[("replaced-by", "kept")])]);
    assert_eq!(paid(&client, &["kept", "other"]), [2, 0], "the least id stands for the circle");
    assert_eq!(doubts(&client, "kept"), ["merge-cycle"]);

    let client = two_records();
    client.push(&make::man("third", "1960-01-01"));
    client.store(&linked(man("other"), &[("replaced-by", "kept"), ("replaced-by", "third")]));
    assert_eq!(paid(&client, &["kept", "other", "third"]), [2, 0, 1]);
    for id in ["kept", "other", "third"] {
        assert_eq!(doubts(&client, id), ["merge-ambiguous"], "{id}");
    }

    let client = two_records();
    client.store(&linked(man("kept"), &[("replaced-by", "nobody")]));
    assert_eq!(paid(&client, &["kept"]), [1]);
    assert_eq!(doubts(&client, "kept"), ["merge-survivor-unknown"]);
    client.store(&linked(man("kept"), &[("replaced-by", "kept")]));
    assert_eq!(doubts(&client, "kept"), ["merge-cycle"]);
    client.store(&linked(man("kept"), &[("seealso", "other"), ("refer", "other")]));
    apart(&client, "");
}

#[test]
fn a_chain_of_merges_leads_to_its_end() {
    let client = two_records();
    client.push(&[man("middle"), linked(man("other"), &[("replaced-by", "middle")])]);
    client.store(&linked(man("middle"), &[("replaced-by", "kept")]));
    together(&client, "");
    assert_eq!(parameters::not_payable(&invoice(&client, "middle", "")), Some("merged"));
    // Without its survivor a record stands for itself again.
    client.delete("/Patient/kept?_cascade=delete").expect(204);
    assert_eq!(parameters::not_payable(&invoice(&client, "middle", "")), Some("not-consuming"));
    assert_eq!(parameters::not_payable(&invoice(&client, "other", "")), Some("merged"));
}

#[test]
fn a_merged_record_is_no_dependant() {
    let client = two_records();
    client.store(&linked(man("other"), &[("replaced-by", "kept")]));
    client.delete("/Encounter/kept-seen").expect(204);
    client.delete("/Patient/kept").expect(204);
    client.get("/Patient/other").expect(200);
    assert_eq!(client.found("/Patient/other/$everything")["total"], 2);
}
