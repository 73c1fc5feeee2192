//! Computed resources inside a Bundle (bundle.html#references): at no address can they be read, so their
//! fullUrl is a `urn:uuid`, the same for the same resource, and what they refer to is told whole: by that
//! urn where it is computed too, by its absolute address where it is stored.

use serde_json::Value;

/// Kinds that are only ever computed for an answer.
const COMPUTED: [&str; 6] =
    ["Composition", "DetectedIssue", "GuidanceResponse", "MeasureReport", "OperationOutcome", "Provenance"];

/// Answers the fullUrl of a resource: that of its id where it is computed for the answer alone, else the
/// address it is read at. `base` has no slash at the end.
pub fn full_url(kind: &str, id: &str, base: &str) -> String {
    match uuid_of(id).filter(|_| COMPUTED.contains(&kind)) {
        Some(uuid) => format!("urn:uuid:{uuid}"),
        None => format!("{base}/{kind}/{id}"),
    }
}

/// Makes every relative reference of a computed resource one that resolves wherever its Bundle goes.
pub fn bind(resource: &mut Value, base: &str) {
    match resource {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "reference" => {
                        if let Some(whole) = whole(text, base) {
                            *text = whole;
                        }
                    }
                    other => bind(other, base),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| bind(one, base)),
        _ => {}
    }
}

/// `None`: it is whole already, or points inside its own resource.
fn whole(reference: &str, base: &str) -> Option<String> {
    let (kind, id) =
        reference.split_once('/').filter(|(kind, _)| kind.starts_with(|c: char| c.is_ascii_uppercase()))?;
    Some(full_url(kind, id, base))
}

/// Answers the UUID (version 8: the digest that names it) of a computed id: a prefix and 32 hex digits.
fn uuid_of(id: &str) -> Option<String> {
    let hex = id.get(id.len().checked_sub(32)?..)?;
    if !hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let variant = match hex.as_bytes()[16] {
        b'0' | b'4' | b'8' | b'c' => '8',
        b'1' | b'5' | b'9' | b'd' => '9',
        b'2' | b'6' | b'a' | b'e' => 'a',
        _ => 'b',
    };
    Some(format!("{}-{}-8{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BASE: &str = "https://gw.example/fhir";

    #[test]
    fn what_is_computed_is_named_by_a_urn_and_what_is_stored_by_its_address() {
        let id = "mr-0123456789abcdef0123456789abcdef";
        assert_eq!(full_url("MeasureReport", id, BASE), "urn:uuid:01234567-89ab-8def-8123-456789abcdef");
        assert_eq!(full_url("Patient", id, BASE), format!("{BASE}/Patient/{id}"));
        assert_eq!(full_url("MeasureReport", "mine", BASE), format!("{BASE}/MeasureReport/mine"));
    }

    #[test]
    fn every_relative_reference_becomes_whole() {
        let mut report = json!({
            "subject": {"reference": "Patient/p"},
            "evaluatedResource": [{"reference": "Observation/o/_history/2"}],
            "population": [{"subjectResults": {"reference": "#g0"}}],
            "evidence": [{"detail": [{"reference": "MeasureReport/mr-0123456789abcdef0123456789abcdef"}]}],
            "reporter": {"reference": "https://elsewhere.example/Organization/x"},
        });
        bind(&mut report, BASE);
        let want = json!({
            "subject": {"reference": "https://gw.example/fhir/Patient/p"},
            "evaluatedResource": [{"reference": "https://gw.example/fhir/Observation/o/_history/2"}],
            "population": [{"subjectResults": {"reference": "#g0"}}],
            "evidence": [{"detail": [{"reference": "urn:uuid:01234567-89ab-8def-8123-456789abcdef"}]}],
            "reporter": {"reference": "https://elsewhere.example/Organization/x"},
        });
        assert_eq!(report, want);
    }
}
