//! `Organization/{id}/$worklist`: order, pages, filters, what a visit closes, the money of a tariff.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

fn ask(client: &Client, query: &str) -> Value {
    client.found(&format!("/Organization/{}/$worklist?{query}", client.structure()))
}

fn patient(work: &Value) -> String {
    read::value(work, "patient")["reference"].as_str().unwrap().trim_start_matches("Patient/").to_owned()
}

fn patients(answer: &Value) -> Vec<String> {
    read::all(answer, "work").into_iter().map(patient).collect()
}

fn number(holder: &Value, name: &str) -> f64 {
    read::value(holder, name).as_f64().unwrap_or_else(|| panic!("no {name} in {holder}"))
}

fn work_of(answer: &Value, id: &str) -> Value {
    let all = read::all(answer, "work");
    (*all.iter().find(|work| patient(work) == id).unwrap_or_else(|| panic!("no {id} in {answer}"))).clone()
}

fn gaps(work: &Value) -> Vec<(String, String)> {
    let text = |gap: &Value, name: &str| read::value(gap, name).as_str().unwrap().to_owned();
    read::all(work, "gap").into_iter().map(|gap| (text(gap, "item"), text(gap, "status"))).collect()
}

/// A woman of 60, a man of 30, both declared to `gp`; a woman of 60 declared to `doctor`; a child
/// who is not enrolled; a man seen by nobody.
fn people() -> Vec<Value> {
    let mut all = make::woman("w60", "1965-03-14");
    all.extend(make::man("m30", "1995-03-14"));
    all.extend(make::but(make::woman("x60", "1965-03-14"), json!({"generalPractitioner": null})));
    all.push(make::declaration("x-team", "x60", "doctor", json!({"start": "2021-02-01"})));
    all.extend(make::but(make::man("seen", "1990-03-14"), json!({"generalPractitioner": null})));
    all.push(make::with(make::patient("file", "male", "1990-03-14"), json!({"generalPractitioner": null})));
    all
}

fn practice() -> Client {
    let client = harness::practice();
    client.push(&people());
    client
}

const DAY: &str = "date=2025-10-31";

#[test]
fn the_heaviest_patient_comes_first_with_what_is_open() {
    let client = practice();
    let answer = ask(&client, DAY);
    let order = patients(&answer);
    assert_eq!(order, ["w60", "x60", "m30"]);
    for name in ["knownAt", "rulebook", "weakestStatus"] {
        assert!(read::value(&answer, name).is_string(), "{name}");
    }
    assert_eq!(["patients", "listed"].map(|name| number(&answer, name)), [3.0, 3.0]);
    let mut total = 0.0;
    for work in read::all(&answer, "work") {
        let of = read::all(work, "gap");
        assert_eq!(number(work, "gaps"), of.len() as f64);
        assert_eq!(number(work, "gaps"), number(work, "expired") + number(work, "neverDone"));
        assert_eq!(number(work, "weight"), of.iter().map(|gap| number(gap, "weight")).sum::<f64>());
        // The card of the same day says the same.
        let card = client.found(&format!("/Patient/{}/$prevention?{DAY}", patient(work)));
        let open = read::all(&card, "item")
            .into_iter()
            .filter(|item| ["expired", "never-done"].contains(&read::value(item, "status").as_str().unwrap()));
        assert_eq!(of.len(), open.count(), "{work}");
        let visit = read::all(work, "visit")[0];
        let closes: Vec<&Value> =
            of.iter().copied().filter(|gap| read::value(gap, "oneVisit") == &json!(true)).collect();
        assert_eq!(number(visit, "closes"), closes.len() as f64);
        assert!(closes.len() < of.len() && !closes.is_empty());
        total += number(work, "gaps");
    }
    assert_eq!(number(&answer, "gaps"), total);
    let woman = work_of(&answer, "w60");
    assert!(gaps(&woman).contains(&("breast-cancer".to_owned(), "never-done".to_owned())));
    // Without a tariff no money is told.
    assert!(read::all(&answer, "amount").is_empty() && read::all(&answer, "paysPrevention").is_empty());
}

