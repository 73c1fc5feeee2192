//! Today's figures, which are kept, and those of other days, which are computed: the same bytes.

use super::*;
use crate::harness;
use crate::harness::Gateway;
use crate::harness::parameters as read;

/// Today in Paris, as the gateway says it.
fn today(client: &Client) -> String {
    let card = client.found("/Patient/done/$prevention");
    read::value(&card, "date").as_str().unwrap().to_owned()
}

fn known(client: &Client) -> String {
    let card = client.found("/Patient/done/$prevention");
    read::value(&card, "knownAt").as_str().unwrap().to_owned()
}

#[test]
fn what_is_kept_is_told_as_what_is_computed() {
    let client = harness::practice();
    client.push(&people());
    let today = today(&client);
    let year = &today[..4];
    for n in 0..3 {
        let measures = ["prevention", "prevention-fill-rate", "no-show-rate", "active-file"];
        for measure in measures {
            for more in ["", "&practitioner=Practitioner/gp&reportType=subject-list"] {
                let path = format!("/Measure/{measure}/$evaluate-measure?periodStart={year}&periodEnd={today}{more}");
                let kept = client.get(&path).expect(200).text();
                // As known at an instant, nothing is kept.
                let computed = client.get(&format!("{path}&knownAt={}", known(&client))).expect(200).text();
                assert_eq!(kept, computed, "{path}");
            }
        }
        match n {
            0 => drop(client.push(&make::man("late", "1965-05-05"))),
            1 => drop(client.delete("/Patient/never?_cascade=delete").expect(204)),
            _ => {
                let link = json!({"link": [{"other": {"reference": "Patient/expired"}, "type": "replaced-by"}]});
                client.store(&make::with(make::patient("done", "male", "1965-05-05"), link));
            }
        }
    }
}

#[test]
fn a_period_that_is_not_over_is_told_of_today() {
    let client = harness::practice();
    client.push(&people());
    let today = today(&client);
    let year = &today[..4];
    let report = evaluate(&client, ITEM, &format!("periodStart={year}&periodEnd={year}"));
    let on = "https://mtr-gateway.example/fhir/StructureDefinition/evaluated-on";
    assert_eq!(read::extension(&report, on).unwrap()["valueDate"], today);
    assert_eq!(report["period"]["end"], format!("{year}-12-31"));
    let past = evaluate(&client, ITEM, YEAR);
    assert_eq!(read::extension(&past, on).unwrap()["valueDate"], "2025-12-31");
}

#[test]
fn what_was_known_before_gives_the_same_bytes_after_later_writes_and_a_restart() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::professionals());
    client.push(&people());
    let (today, known) = (today(&client), known(&client));
    let paths = [
        format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}"),
        format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&reportType=subject-list"),
        format!("/Measure/{ITEM}/$evaluate-measure?{YEAR}&subject=Patient/done"),
        format!("/Measure/prevention/$evaluate-measure?periodStart=2025-12&periodEnd={today}"),
        "/Measure/no-show-rate/$trend?from=2025-01&to=2025-03".to_owned(),
    ];
    let before = paths.clone().map(|path| client.get(&path).expect(200).text());
    std::thread::sleep(std::time::Duration::from_millis(2));
    client.push(&make::and(make::man("later", "1965-05-05"), vec![fit("never", "2025-03-03")]));
    let replayed = |client: &Client| {
        for (path, before) in paths.iter().zip(&before) {
            assert_ne!(client.get(path).expect(200).text(), *before, "{path}");
            assert_eq!(client.get(&format!("{path}&knownAt={known}")).expect(200).text(), *before, "{path}");
        }
    };
    replayed(&client);
    gateway.restart();
    // The port is another one, which the addresses of a Bundle say.
    let paths_of_reports = &paths[..4];
    let client = gateway.client();
    for (path, before) in paths_of_reports.iter().zip(&before) {
        assert_eq!(client.get(&format!("{path}&knownAt={known}")).expect(200).text(), *before, "{path}");
    }
}

#[test]
fn a_trend_is_the_same_measure_month_by_month() {
    let client = harness::practice();
    client.push(&people());
    let trend = client.found(&format!("/Measure/{ITEM}/$trend?from=2025-04&to=2025-07-15"));
    assert_eq!((&trend["resourceType"], &trend["type"]), (&json!("Bundle"), &json!("collection")));
    let reports: Vec<&Value> = trend["entry"].as_array().unwrap().iter().map(|e| &e["resource"]).collect();
    let done: Vec<u64> = reports.iter().map(|report| whole(report)[3]).collect();
    assert_eq!(done, [0, 0, 1, 1]);
    for (report, month) in reports.iter().zip(["2025-04", "2025-05", "2025-06", "2025-07"]) {
        let alone = evaluate(&client, ITEM, &format!("periodStart={month}&periodEnd={month}"));
        // In the Bundle what it refers to is told whole.
        let loose = report.to_string().replace(&format!("{}/fhir/", client.base()), "");
        assert_eq!(loose, alone.to_string(), "{month}");
    }
    let plain = client
        .found(&format!("/Measure/{ITEM}/$trend?from=2025-04&to=2025-04&stratify=no&practitioner=Practitioner/gp"));
    let report = &plain["entry"][0]["resource"];
    assert!(report["group"][0].get("stratifier").is_none());
    assert_eq!(whole(report)[0], 5);
    let today = today(&client);
    let month = &today[..7];
    let current = client.found(&format!("/Measure/{ITEM}/$trend?from={month}&to={month}"));
    let on = "https://mtr-gateway.example/fhir/StructureDefinition/evaluated-on";
    assert_eq!(read::extension(&current["entry"][0]["resource"], on).unwrap()["valueDate"], today);
}

/// What a vendor's own code stands for counts in a pass as it does for one patient.
#[test]
fn the_codes_of_a_vendor_count_however_many_are_asked_about() {
    let client = harness::practice();
    client.push(&make::man("m", "1965-05-05"));
    let fit = json!({"coding": [{"system": "https://exemple-editeur.example/nomenclature", "code": "FIT"}]});
    client.store(&make::with(
        make::observation("f", "m", fit, "2025-03-01"),
        json!({"valueQuantity": {"value": 10, "unit": "µg/g", "system": "http://unitsofmeasure.org", "code": "ug/g"}}),
    ));
    let card = client.found("/Patient/m/$prevention?date=2025-12-31");
    let item = read::by_id(&card, "item", ITEM);
    assert_eq!(read::value(item, "status"), "up-to-date");
    for asked in ["stratifier=none", "stratifier=sex", "stratifier=typologie", "subject=Patient/m"] {
        let report = evaluate(&client, ITEM, &format!("{YEAR}&{asked}"));
        assert_eq!(numbers(&report["group"][0])[3], 1, "{asked}");
    }
}
