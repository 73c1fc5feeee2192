//! CarePlan (R4 careplan.html): one per pathway that a patient is in, waits for, or has left.

use super::{Stamp, code_system, computed_id, reference, structure_definition};
use crate::domain::calendar::PartialDate;
use crate::domain::explain::Language;
use crate::domain::fact::Kind;
use crate::domain::finding::EvidenceRef;
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::pathway::Allowance;
use crate::domain::pathway::PathwayResult;
use crate::domain::pathway::State;
use crate::domain::pathway::Stay;
use crate::domain::pathway::Used;
use crate::domain::rules::Rules;
use crate::domain::words;
use crate::fhir::subset::Subset;
use crate::fhir::subset::Summary;
use serde_json::{Map, Value, json};

/// A care plan, and what it rests on.
pub struct CarePlanView<'a> {
    pub structure: &'a str,
    pub id: &'a str,
    pub patient: &'a str,
    pub result: &'a PathwayResult,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
}

/// Elements of CarePlan marked as summary in R4.
const SHORT: [&str; 11] = [
    "identifier",
    "status",
    "intent",
    "category",
    "title",
    "description",
    "subject",
    "period",
    "created",
    "author",
    "addresses",
];
/// What is never left out.
const ALWAYS: [&str; 3] = ["status", "intent", "subject"];

/// Answers the id of the plan of a patient for a pathway.
pub fn care_plan_id(structure: &str, patient: &str, pathway: &str) -> String {
    computed_id("cp-", &format!("{structure}/{patient}/{pathway}"))
}

/// Answers the status (request-status) of a plan that stands so.
pub fn care_plan_status(stay: &Stay) -> &'static str {
    match stay.state {
        State::Waiting => "draft",
        State::Entered => "active",
        State::OnHold => "on-hold",
        State::Left if stay.cancelled => "revoked",
        State::Left => "completed",
        State::Withdrawn => "revoked",
    }
}

