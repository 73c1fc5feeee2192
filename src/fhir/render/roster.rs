//! Rosters: Group (R4 group.html), what became of one between two months, who is leaving.
//!
//! A Group is written as text: its members are many, and are read once. Patients are named by
//! reference only.

use super::{Stamp, code_system, computed_id, money, parameters, part, structure_definition};
use crate::domain::calendar::Day;
use crate::domain::calendar::Month;
use crate::domain::condition::Window;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::money::Centimes;
use crate::domain::pathway::Places;
use crate::domain::roster::Change;
use crate::domain::roster::Counts;
use crate::domain::roster::Leaving;
use crate::domain::roster::Move;
use crate::domain::roster::Reason;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// A roster in a month, and what its figures rest on.
pub struct GroupView<'a> {
    pub structure: &'a str,
    pub id: &'a str,
    pub code: &'a str,
    pub label_fr: &'a str,
    pub month: Month,
    pub stamp: &'a Stamp,
    /// The places there are, of who is in a pathway.
    pub places: Option<Places>,
    /// `None`: nobody was counted.
    pub count: Option<u32>,
    /// In order of ids.
    pub members: &'a [(Box<str>, Window)],
}

/// Elements of Group marked as summary in R4.
const SHORT: [&str; 8] = ["identifier", "active", "type", "actual", "code", "name", "quantity", "managingEntity"];
/// What is never left out.
const ALWAYS: [&str; 2] = ["type", "actual"];

/// Answers the id of a roster of a structure.
pub fn group_id(structure: &str, code: &str) -> String {
    computed_id("grp-", &format!("{structure}/{code}"))
}

/// Answers whether a part of a Group has this element.
pub fn group_shows(subset: &Subset, element: &str) -> bool {
    let by_summary = match subset.summary {
        Summary::Whole => subset.elements.is_empty(),
        Summary::Short => SHORT.contains(&element),
        Summary::Data => true,
        Summary::Text | Summary::Count => false,
    };
    by_summary || ALWAYS.contains(&element) || subset.elements.iter().any(|asked| asked == element)
}

/// Answers the Group as JSON text, or the part of it that is wanted with the tag SUBSETTED.
pub fn group(view: &GroupView<'_>, subset: &Subset) -> String {
    let mut head = Map::new();
    head.insert("resourceType".to_owned(), json!("Group"));
    head.insert("id".to_owned(), json!(view.id));
    head.insert("meta".to_owned(), meta(view.stamp, subset));
    let (start, end) = (view.month.first_day().to_string(), view.month.last_day().to_string());
    let mut extension = vec![
        json!({"url": structure_definition("roster-month"), "valuePeriod": {"start": start, "end": end}}),
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": view.stamp.weakest.code()}),
    ];
    extension.extend(view.places.map(capacity));
    let elements = [
        ("extension", Value::Array(extension)),
        (
            "identifier",
            json!([{"system": format!("{CANONICAL_BASE}/identifier/group"),
                    "value": format!("{}/{}", view.structure, view.code)}]),
        ),
        ("active", json!(true)),
        ("type", json!("person")),
        ("actual", json!(true)),
        ("code", json!({"coding": [{"system": code_system("roster"), "code": view.code, "display": view.label_fr}]})),
        ("name", json!(view.label_fr)),
        ("quantity", json!(view.count)),
        ("managingEntity", json!({"reference": format!("Organization/{}", view.structure)})),
    ];
    for (name, value) in elements {
        if !value.is_null() && group_shows(subset, name) {
            head.insert(name.to_owned(), value);
        }
    }
    let mut out = Value::Object(head).to_string();
    if !view.members.is_empty() && group_shows(subset, "member") {
        out.pop();
        members(view.members, &mut out);
        out.push('}');
    }
    out
}

