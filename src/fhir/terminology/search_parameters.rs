//! The search table as SearchParameter resources (searchparameter.html): how each is read here.

use super::machine_name;
use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::search;
use crate::fhir::search::Parameter;
use crate::fhir::search::Shape;
use serde_json::{Value, json};

/// Answers a SearchParameter for each row, those of every type once.
pub fn all() -> Vec<Value> {
    let mut out = Vec::new();
    for kind in Kind::ALL {
        for parameter in search::parameters(*kind).filter(|p| !p.name.starts_with('_')) {
            out.push(one(parameter, *kind, kind.name()));
        }
    }
    let common = search::parameters(Kind::Patient).filter(|p| p.name.starts_with('_'));
    out.extend(common.map(|p| one(p, Kind::Patient, "Resource")));
    out
}

fn one(parameter: &Parameter, kind: Kind, base: &str) -> Value {
    let name = parameter.name.trim_start_matches('_');
    let url = format!("{CANONICAL_BASE}/SearchParameter/{base}-{name}");
    let definition = parameter.definition(kind);
    // R4's code for one of them is not what stands in an address.
    let coded = |modifier: &&'static str| if *modifier == "of-type" { "ofType" } else { *modifier };
    let mut modifiers: Vec<&str> = search::modifiers(parameter.shape).iter().map(coded).collect();
    if matches!(parameter.shape, Shape::Reference(_)) {
        modifiers.push("type");
    }
    let mut json = json!({
        "resourceType": "SearchParameter",
        "id": format!("{base}-{name}"),
        "language": "fr",
        "url": url,
        "version": env!("CARGO_PKG_VERSION"),
        "name": machine_name(&format!("{base}-{name}")),
        "status": "active",
        "experimental": false,
        "publisher": "mtr-gateway",
        "description": format!("Le paramètre « {} » de {base}, tel que la passerelle le lit.", parameter.name),
        "code": parameter.name,
        "base": [base],
        "type": parameter.shape.search_type(),
        "multipleOr": true,
        "multipleAnd": true,
        "modifier": modifiers,
    });
    let mut set = |member: &str, value: Value| json[member] = value;
    if definition != url {
        set("derivedFrom", Value::from(definition));
    }
    if let Some(expression) = expression(parameter, base) {
        set("expression", Value::from(expression));
        set("xpathUsage", Value::from("normal"));
    }
    match parameter.shape {
        Shape::Date | Shape::Quantity => {
            set("comparator", json!(["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]))
        }
        Shape::Reference(targets) if !targets.is_empty() => {
            set("target", targets.iter().map(|target| target.name()).collect());
        }
        Shape::Pair(pair) => set("component", components(parameter, pair, kind)),
        _ => {}
    }
    json
}

/// Answers where the values stand, in FHIRPath.
fn expression(parameter: &Parameter, base: &str) -> Option<String> {
    let under = |paths: &[&str]| {
        let paths: Vec<String> = paths
            .iter()
            .map(|path| if path.is_empty() { base.to_owned() } else { format!("{base}.{}", chosen(path)) })
            .collect();
        joined(paths)
    };
    match parameter.shape {
        _ if parameter.name == "_lastUpdated" => Some("Resource.meta.lastUpdated".to_owned()),
        Shape::Pair(pair) => under(pair.within),
        _ => under(parameter.paths),
    }
}

/// Answers the paths, each once, as one expression.
fn joined(mut paths: Vec<String>) -> Option<String> {
    let all = std::mem::take(&mut paths);
    for path in all {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    (!paths.is_empty()).then(|| paths.join(" | "))
}

/// The elements of our types whose name in JSON ends with the type of their value.
const CHOICES: [&str; 7] = ["abatement", "deceased", "effective", "occurrence", "onset", "performed", "value"];

/// Answers a path of FHIRPath for one of JSON: `effectiveDateTime` is `effective` there.
fn chosen(path: &str) -> String {
    let one = |member: &str| {
        let choice = CHOICES.iter().find(|choice| {
            member.strip_prefix(**choice).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        });
        choice.map_or(member, |choice| *choice).to_owned()
    };
    let members: Vec<String> = path.split('.').map(one).collect();
    members.join(".")
}

/// Answers the two sides of a composite parameter: `combo-code-value-quantity` is made of
/// `combo-code` and `combo-value-quantity`.
fn components(parameter: &Parameter, pair: &search::Pair, kind: Kind) -> Value {
    let (first, value) = parameter.name.split_once("-value-").unwrap_or((parameter.name, ""));
    let second = format!("{}value-{value}", first.strip_suffix("code").unwrap_or(""));
    let part = |name: &str, part: &search::Part| {
        let paths = part.paths.iter().map(|path| chosen(path)).collect();
        let definition = search::parameter(kind, name).map(|p| p.definition(kind)).unwrap_or_default();
        json!({"definition": definition, "expression": joined(paths).unwrap_or_default()})
    };
    json!([part(first, &pair.first), part(&second, &pair.second)])
}