/// Answers the CarePlan, or the part of it that is wanted with the tag SUBSETTED; `None` for a
/// pathway nobody told of.
pub fn care_plan(view: &CarePlanView<'_>, subset: &Subset) -> Option<Value> {
    let stay = view.result.stay.as_ref()?;
    let rule = &view.rules.pathways[view.result.pathway];
    let status = care_plan_status(stay);
    let code = json!({"system": code_system("mtr-parcours"), "code": &*rule.id, "display": &*rule.label_fr});
    let (problems, others): (Vec<&EvidenceRef>, Vec<&EvidenceRef>) =
        view.result.ground.evidence.iter().partition(|evidence| evidence.kind == Kind::Condition);
    let mut information: Vec<Value> = stay.evidence.iter().map(reference).collect();
    information.extend(others.into_iter().map(reference));
    let allowances = view.result.used.iter().map(|used| activity(&rule.allowances[used.allowance], used, stay));
    let elements = [
        ("extension", json!(extensions(view))),
        (
            "identifier",
            json!([{"system": format!("{CANONICAL_BASE}/identifier/care-plan"),
                    "value": format!("{}/{}/{}", view.structure, view.patient, rule.id)}]),
        ),
        ("status", json!(status)),
        ("intent", json!("plan")),
        ("category", json!([{"coding": [code]}])),
        ("title", json!(&*rule.label_fr)),
        ("description", description(view)),
        ("subject", json!({"reference": format!("Patient/{}", view.patient)})),
        ("period", period(stay)),
        ("author", json!({"reference": format!("Organization/{}", view.structure)})),
        ("addresses", Value::Array(problems.into_iter().map(reference).collect())),
        ("supportingInfo", Value::Array(information)),
        ("activity", Value::Array(allowances.collect())),
    ];
    let mut out = Map::new();
    out.insert("resourceType".to_owned(), json!("CarePlan"));
    out.insert("id".to_owned(), json!(view.id));
    out.insert("meta".to_owned(), meta(view.stamp, subset));
    for (name, value) in elements {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty && shows(subset, name) {
            out.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(out))
}

/// The verdict the plan carries, and what decided it.
fn description(view: &CarePlanView<'_>) -> Value {
    let verdict = view.result.ground.verdict;
    let reasons = view.result.reasons.iter();
    let mut told: Vec<String> =
        reasons.map(|one| words::reason(view.rules, &one.condition, one.verdict, Language::Fr)).collect();
    told.extend(view.result.ground.missing.iter().map(|missing| format!("manque : {}", missing.label_fr)));
    let why = if told.is_empty() { String::new() } else { format!(" ({})", told.join(" ; ")) };
    Value::from(format!("Peut y entrer : {}{why}", Language::Fr.verdict(verdict)))
}

fn shows(subset: &Subset, element: &str) -> bool {
    let by_summary = match subset.summary {
        Summary::Whole => subset.elements.is_empty(),
        Summary::Short => SHORT.contains(&element),
        Summary::Data => true,
        Summary::Text | Summary::Count => false,
    };
    by_summary || ALWAYS.contains(&element) || subset.elements.iter().any(|asked| asked == element)
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

fn extensions(view: &CarePlanView<'_>) -> Vec<Value> {
    vec![
        json!({"url": structure_definition("known-at"), "valueInstant": view.stamp.known_at.to_string()}),
        json!({"url": structure_definition("weakest-status"), "valueCode": view.stamp.weakest.code()}),
        json!({"url": structure_definition("pathway-eligible"), "valueCode": view.result.ground.verdict.code()}),
    ]
}

/// Answers the first and the last day of a plan: those of the stay; of a wait, since when and, where it
/// was given up, until when. `None`: no day was told, or what was told first is that it is cancelled.
pub fn care_plan_days(stay: &Stay) -> Option<(Option<PartialDate>, Option<PartialDate>)> {
    match stay.state {
        State::Waiting | State::Withdrawn => stay.waiting.map(|(day, _)| (Some(day), stay.waited_until)),
        State::Entered | State::OnHold | State::Left => {
            Some((stay.since, stay.until)).filter(|days| *days != (None, None))
        }
    }
}

fn period(stay: &Stay) -> Value {
    let (start, end) = care_plan_days(stay).unwrap_or_default();
    let mut period = Map::new();
    for (name, day) in [("start", start), ("end", end)] {
        if let Some(day) = day {
            period.insert(name.to_owned(), json!(day.to_string()));
        }
    }
    if period.is_empty() { Value::Null } else { Value::Object(period) }
}

fn activity(rule: &Allowance, used: &Used, stay: &Stay) -> Value {
    let status = match (stay.state, used.left()) {
        (_, Some(0)) => "completed",
        (State::OnHold, _) => "on-hold",
        (State::Left, _) => "stopped",
        _ if used.used > 0 => "in-progress",
        _ if used.planned > 0 => "scheduled",
        _ => "not-started",
    };
    let detail = json!({"status": status, "code": {"text": &*rule.label_fr}, "description": told(used)});
    let mut activity = json!({"extension": [counted(rule, used)]});
    if !used.evidence.is_empty() {
        activity["outcomeReference"] = used.evidence.iter().map(reference).collect();
    }
    activity["detail"] = detail;
    activity
}

/// The same in French: "3 sur 5, reste 2".
fn told(used: &Used) -> String {
    let granted = used.granted.map_or_else(|| "un nombre inconnu".to_owned(), |n| n.to_string());
    let mut text = format!("{} sur {granted}", used.used);
    match (used.exceeded(), used.left()) {
        (Some(over @ 1..), _) => text += &format!(", {over} de trop"),
        (_, Some(left)) => text += &format!(", reste {left}"),
        (_, None) => text += ", reste inconnu",
    }
    if used.planned > 0 {
        text += &format!(", {} à venir", used.planned);
    }
    text
}

/// The numbers, each a part of the extension; one that nobody knows is left out, and said by its name.
fn counted(rule: &Allowance, used: &Used) -> Value {
    let mut parts = vec![json!({"url": "kind", "valueCode": rule.kind.code()})];
    let numbers = [
        ("granted", used.granted),
        ("used", Some(used.used)),
        ("left", used.left()),
        ("exceeded", used.exceeded()),
        ("planned", Some(used.planned)),
        ("undated", Some(used.undated).filter(|n| *n > 0)),
    ];
    for (name, number) in numbers {
        match number {
            Some(number) => parts.push(json!({"url": name, "valueUnsignedInt": number})),
            None if name == "undated" => {}
            None => parts.push(json!({"url": "unknown", "valueCode": name})),
        }
    }
    parts.push(json!({"url": "ruleStatus", "valueCode": used.status.code()}));
    json!({"url": structure_definition("pathway-allowance"), "extension": parts})
}
