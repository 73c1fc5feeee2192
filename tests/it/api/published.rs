//! What is published of closed months to whoever may see no patient: rounded, silent about few, and for
//! ever as it was.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

const OURS: &str = "https://mtr-gateway.example/fhir";

/// Men of 60 who were seen in 2024 and 2026: so many with a colorectal test, then so many without.
fn practice(client: &Client, tested: usize, others: usize) {
    client.push(&make::professionals());
    for n in 0..tested + others {
        let id = format!("p{n:03}");
        let mut chart = make::man(&id, "1966-01-01");
        chart.push(make::visit(&format!("{id}-old"), &id, "2024-02-01T09:00:00+01:00"));
        chart.push(make::visit(&format!("{id}-new"), &id, "2026-02-01T09:00:00+01:00"));
        if n < tested {
            chart.push(make::evidence(&format!("{id}-fit"), &id, "fit", "2025-11-02"));
        }
        client.push(&chart);
    }
}

fn close(client: &Client, month: &str) {
    let body = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": month}]});
    client.post(&format!("/Organization/{}/$close-month", client.structure()), &body).expect(200);
}

fn asked(client: &Client, role: &str, path: &str) -> Answer {
    client.send("GET", path, &[("X-MTR-Role", role), ("X-MTR-Structure", client.structure())], b"")
}

fn reports(answer: &Answer) -> Vec<Value> {
    let bundle = answer.json();
    bundle["entry"]
        .as_array()
        .map(|all| all.iter().map(|entry| entry["resource"].clone()).collect())
        .unwrap_or_default()
}

/// The group of a report, by its code.
fn group<'r>(report: &'r Value, code: &str) -> &'r Value {
    let groups = report["group"].as_array().unwrap();
    groups.iter().find(|group| group["code"]["coding"][0]["code"] == code).unwrap()
}

/// Each population of a group or stratum with its count; `None`: masked.
type Counts = Vec<(String, Option<u64>)>;

