//! What the rulebook, the mode and the command line decide of closing.

use super::replay::OwnRules;
use super::*;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::run;

const TARIFF: &str = "tariffs/mtr-demo.yaml";
const STATEMENTS: &str = "statements.yaml";

#[test]
fn a_tariff_that_applies_to_closed_months_adjusts_them_and_another_does_not() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01", "2026-02"]);
    own.change(TARIFF, "value: \"8.40\"", "value: \"8.90\"");
    closed(&client, &["2026-03"]);
    let march = bill(&client, "p", "2026-03");
    assert_eq!((adjusted(&march), total(&march)), (vec![], "8.90".into()));
    own.change(TARIFF, "id: mtr-demo", "id: mtr-demo\napplies_to_closed_from: \"2026-02\"");
    foots(&client, "2026-04");
    closed(&client, &["2026-04"]);
    let april = bill(&client, "p", "2026-04");
    let told = adjusted(&april);
    // Not January; March had the amount already.
    assert_eq!(short(&told), [("2026-02", "socle", "8.40", "8.90", "0.50", "rules")]);
    assert_eq!(told[0].causes, ["rulebook"]);
    closed(&client, &["2026-05"]);
    assert_eq!(adjusted(&bill(&client, "p", "2026-05")), []);
}

/// Says no to one kind of late change; in force with the next rulebook.
fn no_longer(own: &OwnRules, parameter: &str) {
    let text = std::fs::read_to_string(own.rules.join(STATEMENTS)).unwrap();
    let (head, tail) = text.split_once(parameter).unwrap();
    let tail = tail.replacen("value: \"yes\"", "value: \"no\"", 1);
    std::fs::write(own.rules.join(STATEMENTS), format!("{head}{parameter}{tail}")).unwrap();
}

#[test]
fn where_data_reopens_nothing_the_part_of_new_rules_is_paid_all_the_same() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    client.push(&make::man("q", "1980-01-01"));
    closed(&client, &["2026-01"]);
    no_longer(&own, "  reopens_data:");
    let tariff = std::fs::read_to_string(own.rules.join(TARIFF)).unwrap();
    let applies = "id: mtr-demo\napplies_to_closed_from: \"2026-01\"";
    std::fs::write(own.rules.join(TARIFF), tariff.replacen("id: mtr-demo", applies, 1)).unwrap();
    own.change(TARIFF, "value: \"8.40\"", "value: \"8.90\"");
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-02"]);
    for patient in ["p", "q"] {
        let told = adjusted(&bill(&client, patient, "2026-02"));
        assert_eq!(short(&told), [("2026-01", "socle", "8.40", "8.90", "0.50", "rules")], "{patient}");
        assert_eq!(told[0].causes, ["rulebook"], "{patient}");
    }
    closed(&client, &["2026-03"]);
    assert_eq!(adjusted(&bill(&client, "p", "2026-03")), []);
    // What was refused then is not paid by the next rules, though nothing has come since.
    own.change(TARIFF, "value: \"8.90\"", "value: \"9.00\"");
    closed(&client, &["2026-04"]);
    for patient in ["p", "q"] {
        let told = adjusted(&bill(&client, patient, "2026-04"));
        let january: Vec<_> = short(&told).into_iter().filter(|line| line.0 == "2026-01").collect();
        assert_eq!(january, [("2026-01", "socle", "8.90", "9.00", "0.10", "rules")], "{patient}");
    }
}

/// Makes the demonstration tariff apply to closed months, and its socle of 2026 that; in force.
fn socle_of_closed(own: &OwnRules, from: &str, to: &str) {
    let tariff = std::fs::read_to_string(own.rules.join(TARIFF)).unwrap();
    if !tariff.contains("applies_to_closed_from") {
        let applies = "id: mtr-demo\napplies_to_closed_from: \"2026-01\"";
        std::fs::write(own.rules.join(TARIFF), tariff.replacen("id: mtr-demo", applies, 1)).unwrap();
    }
    own.change(TARIFF, &format!("value: \"{from}\""), &format!("value: \"{to}\""));
}

/// What a month adjusts of January.
fn of_january(told: &[Adjusted]) -> Vec<(&str, &str, &str, &str)> {
    let of_it = short(told).into_iter().filter(|line| line.0 == "2026-01");
    of_it.map(|(_, line, before, after, _, reason)| (line, before, after, reason)).collect()
}

