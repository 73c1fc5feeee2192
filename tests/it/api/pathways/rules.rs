//! What a changed rulebook says of pathways: its own places, its own reading of "and".

use super::*;
use crate::cli::check::copy_bare;
use crate::harness::Gateway;
use std::fs;
use std::path::Path;

fn change(mappings: &Path, file: &str, from: &str, to: &str) {
    let path = mappings.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn places_and_the_word_between_risk_and_weight_are_data() {
    let home = tempfile::tempdir().unwrap();
    let mappings = home.path().join("mappings");
    copy_bare(&crate::cli::check::mappings(), &mappings);
    let value = r#"value: "and", status: interpretation"#;
    change(&mappings, "pathways/obesite-risque-cv.yaml", value, r#"value: "or", status: interpretation"#);
    let unknown = "value: null, status: unknown";
    change(&mappings, "pathways/souffrance-psychologique.yaml", unknown, "value: 2, status: fictional");
    let folder = mappings.to_str().unwrap().to_owned();
    let gateway = Gateway::start_in(
        home,
        &["--structure", "cabinet", "--mode", "demo", "--access", "open", "--mappings", &folder],
    );
    let client = gateway.client();
    client.push(&make::professionals());
    // High risk and no obesity: "or" lets in.
    client.push(&[
        make::patient("thin", "male", "1970-01-01"),
        make::condition("thin-mi", "thin", "I21.0", "2019-05-01"),
        bmi("thin", 22.0),
    ]);
    assert_eq!(text(&standing(&client, "thin", HEART, "2026-10-31"), "eligible"), "yes");
    let mut all = Vec::new();
    for (n, status) in ["active", "active", "waitlist", "active"].iter().enumerate() {
        let id = format!("p{n}");
        all.push(make::patient(&id, "male", "1970-01-01"));
        all.push(episode(&format!("e{n}"), &id, PSY, status, json!({"start": format!("2025-0{}-01", n + 1)})));
    }
    client.push(&all[..2]);
    let places = |date: &str| {
        let answer = client.found(&format!("/Organization/cabinet/$pathways?date={date}"));
        let psy = read::by_id(&answer, "pathway", PSY).clone();
        ["capacity", "entered", "freePlaces", "overCapacity"].map(|name| text(&psy, name))
    };
    assert_eq!(places("2025-06-01"), ["2", "1", "1", "-"]);
    client.push(&all[2..]);
    assert_eq!(places("2025-03-31"), ["2", "2", "0", "-"]);
    assert_eq!(places("2025-06-01"), ["2", "3", "0", "1"]);
    let waits = standing(&client, "p2", PSY, "2025-06-01");
    assert_eq!(["place", "waiting", "freePlaces"].map(|name| text(&waits, name)), ["1", "1", "0"]);
    let group = client.found("/Group?code=parcours-souffrance-psychologique-entered&month=2025-06");
    let url = "https://mtr-gateway.example/fhir/StructureDefinition/pathway-capacity";
    let places = read::extension(&group["entry"][0]["resource"], url).unwrap();
    assert_eq!(places["valueUnsignedInt"], json!(2));
}
