//! A Bundle: its entries, its references, and what becomes of them when they are rewritten.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::fhir::bundle;
use mtr_gateway::fhir::json;
use mtr_gateway::fhir::references;

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = bundle::read(bytes, "https://gw.example/fhir", 50) else { return };
    assert!(read.entries.len() <= 50);
    for entry in read.entries.iter().flatten() {
        let Some(resource) = entry.resource else { continue };
        let found = references::collect(resource, "Patient");
        let rewritten = references::rewrite(resource, &|text| (text.len() % 2 == 0).then(|| "Patient/é\"x".to_owned()));
        if json::scan(resource).is_ok() {
            json::scan(&rewritten).expect("a rewritten resource is one");
            assert_eq!(references::collect(&rewritten, "Patient").len(), found.len());
        }
    }
});