#[test]
fn what_data_adjusted_while_it_did_stays_and_what_came_after_does_not_come_in_with_rules() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01"]);
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-02"]);
    let february = adjusted(&bill(&client, "p", "2026-02"));
    assert_eq!(of_january(&february), [("handicap", "0.00", "8.15", "typologie")]);
    // From here on late data adjusts nothing: the ALD that comes now is no part of January.
    no_longer(&own, "  reopens_data:");
    own.change(STATEMENTS, "value: 90,", "value: 91,");
    client.store(&make::ald("a", "p", "15", "G30.9", "2020"));
    closed(&client, &["2026-03"]);
    assert_eq!(adjusted(&bill(&client, "p", "2026-03")), []);
    socle_of_closed(&own, "8.40", "8.90");
    closed(&client, &["2026-04"]);
    let april = adjusted(&bill(&client, "p", "2026-04"));
    assert_eq!(of_january(&april), [("socle", "8.40", "8.90", "rules")]);
    foots(&client, "2026-04");
}

#[test]
fn new_rules_take_back_nothing_that_data_had_adjusted_before_other_rules_did() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01"]);
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-02"]);
    socle_of_closed(&own, "8.40", "8.90");
    closed(&client, &["2026-03"]);
    let march = adjusted(&bill(&client, "p", "2026-03"));
    assert_eq!(of_january(&march), [("socle", "8.40", "8.90", "rules")]);
    no_longer(&own, "  reopens_data:");
    socle_of_closed(&own, "8.90", "9.00");
    closed(&client, &["2026-04"]);
    let april = adjusted(&bill(&client, "p", "2026-04"));
    assert_eq!(of_january(&april), [("socle", "8.90", "9.00", "rules")]);
}

#[test]
fn what_was_refused_is_paid_once_data_reopens_months_again() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    closed(&client, &["2026-01"]);
    no_longer(&own, "  reopens_data:");
    own.change(STATEMENTS, "value: 90,", "value: 91,");
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-02", "2026-03"]);
    assert_eq!(adjusted(&bill(&client, "p", "2026-02")), []);
    let text = std::fs::read_to_string(own.rules.join(STATEMENTS)).unwrap();
    std::fs::write(own.rules.join(STATEMENTS), text.replacen("value: \"no\"", "value: \"yes\"", 1)).unwrap();
    own.change(STATEMENTS, "value: 91,", "value: 92,");
    closed(&client, &["2026-04"]);
    let april = adjusted(&bill(&client, "p", "2026-04"));
    assert_eq!(short(&april), [("2026-01", "handicap", "0.00", "8.15", "8.15", "typologie")]);
    assert_eq!(april[0].causes, ["Flag/f/_history/1"]);
}

#[test]
fn who_works_where_and_who_is_one_person_leave_the_part_of_rules() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    for p in ["p", "q", "r", "s"] {
        client.push(&make::man(p, "1980-01-01"));
    }
    closed(&client, &["2026-01"]);
    no_longer(&own, "  reopens_data:");
    // A GP who comes and one who goes; a telephone; two records of one person; a record withdrawn.
    client.store(&json!({"resourceType": "PractitionerRole", "id": "away", "active": true,
        "practitioner": {"reference": "Practitioner/gp"}, "organization": {"reference": "Organization/elsewhere"}}));
    client.store(&make::with(
        make::patient("p", "male", "1980-01-01"),
        json!({"telecom": [{"system": "phone", "value": "0100000000"}]}),
    ));
    let link = json!({"link": [{"other": {"reference": "Patient/q"}, "type": "replaced-by"}]});
    client.store(&make::with(make::patient("r", "male", "1980-01-01"), link));
    client.send("DELETE", "/Patient/s?_cascade=delete", &[], b"").expect(204);
    socle_of_closed(&own, "8.40", "8.90");
    closed(&client, &["2026-02"]);
    for p in ["p", "q", "s"] {
        let told = adjusted(&bill(&client, p, "2026-02"));
        assert_eq!(of_january(&told), [("socle", "8.40", "8.90", "rules")], "{p}");
    }
    let told = adjusted(&bill(&client, "r", "2026-02"));
    assert_eq!(of_january(&told), [("socle", "8.40", "0.00", "merge")], "who is paid once is paid nothing here");
    foots(&client, "2026-02");
}

