//! search: result parameters, inclusions, lenient handling, POST _search and pages.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use serde_json::{Value, json};

/// Answers `Type/id` of the entries of a mode.
fn of_mode(page: &Value, mode: &str) -> Vec<String> {
    let entries = page["entry"].as_array().into_iter().flatten().filter(|e| e["search"]["mode"] == mode);
    entries.map(|e| make::path(&e["resource"]).trim_start_matches('/').to_owned()).collect()
}

fn ids(page: &Value) -> Vec<String> {
    of_mode(page, "match").iter().map(|path| path.split('/').nth(1).unwrap().to_owned()).collect()
}

fn link(page: &Value, relation: &str) -> Option<String> {
    let links = page["link"].as_array().unwrap();
    let url = links.iter().find(|l| l["relation"] == relation)?["url"].as_str().unwrap();
    Some(url.split("/fhir").nth(1).unwrap().to_owned())
}

/// Answers every page, calling `between` after each.
fn pages(client: &Client, first: &str, mut between: impl FnMut(usize)) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = first.to_owned();
    loop {
        let page = client.found(&path);
        let next = link(&page, "next");
        all.push(page);
        between(all.len());
        match next {
            Some(next) => path = next,
            None => return all,
        }
        assert!(all.len() < 100, "the pages never end: {first}");
    }
}

fn dated(id: &str, date: &str, value: f64) -> Value {
    let code = make::concept("http://loinc.org", "29463-7");
    make::with(make::observation(id, "p", code, date), json!({"valueQuantity": make::quantity(value, "kg")}))
}

fn weights() -> Client {
    let client = harness::structure();
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        make::patient("q", "female", "1960-01-01"),
        dated("a", "2025-03-01", 80.0),
        dated("b", "2025-01-01", 90.0),
        dated("c", "2025-02-01", 70.0),
        make::with(dated("d", "2025-02-01", 1.0), json!({"valueQuantity": null, "valueString": "x"})),
    ]);
    client
}

#[test]
fn results_come_in_the_order_asked_for() {
    let client = weights();
    let cases: [(&str, &[&str]); 11] = [
        ("patient=p", &["a", "b", "c", "d"]),
        ("patient=p&_sort=date", &["b", "c", "d", "a"]),
        ("patient=p&_sort=-date", &["a", "c", "d", "b"]),
        ("patient=p&_sort=-date,-_id", &["a", "d", "c", "b"]),
        ("patient=p&_sort=value-quantity", &["c", "a", "b", "d"]),
        ("patient=p&_sort=-value-quantity", &["b", "a", "c", "d"]),
        ("_sort=-_id", &["d", "c", "b", "a"]),
        ("_sort=_lastUpdated,date", &["b", "c", "d", "a"]),
        ("code=29463-7&_sort=-date&_count=2", &["a", "c"]),
        ("date=ge2025-02&_sort=status,date", &["c", "d", "a"]),
        ("patient=p,q&_count=2", &["a", "b"]),
    ];
    for (query, wanted) in cases {
        assert_eq!(ids(&client.found(&format!("/Observation?{query}"))), wanted, "{query}");
    }
    outcome::refused(&client.get("/Observation?_sort=dat"), 400, "not-supported", "MTR-SRC-001", "");
    outcome::refused(&client.get("/Observation?_sort=date&_sort=code"), 400, "invalid", "MTR-SRC-006", "");
}