fn counts(of: &Value) -> Counts {
    let populations = of["population"].as_array().unwrap();
    let told = populations.iter().map(|population| {
        let code = population["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
        let masked = population["_count"]["extension"][0]["valueCode"] == "masked";
        assert_eq!(masked, population.get("count").is_none(), "{population}");
        (code, population["count"].as_u64())
    });
    told.collect()
}

fn told(denominator: u64, numerator: u64) -> Counts {
    vec![("denominator".to_owned(), Some(denominator)), ("numerator".to_owned(), Some(numerator))]
}

fn masked() -> Counts {
    vec![("denominator".to_owned(), None), ("numerator".to_owned(), None)]
}

fn fill_rate(client: &Client, month: &str) -> Value {
    let found = reports(&asked(client, "authority", "/MeasureReport?measure=prevention-fill-rate"));
    let of_month = |report: &&Value| report["period"]["end"].as_str().unwrap().starts_with(month);
    found.iter().find(of_month).unwrap_or_else(|| panic!("nothing is published of {month}")).clone()
}

#[test]
fn counts_are_rounded_rates_are_theirs_and_few_are_masked() {
    let client = harness::structure();
    practice(&client, 23, 19);
    close(&client, "2026-02");
    let report = fill_rate(&client, "2026-02");
    assert_eq!(report["period"], json!({"start": "2025-03-01", "end": "2026-02-28"}));
    assert_eq!(report["type"], "summary");
    assert_eq!(report["reporter"]["reference"], format!("Organization/{}", client.structure()));
    assert_eq!(report["meta"]["tag"][1]["code"], "rounded");
    // 23 of 42 are up to date: both counts and what is left are large enough.
    let colorectal = group(&report, "colorectal-cancer");
    assert_eq!(counts(colorectal), told(40, 25));
    assert_eq!(colorectal["measureScore"]["value"], 0.625);
    // Nobody is up to date: few are, which is not told; nor is the rate.
    let dental = group(&report, "dental-check");
    assert_eq!(counts(dental), masked());
    assert_eq!(dental["measureScore"]["extension"][0]["valueCode"], "masked");
    // Not one man is a woman of the age: an empty group is published as empty.
    assert_eq!(counts(group(&report, "breast-cancer")), told(0, 0));
    // All are of one arm; the others are empty.
    let strata = colorectal["stratifier"][0]["stratum"].as_array().unwrap();
    assert_eq!(colorectal["stratifier"][0]["code"][0]["coding"][0]["code"], "arm");
    let of_strata: Vec<_> = strata.iter().map(counts).collect();
    assert!(of_strata.contains(&told(40, 25)) && of_strata.contains(&told(0, 0)), "{of_strata:?}");
}

/// Men of 41 who are declared, and some seen who are not. All are followed; so many had both
/// screenings; those seen, and further ones, have a mood disorder, for which nobody is screened again.
fn screened(client: &Client, (declared, seen): (usize, usize), done: usize, ill: usize) {
    client.push(&make::professionals());
    for n in 0..declared + seen {
        let id = format!("p{n:03}");
        let mut chart = make::man(&id, "1985-01-01");
        chart.push(make::visit(&format!("{id}-old"), &id, "2024-02-01T09:00:00+01:00"));
        chart.push(make::visit(&format!("{id}-new"), &id, "2026-02-01T09:00:00+01:00"));
        if n < done {
            let screening = |code: &str| make::evidence(&format!("{id}-{code}"), &id, code, "2026-01-10");
            chart.extend(["alcohol-screening", "depression-screening"].map(screening));
        }
        if n >= declared || n < ill {
            chart.push(make::condition(&format!("{id}-mood"), &id, "F32.1", "2025-01-01"));
        }
        if n >= declared {
            chart[0].as_object_mut().unwrap().remove("generalPractitioner");
        }
        client.push(&chart);
    }
}

/// What a group is told to be: the whole, then each arm that is not empty.
fn by_arm(report: &Value, code: &str) -> Vec<(String, Counts)> {
    let group = group(report, code);
    let strata = group["stratifier"][0]["stratum"].as_array().unwrap().iter();
    let arms = strata.map(|of| (of["value"]["coding"][0]["code"].as_str().unwrap().to_owned(), counts(of)));
    std::iter::once(("whole".to_owned(), counts(group))).chain(arms.filter(|(_, of)| *of != told(0, 0))).collect()
}

#[test]
fn few_who_are_all_excluded_are_masked_not_told_to_be_nobody() {
    let client = harness::structure();
    screened(&client, (60, 3), 40, 0);
    close(&client, "2026-02");
    let report = fill_rate(&client, "2026-02");
    // The three who were seen are of both tables; one leaves them out, which a 0 would tell of each.
    let of = |arm: &str, counts| (arm.to_owned(), counts);
    assert_eq!(by_arm(&report, "alcohol"), [of("whole", told(65, 40)), of("mtr", masked()), of("seen", masked())]);
    let hidden = ["whole", "mtr", "declared", "seen", "other"].map(|arm| of(arm, masked()));
    assert_eq!(by_arm(&report, "depression"), hidden);
}

#[test]
fn a_denominator_is_told_where_nobody_or_not_few_are_excluded_from_it() {
    // (how many are ill, the denominator and the numerator of the screening that excludes them)
    for (ill, expected) in [(0, told(60, 40)), (1, masked()), (10, masked()), (12, told(50, 30))] {
        let client = harness::structure();
        screened(&client, (60, 0), 40, ill);
        close(&client, "2026-02");
        let report = fill_rate(&client, "2026-02");
        assert_eq!(counts(group(&report, "alcohol")), told(60, 40), "{ill}");
        assert_eq!(counts(group(&report, "depression")), expected, "{ill}");
    }
}

#[test]
fn what_is_no_count_of_people_is_published_as_a_rate_alone() {
    let client = harness::structure();
    practice(&client, 12, 13);
    close(&client, "2026-02");
    let of = |measure: &str| reports(&asked(&client, "payer", &format!("/MeasureReport?measure={measure}"))).remove(0);
    // Two months of one patient's contacts could be subtracted: how many there were is not told.
    let contacts = of("team-contacts");
    let gp = group(&contacts, "gp");
    assert_eq!(counts(gp), masked());
    assert_eq!(gp["measureScore"]["value"], 1.0);
    let nurse = group(&contacts, "nurse");
    assert_eq!((counts(nurse), &nurse["measureScore"]["value"]), (masked(), &json!(0.0)));
    // Nobody told the length of a consultation: the mean is unknown, not 0.
    let minutes = of("consultation-minutes");
    let whole = &minutes["group"][0];
    assert_eq!(whole["measureScore"]["extension"][0]["valueCode"], "unknown", "{whole}");
}

#[test]
fn a_small_practice_publishes_nothing_of_anybody() {
    let client = harness::structure();
    practice(&client, 6, 4);
    close(&client, "2026-02");
    let found = reports(&asked(&client, "payer", "/MeasureReport"));
    assert!(found.len() >= 8, "{}", found.len());
    for report in found {
        for group in report["group"].as_array().unwrap() {
            let strata = group["stratifier"][0]["stratum"].as_array().into_iter().flatten();
            for of in std::iter::once(group).chain(strata) {
                for (code, count) in counts(of) {
                    assert!(count.is_none_or(|count| count == 0), "{} {code} {count:?}", report["measure"]);
                }
            }
        }
    }
}

#[test]
fn no_table_holds_a_count_that_is_small_or_not_rounded() {
    let gateway = Gateway::demo(&["--patients", "150", "--as-of", "2026-10-31"]);
    let client = gateway.client().of_structure("cabinet-demo");
    for month in ["2026-08", "2026-09"] {
        close(&client, month);
    }
    let found = reports(&asked(&client, "authority", "/MeasureReport?_count=100"));
    assert_eq!(found.len(), 16);
    let (mut shown, mut hidden) = (0, 0);
    for report in found {
        for group in report["group"].as_array().unwrap() {
            let strata = group["stratifier"][0]["stratum"].as_array().into_iter().flatten();
            for of in std::iter::once(group).chain(strata) {
                for (_, count) in counts(of) {
                    match count {
                        Some(count) => assert!(count % 5 == 0 && (count == 0 || count >= 11), "{of}"),
                        None => hidden += 1,
                    }
                    shown += usize::from(count.is_some_and(|count| count > 0));
                }
            }
        }
    }
    assert!(shown > 20 && hidden > 20, "{shown} shown, {hidden} hidden");
}

#[test]
fn what_was_published_stays_after_late_data_and_a_restart() {
    let mut gateway = Gateway::start_as(&["--structure", "cabinet", "--mode", "demo", "--access", "open"]);
    let client = gateway.client().of_structure("cabinet");
    practice(&client, 15, 15);
    close(&client, "2026-02");
    let path = format!("/MeasureReport/{}", fill_rate(&client, "2026-02")["id"].as_str().unwrap());
    let before = asked(&client, "authority", &path).expect(200).body;
    // Late: all of them had a test.
    for n in 15..30 {
        let id = format!("p{n:03}");
        client.store(&make::evidence(&format!("{id}-fit"), &id, "fit", "2025-11-02"));
    }
    close(&client, "2026-03");
    let later = fill_rate(&client, "2026-03");
    assert_eq!(counts(group(&later, "colorectal-cancer")), masked());
    assert_eq!(asked(&client, "authority", &path).expect(200).body, before);
    gateway.restart();
    let client = gateway.client().of_structure("cabinet");
    assert_eq!(asked(&client, "authority", &path).expect(200).body, before);
    assert_eq!(asked(&client, "practice", &path).expect(200).body, before);
}

#[test]
fn a_role_that_sees_no_patient_is_refused_every_other_cut() {
    let client = harness::practice();
    client.push(&make::man("p", "1960-01-01"));
    let structure = client.structure();
    let paths = [
        "/Patient".to_owned(),
        "/Patient/p".to_owned(),
        "/Patient/p/_history".to_owned(),
        "/Patient/p/Observation".to_owned(),
        "/Observation?code=x".to_owned(),
        "/_history".to_owned(),
        "/Invoice".to_owned(),
        "/Group".to_owned(),
        "/Patient/p/$forfait?month=2026-02".to_owned(),
        "/Patient/p/$prevention".to_owned(),
        "/Patient/p/$everything".to_owned(),
        "/Measure/colorectal-cancer/$evaluate-measure?periodStart=2026&periodEnd=2026".to_owned(),
        format!("/Organization/{structure}/$leaving"),
        format!("/Organization/{structure}/$data-quality"),
        format!("/Organization/{structure}/$export-lines?month=2026-02"),
    ];
    for role in ["payer", "authority"] {
        for path in &paths {
            let refused = asked(&client, role, path);
            outcome::refused(&refused, 403, "forbidden", "MTR-ACC-006", "");
        }
        let body = make::man("q", "1960-01-01").remove(0).to_string();
        let headers = [("X-MTR-Role", role), ("Content-Type", "application/fhir+json")];
        assert_eq!(client.send("PUT", "/Patient/q", &headers, body.as_bytes()).status, 403);
        for path in ["/metadata", "/Measure/colorectal-cancer", "/Library/bmi", "/ValueSet?_count=1", "/MeasureReport"]
        {
            asked(&client, role, path).expect(200);
        }
    }
    outcome::refused(&asked(&client, "minister", "/MeasureReport"), 400, "value", "MTR-REQ-005", "");
}

#[test]
fn a_practice_sees_its_own_tables_and_the_authority_those_of_all() {
    let (ours, theirs) = (harness::structure(), harness::structure());
    for client in [&ours, &theirs] {
        practice(client, 12, 13);
        close(client, "2026-02");
    }
    let reporters = |answer: Answer| -> Vec<String> {
        let mut all: Vec<String> =
            reports(&answer).iter().map(|r| r["reporter"]["reference"].as_str().unwrap().to_owned()).collect();
        all.dedup();
        all
    };
    let own = format!("Organization/{}", ours.structure());
    let other = format!("Organization/{}", theirs.structure());
    assert_eq!(reporters(ours.get("/MeasureReport")), std::slice::from_ref(&own));
    assert_eq!(reporters(ours.get(&format!("/MeasureReport?reporter={other}"))), Vec::<String>::new());
    // Without a structure the authority sees those of all.
    let seen = ours.send_at("GET", "/fhir/MeasureReport?_count=500", &[("X-MTR-Role", "authority")], b"");
    let seen = reporters(seen);
    assert!(seen.contains(&own) || seen.contains(&other), "{seen:?}");
    let id = reports(&ours.get("/MeasureReport"))[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(theirs.get(&format!("/MeasureReport/{id}")).status, 404);
}

#[test]
fn tables_are_searched_strictly_and_page_by_page() {
    let client = harness::structure();
    practice(&client, 12, 13);
    close(&client, "2026-02");
    close(&client, "2026-03");
    let total = |query: &str| client.found(&format!("/MeasureReport?{query}"))["total"].as_u64().unwrap();
    let all = total("");
    assert!(all >= 16 && all % 2 == 0, "{all}");
    for (query, expected) in [
        ("measure=no-show-rate", 2),
        (&*format!("measure={OURS}/Measure/no-show-rate"), 2),
        (&*format!("measure={OURS}/Measure/no-show-rate|000000000000"), 0),
        ("measure=no-show-rate&period=ge2026-03-01", 1),
        ("measure=no-show-rate&period=lt2025-04-01", 1),
        ("measure=no-show-rate&period=eb2026-02-28", 0),
        ("status=complete", all),
        ("status=pending", 0),
        ("_count=0", all),
        ("_summary=count", all),
        ("_summary=count&measure=no-show-rate", 2),
        ("measure=no-show-rate&period=2026", 0),
        ("measure=no-show-rate&period=sa2025-03-31", 1),
        ("measure=no-show-rate&date=ge2026", 2),
        ("measure=no-show-rate&date=lt2026", 0),
    ] {
        assert_eq!(total(query), expected, "{query}");
    }
    assert!(client.found("/MeasureReport?_summary=count").get("entry").is_none());
    let first = client.found("/MeasureReport?_count=3");
    let next = first["link"][1]["url"].as_str().unwrap();
    assert!(next.ends_with("_count=3&_offset=3"), "{next}");
    for (query, code) in
        [("mesure=x", "MTR-OPR-002"), ("period=march", "MTR-OPR-004"), ("_summary=short", "MTR-OPR-004")]
    {
        let refused = client.get(&format!("/MeasureReport?{query}"));
        assert_eq!(refused.status, 400, "{query}");
        assert!(outcome::codes(&refused.json()).iter().any(|found| found == code), "{query}: {}", refused.text());
    }
    assert_eq!(client.get("/MeasureReport/pub-0").status, 404);
    assert_eq!(client.post("/MeasureReport", &json!({"resourceType": "MeasureReport"})).status, 405);
}

#[test]
fn of_an_open_month_nothing_is_published() {
    let client = harness::structure();
    practice(&client, 12, 13);
    assert_eq!(client.found("/MeasureReport")["total"], 0);
}

#[test]
fn a_month_closed_before_it_is_over_is_told_of_the_day_it_was_closed() {
    let client = harness::structure();
    practice(&client, 12, 13);
    let card = client.found("/Patient/p000/$prevention");
    let today = read::value(&card, "date").as_str().unwrap().to_owned();
    let (month, asked_for) = (
        &today[..7],
        json!({"resourceType": "Parameters", "parameter": [
        {"name": "month", "valueString": &today[..7]}, {"name": "dryRun", "valueBoolean": true}]}),
    );
    let told =
        client.post(&format!("/Organization/{}/$close-month", client.structure()), &asked_for).expect(200).json();
    let doubts: Vec<_> = read::all(&told, "doubtful").into_iter().flat_map(|case| read::texts(case, "code")).collect();
    assert!(doubts.contains(&"month-not-over".to_owned()), "{doubts:?}");
    close(&client, month);
    let report = fill_rate(&client, month);
    assert_eq!(report["period"]["end"], today.as_str(), "no day to come is told of");
    let evaluated = read::extension(&report, &format!("{OURS}/StructureDefinition/evaluated-on")).unwrap();
    assert_eq!(evaluated["valueDate"], today.as_str());
    let found = |query: &str| {
        reports(&asked(&client, "payer", &format!("/MeasureReport?measure=prevention-fill-rate&{query}"))).len()
    };
    assert_eq!((found("period=gt2020"), found(&format!("period=le{today}")), found("period=2020")), (1, 1, 0));
    let last = {
        let (year, number) = (today[..4].parse::<i32>().unwrap(), today[5..7].parse::<i32>().unwrap());
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match number {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        format!("{month}-{days}")
    };
    for kind in ["structure-month", "patient-month"] {
        let bundle = client.found(&format!("/Invoice?type={kind}&date={last}&_count=1"));
        let invoice = &bundle["entry"][0]["resource"];
        let early = last != today;
        assert_eq!(read::tags(invoice, "figure").contains(&"projection".to_owned()), early, "{invoice}");
        assert_eq!(invoice["note"].to_string().contains("clos avant sa fin"), early, "{invoice}");
    }
    // A month that is over says nothing of the kind.
    let over = harness::structure();
    practice(&over, 12, 13);
    close(&over, "2026-02");
    assert_eq!(fill_rate(&over, "2026-02")["period"]["end"], "2026-02-28");
    let bundle = over.found("/Invoice?type=patient-month&date=2026-02-28&_count=1");
    let invoice = &bundle["entry"][0]["resource"];
    assert!(!read::tags(invoice, "figure").contains(&"projection".to_owned()), "{invoice}");
}
