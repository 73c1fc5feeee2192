//! `close` and `simulate` over a server: what was told, to the last decimal.

use super::check::mappings;
use crate::harness::Gateway;
use crate::harness::make;
use crate::harness::run;

#[test]
fn over_a_server_amounts_keep_their_decimals() {
    let gateway = Gateway::start(&[]);
    let client = gateway.client();
    client.push(&make::and(make::professionals(), make::man("p", "1980-01-01")));
    let base = client.base();
    let tariff = mappings().join("tariffs/mtr-demo.yaml").to_string_lossy().into_owned();
    let commands: [&[&str]; 2] = [
        &["close", "--month", "2026-01", "--dry-run", "--server", &base, "--structure", "cabinet"],
        &["simulate", &tariff, "--from", "2026-01", "--to", "2026-01", "--server", &base, "--structure", "cabinet"],
    ];
    for command in commands {
        let told = run(command).expect(0).out;
        assert!(told.contains("8.40"), "{told}");
        assert!(!told.contains("8.4,") && !told.contains("8.4\n"), "{told}");
    }
}