#[test]
fn how_much_of_each_is_shown_and_said() {
    let client = weights();
    let counted = client.found("/Observation?patient=p&_summary=count");
    assert_eq!((counted["total"].as_u64(), counted.get("entry")), (Some(4), None));
    assert_eq!(client.found("/Observation?patient=p&_count=0"), {
        let mut same = counted.clone();
        same["link"][0]["url"] = json!(format!("{}/fhir/Observation?patient=p&_count=0", client.base()));
        same
    });
    for (total, told) in [("none", false), ("accurate", true), ("estimate", true)] {
        let page = client.found(&format!("/Observation?patient=p&_count=1&_total={total}"));
        assert_eq!(page.get("total").is_some(), told, "{total}");
        assert_eq!(page["total"].as_u64().unwrap_or(4), 4, "{total}");
    }
    let first = |query: &str| client.found(&format!("/Observation?_id=a&{query}"))["entry"][0]["resource"].clone();
    let members = |resource: &Value| resource.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let cut = first("_elements=effective");
    assert_eq!(members(&cut), ["resourceType", "id", "meta", "status", "code", "effectiveDateTime"]);
    assert_eq!(cut["meta"]["tag"][0]["code"], "SUBSETTED");
    assert!(cut["meta"]["lastUpdated"].is_string());
    assert!(first("_summary=true").get("valueQuantity").is_some());
    assert!(first("_summary=text").get("valueQuantity").is_none());
    assert!(first("_summary=data").get("valueQuantity").is_some());
    assert!(first("_summary=false")["meta"].get("tag").is_none());
}

#[test]
fn what_is_referred_to_comes_along_once_and_is_not_counted() {
    let client = harness::practice();
    client.push(&[
        make::patient("p", "male", "1950-01-01"),
        make::visit("v1", "p", "2025-01-01T09:00:00+01:00"),
        make::visit("v2", "p", "2025-01-02T09:00:00+01:00"),
        make::with(dated("o", "2025-01-01", 80.0), json!({"encounter": {"reference": "Encounter/v1"}})),
    ]);
    let cases: [(&str, &[&str], &[&str]); 10] = [
        ("/Encounter?patient=p&_include=Encounter:patient", &["Encounter/v1", "Encounter/v2"], &["Patient/p"]),
        (
            "/Encounter?_id=v1&_include=Encounter:practitioner&_include=Encounter:subject",
            &["Encounter/v1"],
            &["Practitioner/gp", "Patient/p"],
        ),
        ("/Encounter?_id=v1&_include=Encounter:subject:Practitioner", &["Encounter/v1"], &[]),
        ("/Encounter?_id=v1&_include=*", &["Encounter/v1"], &["Practitioner/gp", "Patient/p"]),
        ("/Observation?_id=o&_include=Observation:encounter", &["Observation/o"], &["Encounter/v1"]),
        (
            "/Patient?_id=p&_revinclude=Encounter:patient&_revinclude=Observation:subject",
            &["Patient/p"],
            &["Encounter/v1", "Encounter/v2", "Observation/o"],
        ),
        (
            "/Encounter?patient=p&_revinclude=Observation:encounter",
            &["Encounter/v1", "Encounter/v2"],
            &["Observation/o"],
        ),
        (
            "/Practitioner?_id=gp&_revinclude=PractitionerRole:practitioner",
            &["Practitioner/gp"],
            &["PractitionerRole/role-gp"],
        ),
        (
            "/Practitioner?_id=gp&_revinclude=Encounter:practitioner&_revinclude=Patient:general-practitioner",
            &["Practitioner/gp"],
            &["Encounter/v1", "Encounter/v2", "Patient/p"],
        ),
        ("/Encounter?patient=p&_count=1&_include=Encounter:patient", &["Encounter/v1"], &["Patient/p"]),
    ];
    for (query, matches, included) in cases {
        let page = client.found(query);
        let mut along = of_mode(&page, "include");
        let mut wanted: Vec<String> = included.iter().map(|&i| i.to_owned()).collect();
        along.sort();
        wanted.sort();
        assert_eq!(
            (of_mode(&page, "match"), along),
            (matches.iter().map(|&m| m.to_owned()).collect(), wanted),
            "{query}"
        );
        let total = if query.contains("_count=1") { 2 } else { matches.len() };
        assert_eq!(page["total"], total, "{query}");
    }
}

