//! What late data makes of closed months: each case with its arithmetic. The amounts of 2026 of the
//! demonstration: socle 8.40, ALD 7.35, santé de la femme 2.50, personne âgée 9.00, vulnérabilité
//! sociale 12.40, handicap 8.15, jeune enfant 6.00.

use super::*;
use crate::harness;
use crate::harness::make;

/// Closes January and February over a chart, lets something come, closes March.
struct Late {
    client: Client,
    originals: Vec<(String, Vec<u8>)>,
}

impl Late {
    fn after(chart: &[Value]) -> Late {
        let client = harness::practice();
        client.push(chart);
        closed(&client, &["2026-01", "2026-02"]);
        let issued = found(&client, "date=ge2026-01-01&date=le2026-02-28");
        let originals = issued.iter().map(|invoice| {
            let path = format!("/Invoice/{}", invoice["id"].as_str().unwrap());
            let bytes = client.get(&path).expect(200).body;
            (path, bytes)
        });
        let originals = originals.collect();
        Late { client, originals }
    }

    /// Answers the adjustments of a patient in March: as a draft first, then as issued, the same.
    #[track_caller]
    fn march(&self, patient: &str) -> Vec<Adjusted> {
        let draft = bill(&self.client, patient, "2026-03");
        foots(&self.client, "2026-03");
        if draft["status"] == "draft" {
            closed(&self.client, &["2026-03"]);
            foots(&self.client, "2026-03");
        }
        let issued = bill(&self.client, patient, "2026-03");
        assert_eq!(issued["status"], "issued");
        assert_eq!(adjusted(&draft), adjusted(&issued));
        for (path, bytes) in &self.originals {
            assert_eq!(self.client.get(path).expect(200).body, *bytes, "{path} stays as issued");
        }
        let told = adjusted(&issued);
        for a in &told {
            assert!(self.originals.iter().any(|(path, _)| *path == format!("/{}", a.original)) || a.before == "0.00");
            assert_eq!(cents(&a.after) - cents(&a.before), cents(&a.amount), "{a:?}");
        }
        told
    }
}

fn ended(start: &str, end: &str) -> Value {
    json!({"start": start, "end": end})
}

#[test]
fn a_late_ald_adds_its_brick_to_each_month_it_covers() {
    let late = Late::after(&make::man("p", "1980-01-01"));
    let ald = make::ald("ald", "p", "30", "C34.9", "2026-02-10");
    late.client.store(&ald);
    let told = late.march("p");
    // Not January: the right begins in February. 8.40 + 7.35 − 8.40.
    assert_eq!(short(&told), [("2026-02", "ald", "0.00", "7.35", "7.35", "typologie")]);
    assert_eq!(told[0].causes, ["Condition/ald/_history/1"]);
    // March itself has the brick, and February's: 8.40 + 7.35 + 7.35.
    assert_eq!(total(&bill(&late.client, "p", "2026-03")), "23.10");
}

#[test]
fn an_encounter_entered_in_error_takes_the_months_back() {
    let late = Late::after(&make::man("p", "1950-01-01"));
    let seen = make::visit("p-seen", "p", "2025-03-10T09:00:00+01:00");
    late.client.store(&make::with(seen, json!({"status": "entered-in-error"})));
    let told = late.march("p");
    let month = |month| {
        [
            (month, "socle", "8.40", "0.00", "-8.40", "consultation"),
            (month, "personne-agee", "9.00", "0.00", "-9.00", "consultation"),
        ]
    };
    assert_eq!(short(&told), [month("2026-01"), month("2026-02")].concat());
    assert!(told.iter().all(|a| a.causes == ["Encounter/p-seen/_history/2"]), "{told:?}");
    // March pays nothing, and takes 2 × 17.40 back.
    assert_eq!(total(&bill(&late.client, "p", "2026-03")), "-34.80");
}

#[test]
fn a_late_death_takes_back_the_months_after_it() {
    let late = Late::after(&make::man("p", "1980-01-01"));
    let dead = make::with(make::patient("p", "male", "1980-01-01"), json!({"deceasedDateTime": "2026-01-15"}));
    late.client.store(&dead);
    let told = late.march("p");
    // The month of the death is due.
    assert_eq!(short(&told), [("2026-02", "socle", "8.40", "0.00", "-8.40", "death")]);
    assert_eq!(told[0].causes, ["Patient/p/_history/2"]);
}

