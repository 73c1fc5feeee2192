use super::*;
use crate::fhir::issue::IssueKind;
use crate::fhir::json::tree;
use serde_json::json;

fn line(place: u32, id: &str, month: &str, cents: i64) -> TheirLine {
    TheirLine { place, who: Who::Id(id.into()), month: month.parse().unwrap(), amount: Centimes(cents) }
}

#[test]
fn a_list_is_read_whoever_wrote_it() {
    let context = Context::fixed();
    let want = vec![line(2, "p1", "2026-09", 2040), line(3, "p2", "2026-10", -474)];
    let cases = [
        "patient,month,amount\np1,2026-09,20.40\np2,2026-10,-4.74\n",
        "patient,month,amount\r\nPatient/p1,2026-09,20.4\r\np2,2026-10,-4.740",
        "\u{feff}Month;Amount;Patient;note\n2026-09;20,40;p1;\n2026-10;-4.74;p2;x\n\n\n",
        "\"amount\",\"name, first\",patient,month\n\"20.40\",\"a \"\"b\"\", c\",\"p1\",2026-09\n-4.74,,p2,\"2026-10\"\n",
        " patient , month , amount \n p1 , 2026-09 , 20.40 \n p2 , 2026-10 , -4.74 ",
    ];
    for text in cases {
        assert_eq!(csv(text.as_bytes(), &context).unwrap().lines, want, "{text}");
    }
}

#[test]
fn a_quoted_line_end_counts_as_a_line() {
    let context = Context::fixed();
    let text = "patient,note,month,amount\np1,\"a\nb\",2026-09,1\np2,,2026-09,2\n";
    assert_eq!(
        csv(text.as_bytes(), &context).unwrap().lines,
        [line(2, "p1", "2026-09", 100), line(4, "p2", "2026-09", 200)]
    );
}

#[test]
fn parameters_say_the_same_as_a_csv() {
    let context = Context::fixed();
    let cases = [
        (r#"{"name":"patient","valueString":"p1"}"#, r#"{"name":"amount","valueDecimal":20.40}"#),
        (
            r#"{"name":"patient","valueReference":{"reference":"Patient/p1"}}"#,
            r#"{"name":"amount","valueMoney":{"value":20.4,"currency":"EUR"}}"#,
        ),
        (r#"{"name":"patient","valueId":"p1"}"#, r#"{"name":"amount","valueDecimal":2.04E1}"#),
    ];
    for (patient, amount) in cases {
        let text = format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"line","part":[{patient},
                {{"name":"month","valueString":"2026-09"}},{amount}]}}]}}"#
        );
        let read = of_parameters(text.as_bytes(), &context).unwrap().lines;
        assert_eq!(read, [line(1, "p1", "2026-09", 2040)], "{text}");
    }
}

#[test]
fn an_identifier_is_only_kept_as_its_hash() {
    let context = Context::fixed();
    let text = "patient,month,amount\nurn:oid:1.2.250.1.999.1.1.1|N-1,2026-09,1\n";
    let read = csv(text.as_bytes(), &context).unwrap();
    let want = context.patient_key(&tree(&json!({"system": "urn:oid:1.2.250.1.999.1.1.1", "value": "N-1"}))).unwrap();
    assert_eq!(read.lines[0].who, Who::Identifier(want));
    assert!(!format!("{read:?}").contains("N-1"));
}

#[test]
fn what_cannot_be_read_is_told_by_its_line() {
    let context = Context::fixed();
    let cases: [(&[u8], &IssueKind, &str); 18] = [
        (b"", &issues::RECONCILE_EMPTY, ""),
        (b"patient,month,amount\n", &issues::RECONCILE_EMPTY, ""),
        (b"patient,amount\np,1\n", &issues::RECONCILE_COLUMN, "line[1]"),
        (b"p1,2026-09,20.40\n", &issues::RECONCILE_COLUMN, "line[1]"),
        (b"patient,month,amount\np,2026-09,1\np,2026-9,1\n", &issues::RECONCILE_VALUE, "line[3].month"),
        (b"patient,month,amount\np,2026-13,1\n", &issues::RECONCILE_VALUE, "line[2].month"),
        (b"patient,month,amount\np,,1\n", &issues::RECONCILE_VALUE, "line[2].month"),
        (b"patient,month,amount\n,2026-09,1\n", &issues::RECONCILE_VALUE, "line[2].patient"),
        (b"patient,month,amount\na b,2026-09,1\n", &issues::RECONCILE_VALUE, "line[2].patient"),
        (b"patient,month,amount\np,2026-09,\n", &issues::RECONCILE_VALUE, "line[2].amount"),
        (b"patient,month,amount\np,2026-09,8.405\n", &issues::RECONCILE_VALUE, "line[2].amount"),
        (b"patient,month,amount\np,2026-09,1e2\n", &issues::RECONCILE_VALUE, "line[2].amount"),
        (b"patient,month,amount\np,2026-09,99999999999999999999\n", &issues::RECONCILE_VALUE, "line[2].amount"),
        (b"patient;month;amount\np;2026-09;1.234,50\n", &issues::RECONCILE_VALUE, "line[2].amount"),
        (b"patient,month,amount\np,2026-09,20,40\n", &issues::RECONCILE_CSV, "line[2]"),
        (b"patient,month,amount\np,2026-09\n", &issues::RECONCILE_CSV, "line[2]"),
        (b"patient,month,amount\n\"p,2026-09,1\n", &issues::RECONCILE_CSV, "line[2]"),
        (b"patient,month,amount\np,2026-09,1\n\xff,2026-09,1\n", &issues::RECONCILE_CSV, "line[3]"),
    ];
    for (bytes, kind, expression) in cases {
        let text = String::from_utf8_lossy(bytes);
        let failure = csv(bytes, &context).unwrap_err();
        assert_eq!(failure.reason, Reason::Malformed, "{text}");
        let told = &failure.issues[0];
        assert_eq!((told.kind.code, told.expression.as_deref().unwrap_or("")), (kind.code, expression), "{text}");
    }
}

#[test]
fn an_amount_is_no_float() {
    let cases = [
        ("0.1", Some(10)),
        ("1.10", Some(110)),
        ("-0.01", Some(-1)),
        ("7.", Some(700)),
        ("1.100000", Some(110)),
        ("0.001", None),
        (".5", None),
        ("+1", None),
        ("--1", None),
        ("1.2.3", None),
        ("1 000", None),
        ("-", None),
    ];
    for (text, want) in cases {
        assert_eq!(exact(text), want.map(Centimes), "{text}");
    }
}

#[test]
fn a_list_too_long_is_refused_whole() {
    let context = Context::fixed();
    let mut text = String::from("patient,month,amount\n");
    for year in 0..11 {
        for month in 1..=12 {
            text.push_str(&format!("p,{}-{month:02},1\n", 2015 + year));
        }
    }
    let failure = csv(text.as_bytes(), &context).unwrap_err();
    assert_eq!((failure.reason, failure.issues[0].kind.code), (Reason::TooLarge, issues::RECONCILE_TOO_MANY.code));
}
