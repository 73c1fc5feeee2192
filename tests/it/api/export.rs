//! `$export-lines`: the lines of closed months in each format, footing to the Invoices, the same
//! bytes for ever; what cannot be asked.

use crate::harness;
use crate::harness::Answer;
use crate::harness::Client;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parquet::basic::LogicalType;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::Field;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const FORMATS: [(&str, &str); 3] =
    [("ndjson", "application/x-ndjson"), ("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")];

fn precar(p: &str, date: &str) -> Value {
    make::measure(&format!("{p}-precar"), p, "precar", date, json!({"valueInteger": 60}))
}

/// A structure with a man in precarity (20.40 in December 2025), one who is not (8.00) and one never
/// seen (refused).
fn fill(client: &Client) {
    client.push(&make::professionals());
    client.push(&make::and(make::man("p", "1980-01-01"), vec![precar("p", "2024-06-01")]));
    client.push(&make::man("q", "1980-01-01"));
    client.push(&[make::patient("r", "male", "1980-01-01")]);
}

fn close(client: &Client, month: &str) {
    let body = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": month}]});
    client.post(&format!("/Organization/{}/$close-month", client.structure()), &body).expect(200);
}

fn ask(client: &Client, query: &str) -> Answer {
    client.get(&format!("/Organization/{}/$export-lines?{query}", client.structure()))
}

/// The records of a CSV as this project writes it: no field of ours needs quotes.
fn records(csv: &str) -> Vec<Vec<(String, String)>> {
    assert!(csv.ends_with("\r\n") && !csv.contains('"'), "{csv}");
    let mut lines = csv.trim_end_matches("\r\n").split("\r\n");
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let record = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), header.len(), "{line}");
        header.iter().zip(fields).map(|(name, field)| ((*name).to_owned(), field.to_owned())).collect()
    };
    lines.map(record).collect()
}

fn get<'r>(record: &'r [(String, String)], name: &str) -> &'r str {
    &record.iter().find(|(column, _)| column == name).unwrap().1
}

fn of<'r>(records: &'r [Vec<(String, String)>], patient: &str) -> Vec<&'r [(String, String)]> {
    records.iter().filter(|record| get(record, "patient") == patient).map(Vec::as_slice).collect()
}

#[test]
fn a_closed_month_is_told_line_by_line_and_foots_to_its_invoices() {
    let client = harness::structure();
    fill(&client);
    close(&client, "2025-12");
    let answer = ask(&client, "month=2025-12&format=csv").expect(200);
    let all = records(&answer.text());
    let told = |patient: &str| -> Vec<(String, String, String)> {
        let cells = |r: &&[(String, String)]| {
            (get(r, "kind").to_owned(), get(r, "line").to_owned(), get(r, "amount").to_owned())
        };
        of(&all, patient).iter().map(cells).collect()
    };
    let cells = |kind: &str, line: &str, amount: &str| (kind.to_owned(), line.to_owned(), amount.to_owned());
    assert_eq!(told("p"), [cells("due", "socle", "8.00"), cells("due", "vulnerabilite-sociale", "12.40")]);
    assert_eq!(told("q"), [cells("due", "socle", "8.00")]);
    assert_eq!(told("r"), [cells("refused", "", "0.00")]);
    assert_eq!(get(of(&all, "r")[0], "not_payable"), "not-consuming");
    assert_eq!(get(of(&all, "p")[1], "centimes"), "1240");
    for record in &all {
        assert_eq!(get(record, "structure"), client.structure());
        assert_eq!((get(record, "month"), get(record, "status")), ("2025-12", "issued"));
        let invoice = client.found(&format!("/Invoice/{}", get(record, "invoice")));
        assert_eq!(invoice["subject"]["reference"], format!("Patient/{}", get(record, "patient")));
        let sequence: u64 = get(record, "sequence").parse().unwrap();
        let lines = invoice["lineItem"].as_array().cloned().unwrap_or_default();
        match lines.iter().find(|line| line["sequence"] == sequence) {
            Some(line) => {
                assert_eq!(read::line_code(line), get(record, "line"));
                assert_eq!(read::euros(&line["priceComponent"][0]["amount"]["value"]), get(record, "amount"));
            }
            None => assert_eq!((sequence, get(record, "kind")), (0, "refused")),
        }
    }
    let invoices: Vec<&str> = all.iter().map(|record| get(record, "invoice")).collect();
    assert!(invoices.is_sorted(), "{invoices:?}");
    let whole =
        client.found(&format!("/Invoice?issuer=Organization/{}&date=2025-12&type=structure-month", client.structure()));
    assert_eq!(read::euros(&whole["entry"][0]["resource"]["totalNet"]["value"]), "28.40");
    let cents: i64 = all.iter().map(|record| get(record, "centimes").parse::<i64>().unwrap()).sum();
    assert_eq!(cents, 2840);
}

