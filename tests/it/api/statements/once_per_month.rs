//! Once per month: a person of several structures is paid to one of them.

use super::*;
use crate::harness;
use crate::harness::make;

const INS: &str = "urn:oid:1.2.250.1.213.1.4.10";

/// Answers a client of a new structure, and the same person's number for nobody else.
fn structures(n: usize) -> (Vec<Client>, String) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let body = format!("18005750{:05}", NEXT.fetch_add(1, Ordering::Relaxed));
    let number: u64 = body.parse().unwrap();
    ((0..n).map(|_| harness::practice()).collect(), format!("{body}{:02}", 97 - number % 97))
}

/// A patient by his test INS, declared by a CareTeam over a period or, without one, by nothing dated.
fn known(id: &str, ins: &str, birth: &str, declared: Option<Value>) -> Vec<Value> {
    let kind = make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "INS-NIR-TEST");
    let number = json!({"use": "official", "type": kind, "system": INS, "value": ins});
    let mut patient = make::with(make::patient(id, "male", birth), json!({"identifier": [number]}));
    let seen = make::visit(&format!("{id}-seen"), id, "2025-03-10T09:00:00+01:00");
    match declared {
        None => vec![patient, seen],
        Some(period) => {
            patient = make::with(patient, json!({"generalPractitioner": null}));
            vec![patient, seen, make::declaration(&format!("{id}-team"), id, "gp", period)]
        }
    }
}

fn since(start: &str) -> Option<Value> {
    Some(json!({"start": start}))
}

/// The reason not to pay, or the total, as a draft.
fn told(client: &Client, id: &str, month: &str) -> String {
    let invoice = bill(client, id, month);
    let forfait = client.found(&format!("/Patient/{id}/$forfait?month={month}"));
    if invoice["status"] == "draft" && adjusted(&invoice).is_empty() {
        assert_eq!(forfait["totalNet"], invoice["totalNet"], "$forfait says the same");
    }
    read::not_payable(&invoice).map_or_else(|| total(&invoice), str::to_owned)
}

const ELSEWHERE: &str = "paid-elsewhere";
const BIRTH: &str = "1980-05-07";

#[test]
fn the_first_declared_is_paid_and_the_other_is_told_why_not() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    assert_eq!(told(&s[0], "a", "2026-01"), "8.40");
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    assert_eq!((told(&s[0], "a", "2026-01"), told(&s[1], "b", "2026-01")), (ELSEWHERE.into(), "8.40".into()));
    let explained =
        |client: &Client, id: &str| client.found(&format!("/Patient/{id}/$explain?month=2026-01")).to_string();
    assert!(explained(&s[0], "a").contains(ELSEWHERE) && !explained(&s[1], "b").contains(ELSEWHERE));
    for (client, id) in [(&s[0], "a"), (&s[1], "b")] {
        let invoice = bill(client, id, "2026-01");
        assert_eq!(
            read::extension(&invoice, &format!("{OURS}/StructureDefinition/contested")).unwrap()["valueBoolean"],
            true
        );
        let doubtful = cases(&dry_run(client, "2026-01"), "doubtful");
        assert!(doubtful.contains(&("identity-conflict".into(), format!("Patient/{id}"))), "{doubtful:?}");
        assert!(!client.get(&format!("/Invoice/{}", invoice["id"].as_str().unwrap())).text().contains(&ins));
        foots(client, "2026-01");
        closed(client, &["2026-01"]);
        foots(client, "2026-01");
    }
    assert_eq!((told(&s[0], "a", "2026-01"), told(&s[1], "b", "2026-01")), (ELSEWHERE.into(), "8.40".into()));
}

