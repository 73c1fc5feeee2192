//! Our code systems as they are served: those of the folder, with what the rulebook in force adds.

use crate::domain::measure::Concepts;
use crate::fhir::profiles::Listing;
use crate::fhir::profiles::Profiles;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The codes of one published system.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    /// In the order of publication.
    pub all: Vec<Code>,
    by_code: HashMap<Box<str>, usize>,
    /// Whether codes stand here at all.
    pub listed: bool,
}

/// One code with its texts, and its concept as it is served.
#[derive(Clone, Debug)]
pub struct Code {
    pub code: Box<str>,
    pub display: Box<str>,
    pub english: Option<Box<str>>,
    pub concept: Value,
}

impl Codes {
    pub fn get(&self, code: &str) -> Option<&Code> {
        self.by_code.get(code).and_then(|n| self.all.get(*n))
    }

    fn add(&mut self, concept: &Value) {
        let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(Into::into);
        let Some(code): Option<Box<str>> = text(concept, "code") else { return };
        let display = text(concept, "display").unwrap_or_else(|| code.clone());
        let english = concept.pointer("/designation/0/value").and_then(Value::as_str).map(Into::into);
        self.by_code.insert(code.clone(), self.all.len());
        self.all.push(Code { code, display, english, concept: concept.clone() });
    }
}

/// Answers each CodeSystem of the folder and its codes. A fragment is completed from the rulebook.
pub fn all(profiles: &Profiles, concepts: &Concepts) -> Vec<(Value, Codes)> {
    let mut out = Vec::new();
    for resource in profiles.conformance.iter().filter(|c| &*c.resource_type == "CodeSystem") {
        let Ok(mut json) = serde_json::from_slice::<Value>(&resource.bytes) else { continue };
        let listing = profiles.code_system(&resource.url).map(|system| system.listing);
        let mut codes = Codes { listed: listing != Some(Listing::NotPresent), ..Codes::default() };
        json.get("concept").and_then(Value::as_array).into_iter().flatten().for_each(|c| codes.add(c));
        if listing == Some(Listing::Fragment) {
            complete(&mut json, &mut codes, (&resource.url, concepts));
        }
        out.push((json, codes));
    }
    out
}

fn complete(json: &mut Value, codes: &mut Codes, (url, concepts): (&str, &Concepts)) {
    let of_rules = concepts.all.iter().flat_map(|concept| concept.codes.iter().map(move |code| (concept, code)));
    for (concept, code) in of_rules.filter(|(_, code)| &*code.system == url && !code.prefix) {
        if codes.get(&code.code).is_none() {
            let display = code.display.as_ref().unwrap_or(&concept.label_fr);
            codes.add(&json!({"code": code.code, "display": display}));
        }
    }
    json["count"] = Value::from(codes.all.len());
    json["concept"] = codes.all.iter().map(|code| code.concept.clone()).collect();
}