#[test]
fn two_records_of_one_person_are_paid_once() {
    let chart = make::and(make::man("kept", "1980-01-01"), make::man("other", "1980-01-01"));
    let late = Late::after(&chart);
    // What only the other record says is now said of the person.
    late.client.store(&make::measure("precar", "other", "precar", "2026-02-03", json!({"valueInteger": 60})));
    let link = json!({"link": [{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]});
    late.client.store(&make::with(make::patient("other", "male", "1980-01-01"), link));
    let told = late.march("other");
    let back = |month| (month, "socle", "8.40", "0.00", "-8.40", "merge");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
    assert_eq!(told[0].causes, ["Patient/other/_history/2"]);
    let told = late.march("kept");
    assert_eq!(short(&told), [("2026-02", "vulnerabilite-sociale", "0.00", "12.40", "12.40", "typologie")]);
    assert_eq!(told[0].causes, ["Observation/precar/_history/1"]);
    // Undone, both are paid again: 2 × 8.40 and what March took.
    late.client.store(&make::patient("other", "male", "1980-01-01"));
    closed(&late.client, &["2026-04"]);
    let again = adjusted(&bill(&late.client, "other", "2026-04"));
    let socle: Vec<_> = again.iter().filter(|a| a.line == "socle").cloned().collect();
    let paid = |month| (month, "socle", "0.00", "8.40", "8.40", "merge");
    assert_eq!(
        short(&socle),
        [paid("2026-01"), paid("2026-02"), ("2026-03", "socle", "0.00", "8.40", "8.40", "merge")]
    );
}

#[test]
fn a_merge_whose_survivor_is_deleted_leaves_the_other_payable() {
    let link = json!({"link": [{"other": {"reference": "Patient/kept"}, "type": "replaced-by"}]});
    let other = make::with(make::patient("other", "male", "1980-01-01"), link);
    let seen = make::visit("other-seen", "other", "2025-03-10T09:00:00+01:00");
    let late = Late::after(&make::and(make::man("kept", "1980-01-01"), vec![other, seen]));
    late.client.send("DELETE", "/Patient/kept?_cascade=delete", &[], b"").expect(204);
    let told = late.march("other");
    let paid = |month| (month, "socle", "0.00", "8.40", "8.40", "merge");
    assert_eq!(short(&told), [paid("2026-01"), paid("2026-02")]);
    assert!(told.iter().all(|a| a.causes == ["Patient/kept/_history/2"]), "{told:?}");
    let told = late.march("kept");
    let back = |month| (month, "socle", "8.40", "0.00", "-8.40", "patient-deleted");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
}

#[test]
fn of_three_records_one_that_leaves_takes_what_it_said_along() {
    let link = |to: &str| json!({"link": [{"other": {"reference": format!("Patient/{to}")}, "type": "replaced-by"}]});
    let late = Late::after(&make::and(
        make::man("kept", "1980-01-01"),
        vec![
            make::with(make::patient("two", "male", "1980-01-01"), link("kept")),
            make::with(make::patient("three", "male", "1980-01-01"), link("kept")),
            make::ald("three-ald", "three", "30", "C34.9", "2020"),
        ],
    ));
    late.client.store(&make::patient("three", "male", "1980-01-01"));
    let told = late.march("kept");
    let back = |month| (month, "ald", "7.35", "0.00", "-7.35", "typologie");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
}

#[test]
fn a_deleted_patient_is_taken_back() {
    let late = Late::after(&make::and(make::man("p", "1980-01-01"), make::man("q", "1980-01-01")));
    late.client.send("DELETE", "/Patient/p?_cascade=delete", &[], b"").expect(204);
    let told = late.march("p");
    let back = |month| (month, "socle", "8.40", "0.00", "-8.40", "patient-deleted");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
    assert!(told.iter().all(|a| a.causes == ["Patient/p/_history/2"]), "{told:?}");
    // 8.40 of q, − 16.80 of p.
    assert_eq!(total(&statement(&late.client, "2026-03")), "-8.40");
    closed(&late.client, &["2026-04"]);
    assert_eq!(found(&late.client, &format!("subject=Patient/p&{}", within("2026-04"))).len(), 0);
}

#[test]
fn a_late_consultation_makes_months_payable() {
    let late = Late::after(&[make::patient("p", "male", "1980-01-01")]);
    late.client.store(&make::visit("late", "p", "2026-02-03T09:00:00+01:00"));
    let told = late.march("p");
    // In January nobody had seen him within 24 months.
    assert_eq!(short(&told), [("2026-02", "socle", "0.00", "8.40", "8.40", "consultation")]);
    assert_eq!(told[0].causes, ["Encounter/late/_history/1"]);
}

#[test]
fn a_profession_that_comes_late_makes_its_consultations_count() {
    let client = harness::structure();
    let (known, unknown): (Vec<Value>, Vec<Value>) =
        make::professionals().into_iter().partition(|one| !make::path(one).ends_with("midwife"));
    client.push(&known);
    let seen = make::visit_with("seen", "p", "2026-01-12T09:00:00+01:00", "midwife");
    client.push(&[make::patient("p", "male", "1980-01-01"), seen]);
    closed(&client, &["2026-01"]);
    assert_eq!(read::not_payable(&bill(&client, "p", "2026-01")), Some("profession-unknown"));
    client.push(&unknown);
    closed(&client, &["2026-02"]);
    let told = adjusted(&bill(&client, "p", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "socle", "0.00", "8.40", "8.40", "consultation")]);
    assert!(told[0].causes.iter().any(|cause| cause.starts_with("Practitioner")), "{told:?}");
}

