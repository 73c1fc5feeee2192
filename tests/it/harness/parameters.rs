//! Parameters read by name, and Invoices by line.

use serde_json::Value;

/// Answers the parameters, or the parts of one, of this name.
pub fn all<'a>(holder: &'a Value, name: &str) -> Vec<&'a Value> {
    let list = holder.get("parameter").or_else(|| holder.get("part")).and_then(Value::as_array);
    list.into_iter().flatten().filter(|one| one["name"] == name).collect()
}

/// Answers the value of the only parameter or part of this name; `Null` when there is none.
#[track_caller]
pub fn value<'a>(holder: &'a Value, name: &str) -> &'a Value {
    let found = all(holder, name);
    assert!(found.len() <= 1, "{name} stands {} times in {holder}", found.len());
    let value = found
        .first()
        .and_then(|one| one.as_object())
        .and_then(|one| one.iter().find(|(key, _)| key.starts_with("value")));
    value.map_or(&Value::Null, |(_, value)| value)
}

/// Answers the values of the parts of this name, as text.
pub fn texts(holder: &Value, name: &str) -> Vec<String> {
    let value = |one: &Value| {
        let members = one.as_object()?;
        let (_, value) = members.iter().find(|(key, _)| key.starts_with("value"))?;
        Some(value.as_str().or_else(|| value["reference"].as_str()).map_or_else(|| value.to_string(), str::to_owned))
    };
    all(holder, name).into_iter().filter_map(value).collect()
}

/// Answers the parameter `list` (an `item`, a `typology`) whose part `id` is this.
#[track_caller]
pub fn by_id<'a>(answer: &'a Value, list: &str, id: &str) -> &'a Value {
    all(answer, list)
        .into_iter()
        .find(|one| value(one, "id") == id)
        .unwrap_or_else(|| panic!("no {list} {id} in {answer}"))
}

/// Answers the names and the types of values of the parts, in order: `id:valueCode`.
pub fn shape(holder: &Value) -> Vec<String> {
    let list = holder.get("parameter").or_else(|| holder.get("part")).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|one| {
            let kind = one.as_object().unwrap().keys().find(|key| *key != "name").unwrap();
            format!("{}:{kind}", one["name"].as_str().unwrap())
        })
        .collect()
}

/// Answers the lines of an Invoice that carry an amount: code and amount as it is written.
#[track_caller]
pub fn lines(invoice: &Value) -> Vec<(String, String)> {
    assert_eq!(invoice["resourceType"], "Invoice", "{invoice}");
    let lines = invoice.get("lineItem").and_then(Value::as_array);
    lines
        .into_iter()
        .flatten()
        .filter(|line| !line["priceComponent"][0]["amount"].is_null())
        .map(|line| (line_code(line), euros(&line["priceComponent"][0]["amount"]["value"])))
        .collect()
}

/// Answers the code of a line in our `forfait-line`.
pub fn line_code(line: &Value) -> String {
    line["chargeItemCodeableConcept"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned()
}

/// Answers a JSON amount with two decimals.
pub fn euros(value: &Value) -> String {
    format!("{:.2}", value.as_f64().unwrap_or_else(|| panic!("no amount: {value}")))
}

/// Answers the reason for which a month is not payable, if it is not.
pub fn not_payable(invoice: &Value) -> Option<&str> {
    extension(invoice, "https://mtr-gateway.example/fhir/StructureDefinition/not-payable-reason")?["valueCode"].as_str()
}

/// Answers the extension of this URL.
pub fn extension<'a>(holder: &'a Value, url: &str) -> Option<&'a Value> {
    holder["extension"].as_array()?.iter().find(|one| one["url"] == url)
}

/// Answers the tags of a CodeSystem of ours.
pub fn tags(resource: &Value, system: &str) -> Vec<String> {
    let system = format!("https://mtr-gateway.example/fhir/CodeSystem/{system}");
    let tags = resource["meta"]["tag"].as_array();
    tags.into_iter()
        .flatten()
        .filter(|tag| tag["system"] == *system)
        .map(|tag| tag["code"].as_str().unwrap().to_owned())
        .collect()
}
