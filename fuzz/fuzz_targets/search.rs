//! A search as an address has it, over each type, and what it says of a resource.

#![no_main]

use libfuzzer_sys::fuzz_target;
use mtr_gateway::domain::fact::Kind;
use mtr_gateway::fhir::facts::HashKey;
use mtr_gateway::fhir::search::{self, Context, Reader, Unknown};

static KEY: HashKey = HashKey([7; 32]);

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let Ok(pairs) = search::pairs(text) else { return };
    let kind = Kind::ALL[usize::from(which) % Kind::ALL.len()];
    let context = Context { base: "https://gw.example/fhir", key: &KEY };
    for unknown in [Unknown::Refused, Unknown::Ignored] {
        let reader = Reader { context, value_sets: &|_| None, unknown };
        if let Ok(query) = search::parse(kind, &pairs, reader) {
            let lead = query.lead();
            for (_, range) in lead.iter().flat_map(|lead| &lead.ranges) {
                assert!(range.lower <= range.upper, "a range that is none: {lead:?}");
            }
        }
    }
});