#[test]
fn two_late_changes_adjust_the_balance_and_not_the_original() {
    let late = Late::after(&make::man("p", "1980-01-01"));
    late.client.store(&make::declared("f", "p", "handicap", ended("2026-01-01", "2026-01-31")));
    let told = late.march("p");
    assert_eq!(short(&told), [("2026-01", "handicap", "0.00", "8.15", "8.15", "typologie")]);
    let flag = make::declared("f", "p", "handicap", ended("2026-02-01", "2026-02-28"));
    late.client.store(&flag);
    closed(&late.client, &["2026-04"]);
    let told = adjusted(&bill(&late.client, "p", "2026-04"));
    assert_eq!(
        short(&told),
        [
            ("2026-01", "handicap", "8.15", "0.00", "-8.15", "typologie"),
            ("2026-02", "handicap", "0.00", "8.15", "8.15", "typologie"),
        ]
    );
    assert!(told.iter().all(|a| a.causes == ["Flag/f/_history/2"]), "{told:?}");
    // Without anything new nothing is adjusted again.
    closed(&late.client, &["2026-05"]);
    assert_eq!(adjusted(&bill(&late.client, "p", "2026-05")), []);
    assert_eq!(total(&bill(&late.client, "p", "2026-05")), "8.40");
}

#[test]
fn the_cap_follows_what_comes_late() {
    // 8.40 + 9.00 + 7.35 = 24.75; with 12.40 37.15, capped at 31.50: − 5.65.
    let chart = make::and(make::man("p", "1950-01-01"), vec![make::ald("a", "p", "30", "C34.9", "2020")]);
    let late = Late::after(&chart);
    late.client.store(&make::measure("precar", "p", "precar", "2026-02-01", json!({"valueInteger": 45})));
    assert_eq!(
        short(&late.march("p")),
        [
            ("2026-02", "vulnerabilite-sociale", "0.00", "12.40", "12.40", "typologie"),
            ("2026-02", "ecretement", "0.00", "-5.65", "-5.65", "amount"),
        ]
    );
    // 31.50 of March, 12.40 − 5.65 of February.
    assert_eq!(total(&bill(&late.client, "p", "2026-03")), "38.25");
}

#[test]
fn a_fact_of_another_patient_moves_what_it_pays() {
    let chart = make::and(make::man("p", "1980-01-01"), make::man("q", "1980-01-01"));
    let late = Late::after(&make::and(chart, vec![make::ald("a", "p", "30", "C34.9", "2020")]));
    late.client.store(&make::ald("a", "q", "30", "C34.9", "2020"));
    let told = late.march("p");
    let back = |month| (month, "ald", "7.35", "0.00", "-7.35", "typologie");
    assert_eq!(short(&told), [back("2026-01"), back("2026-02")]);
    assert!(told.iter().all(|a| a.causes == ["Condition/a/_history/2"]), "{told:?}");
    let told = late.march("q");
    let paid = |month| (month, "ald", "0.00", "7.35", "7.35", "typologie");
    assert_eq!(short(&told), [paid("2026-01"), paid("2026-02")]);
}

#[test]
fn what_is_doubtful_in_an_adjusted_month_is_listed_with_its_month() {
    let client = harness::practice();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01", "2026-02"]);
    client.store(&make::declared("p-flag", "p", "handicap", ended("2026-01-01", "2026-02-28")));
    let doubtful = cases(&dry_run(&client, "2026-03"), "doubtful");
    let count = doubtful.iter().filter(|(code, patient)| code == "declared-only" && patient == "Patient/p").count();
    assert_eq!(count, 2, "{doubtful:?}");
    closed(&client, &["2026-03"]);
    let invoice = bill(&client, "p", "2026-03");
    assert_eq!(adjusted(&invoice).len(), 2);
    let lines = invoice["lineItem"].as_array().unwrap();
    let marked = |line: &&Value| {
        read::extension(line, &format!("{OURS}/StructureDefinition/declared-only"))
            .is_some_and(|e| e["valueBoolean"] == true)
    };
    assert_eq!(lines.iter().filter(|line| read::line_code(line) == "regularisation").filter(marked).count(), 2);
    let lines = client.get(&format!("/Organization/{}/$export-lines?from=2026-03&to=2026-03", client.structure()));
    let told = lines.expect(200).text().matches(r#""declared_only":true"#).count();
    assert_eq!(told, 2);
    // Explained, the month comes to what its Invoice does.
    let explained = client.found("/Patient/p/$explain?month=2026-03");
    let text = read::value(&explained, "text").as_str().unwrap().replace('\u{a0}', " ");
    assert!(text.contains("régularisations de mois clos comprises : 24,70"), "{text}");
    assert_eq!(total(&invoice), "24.70");
    let to_pay = read::all(&explained, "step").into_iter().find(|step| read::value(step, "rule") == "to-pay").unwrap();
    assert_eq!(read::value(to_pay, "amount"), "24.70 EUR");
}