#[test]
fn what_was_done_refused_or_booked_is_told_apart() {
    let client = practice();
    client.push(&[
        make::evidence("w-breast", "w60", "mammography", "2022-05-02"),
        make::evidence("w-bp", "w60", "blood-pressure", "2025-10-01"),
        make::observation("w-no", "w60", make::ours("prevention-evidence", "refused:colorectal-cancer"), "2025-06-01"),
    ]);
    let booked = |id: &str, start: &str, status: &str| {
        json!({"resourceType": "Appointment", "id": id, "status": status, "start": start,
            "end": start.replace("T09:00", "T09:15"),
            "participant": [{"actor": {"reference": "Patient/w60"}, "status": "accepted"},
                            {"actor": {"reference": "Practitioner/gp"}, "status": "accepted"}]})
    };
    client.push(&[
        booked("a1", "2025-12-01T09:00:00+01:00", "booked"),
        booked("a2", "2025-11-05T09:00:00+01:00", "booked"),
        booked("a3", "2025-11-02T09:00:00+01:00", "cancelled"),
        booked("a4", "2025-10-01T09:00:00+02:00", "booked"),
    ]);
    // Nobody comes to what the patient declined, nor surely to what nobody confirmed.
    let mut declined = booked("a5", "2025-11-03T09:00:00+01:00", "booked");
    declined["participant"][0]["status"] = json!("declined");
    client.push(&[declined, booked("a6", "2025-11-04T09:00:00+01:00", "pending")]);
    let woman = work_of(&ask(&client, DAY), "w60");
    let open = gaps(&woman);
    assert!(open.contains(&("breast-cancer".to_owned(), "expired".to_owned())), "{open:?}");
    assert!(open.iter().all(|(item, _)| item != "colorectal-cancer" && item != "blood-pressure"), "{open:?}");
    assert_eq!(read::texts(&woman, "refusedItem"), ["colorectal-cancer"]);
    assert_eq!(number(&woman, "refused"), 1.0);
    let next = read::all(&woman, "nextAppointment")[0];
    assert_eq!(read::value(next, "start"), "2025-11-05T09:00:00+01:00");
    assert_eq!(read::texts(next, "with"), ["Practitioner/gp"]);
    assert_eq!(read::texts(next, "evidence"), ["Appointment/a2/_history/1"]);
    assert!(read::all(&work_of(&ask(&client, "date=2025-12-02"), "w60"), "nextAppointment").is_empty());
}

#[test]
fn the_list_is_of_one_gp_of_some_items_and_of_who_is_asked_for() {
    let client = practice();
    let list = |query: &str| patients(&ask(&client, &format!("{DAY}&{query}")));
    assert_eq!(list("practitioner=Practitioner/gp"), ["w60", "m30"]);
    assert_eq!(list("practitioner=doctor"), ["x60"]);
    assert_eq!(list("practitioner=Practitioner/nurse"), [] as [&str; 0]);
    assert_eq!(list("item=breast-cancer"), ["w60", "x60"]);
    assert_eq!(list("item=breast-cancer&item=bmi"), ["w60", "x60", "m30"]);
    assert_eq!(list("item=breast-cancer,bmi&practitioner=gp"), ["w60", "m30"]);
    let one = ask(&client, &format!("{DAY}&item=breast-cancer"));
    assert_eq!(gaps(&work_of(&one, "w60")), [("breast-cancer".to_owned(), "never-done".to_owned())]);
    assert_eq!((number(&one, "patients"), number(&one, "listed"), number(&one, "gaps")), (3.0, 2.0, 2.0));
    let mut seen = list("scope=seen");
    seen.sort();
    assert_eq!(seen, ["m30", "seen", "w60", "x60"]);
    let mut all = list("scope=all");
    all.sort();
    assert_eq!(all, ["file", "m30", "seen", "w60", "x60"]);
    assert_eq!(list("scope=enrolled"), list(""));
    // Neither the dead nor the deleted nor who is merged into another.
    client.store(&make::with(make::patient("m30", "male", "1995-03-14"), json!({"deceasedDateTime": "2025-10-30"})));
    let merged = json!({"link": [{"other": {"reference": "Patient/w60"}, "type": "replaced-by"}]});
    client.store(&make::with(make::patient("x60", "female", "1965-03-14"), merged));
    assert_eq!(list("scope=all&item=bmi"), ["file", "seen", "w60"]);
    client.delete("/Patient/file").expect(204);
    assert_eq!(list("scope=all&item=bmi"), ["seen", "w60"]);
}

#[test]
fn whoever_may_be_enrolled_is_counted_apart() {
    let client = practice();
    let mut all = make::but(make::man("perhaps", "1990-03-14"), json!({"generalPractitioner": null}));
    all.push(make::declaration("perhaps-team", "perhaps", "gp", json!({"start": "2025"})));
    client.push(&all);
    let counts = |query: &str| {
        let answer = ask(&client, &format!("{DAY}&{query}"));
        ["patients", "undecided"].map(|name| number(&answer, name))
    };
    assert_eq!(counts("scope=enrolled"), [3.0, 1.0]);
    assert_eq!(counts("scope=enrolled&practitioner=doctor"), [1.0, 0.0]);
    assert_eq!(counts("scope=all"), [6.0, 0.0]);
    assert!(!patients(&ask(&client, DAY)).contains(&"perhaps".to_owned()));
}

#[test]
fn pages_do_not_move_when_something_is_written_between_them() {
    let client = harness::practice();
    let mut all = Vec::new();
    for n in 0..7 {
        all.extend(make::woman(&format!("p{n}"), "1965-03-14"));
    }
    client.push(&all);
    let whole = patients(&ask(&client, DAY));
    assert_eq!(whole, (0..7).map(|n| format!("p{n}")).collect::<Vec<_>>());
    let mut page = ask(&client, &format!("{DAY}&_count=3"));
    let (mut seen, mut pages) = (patients(&page), 1);
    // The next page would begin elsewhere, were it told by what is known now.
    client.push(&[make::evidence("done", "p0", "mammography", "2025-05-02")]);
    client.push(&make::woman("p00", "1965-03-14"));
    while let Some(next) = read::value(&page, "next").as_str().map(str::to_owned) {
        page = client.found(next.split("/fhir").nth(1).unwrap());
        assert_eq!(number(&page, "listed"), 7.0);
        seen.extend(patients(&page));
        pages += 1;
    }
    assert_eq!((seen, pages), (whole, 3));
    assert_eq!(number(&ask(&client, DAY), "listed"), 8.0);
    assert_eq!(patients(&ask(&client, DAY)).last().unwrap(), "p0");
}