#[test]
fn where_rules_reopen_nothing_late_data_is_paid_by_those_of_the_closing() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    client.push(&make::man("q", "1980-01-01"));
    closed(&client, &["2026-01"]);
    no_longer(&own, "  reopens_rules:");
    let tariff = std::fs::read_to_string(own.rules.join(TARIFF)).unwrap();
    let applies = "id: mtr-demo\napplies_to_closed_from: \"2026-01\"";
    std::fs::write(own.rules.join(TARIFF), tariff.replacen("id: mtr-demo", applies, 1)).unwrap();
    own.change(TARIFF, "value: \"8.40\"", "value: \"8.90\"");
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-02"]);
    let told = adjusted(&bill(&client, "p", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "handicap", "0.00", "8.15", "8.15", "typologie")]);
    assert_eq!(adjusted(&bill(&client, "q", "2026-02")), []);
}

#[test]
fn what_does_not_reopen_a_closed_month_does_not() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    for p in ["p", "q", "r"] {
        client.push(&make::man(p, "1980-01-01"));
    }
    closed(&client, &["2026-01"]);
    no_longer(&own, "  reopens_data:");
    own.change(TARIFF, "Montant inventé pour la démonstration", "Montant inventé");
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    client.store(&make::with(make::patient("q", "male", "1980-01-01"), json!({"deceasedDateTime": "2025-12-01"})));
    let link = json!({"link": [{"other": {"reference": "Patient/p"}, "type": "replaced-by"}]});
    client.store(&make::with(make::patient("r", "male", "1980-01-01"), link));
    closed(&client, &["2026-02"]);
    assert_eq!(adjusted(&bill(&client, "p", "2026-02")), []);
    assert_eq!(adjusted(&bill(&client, "q", "2026-02")), []);
    let told = adjusted(&bill(&client, "r", "2026-02"));
    assert_eq!(short(&told), [("2026-01", "socle", "8.40", "0.00", "-8.40", "merge")], "identity still does");
}

#[test]
fn a_month_older_than_the_recovery_window_is_not_adjusted() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    own.change(STATEMENTS, "value: 36,", "value: 2,");
    closed(&client, &["2026-01", "2026-02", "2026-03"]);
    client.store(&make::declared("f", "p", "handicap", json!({"start": "2025-01-01"})));
    closed(&client, &["2026-04"]);
    let told = adjusted(&bill(&client, "p", "2026-04"));
    let paid = |month| (month, "handicap", "0.00", "8.15", "8.15", "typologie");
    assert_eq!(short(&told), [paid("2026-02"), paid("2026-03")]);
}

#[test]
fn a_tariff_with_a_hole_in_its_dates_closes_no_month_of_the_hole() {
    let own = OwnRules::start();
    let client = own.gateway.client();
    client.push(&make::man("p", "1980-01-01"));
    client.push(&[make::declared("f", "p", "handicap", json!({"start": "2025-01-01"}))]);
    let text = std::fs::read_to_string(own.rules.join(TARIFF)).unwrap();
    let (head, tail) = text.split_once("label_fr: \"Brique situation de handicap\"").unwrap();
    let known = "- { from: \"2021-01-01\", value: \"8.15\", status: fictional, source: \"Montant inventé pour la démonstration\" }";
    let hole = format!(
        "{known}\n      - {{ from: \"2026-02-01\", value: null, status: unknown, source: \"Montant retiré\" }}\n      \
                        - {{ from: \"2026-03-01\", value: \"8.30\", status: fictional, source: \"Montant inventé\" }}"
    );
    let tail = tail.replacen(known, &hole, 1);
    std::fs::write(own.rules.join(TARIFF), format!("{head}label_fr: \"Brique situation de handicap\"{tail}")).unwrap();
    own.change(STATEMENTS, "value: 90,", "value: 91,");
    closed(&client, &["2026-01"]);
    let told = dry_run(&client, "2026-02");
    assert_eq!(cases(&told, "blocking"), [("amount-unknown".to_owned(), "Patient/p".to_owned())]);
    let answer = close(&client, "2026-02");
    outcome::refused(&answer, 422, "business-rule", "MTR-CLO-003", "");
    assert!(answer.text().contains("tariffs/mtr-demo.handicap"), "what is missing is told: {}", answer.text());
    // The figure is published: the month can be closed.
    own.change(
        TARIFF,
        "value: null, status: unknown, source: \"Montant retiré\"",
        "value: \"8.20\", status: fictional, source: \"Montant inventé\"",
    );
    assert_eq!(total(&closed(&client, &["2026-02"])[0]), "16.60");
}