#[test]
fn a_lenient_client_is_told_what_was_passed_over() {
    let client = weights();
    let lenient = [("Prefer", "handling=lenient")];
    let page = client.send("GET", "/Observation?patient=p&zodiac=lion&_count=2", &lenient, b"").expect(200).json();
    assert_eq!(ids(&page), ["a", "b"]);
    let told = page["entry"].as_array().unwrap().iter().find(|e| e["search"]["mode"] == "outcome").unwrap();
    let issue = &outcome::issues(&told["resource"])[0];
    assert_eq!((issue.code.as_str(), issue.severity.as_str()), ("MTR-SRC-005", "warning"));
    assert!(issue.fr.contains("zodiac") && !told.to_string().contains("lion"));
    assert!(!link(&page, "self").unwrap().contains("zodiac"), "self tells what was used");
    let second = client.found(&link(&page, "next").unwrap());
    assert_eq!(ids(&second), ["c", "d"]);
    // A modifier that is not known changes what is meant: it is refused all the same.
    for query in ["/Observation?code:sounds=x", "/Observation?date=hier", "/Observation?patient.zodiac=x"] {
        assert_eq!(client.send("GET", query, &lenient, b"").status, 400, "{query}");
    }
    let strict = client.send("GET", "/Observation?zodiac=lion", &[("Prefer", "handling=strict")], b"");
    outcome::refused(&strict, 400, "not-supported", "MTR-SRC-001", "");
}

#[test]
fn a_form_is_searched_as_an_address_is() {
    let client = weights();
    let form = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")];
    let post = |path: &str, body: &str| client.send("POST", path, &form, body.as_bytes());
    let page =
        post("/Observation/_search?_sort=-date", "patient=Patient%2Fp&date=ge2025-02&_count=2").expect(200).json();
    assert_eq!(ids(&page), ["a", "c"]);
    assert_eq!(page["total"], 3);
    let second = client.found(&link(&page, "next").unwrap());
    assert_eq!(ids(&second), ["d"]);
    assert_eq!(ids(&post("/Patient/_search", &format!("identifier={}|N-q", make::IPP)).expect(200).json()), ["q"]);
    assert_eq!(ids(&post("/Observation/_search", "_id=a+").expect(200).json()), ["a"]);
    assert_eq!(client.send("POST", "/Observation/_search?patient=p", &[], b"").expect(200).json()["total"], 4);
    assert_eq!(client.send("POST", "/Observation/_search", &[], b"{}").status, 415);
    assert_eq!(post("/Observation/_search", "patiant=p").status, 400);
    assert_eq!(post("/Zodiac/_search", "a=b").status, 404);
    assert_eq!(client.get("/Observation/_search?patient=p").status, 405);
    let head = client.send("HEAD", "/Observation?patient=p", &[], b"").expect(200);
    assert!(head.body.is_empty());
}

#[test]
fn pages_show_what_was_there_at_first_whatever_is_written_meanwhile() {
    let client = harness::structure();
    client.push(&[make::patient("p", "male", "1950-01-01"), make::patient("q", "male", "1950-01-01")]);
    let all: Vec<Value> = (0..12).map(|n| dated(&format!("m{n:02}"), &format!("2025-01-{:02}", n + 1), 70.0)).collect();
    client.push(&all);
    let queries =
        ["patient=p", "code=29463-7", "_lastUpdated=ge2020", "patient=p&_sort=-date", "_sort=date", "patient=p,q", ""];
    for (round, query) in queries.iter().enumerate() {
        let write = |page: usize| {
            // What is created sorts before, between and after; what changes stays where it is.
            for day in ["01", "15", "31"].iter().filter(|_| page < 3) {
                client.store(&dated(
                    &format!("{}-{round}-{page}-{day}", ["a", "m05", "z"][page % 3]),
                    &format!("2025-01-{day}"),
                    1.0,
                ));
            }
            let other = format!("m{:02}", (page * 5) % 12);
            client.store(&dated(
                &other,
                &format!("2025-01-{:02}", (page * 5) % 12 + 1),
                60.0 + page as f64 + round as f64 / 10.0,
            ));
        };
        // Those made in earlier rounds are there from the beginning.
        let before = client.found(&format!("/Observation?{query}&_count=1000"));
        let mut wanted = ids(&before);
        let found = pages(&client, &format!("/Observation?{query}&_count=3"), write);
        let mut met: Vec<String> = found.iter().flat_map(ids).collect();
        assert_eq!(
            found.iter().map(|p| p["total"].as_u64()).collect::<Vec<_>>(),
            vec![Some(wanted.len() as u64); found.len()],
            "{query}"
        );
        assert!(!ids(found.last().unwrap()).is_empty(), "{query}: an empty last page");
        met.sort();
        wanted.sort();
        assert_eq!(met, wanted, "{query}");
    }
}

