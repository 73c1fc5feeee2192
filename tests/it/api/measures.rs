//! `Measure/$evaluate-measure`, `$evaluate`, `$trend`: measures of one patient, of some, of all.

use crate::harness;
use crate::harness::Client;
use crate::harness::make;
use crate::harness::outcome;
use crate::harness::parameters as read;
use serde_json::{Value, json};

#[test]
fn look() {
    let client = harness::practice();
    client.push(&make::man("a", "1960-01-01"));
    client.push(&make::woman("b", "1970-05-05"));
    for path in [
        "/Measure/colorectal-cancer/$evaluate-measure?periodStart=2025&periodEnd=2025&subject=Patient/a",
        "/Measure/colorectal-cancer/$evaluate-measure?periodStart=2025&periodEnd=2025&reportType=subject-list",
        "/Measure/prevention/$evaluate-measure?periodStart=2025&periodEnd=2025",
    ] {
        let answer = client.get(path);
        println!("{} {}", answer.status, &answer.text().chars().take(6000).collect::<String>());
    }
    let _ = (outcome::codes(&json!({})), read::value(&json!({}), ""), None::<Client>, Value::Null);
}
