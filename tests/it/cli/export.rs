//! `export`: the same bytes from a server, a data directory and HTTP, with control totals beside; the
//! columns as they are documented.

use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::parameters as read;
use crate::harness::run;
use mtr_gateway::app::COLUMNS;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

fn loaded() -> Gateway {
    let gateway = Gateway::start(&[]);
    let client = gateway.client();
    let precar = make::measure("precar", "p", "precar", "2024-06-01", json!({"valueInteger": 60}));
    client.push(&make::and(make::professionals(), make::and(make::man("p", "1980-01-01"), vec![precar])));
    client.push(&make::man("q", "1980-01-01"));
    let month = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": "2025-12"}]});
    client.post("/Organization/cabinet/$close-month", &month).expect(200);
    gateway
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_server_a_data_directory_and_http_give_the_same_bytes() {
    let mut gateway = loaded();
    let (client, folder) = (gateway.client(), gateway.folder().to_path_buf());
    let formats = ["ndjson", "csv", "parquet"];
    let served = formats.map(|format| {
        let path = format!("/Organization/cabinet/$export-lines?month=2025-12&format={format}");
        client.get(&path).expect(200).body
    });
    let base = client.base();
    let out = |name: &str| folder.join(name).to_string_lossy().into_owned();
    for (format, bytes) in formats.iter().zip(&served) {
        let file = out(&format!("served.{format}"));
        let told = run(&["export", "--month", "2025-12", "--out", &file, "--server", &base, "--structure", "cabinet"]);
        assert!(told.expect(0).err.contains("2 patient-months, 3 lines, 28.40 EUR"));
        assert!(&std::fs::read(&file).unwrap() == bytes, "{format}");
    }
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    for (format, bytes) in formats.iter().zip(&served) {
        let file = out(&format!("read.{format}"));
        let base = ["export", "--month", "2025-12", "--data-dir", &data, "--structure", "cabinet", "--mode", "demo"];
        run(&[&base[..], &["--out", &file]].concat()).expect(0);
        assert!(&std::fs::read(&file).unwrap() == bytes, "{format}");
        let control = std::fs::read_to_string(format!("{file}.control.json")).unwrap();
        assert_eq!(control, std::fs::read_to_string(out(&format!("served.{format}.control.json"))).unwrap());
        let control: Value = serde_json::from_str(&control).unwrap();
        assert_eq!(read::value(&control, "sha256"), &json!(hex(bytes)));
        assert!(!Path::new(&format!("{file}.part")).exists());
        if *format == "csv" {
            let printed = run(&[&base[..], &["--format", "csv", "--out", "-"]].concat()).expect(0);
            assert_eq!(printed.out.as_bytes(), bytes);
            assert!(printed.err.contains(&hex(bytes)), "{}", printed.err);
        }
    }
}

#[test]
fn drafts_are_exported_with_the_totals_they_had() {
    let gateway = loaded();
    let base = gateway.client().base();
    let file = gateway.folder().join("drafts.csv").to_string_lossy().into_owned();
    let common =
        ["export", "--from", "2025-12", "--to", "2026-01", "--out", &file, "--server", &base, "--structure", "cabinet"];
    assert!(run(&common).expect(0).err.contains("open, not exported: 2026-01"));
    run(&[&common[..], &["--drafts"]].concat()).expect(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().any(|line| line.contains(",2026-01,") && line.contains(",draft,")), "{text}");
    let control: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{file}.control.json")).unwrap()).unwrap();
    assert_eq!(read::value(&control, "sha256"), &json!(hex(text.as_bytes())));
}

#[test]
fn what_cannot_be_exported_ends_with_the_code_that_says_so() {
    let gateway = loaded();
    let base = gateway.client().base();
    let file = gateway.folder().join("none.csv").to_string_lossy().into_owned();
    let nowhere = gateway.folder().join("no-folder/lines.csv").to_string_lossy().into_owned();
    let structure = ["--structure", "cabinet"];
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--month", "2025-13", "--server", &base, "--structure", "cabinet"], 2, "--month"),
        (&["--month", "2025-12", "--server", &base], 2, "--structure"),
        (&["--month", "2025-12", "--format", "xlsx", "--server", &base, "--structure", "cabinet"], 2, "--format"),
        (&["--from", "2025-12", "--server", &base, "--structure", "cabinet"], 2, "--to"),
        (&["--month", "2026-02", "--out", &file, "--server", &base, "--structure", "cabinet"], 1, "MTR-EXP-002"),
        (&["--month", "2025-12", "--server", "http://127.0.0.1:1", "--structure", "cabinet"], 3, ""),
        (&["--month", "2025-12", "--out", &nowhere, "--server", &base, "--structure", "cabinet"], 3, "no-folder"),
    ];
    assert_eq!(structure[1], gateway.client().structure());
    for (arguments, code, told) in cases {
        let finished = run(&[&["export"], arguments].concat()).expect(code);
        assert!(finished.err.contains(told), "{arguments:?}: {}", finished.err);
    }
    assert!(!Path::new(&file).exists() && !Path::new(&format!("{file}.part")).exists());
}

#[test]
fn help_and_documentation_tell_every_column_in_order() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/EXPORT.md")).unwrap();
    // The table of columns comes before any other of four columns.
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 5);
    let written: Vec<&str> = rows.take(COLUMNS.len()).collect();
    let row = |column: &mtr_gateway::app::Column| {
        let presence = if column.presence == mtr_gateway::app::Presence::Always { "always" } else { "may be empty" };
        format!("| `{}` | {} | {presence} | {} |", column.name, column.holds.name(), column.meaning)
    };
    let want: Vec<String> = COLUMNS.iter().map(row).collect();
    assert!(written == want, "docs/EXPORT.md should have:\n{}", want.join("\n"));
    let help = run(&["export", "--help"]).expect(0).out;
    let mut from = 0;
    for column in COLUMNS {
        let at = help[from..].find(&format!("  {} ", column.name)).unwrap_or_else(|| panic!("{}: {help}", column.name));
        from += at;
    }
}