#[test]
fn a_tariff_that_pays_for_prevention_says_what_each_gap_is_worth() {
    let client = harness::practice();
    let mut all = make::woman("w60", "1965-03-14");
    // Not yet a patient on the photograph of 31 December 2025: her gaps bring no FMT.
    all.extend(make::but(make::woman("late", "1965-03-14"), json!({"generalPractitioner": null})));
    all.push(make::declaration("late-team", "late", "gp", json!({"start": "2026-02-01"})));
    client.push(&all);
    let query = "date=2026-04-15&tariff=fmt-2026";
    let answer = ask(&client, query);
    assert_eq!(read::value(&answer, "tariff"), "fmt-2026");
    assert_eq!(read::value(&answer, "paysPrevention"), &json!(true));
    let woman = work_of(&answer, "w60");
    let worth: Vec<(String, String)> = read::all(&woman, "gap")
        .into_iter()
        .filter(|gap| !read::all(gap, "amount").is_empty())
        .map(|gap| {
            assert_eq!(read::value(gap, "amountStatus"), "interpretation", "{gap}");
            let item = read::value(gap, "item").as_str().unwrap().to_owned();
            (item, read::euros(&read::value(gap, "amount")["value"]))
        })
        .collect();
    let row = |item: &str| (item.to_owned(), "5.00".to_owned());
    assert_eq!(worth, ["colorectal-cancer", "breast-cancer", "cervical-cancer"].map(row).to_vec());
    assert!(read::all(&work_of(&answer, "late"), "gap").iter().all(|gap| read::all(gap, "amount").is_empty()));
    assert_eq!(read::euros(&read::value(&answer, "amount")["value"]), "15.00");
    // Closing the gap adds just that to the year.
    let year = || {
        let invoice = client.found("/Patient/w60/$forfait?month=2026-04&tariff=fmt-2026");
        invoice["totalNet"]["value"].as_f64().unwrap() * 4.0
    };
    let before = year();
    client.push(&[make::evidence("done", "w60", "mammography", "2026-04-02")]);
    assert_eq!(year() - before, 5.0);
    let after = ask(&client, query);
    assert_eq!(read::euros(&read::value(&after, "amount")["value"]), "10.00");
    // Before the FMT existed nobody knows the amount; a monthly tariff pays for no indicator.
    let early = ask(&client, "date=2025-10-31&tariff=fmt-2026");
    assert_eq!(read::value(&early, "amountUnknown"), &json!(3));
    assert!(read::all(&early, "amount").is_empty());
    let monthly = ask(&client, "date=2026-04-15&tariff=mtr-demo");
    assert_eq!(read::value(&monthly, "paysPrevention"), &json!(false));
    assert!(read::all(&monthly, "amount").is_empty());
}

#[test]
fn bad_input_is_refused_and_other_structures_are_not_told() {
    let client = practice();
    let own = client.structure().to_owned();
    let path = |query: &str| format!("/Organization/{own}/$worklist?{query}");
    let cases = [
        ("item=brest-cancer", "MTR-WRK-001"),
        ("scope=everybody", "MTR-WRK-002"),
        ("date=2025-02-30", "MTR-OPR-004"),
        ("_count=0", "MTR-OPR-004"),
        ("_page=nonsense", "MTR-OPR-004"),
        ("practitioner=Patient/x", "MTR-OPR-004"),
        ("practicioner=gp", "MTR-OPR-002"),
        ("scope=all&scope=seen", "MTR-OPR-005"),
        ("knownAt=2026", "MTR-OPR-004"),
    ];
    for (query, code) in cases {
        let refused = client.get(&path(query)).expect(400).json();
        assert_eq!(outcome::codes(&refused), [code], "{query}");
    }
    let nearest = client.get(&path("item=brest-cancer")).expect(400).text();
    assert!(nearest.contains("breast-cancer"), "{nearest}");
    client.get(&path("tariff=nothing")).expect(400);
    client.get(&path("practitioner=nobody")).expect(404);
    client.of_structure("somebody-else").get(&path(DAY)).expect(404);
    let posted = client.post(
        &format!("/Organization/{own}/$worklist"),
        &json!({"resourceType": "Parameters", "parameter": [{"name": "date", "valueDate": "2025-10-31"},
            {"name": "item", "valueString": "breast-cancer"}, {"name": "item", "valueString": "bmi"}]}),
    );
    assert_eq!(posted.expect(200).json(), ask(&client, &format!("{DAY}&item=breast-cancer&item=bmi")));
    client.delete(&path("")).expect(405);
}