#[test]
fn an_undated_declaration_counts_from_when_it_was_known_and_ties_go_by_consultation_then_by_name() {
    // Dated in 2025, the other undated: known today, it comes after.
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, None));
    s[1].push(&known("b", &ins, BIRTH, since("2025-06-01")));
    assert_eq!((told(&s[0], "a", "2026-01"), told(&s[1], "b", "2026-01")), (ELSEWHERE.into(), "8.40".into()));
    // Both undated: whoever knew the person first.
    for turned in [false, true] {
        let (mut s, ins) = structures(2);
        if turned {
            s.reverse();
        }
        s[0].push(&known("a", &ins, BIRTH, None));
        s[1].push(&known("b", &ins, BIRTH, None));
        assert_eq!((told(&s[0], "a", "2026-01"), told(&s[1], "b", "2026-01")), ("8.40".into(), ELSEWHERE.into()));
    }
    // The same day: the latest consultation.
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-02-01")));
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    let names = (s[0].structure() < s[1].structure(), told(&s[0], "a", "2026-01"), told(&s[1], "b", "2026-01"));
    let want = if names.0 { (true, "8.40".into(), ELSEWHERE.into()) } else { (false, ELSEWHERE.into(), "8.40".into()) };
    assert_eq!(names, want, "the least id of a structure");
    let (winner, loser, id) = if names.0 { (&s[0], &s[1], "b") } else { (&s[1], &s[0], "a") };
    loser.store(&make::visit("again", id, "2026-01-10T09:00:00+01:00"));
    assert_eq!(told(loser, id, "2026-01"), "8.40");
    assert_eq!(told(winner, if names.0 { "a" } else { "b" }, "2026-01"), ELSEWHERE);
    // A consultation of February does not decide January.
    winner.store(&make::visit("later", if names.0 { "a" } else { "b" }, "2026-02-10T09:00:00+01:00"));
    assert_eq!(told(loser, id, "2026-01"), "8.40");
    assert_eq!(told(loser, id, "2026-02"), ELSEWHERE);
}

#[test]
fn when_the_first_declaration_ends_the_other_is_paid() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, Some(json!({"start": "2024-01-01", "end": "2026-02-15"}))));
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    let both = |month: &str| (told(&s[0], "a", month), told(&s[1], "b", month));
    assert_eq!(both("2026-02"), ("8.40".into(), ELSEWHERE.into()));
    assert_eq!(both("2026-03"), ("not-enrolled".into(), "8.40".into()));
}

#[test]
fn a_newborn_on_its_mothers_number_is_not_her() {
    let (s, ins) = structures(2);
    s[0].push(&known("mother", &ins, "1980-05-07", since("2025-02-01")));
    s[1].push(&known("child", &ins, "2025-11-20", since("2025-12-01")));
    // Seen before he was born: that was another.
    assert_eq!(told(&s[1], "child", "2026-01"), "not-consuming");
    s[1].push(&[make::visit("child-born", "child", "2025-12-10T09:00:00+01:00")]);
    assert_eq!(told(&s[0], "mother", "2026-01"), "8.40");
    // 8.40 and the brick of a newborn, 12.00.
    assert_eq!(told(&s[1], "child", "2026-01"), "20.40");
    // A birth of which only the year is known may be hers.
    s[1].push(&known("child", &ins, "1980", since("2025-12-01")));
    assert_eq!(told(&s[1], "child", "2026-01"), ELSEWHERE);
}

#[test]
fn a_conflict_that_comes_late_adjusts_and_one_that_ends_adjusts_back() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    closed(&s[0], &["2026-01"]);
    assert_eq!(told(&s[0], "a", "2026-01"), "8.40");
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    closed(&s[1], &["2026-01"]);
    closed(&s[0], &["2026-02"]);
    let told = adjusted(&bill(&s[0], "a", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "socle", "8.40", "0.00", "-8.40", "paid-elsewhere")]);
    // The other corrects the number: it was somebody else.
    let (_, another) = structures(0);
    s[1].push(&known("b", &another, BIRTH, since("2025-02-01")));
    closed(&s[0], &["2026-03"]);
    let told = adjusted(&bill(&s[0], "a", "2026-03"));
    let back = |month| (month, "socle", "0.00", "8.40", "8.40", "paid-elsewhere");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
    closed(&s[0], &["2026-04"]);
    assert_eq!(adjusted(&bill(&s[0], "a", "2026-04")), []);
}

