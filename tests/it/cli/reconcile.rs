//! `reconcile`: a payer's list from a file or standard input, against a server and a data directory.

use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::{run, run_with_input};
use serde_json::json;

fn closed() -> Gateway {
    let gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::and(make::professionals(), make::man("p", "1980-01-01")));
    client.push(&make::man("q", "1980-01-01"));
    let month = json!({"resourceType": "Parameters", "parameter": [{"name": "month", "valueString": "2025-12"}]});
    client.post("/Organization/cabinet/$close-month", &month).expect(200);
    client.push(&[make::measure("precar", "q", "precar", "2024-06-01", json!({"valueInteger": 60}))]);
    gateway
}

const LIST: &str = "patient,month,amount\np,2025-12,9.00\nq,2025-12,8.00\n";
const TOLD: &str = "month,patient,line,theirs,issued,now,reason,not_payable\n\
                    2025-12,p,2,9.00,8.00,8.00,amount-differs,\n\
                    2025-12,q,3,8.00,8.00,20.40,late-data,\n";

#[test]
fn a_server_and_a_data_directory_tell_the_same_differences() {
    let mut gateway = closed();
    let base = gateway.client().base();
    let file = gateway.folder().join("list.csv").to_string_lossy().into_owned();
    std::fs::write(&file, LIST).unwrap();
    let served = run(&["reconcile", &file, "--server", &base, "--structure", "cabinet"]).expect(1);
    assert_eq!(served.out, TOLD);
    assert!(served.err.contains("2025-12 (issued): theirs 17.00, issued 16.00, now 28.40"), "{}", served.err);
    assert!(served.err.contains("late-data: 1"), "{}", served.err);
    let line = |patient: &str, amount: f64| {
        json!({"name": "line", "part": [{"name": "patient", "valueString": patient},
            {"name": "month", "valueString": "2025-12"}, {"name": "amount", "valueDecimal": amount}]})
    };
    let parameters = json!({"resourceType": "Parameters", "parameter": [line("p", 9.0), line("q", 8.0)]}).to_string();
    let sent = run_with_input(&["reconcile", "-", "--server", &base, "--structure", "cabinet"], &parameters).expect(1);
    // In Parameters the first line is 1, in a CSV the header is.
    assert_eq!(sent.out, TOLD.replace(",p,2,", ",p,1,").replace(",q,3,", ",q,2,"));
    gateway.terminate();
    let data = gateway.data_dir().to_string_lossy().into_owned();
    let store = ["--data-dir", &data, "--structure", "cabinet", "--mode", "demo"];
    assert_eq!(run(&[&["reconcile", &file], &store[..]].concat()).expect(1).out, TOLD);
    let same = "patient;month;amount\np;2025-12;8,00\nq;2025-12;20,40\n";
    let told = run_with_input(&[&["reconcile", "-"], &store[..]].concat(), same).expect(1).out;
    assert!(told.ends_with("2025-12,q,3,20.40,8.00,20.40,paid-late,\n") && told.lines().count() == 2, "{told}");
}

#[test]
fn a_list_without_difference_ends_with_0_and_one_that_cannot_be_read_with_1() {
    let gateway = closed();
    let base = gateway.client().base();
    let january = "patient,month,amount\np,2025-12,8.00\n";
    let common = ["--server", &base, "--structure", "cabinet"];
    let ask = |list: &str| run_with_input(&[&["reconcile", "-"], &common[..]].concat(), list);
    assert!(ask(january).expect(1).out.contains("q,,,8.00,20.40,not-theirs"));
    gateway.client().delete("/Observation/precar").expect(204);
    let all = ask("patient,month,amount\np,2025-12,8.00\nq,2025-12,8\n").expect(0);
    assert_eq!(all.out.lines().count(), 1);
    assert!(ask("patient,amount\n").expect(1).err.contains("MTR-RCN-001"));
    assert!(ask("patient,month,amount\np,12,8\n").expect(1).err.contains("line[2].month"));
    run(&["reconcile", "/no/such/list.csv", "--server", &base, "--structure", "cabinet"]).expect(3);
    run(&["reconcile", "-", "--server", &base]).expect(2);
    let unreachable = ["reconcile", "-", "--server", "http://127.0.0.1:1", "--structure", "cabinet"];
    run_with_input(&unreachable, january).expect(3);
}
