//! A ConceptMap for each vendor's codes, and `$translate` (conceptmap-operation-translate.html).

use super::value_sets::{rule_source, rule_status, rulebook_digest};
use super::{AskedCoding, Library, Published, id_of, machine_name, text};
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::publication::VendorMap;
use serde_json::{Value, json};

/// Answers the codes of a vendor as a ConceptMap, one group for each standard system.
pub fn concept_map(map: &VendorMap, version: &str, digest: &str) -> Value {
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for code in &map.codes {
        let target = json!({"code": code.target, "equivalence": "equivalent"});
        let mut element = json!({"code": code.code, "target": [target]});
        if let Some(label) = &code.label_fr {
            element["display"] = Value::from(&**label);
        }
        match groups.iter_mut().find(|(system, _)| *system == &*code.target_system) {
            Some((_, elements)) => elements.push(element),
            None => groups.push((&code.target_system, vec![element])),
        }
    }
    let group: Vec<Value> = groups
        .into_iter()
        .map(|(target, elements)| json!({"source": map.system, "target": target, "element": elements}))
        .collect();
    let mut description =
        format!("Les codes de « {} » et les codes standard comme lesquels les règles les lisent.", map.label_fr);
    if let Some(note) = &map.note_fr {
        description.push_str(&format!(" {note}"));
    }
    let source = rule_source(&format!("mappings/{}", map.file));
    json!({
        "resourceType": "ConceptMap",
        "id": id_of(&map.id),
        "language": "fr",
        "extension": [rule_status("interpretation"), rulebook_digest(digest), source],
        "url": format!("{CANONICAL_BASE}/ConceptMap/{}", map.id),
        "version": version,
        "name": machine_name(&map.id),
        "title": map.label_fr,
        "status": "active",
        "experimental": false,
        "publisher": "mtr-gateway",
        "description": description,
        "group": group,
    })
}

impl Library {
    /// Answers what a code becomes, by one map or by all of them; into one target system where it is
    /// named.
    pub fn translate(&self, map: Option<&str>, coding: &AskedCoding, target: Option<&str>) -> Value {
        let system = coding.system.as_deref().unwrap_or_default();
        let asked = |url: &str| map.is_none_or(|map| map == url);
        let maps = self.artefacts.iter().filter(|a| a.kind == Published::ConceptMap && asked(&a.url));
        let mut parts = Vec::new();
        for map in maps {
            let groups = map.json.get("group").and_then(Value::as_array);
            for group in groups.into_iter().flatten().filter(|group| text(group, "source") == system) {
                let to = text(group, "target");
                if target.is_some_and(|wanted| self.system(wanted).0 != to) {
                    continue;
                }
                let elements = group.get("element").and_then(Value::as_array).into_iter().flatten();
                let targets =
                    elements.filter(|e| text(e, "code") == coding.code).filter_map(|e| e.pointer("/target/0"));
                for target in targets {
                    let concept = json!({"system": to, "code": target["code"]});
                    parts.push(json!({"name": "match", "part": [
                        {"name": "equivalence", "valueCode": target["equivalence"]},
                        {"name": "concept", "valueCoding": concept},
                        {"name": "source", "valueUri": map.url},
                    ]}));
                }
            }
        }
        let mut parameter = vec![json!({"name": "result", "valueBoolean": !parts.is_empty()})];
        if parts.is_empty() {
            parameter.push(json!({"name": "message", "valueString":
                "Aucune correspondance n'est publiée pour ce code. (No mapping of that code is published.)"}));
        }
        parameter.extend(parts);
        json!({"resourceType": "Parameters", "parameter": parameter})
    }
}
