//! What is published, without a server.

use super::content::{Content, Member};
use super::*;
use crate::domain::fact::Kind;
use crate::domain::publication::{VendorCode, VendorMap};
use crate::fhir::search;
use serde_json::json;

fn member(code: &str) -> Member {
    Member { code: code.into(), display: None, unverified: false }
}

#[test]
fn beginnings_of_codes_become_a_filter_and_are_found_with_or_without_their_dot() {
    /// Dotless, prefixes, pattern, codes within, codes without.
    type Case<'a> = (bool, &'a [&'a str], &'a str, &'a [&'a str], &'a [&'a str]);
    let cases: [Case<'_>; 3] = [
        (true, &["F20", "E11.9"], "(F20|E11\\.?9).*", &["F20", "f20.1", "E119", "E11.90"], &["F2", "E11", "XF20"]),
        (false, &["J07"], "(J07).*", &["J07", "J07BB"], &["j07", "J0"]),
        (false, &["a.b", "c-d"], "(a\\.b|c-d).*", &["a.bc"], &["axb"]),
    ];
    for (dotless, prefixes, pattern, inside, outside) in cases {
        let mut content = Content::default();
        let include = content.of_system("s", dotless).unwrap();
        include.prefixes = prefixes.iter().map(|code| member(code)).collect();
        assert!(inside.iter().all(|code| include.find(code).is_some()), "{pattern}");
        assert!(outside.iter().all(|code| include.find(code).is_none()), "{pattern}");
        assert_eq!(content.compose()["include"][0]["filter"][0]["value"], pattern);
    }
}

#[test]
fn a_code_nobody_verified_is_said_to_be_a_reading_of_ours() {
    let mut content = Content::default();
    content.of_system("s", false).unwrap().codes =
        vec![member("sure"), Member { unverified: true, ..member("unsure") }];
    let concepts = &content.compose()["include"][0]["concept"];
    assert!(concepts[0].get("extension").is_none());
    assert_eq!(concepts[1]["extension"][0]["valueCode"], "interpretation");
}

#[test]
fn each_search_parameter_is_published_once_and_says_where_it_reads() {
    let all = search_parameters::all();
    let mut ids = std::collections::HashSet::new();
    for parameter in &all {
        let id = text(parameter, "id");
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(id.len() <= 64, "{id}");
        assert!(!text(parameter, "expression").is_empty(), "{id}: no expression");
        for component in parameter["component"].as_array().into_iter().flatten() {
            assert!(!text(component, "definition").is_empty() && !text(component, "expression").is_empty(), "{id}");
        }
    }
    let rows: usize = Kind::ALL.iter().map(|kind| search::parameters(*kind).count()).sum();
    let common = search::parameters(Kind::Patient).filter(|p| p.name.starts_with('_')).count();
    assert_eq!(all.len(), rows - common * (Kind::ALL.len() - 1));
    let date = all.iter().find(|p| p["id"] == "Observation-date").unwrap();
    assert_eq!(date["expression"], "Observation.effective");
    assert_eq!(date["derivedFrom"], "http://hl7.org/fhir/SearchParameter/clinical-date");
    let own = all.iter().find(|p| p["id"] == "Flag-status").unwrap();
    assert!(own.get("derivedFrom").is_none(), "{own}");
}

#[test]
fn names_become_ids_and_machine_names() {
    for (name, id, machine) in [
        ("refused:bmi", "refused-bmi", "RefusedBmi"),
        ("measure-gad-7", "measure-gad-7", "MeasureGad7"),
        ("Observation-code", "Observation-code", "ObservationCode"),
    ] {
        assert_eq!((id_of(name), machine_name(name)), (id.to_owned(), machine.to_owned()));
    }
}

#[test]
fn a_vendors_map_has_a_group_for_each_standard_system() {
    let code = |code: &str, system: &str| VendorCode {
        code: code.into(),
        label_fr: None,
        target_system: system.into(),
        target: "t".into(),
    };
    let map = VendorMap {
        id: "v".into(),
        label_fr: "V".into(),
        note_fr: None,
        file: "sources/v.yaml".into(),
        system: "local".into(),
        codes: vec![code("a", "x"), code("b", "y"), code("c", "x")],
    };
    let json = concept_maps::concept_map(&map, "1", "d");
    let sizes: Vec<_> =
        json["group"].as_array().unwrap().iter().map(|g| g["element"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2, 1]);
    let mut library = Library::default();
    library.add(Published::ConceptMap, json);
    let asked = |system: &str, code: &str| AskedCoding {
        system: Some(system.to_owned()),
        code: code.to_owned(),
        display: None,
    };
    for (system, code, target, want) in [
        ("local", "a", None, true),
        ("local", "z", None, false),
        ("other", "a", None, false),
        ("local", "a", Some("y"), false),
    ] {
        let told = library.translate(None, &asked(system, code), target);
        assert_eq!(told["parameter"][0]["valueBoolean"], json!(want), "{system} {code} {target:?}");
    }
}

#[test]
fn of_two_resources_under_one_id_the_first_stays() {
    let mut library = Library::default();
    for title in ["folder", "rulebook"] {
        library.add(Published::ValueSet, json!({"resourceType": "ValueSet", "id": "x", "url": "u", "title": title}));
    }
    assert_eq!(library.get(Published::ValueSet, "x").unwrap().json["title"], "folder");
    assert!(library.by_url(Published::ValueSet, "u|2").is_none());
}