#[test]
fn the_three_formats_say_the_same() {
    let client = harness::structure();
    fill(&client);
    close(&client, "2025-12");
    client.push(&[precar("q", "2024-06-01")]);
    close(&client, "2026-01");
    let ask = |format: &str| ask(&client, &format!("from=2025-12&to=2026-01&format={format}")).expect(200);
    let csv = records(&ask("csv").text());
    let adjusted = csv.iter().find(|record| get(record, "kind") == "adjustment").unwrap();
    let names = ["patient", "line", "adjusted_month", "adjusted_line", "before", "after", "amount", "reason"];
    let want = ["q", "regularisation", "2025-12", "vulnerabilite-sociale", "0.00", "12.40", "12.40", "typologie"];
    assert_eq!(names.map(|name| get(adjusted, name)), want);
    let original = of(&csv, "q")[0];
    assert_eq!(get(original, "invoice"), get(adjusted, "adjusted_invoice"));

    let ndjson = ask("ndjson").text();
    let lines: Vec<&str> = ndjson.lines().collect();
    assert_eq!(lines.len(), csv.len());
    for (line, record) in lines.iter().zip(&csv) {
        let object = harness::Tree::parse(line);
        let value: Value = serde_json::from_str(line).unwrap();
        for (name, field) in record {
            let told =
                value.get(name).map_or(String::new(), |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            match name.as_str() {
                "amount" | "before" | "after" if !field.is_empty() => {
                    assert!(line.contains(&format!("\"{name}\":{field}")), "{name} {field}: {object:?}");
                }
                _ => assert_eq!(&told, field, "{name}"),
            }
        }
    }

    let reader = SerializedFileReader::new(bytes::Bytes::from(ask("parquet").body)).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let amount = schema.columns().iter().find(|column| column.name() == "amount").unwrap();
    assert_eq!(amount.logical_type_ref(), Some(&LogicalType::decimal(2, 18)));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), csv.len());
    for (row, record) in rows.iter().zip(&csv) {
        let columns: Vec<_> = row.get_column_iter().collect();
        assert_eq!(columns.len(), record.len());
        for ((column, field), (name, text)) in columns.into_iter().zip(record) {
            assert_eq!(column, name);
            match field {
                Field::Null => assert_eq!(text, "", "{name}"),
                Field::Str(told) => assert_eq!(told, text, "{name}"),
                Field::Bool(told) => assert_eq!(&told.to_string(), text, "{name}"),
                Field::Long(told) => assert_eq!(&told.to_string(), text, "{name}"),
                Field::Decimal(told) => {
                    let cents = i64::from_be_bytes(told.data().try_into().unwrap());
                    let sign = if cents < 0 { "-" } else { "" };
                    assert_eq!(&format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100), text, "{name}");
                }
                Field::TimestampMicros(told) => assert!(*told > 0 && name == "known_at"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[test]
fn control_totals_are_those_of_the_bytes() {
    let client = harness::structure();
    fill(&client);
    close(&client, "2025-12");
    for (format, media) in FORMATS {
        let query = format!("month=2025-12&format={format}");
        let answer = ask(&client, &query).expect(200);
        assert_eq!(answer.header("content-type").unwrap().split(';').next(), Some(media));
        let digest = Sha256::digest(&answer.body);
        let want = format!("sha-256=:{}:", STANDARD.encode(digest));
        assert_eq!(answer.header("repr-digest"), Some(&*want));
        assert_eq!(answer.header("x-mtr-control"), Some("patient-months=3; records=4; lines=3; centimes=2840"));
        let name = format!("attachment; filename=\"lines-{}-2025-12.{format}\"", client.structure());
        assert_eq!(answer.header("content-disposition"), Some(&*name));
        let head =
            client.send("HEAD", &format!("/Organization/{}/$export-lines?{query}", client.structure()), &[], b"");
        assert_eq!((head.status, head.header("repr-digest")), (200, Some(&*want)));
        let control = ask(&client, &format!("{query}&_control=true")).expect(200);
        assert!(
            control.text().contains(r#""sum","valueMoney":{"value":28.40,"currency":"EUR"}"#),
            "{}",
            control.text()
        );
        let control = control.json();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(read::value(&control, "sha256"), &json!(hex));
        assert_eq!(read::value(&control, "bytes"), &json!(answer.body.len()));
        assert_eq!(read::value(&control, "centimes"), &json!(2840));
        let month = read::all(&control, "month")[0];
        assert_eq!(read::value(month, "status"), "issued");
        assert_eq!((read::value(month, "patients"), read::value(month, "records")), (&json!(3), &json!(4)));
    }
}

#[test]
fn what_was_issued_gives_the_same_bytes_for_ever() {
    let mut gateway = Gateway::start(&[]);
    let client = gateway.client();
    fill(&client);
    close(&client, "2025-12");
    let all = |client: &Client| -> Vec<(Vec<u8>, String)> {
        let one = |(format, _): &(&str, &str)| {
            let control = ask(client, &format!("month=2025-12&format={format}&_control=true")).expect(200);
            (ask(client, &format!("month=2025-12&format={format}")).expect(200).body, control.text())
        };
        FORMATS.iter().map(one).collect()
    };
    let first = all(&client);
    assert_eq!(all(&client), first);
    // Late data, unrelated data, a month more, a restart, a kill.
    client.push(&make::and(make::man("late", "1950-01-01"), vec![precar("q", "2024-06-01")]));
    assert_eq!(all(&client), first);
    close(&client, "2026-01");
    gateway.restart();
    assert_eq!(all(&gateway.client()), first);
    gateway.kill9();
    gateway.start_again();
    assert_eq!(all(&gateway.client()), first);
}

#[test]
fn a_long_export_is_streamed_whole() {
    let client = harness::practice();
    let charts: Vec<Value> = (0..24).flat_map(|n| make::man(&format!("m{n}"), "1980-01-01")).collect();
    client.push(&charts);
    let answer = ask(&client, "from=2016-12&to=2026-11&drafts=true").expect(200);
    assert!(answer.body.len() > 1024 * 1024, "{}", answer.body.len());
    assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
    let want = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&answer.body)));
    assert_eq!(answer.header("repr-digest"), Some(&*want));
    let control = answer.header("x-mtr-control").unwrap();
    assert!(control.starts_with("patient-months=2880; "), "{control}");
}

#[test]
fn open_months_are_drafts_and_only_where_they_are_asked_for() {
    let client = harness::structure();
    fill(&client);
    outcome::refused(&ask(&client, "month=2025-12"), 422, "business-rule", "MTR-EXP-002", "");
    let draft = records(&ask(&client, "month=2025-12&drafts=true&format=csv").expect(200).text());
    assert!(draft.iter().all(|record| get(record, "status") == "draft"));
    let before = client.found("/metadata")["date"].clone();
    assert!(before.is_string());
    close(&client, "2025-12");
    let issued = records(&ask(&client, "month=2025-12&drafts=true&format=csv").expect(200).text());
    let amounts = |records: &[Vec<(String, String)>]| -> Vec<String> {
        records.iter().map(|r| ["invoice", "sequence", "line", "amount"].map(|name| get(r, name)).join(" ")).collect()
    };
    assert_eq!(amounts(&draft), amounts(&issued), "a draft is what is issued when nothing comes between");
    assert!(issued.iter().all(|record| get(record, "status") == "issued"));
    let control = ask(&client, "from=2025-11&to=2026-02&_control=true").expect(200).json();
    assert_eq!(read::texts(&control, "open"), ["2025-11", "2026-01", "2026-02"]);
    // A month that has not begun is no draft.
    let control = ask(&client, "from=2025-12&to=2034-01&drafts=true&_control=true").expect(200).json();
    assert!(read::texts(&control, "open").contains(&"2034-01".to_owned()));
}

#[test]
fn an_export_as_known_before_the_closing_has_no_closed_month() {
    let client = harness::structure();
    fill(&client);
    let last = client.push(&[precar("q", "2024-06-01")]);
    assert_eq!(last.status, 200);
    let known = client.found("/Patient/q/$typologies?month=2025-12");
    let known = read::value(&known, "knownAt").as_str().unwrap().to_owned();
    close(&client, "2025-12");
    ask(&client, "month=2025-12").expect(200);
    outcome::refused(&ask(&client, &format!("month=2025-12&knownAt={known}")), 422, "business-rule", "MTR-EXP-002", "");
    let draft = ask(&client, &format!("month=2025-12&format=csv&drafts=true&knownAt={known}")).expect(200).text();
    assert!(records(&draft).iter().all(|record| get(record, "known_at") == known));
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let client = harness::structure();
    for query in [
        "",
        "month=2025-12&from=2025-12&to=2025-12",
        "from=2025-12",
        "to=2025-12",
        "from=2026-01&to=2025-12",
        "from=2010-01&to=2026-01",
    ] {
        outcome::refused(&ask(&client, query), 400, "required", "MTR-EXP-001", "");
    }
    for query in
        ["month=2025-13", "month=2025-12&format=xlsx", "month=2025-12&drafts=maybe", "month=2025-12&knownAt=now"]
    {
        outcome::refused(&ask(&client, query), 400, "value", "MTR-OPR-004", "");
    }
    outcome::refused(&ask(&client, "month=2025-12&months=3"), 400, "not-supported", "MTR-OPR-002", "");
    outcome::refused(&ask(&client, "month=2025-12&month=2025-12"), 400, "invalid", "MTR-OPR-005", "");
    let other = client.get("/Organization/elsewhere/$export-lines?month=2025-12");
    outcome::refused(&other, 404, "not-found", "MTR-GET-001", "");
    let path = format!("/Organization/{}/$export-lines?month=2025-12&drafts=true", client.structure());
    let xml = client.send("GET", &path, &[("Accept", "application/xml")], b"");
    outcome::refused(&xml, 406, "not-supported", "MTR-REQ-003", "");
    assert_eq!(client.send("DELETE", &path, &[], b"").status, 405);
    let near = client.get(&format!("/Organization/{}/$export-line", client.structure()));
    assert!(near.expect(400).text().contains("$export-lines"));
}

#[test]
fn accept_chooses_the_format_where_no_parameter_does() {
    let client = harness::structure();
    fill(&client);
    close(&client, "2025-12");
    let path = format!("/Organization/{}/$export-lines?month=2025-12", client.structure());
    let cases = [
        ("text/csv", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/fhir+json", "application/x-ndjson"),
        ("*/*", "application/x-ndjson"),
        ("application/xml, text/csv;q=0.5", "text/csv"),
        ("text/csv;q=0.5, application/vnd.apache.parquet;q=0.9, */*;q=0.1", "application/vnd.apache.parquet"),
        ("text/csv;q=0, */*", "application/x-ndjson"),
    ];
    for (accept, want) in cases {
        let answer = client.send("GET", &path, &[("Accept", accept)], b"").expect(200);
        assert_eq!(answer.header("content-type").unwrap().split(';').next(), Some(want), "{accept}");
    }
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "month", "valueString": "2025-12"}, {"name": "format", "valueCode": "csv"}]});
    let posted = client.post(&format!("/Organization/{}/$export-lines", client.structure()), &asked).expect(200);
    assert_eq!(posted.body, ask(&client, "month=2025-12&format=csv").body);
}