#[test]
fn every_result_parameter_survives_the_second_page() {
    let client = weights();
    let first = client
        .found("/Observation?patient=p&_count=2&_sort=-date&_elements=code&_include=Observation:patient&_total=none");
    let second = client.found(&link(&first, "next").unwrap());
    assert_eq!(
        (ids(&first), ids(&second)),
        (vec!["a".to_owned(), "c".to_owned()], vec!["d".to_owned(), "b".to_owned()])
    );
    assert_eq!(of_mode(&second, "include"), ["Patient/p"]);
    assert!(second.get("total").is_none());
    assert!(second["entry"][0]["resource"].get("effectiveDateTime").is_none());
    assert_eq!(link(&second, "self"), link(&first, "next"));
    let summary = client.found("/Observation?patient=p&_count=2&_summary=text&_pretty=true");
    let next = link(&summary, "next").unwrap();
    assert!(next.contains("_pretty=true"));
    assert!(client.found(&next)["entry"][0]["resource"].get("valueQuantity").is_none());
}

#[test]
fn a_page_link_is_of_one_structure_one_type_and_unchanged() {
    let client = weights();
    let next = link(&client.found("/Observation?patient=p&_count=1"), "next").unwrap();
    let cursor = next.split("_cursor=").nth(1).unwrap();
    let half = &cursor[..cursor.len() / 2];
    let refused = [
        format!("/Patient?_cursor={cursor}"),
        format!("/Observation?_cursor={half}"),
        format!("/Observation?_cursor={cursor}A"),
        format!(
            "/Observation?_cursor={half}{}{}",
            if &cursor[half.len()..=half.len()] == "A" { "B" } else { "A" },
            &cursor[half.len() + 1..]
        ),
        format!("/Observation?_cursor={cursor}&_sort=_id"),
        format!("/Observation?_cursor={cursor}&_cursor={cursor}"),
        "/Observation?_cursor=".to_owned(),
        "/Observation?_cursor=%20".to_owned(),
    ];
    for path in refused {
        outcome::refused(&client.get(&path), 400, "value", "MTR-SRC-008", "");
    }
    let other = harness::structure();
    outcome::refused(&other.get(&next), 400, "value", "MTR-SRC-008", "");
    client.get(&next).expect(200);
}

/// What was asked can be asked again as the answer tells it, by the form too, and comes to the same; what a link
/// leaves out serves no other.
fn followed(client: &Client, page: &Value) {
    let own = link(page, "self").unwrap();
    let (address, asked) = own.split_once('?').unwrap();
    let again = client.found(&format!("/Patient?{asked}"));
    assert_eq!((ids(&again), link(&again, "self").as_ref()), (ids(page), Some(&own)));
    assert!(address.ends_with("/Patient"), "{own}");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let posted = client.send("POST", "/Patient/_search", &form, asked.as_bytes()).expect(200).json();
    assert_eq!(ids(&posted), ids(page));
    let sealed = asked.rsplit_once("_hidden=").unwrap().1;
    for wrong in [
        format!("/Patient?_hidden={sealed}"),
        format!("/Patient?_cursor={sealed}"),
        format!("/Patient?family=...&_hidden={sealed}x"),
        format!("/Patient?{asked}&_hidden={sealed}"),
        format!("/Patient?{asked}&phone=..."),
        format!("/Observation?{asked}"),
    ] {
        outcome::refused(&client.get(&wrong), 400, "value", "MTR-SRC-008", "");
    }
}

