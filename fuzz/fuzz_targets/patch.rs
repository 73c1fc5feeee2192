//! A JSON Patch on a resource: the result is JSON, or the patch is refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::fhir::json::JsonFaultKind;
use mtr_gateway::fhir::{json, patch};

const TARGET: &[u8] = br#"{"resourceType":"Patient","id":"a","active":true,"name":[{"family":"F","given":["A","B"]}],"multipleBirthInteger":2,"extension":[{"url":"u","valueDecimal":1.10}]}"#;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(patched) = patch::apply(TARGET, bytes, 10_000) {
        match json::check(&patched, json::DEPTH_LIMIT, "Patient") {
            Ok(()) => {}
            // The whole document was replaced; the gateway says so (MTR-JPT-007).
            Err(fault) => assert_eq!(fault.kind, JsonFaultKind::NotAnObject, "a patched resource is JSON"),
        }
    }
});