#[test]
fn a_rival_that_is_deleted_no_longer_takes_the_month() {
    let (s, ins) = structures(2);
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    closed(&s[0], &["2026-01"]);
    s[1].send("DELETE", "/Patient/b?_cascade=delete", &[], b"").expect(204);
    foots(&s[0], "2026-02");
    closed(&s[0], &["2026-02"]);
    let told = adjusted(&bill(&s[0], "a", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "socle", "0.00", "8.40", "8.40", "paid-elsewhere")]);
}

#[test]
fn a_number_on_a_merged_record_is_still_the_persons() {
    let (s, ins) = structures(2);
    s[0].push(&known("b", &ins, BIRTH, since("2025-06-01")));
    s[1].push(&make::man("kept", BIRTH));
    let other = known("other", &ins, BIRTH, None).remove(0);
    let link = json!({"link": [{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]});
    s[1].push(&[make::with(other, link), make::declaration("team", "kept", "gp", json!({"start": "2025-02-01"}))]);
    let paid = [told(&s[0], "b", "2026-01"), told(&s[1], "kept", "2026-01")];
    assert_eq!(paid.iter().filter(|told| **told == "8.40").count(), 1, "{paid:?}");
    assert_eq!(paid.iter().filter(|told| **told == ELSEWHERE).count(), 1, "{paid:?}");
}

#[test]
fn what_was_told_before_a_rival_came_is_still_told_of_that_instant() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    s[1].push(&known("x", &structures(0).1, BIRTH, since("2025-06-01")));
    let questions = ["/Invoice?date=2026-01-31", "/Patient/a/$forfait?month=2026-01"];
    let ask = |at: &str| -> Vec<Vec<u8>> {
        let at = if at.is_empty() { String::new() } else { format!("&knownAt={at}") };
        let answers = questions.map(|q| s[0].get(&format!("{q}{at}")).expect(200));
        answers
            .into_iter()
            .map(|a| a.text().replace(&at.replace(':', "%3A"), "").replace(&at, "").into_bytes())
            .collect()
    };
    let now = || {
        s[1].found(&format!("/Patient/{}", if s[1].get("/Patient/b").status == 200 { "b" } else { "x" }))["meta"]["lastUpdated"].as_str().unwrap().to_owned()
    };
    let (first, before) = (now(), ask(""));
    std::thread::sleep(std::time::Duration::from_millis(3));
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    let (second, after) = (now(), ask(""));
    assert_ne!(before, after);
    s[1].send("DELETE", "/Patient/b?_cascade=delete", &[], b"").expect(204);
    assert_eq!(ask(&second), after);
    assert_eq!(ask(&first), before);
}

#[test]
fn a_month_that_a_structure_can_close_no_more_is_not_taken_by_it() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    closed(&s[0], &["2026-01", "2026-02"]);
    // The other knew the person before, and begins with March: January and February are not its own.
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    closed(&s[1], &["2026-03"]);
    closed(&s[0], &["2026-03"]);
    assert_eq!(adjusted(&bill(&s[0], "a", "2026-03")), []);
    assert_eq!((told(&s[0], "a", "2026-03"), told(&s[1], "b", "2026-03")), (ELSEWHERE.into(), "8.40".into()));
}

#[test]
fn what_was_taken_back_for_another_is_paid_again_once_it_can_close_it_no_more() {
    let (s, ins) = structures(2);
    s[0].push(&known("a", &ins, BIRTH, since("2025-06-01")));
    closed(&s[0], &["2026-01"]);
    s[1].push(&known("b", &ins, BIRTH, since("2025-02-01")));
    closed(&s[0], &["2026-02"]);
    let told = adjusted(&bill(&s[0], "a", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "socle", "8.40", "0.00", "-8.40", "paid-elsewhere")]);
    closed(&s[1], &["2026-02"]);
    closed(&s[0], &["2026-03"]);
    let told = adjusted(&bill(&s[0], "a", "2026-03"));
    assert_eq!(short(&told), [("2026-01", "socle", "0.00", "8.40", "8.40", "paid-elsewhere")]);
}