fn command<'a>(month: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["close", "--month", month], more].concat()
}

#[test]
fn the_command_line_closes_at_a_server_and_in_a_folder() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::professionals());
    client.push(&make::man("p", "1980-01-01"));
    let base = client.base();
    let at_server = ["--server", &base, "--structure", "cabinet"];
    let told = run(&command("2026-01", &[&at_server[..], &["--dry-run"]].concat())).expect(0);
    assert!(told.out.contains("closable"), "{}", told.out);
    assert_eq!(found(&client, "status=issued").len(), 0);
    let told = run(&command("2026-01", &[&at_server[..], &["--by", "Comptable"]].concat())).expect(0);
    assert!(told.out.contains("issued") && told.out.contains("Comptable"), "{}", told.out);
    let told = run(&command("2026-01", &at_server)).expect(1);
    assert!(told.err.contains("409") && told.err.contains("MTR-CLO-001"), "{}", told.err);
    run(&command("2026-03", &[&at_server[..], &["--dry-run"]].concat())).expect(1);
    run(&command("2026", &at_server)).expect(2);
    run(&command("2026-02", &["--server", &base])).expect(2);
    run(&command("2026-02", &["--server", "http://127.0.0.1:1", "--structure", "cabinet"])).expect(3);
    assert_eq!(gateway.terminate(), Some(0));
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let in_folder = ["--data-dir", &data, "--structure", "cabinet", "--mode", "demo"];
    let told = run(&command("2026-02", &[&in_folder[..], &["--dry-run"]].concat())).expect(0);
    assert!(told.out.contains("would be closed") && told.out.contains("8.40"), "{}", told.out);
    let told = run(&command("2026-02", &in_folder)).expect(0);
    assert!(told.out.contains("2026-02 is closed: 1 patients"), "{}", told.out);
    let told = run(&command("2026-02", &in_folder)).expect(1);
    assert!(told.err.contains("MTR-CLO-001"), "{}", told.err);
    let told = run(&command("2026-04", &[&in_folder[..], &["--dry-run"]].concat())).expect(1);
    assert!(told.out.contains("blocking: earlier-month-open (2026-03)"), "{}", told.out);
    let told = run(&command("2026-04", &in_folder)).expect(1);
    assert!(told.err.contains("MTR-CLO-003"), "{}", told.err);
    gateway.start_again();
    let issued = found(&gateway.client(), "status=issued&type=structure-month");
    assert_eq!(issued.iter().map(total).collect::<Vec<_>>(), ["8.40", "8.40"]);
}

#[test]
fn production_does_not_close_on_invented_amounts() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::professionals());
    client.push(&make::man("p", "1980-01-01"));
    assert_eq!(gateway.terminate(), Some(0));
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let production = ["--data-dir", &data, "--structure", "cabinet", "--mode", "production"];
    let told = run(&command("2026-01", &[&production[..], &["--tariff", "mtr-demo", "--dry-run"]].concat())).expect(1);
    assert!(told.out.contains("blocking: amount-fictional"), "{}", told.out);
    let told = run(&command("2026-01", &[&production[..], &["--tariff", "mtr-demo"]].concat())).expect(1);
    assert!(told.err.contains("MTR-CLO-003") && told.err.contains("amount-fictional"), "{}", told.err);
    // No tariff is chosen for anybody.
    let told = run(&command("2026-01", &production)).expect(1);
    assert!(told.err.contains("MTR-FIG"), "{}", told.err);
    // Public amounts are closed: 5.00 a year at 45, its part of April.
    let told = run(&command("2026-04", &[&production[..], &["--tariff", "fmt-2026"]].concat())).expect(0);
    assert!(told.out.contains("1.25 EUR"), "{}", told.out);
}