#[test]
fn links_and_outcomes_repeat_nothing_that_names_a_person() {
    let client = harness::structure();
    let secrets = ["180010000000122", "zorglubov", "1947-08-23", "0612345678"];
    let all: Vec<Value> = (0..3)
        .map(|n| {
            make::with(
                make::patient(&format!("p{n}"), "female", secrets[2]),
                json!({"name": [{"family": secrets[1]}], "identifier": [make::untyped(secrets[0])],
                    "telecom": [{"system": "phone", "value": secrets[3]}]}),
            )
        })
        .collect();
    // Three of one number: they are written one by one.
    all.iter().for_each(|patient| {
        client.store(patient);
    });
    let queries = [
        format!("/Patient?identifier={}|{}", make::IPP, secrets[0]),
        format!("/Patient?family={}&birthdate={}", secrets[1], secrets[2]),
        format!("/Patient?name:contains={}", secrets[1]),
        format!("/Patient?phone={}", secrets[3]),
    ];
    for query in &queries {
        let found = pages(&client, &format!("{query}&_count=1"), |_| {});
        assert_eq!(found.iter().flat_map(ids).collect::<Vec<_>>(), ["p0", "p1", "p2"], "{query}");
        for page in &found {
            let links = page["link"].to_string();
            assert!(secrets.iter().all(|secret| !links.contains(secret)), "{links}");
        }
        followed(&client, &found[0]);
    }
    for query in [
        format!("/Observation?value-string={}", secrets[1]),
        format!("/Observation?code-value-string=x${}", secrets[1]),
        format!("/CarePlan?identifier={}|{}", make::IPP, secrets[0]),
        format!("/CarePlan?identifier={}", secrets[0]),
        format!("/Invoice?patient={}|{}", make::IPP, secrets[0]),
        format!("/ImmunizationRecommendation?identifier={}&patient=p0", secrets[0]),
        format!("/Group?member={}|{}", make::IPP, secrets[0]),
    ] {
        let links = client.found(&query)["link"].to_string();
        assert!(links.contains("=..."), "{links}");
        assert!(secrets.iter().all(|secret| !links.contains(secret)), "{links}");
    }
    for query in [
        format!("/Observation?patient.identifer={}", secrets[0]),
        format!("/Patient?{}={}", secrets[1], secrets[0]),
        format!("/Patient?identifier:{}={}", secrets[1], secrets[0]),
        format!("/Patient?birthdate={}x", secrets[2]),
        format!("/Patient?_sort={}", secrets[3]),
        format!("/Patient?_include={}:{}", secrets[1], secrets[1]),
        format!("/Patient?_has:Observation:patient:identifier={}&_count=x", secrets[0]),
        format!("/Patient?_cursor={}", secrets[0]),
    ] {
        let answer = client.get(&query);
        let text = answer.text();
        assert_eq!(answer.status, 400, "{query}: {text}");
        // What looks like the name of a parameter is repeated as one.
        let values = [secrets[0], secrets[2], secrets[3]];
        assert!(values.iter().all(|secret| !text.contains(secret)), "{query}: {text}");
    }
}

#[test]
fn a_page_link_takes_another_count() {
    let client = harness::structure();
    let all: Vec<Value> = (0..9).map(|n| make::patient(&format!("p{n}"), "male", "1950-01-01")).collect();
    client.push(&all);
    let count = |page: &Value| page["entry"].as_array().map_or(0, Vec::len);
    for query in ["_count=2", "_count=2&_sort=-_id"] {
        let next = link(&client.found(&format!("/Patient?{query}")), "next").unwrap();
        let page = client.found(&format!("{next}&_count=4"));
        assert_eq!(count(&page), 4, "{query}");
        assert_eq!(client.found(&link(&page, "self").unwrap())["entry"], page["entry"], "{query}");
        // What follows is as large, until it is said otherwise again.
        let after = link(&page, "next").unwrap();
        assert_eq!(count(&client.found(&after)), 3, "{query}");
        assert_eq!(count(&client.found(&format!("{after}&_count=1"))), 1, "{query}");
        assert_eq!(count(&client.found(&next)), 2, "{query}");
        for (added, code) in [("_count=x", "MTR-SRC-002"), ("_count=1&_count=2", "MTR-SRC-006")] {
            assert!(client.get(&format!("{next}&{added}")).expect(400).text().contains(code), "{added}");
        }
        for added in ["gender=male", "_sort=_id", "_summary=true", "_count=1&gender=male"] {
            outcome::refused(&client.get(&format!("{next}&{added}")), 400, "value", "MTR-SRC-008", "");
        }
    }
}
