//! Provenance of a figure (R4 provenance.html): from which resource versions, by which software and
//! which rules. Its instant is that of the knowledge, so the same answer has the same Provenance.

use super::{Stamp, reference, structure_definition};
use crate::domain::finding::EvidenceRef;
use crate::domain::measure::CANONICAL_BASE;
use serde_json::{Value, json};

/// Answers the name and version of this software.
pub(super) fn software() -> String {
    format!("mtr-gateway {}", env!("CARGO_PKG_VERSION"))
}

/// Answers the Provenance of `targets` (as `Type/id`) that rest on these resource versions.
pub(super) fn provenance(id: &str, targets: &[String], used: &[EvidenceRef], stamp: &Stamp) -> Value {
    let target: Vec<Value> = targets.iter().map(|target| json!({"reference": target})).collect();
    let digest = json!([{"url": structure_definition("rulebook-digest"), "valueString": stamp.rulebook}]);
    let mut out = json!({
        "resourceType": "Provenance", "id": id,
        "extension": digest,
        "target": target,
        "recorded": stamp.known_at.to_string(),
        "agent": [{
            // The software as it decided: with these rules.
            "extension": digest,
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "assembler"}]},
            "who": {"type": "Device", "display": software(),
                    "identifier": {"system": format!("{CANONICAL_BASE}/identifier/software"), "value": env!("CARGO_PKG_VERSION")}}}],
    });
    // FHIR has no empty arrays.
    if !used.is_empty() {
        out["entity"] = used.iter().map(|e| json!({"role": "source", "what": reference(e)})).collect();
    }
    out
}