/// The places of a pathway; that nobody knows how many is said.
fn capacity(places: Places) -> Value {
    let url = structure_definition("pathway-capacity");
    match places.capacity {
        Some(capacity) => json!({"url": url, "valueUnsignedInt": capacity}),
        None => json!({"url": url, "_valueUnsignedInt": {"extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}),
    }
}

fn meta(stamp: &Stamp, subset: &Subset) -> Value {
    let mut tag = vec![
        json!({"system": code_system("rulebook"), "code": stamp.rulebook}),
        json!({"system": code_system("rule-status"), "code": stamp.weakest.code()}),
    ];
    if !subset.is_whole() {
        tag.push(json!({"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}));
    }
    json!({"lastUpdated": stamp.known_at.to_string(), "tag": tag})
}

/// Writes the members. Ids of FHIR need no escape, and writing to a String cannot fail.
fn members(members: &[(Box<str>, Window)], out: &mut String) {
    out.reserve(members.len() * 120);
    let mut opening = r#","member":["#;
    for (patient, window) in members {
        let _ = write!(out, r#"{opening}{{"entity":{{"reference":"Patient/{patient}"}}"#);
        opening = ",";
        let bounds = [("start", window.from), ("end", window.until)];
        let mut inner = r#","period":{"#;
        for (name, bound) in bounds {
            if let Some(bound) = bound {
                let _ = write!(out, r#"{inner}"{name}":"{}""#, bound.day);
                inner = ",";
            }
        }
        out.push_str(if inner == "," { "}}" } else { "}" });
    }
    out.push(']');
}

/// What became of a roster between two months.
pub struct DiffView<'a> {
    pub group: &'a str,
    pub code: &'a str,
    pub label_fr: &'a str,
    pub from: Month,
    pub to: Month,
    pub stamp: &'a Stamp,
    pub fictional: bool,
    pub counts: &'a Counts,
    /// In order of ids.
    pub changes: &'a [(Box<str>, Change)],
}

/// Answers the Parameters of `$diff`: counts, effects, then one part per patient that is listed.
pub fn roster_diff(view: &DiffView<'_>) -> Value {
    let reference = json!({"reference": format!("Group/{}", view.group)});
    let mut parts = vec![
        part("group", "valueReference", reference),
        part("code", "valueCode", view.code),
        part("name", "valueString", view.label_fr),
        part("from", "valueString", view.from.to_string()),
        part("to", "valueString", view.to.to_string()),
    ];
    parts.extend(view.stamp.parameters());
    parts.push(part("fictional", "valueBoolean", view.fictional));
    let count = |name: &str, n: u32| part(name, "valueInteger", n);
    let mut counts = vec![count("from", view.counts.before), count("to", view.counts.after)];
    counts.extend(Move::ALL.into_iter().zip(view.counts.moved).map(|(moved, n)| count(moved.code(), n)));
    parts.push(json!({"name": "counts", "part": counts}));
    parts.push(json!({"name": "effects", "part": effects(view.counts)}));
    for moved in Move::ALL {
        let of_kind = view.changes.iter().filter(|(_, change)| change.moved == moved);
        parts.extend(of_kind.map(|(patient, change)| changed(patient, change)));
    }
    parameters(parts)
}

/// The sum of each kind of change, and of all; where an effect is unknown there is no sum, and it is
/// said of how many.
fn effects(counts: &Counts) -> Vec<Value> {
    let known = Move::ALL.into_iter().enumerate().filter(|(n, _)| counts.unpriced[*n] == 0);
    let mut parts: Vec<Value> = known.map(|(n, moved)| amount(moved.code(), counts.effect[n])).collect();
    match counts.total() {
        Some(total) => parts.push(amount("total", total)),
        None => parts.push(part("unknown", "valueInteger", counts.unpriced.iter().sum::<u32>())),
    }
    parts
}

fn changed(patient: &str, change: &Change) -> Value {
    let mut parts = vec![part("patient", "valueReference", json!({"reference": format!("Patient/{patient}")}))];
    parts.extend(change.reasons.iter().map(|reason| part("reason", "valueCoding", coding(*reason))));
    parts.push(match change.effect {
        Some(effect) => amount("effect", effect),
        None => part("effectUnknown", "valueBoolean", true),
    });
    json!({"name": change.moved.code(), "part": parts})
}

fn coding(reason: Reason) -> Value {
    json!({"system": code_system("roster-reason"), "code": reason.code(), "display": reason.label_fr()})
}

fn amount(name: &str, amount: Centimes) -> Value {
    part(name, "valueMoney", money(amount))
}

/// Who is leaving the file active, and what the answer rests on.
pub struct LeavingView<'a> {
    pub structure: &'a str,
    pub date: Day,
    pub days: i32,
    pub stamp: &'a Stamp,
    pub fictional: bool,
    /// Patient, window, and what the month comes to, the first to leave first.
    pub found: Vec<(&'a str, Leaving, Option<Centimes>)>,
}

/// Answers the Parameters of `$leaving`.
pub fn leaving(view: &LeavingView<'_>) -> Value {
    let mut parts = vec![
        part("structure", "valueReference", json!({"reference": format!("Organization/{}", view.structure)})),
        part("date", "valueDate", view.date.to_string()),
        part("month", "valueString", view.date.month().to_string()),
        part("days", "valueInteger", view.days),
    ];
    parts.extend(view.stamp.parameters());
    parts.push(part("fictional", "valueBoolean", view.fictional));
    parts.push(part("patients", "valueInteger", view.found.len()));
    let unknown = view.found.iter().filter(|(_, _, total)| total.is_none()).count();
    match unknown {
        0 => parts.push(amount("amount", view.found.iter().filter_map(|(_, _, total)| *total).sum())),
        _ => parts.push(part("amountUnknown", "valueInteger", unknown)),
    }
    for (patient, leaving, total) in &view.found {
        parts.push(json!({"name": "leaving", "part": [
            part("patient", "valueReference", json!({"reference": format!("Patient/{patient}")})),
            part("lastConsultation", "valueDate", leaving.consulted.to_string()),
            part("windowEnds", "valueDate", leaving.ends.to_string()),
            part("lastMonth", "valueString", leaving.last_month.to_string()),
            match total {
                Some(total) => amount("amount", *total),
                None => part("amountUnknown", "valueBoolean", true),
            },
        ]}));
    }
    parameters(parts)
}
