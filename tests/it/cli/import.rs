//! `import`: NDJSON, Bundles and single resources, from files and standard input, through the same
//! path as HTTP; what was refused is told by line; what was interrupted goes on.

use crate::harness;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::{run, run_with_input};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::time::Duration;

fn ndjson(resources: &[Value]) -> String {
    resources.iter().map(|resource| format!("{resource}\n")).collect()
}

fn patients(n: usize) -> Vec<Value> {
    (0..n).map(|n| make::patient(&format!("p{n}"), "male", "1980-01-01")).collect()
}

fn total(gateway: &Gateway, kind: &str) -> u64 {
    gateway.client().found(&format!("/{kind}?_summary=count"))["total"].as_u64().unwrap()
}

struct Import {
    gateway: Gateway,
    base: String,
}

impl Import {
    fn new() -> Import {
        let gateway = Gateway::start(&[]);
        let base = gateway.client().base();
        Import { gateway, base }
    }

    /// Writes a file and imports it.
    fn file(&self, name: &str, text: &str) -> harness::Finished {
        let path = self.gateway.folder().join(name);
        fs::write(&path, text).unwrap();
        run(&["import", "--server", &self.base, &path.to_string_lossy()])
    }
}

#[test]
fn ndjson_bundles_and_pretty_resources_are_imported() {
    let import = Import::new();
    let told = import.file("a.ndjson", &ndjson(&patients(40))).expect(0);
    assert!(told.err.contains("40 line(s) stored"), "{}", told.err);
    assert_eq!(total(&import.gateway, "Patient"), 40);
    import
        .file("blank.ndjson", &format!("\n{}\n\n", ndjson(&[make::patient("blank", "male", "1980-01-01")])))
        .expect(0);
    let bundle = make::transaction(&make::man("of-bundle", "1980-01-01"));
    import.file("b.json", &serde_json::to_string_pretty(&bundle).unwrap()).expect(0);
    import
        .file("c.json", &serde_json::to_string_pretty(&make::patient("pretty", "male", "1980-01-01")).unwrap())
        .expect(0);
    let nameless = make::with(make::patient("x", "male", "1980-01-01"), json!({"id": null}));
    import.file("d.ndjson", &ndjson(&[nameless, bundle])).expect(0);
    for path in ["/Patient/blank", "/Patient/of-bundle", "/Encounter/of-bundle-seen", "/Patient/pretty"] {
        import.gateway.client().get(path).expect(200);
    }
    assert_eq!(total(&import.gateway, "Patient"), 44);
    assert_eq!(import.gateway.client().get("/Patient/of-bundle").version(), 1, "the same bundle again changes nothing");
}

#[test]
fn a_bad_line_is_told_by_its_number_and_the_rest_is_stored() {
    let import = Import::new();
    let mut lines: Vec<String> = patients(6).iter().map(Value::to_string).collect();
    lines[1] = lines[1].replace("1980-01-01", "1980-02-31");
    lines[3] = "{not json".to_owned();
    lines[4] = r#"{"resourceType":"Medication","id":"m"}"#.to_owned();
    let told = import.file("a.ndjson", &(lines.join("\n") + "\n")).expect(1);
    for line in [2, 4, 5] {
        assert!(told.err.contains(&format!("a.ndjson:{line}:")), "line {line} in {}", told.err);
    }
    assert!(told.err.contains("MTR-VAL-002") && told.err.contains("Patient.birthDate"), "{}", told.err);
    assert!(told.err.contains("3 refused"), "{}", told.err);
    assert!(!told.err.contains("1980-02-31"), "no birth date is told: {}", told.err);
    assert_eq!(total(&import.gateway, "Patient"), 3);
}

#[test]
fn a_refused_entry_of_a_batch_counts_as_a_refused_line() {
    let import = Import::new();
    let mut batch = make::transaction(&patients(3));
    batch["type"] = json!("batch");
    batch["entry"][1]["resource"]["birthDate"] = json!("1980-02-31");
    let told = import.file("a.json", &batch.to_string()).expect(1);
    assert!(told.err.contains("a.json:1:") && told.err.contains("MTR-VAL-002"), "{}", told.err);
    assert_eq!(total(&import.gateway, "Patient"), 2);
}

#[test]
fn standard_input_is_a_file_too() {
    let import = Import::new();
    run_with_input(&["import", "--server", &import.base, "-"], &ndjson(&patients(5))).expect(0);
    assert_eq!(total(&import.gateway, "Patient"), 5);
    let told = run_with_input(&["import", "--server", &import.base, "-"], "nonsense\n").expect(1);
    assert!(told.err.contains("-:1:"), "{}", told.err);
}

#[test]
fn a_structure_is_imported_for_when_it_is_named() {
    let import = Import::new();
    let path = import.gateway.folder().join("a.ndjson");
    fs::write(&path, ndjson(&patients(1))).unwrap();
    run(&["import", "--server", &import.base, "--structure", "other", &path.to_string_lossy()]).expect(0);
    import.gateway.client().get("/Patient/p0").expect(404);
    import.gateway.client().of_structure("other").get("/Patient/p0").expect(200);
}

