//! Whether a resource of ours has only the elements R4 gives it, in the form R4 gives them.

use serde_json::Value;

/// Elements of each type: `name` one primitive, `name:Type` one of a type, `name*:Type` several,
/// `name*` several primitives; what stands under each is checked in turn. An Extension has `value[x]`
/// or extensions.
pub type Elements<'e> = [(&'e str, &'e [&'e str])];

/// Adds to `wrong` what a value of type `kind` holds that R4 does not give it.
pub fn check(elements: &Elements<'_>, value: &Value, kind: &str, place: &str, wrong: &mut Vec<String>) {
    let known = elements.iter().find(|(name, _)| *name == kind).map(|(_, members)| *members).unwrap_or_default();
    for (member, value) in value.as_object().unwrap() {
        let place = format!("{place}.{member}");
        if kind == "Extension" && member.starts_with("value") {
            if value.is_object() {
                check(elements, value, member, &place, wrong);
            }
            continue;
        }
        let found = known.iter().find(|k| k.split([':', '*']).next() == Some(member));
        let Some(form) = found else {
            wrong.push(format!("{place}: not in R4"));
            continue;
        };
        let (name, kind) = form.split_once(':').unwrap_or((form, ""));
        match (name.ends_with('*'), value) {
            (true, Value::Array(items)) if !items.is_empty() && !kind.is_empty() => {
                items.iter().for_each(|item| check(elements, item, kind, &place, wrong));
            }
            (false, Value::Object(members)) if !kind.is_empty() && !members.is_empty() => {
                check(elements, value, kind, &place, wrong);
            }
            (true, Value::Array(items)) if items.iter().all(Value::is_string) && !items.is_empty() => {}
            (false, Value::String(text)) if kind.is_empty() && !text.is_empty() => {}
            (false, Value::Bool(_) | Value::Number(_)) if kind.is_empty() => {}
            _ => wrong.push(format!("{place}: {value}")),
        }
    }
}