#[test]
fn a_missing_file_and_an_absent_gateway_end_with_3() {
    let mut import = Import::new();
    run(&["import", "--server", &import.base, "/no/such/file.ndjson"]).expect(3);
    let folder = import.gateway.folder().to_string_lossy().into_owned();
    let told = run(&["import", "--server", &import.base, &folder]).expect(3);
    assert!(told.err.contains("is a directory"), "{}", told.err);
    assert!(!std::path::Path::new(&format!("{folder}.mtr-import")).exists());
    import.gateway.terminate();
    let path = import.gateway.folder().join("a.ndjson");
    fs::write(&path, ndjson(&patients(1))).unwrap();
    let told = run(&["import", "--server", &import.base, &path.to_string_lossy()]).expect(3);
    assert!(!told.err.contains("N-p0"), "{}", told.err);
}

#[test]
fn a_data_directory_is_imported_into_without_a_server() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data"), home.path().join("a.ndjson"));
    fs::write(&file, ndjson(&make::and(make::professionals(), make::man("p", "1980-01-01")))).unwrap();
    let (data, file) = (data.to_string_lossy().into_owned(), file.to_string_lossy().into_owned());
    run(&["import", "--data-dir", &data, "--structure", "cabinet", "--mode", "demo", &file]).expect(0);
    let gateway = Gateway::start_in(home, &["--structure", "cabinet", "--mode", "demo", "--access", "open"]);
    assert_eq!(gateway.client().found("/Patient/p/$forfait?month=2025-12")["totalNet"]["value"], 8.0);
}

#[test]
fn a_test_identity_is_refused_in_production() {
    let home = tempfile::tempdir().unwrap();
    let (data, file) = (home.path().join("data").to_string_lossy().into_owned(), home.path().join("a.ndjson"));
    let identified = |oid: &str, kind: &str| {
        make::with(
            make::patient("p", "male", "1980-01-01"),
            json!({"identifier": [{"use": "official",
        "type": make::concept("https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", kind),
        "system": format!("urn:oid:1.2.250.1.213.1.4.{oid}"), "value": "180010000000122"}]}),
        )
    };
    for (oid, kind, code) in [("10", "INS-NIR-TEST", 1), ("11", "INS-NIR-DEMO", 1), ("8", "INS-NIR", 0)] {
        fs::write(&file, ndjson(&[identified(oid, kind)])).unwrap();
        let told =
            run(&["import", "--restart", "--data-dir", &data, "--structure", "cabinet", &file.to_string_lossy()])
                .expect(code);
        assert_eq!(told.err.contains("MTR-PAT-005"), code == 1, "{kind}: {}", told.err);
        assert!(!told.err.contains("180010000000122"), "{}", told.err);
    }
}

/// Starts an import and kills it once this holds; answers whether it was still under way.
fn killed(import: &Import, name: &str, far_enough: impl Fn() -> bool) -> bool {
    let mut child = harness::command()
        .args(["import", "--server", &import.base, name])
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !far_enough() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupted = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    interrupted
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    const LINES: usize = 6000;
    let import = Import::new();
    let path = import.gateway.folder().join("a.ndjson");
    fs::write(&path, ndjson(&patients(LINES))).unwrap();
    let name = path.to_string_lossy().into_owned();
    let checkpoint = import.gateway.folder().join("a.ndjson.mtr-import");
    let done = || fs::read_to_string(&checkpoint).is_ok_and(|text| text.split(' ').nth(2).is_some_and(|n| n != "0"));
    let interrupted = killed(&import, &name, done);
    let told = run(&["import", "--server", &import.base, &name]).expect(0);
    assert_eq!(interrupted, told.err.contains("resuming"), "{}", told.err);
    assert_eq!(total(&import.gateway, "Patient"), LINES as u64);
    for n in [0, 1, LINES / 2, LINES - 1] {
        assert_eq!(import.gateway.client().get(&format!("/Patient/p{n}")).version(), 1);
    }
    assert!(!checkpoint.exists(), "done is done");
}

#[test]
fn what_has_no_id_is_created_once_however_often_its_import_was_killed() {
    const LINES: usize = 3000;
    let import = Import::new();
    let path = import.gateway.folder().join("a.ndjson");
    let one = |n: usize| json!({"resourceType": "Practitioner", "name": [{"family": format!("Soignant {n}")}]});
    fs::write(&path, ndjson(&(0..LINES).map(one).collect::<Vec<_>>())).unwrap();
    let name = path.to_string_lossy().into_owned();
    let known = || total(&import.gateway, "Practitioner");
    for part in [200, 900] {
        killed(&import, &name, || known() >= part);
    }
    run(&["import", "--server", &import.base, &name]).expect(0);
    assert_eq!(known(), LINES as u64);
    // The same file once more is another import: it creates once more.
    run(&["import", "--server", &import.base, &name]).expect(0);
    assert_eq!(known(), 2 * LINES as u64);
}

#[test]
fn a_file_that_was_written_again_is_begun_again() {
    let import = Import::new();
    let path = import.gateway.folder().join("a.ndjson");
    let checkpoint = import.gateway.folder().join("a.ndjson.mtr-import");
    fs::write(&path, ndjson(&patients(3))).unwrap();
    let size = fs::metadata(&path).unwrap().len();
    fs::write(&checkpoint, format!("{size} 1 2 {}\n", "0".repeat(32))).unwrap();
    let told = run(&["import", "--server", &import.base, &path.to_string_lossy()]).expect(0);
    assert!(!told.err.contains("resuming") && told.err.contains("begun again"), "{}", told.err);
    assert_eq!(total(&import.gateway, "Patient"), 3);
}
