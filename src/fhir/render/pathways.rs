//! Pathways: `Patient/{id}/$pathways`, `Organization/{id}/$pathways`.
//!
//! A number that nobody knows is said by a part of its own, and is never 0.

use super::{Stamp, evidence_parts, group_id, parameters, part, reference};
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::calendar::When;
use crate::domain::explain::Language;
use crate::domain::pathway::Allowance;
use crate::domain::pathway::AllowanceKind;
use crate::domain::pathway::Overview;
use crate::domain::pathway::PathwayResult;
use crate::domain::pathway::Places;
use crate::domain::pathway::Reason;
use crate::domain::pathway::Stay;
use crate::domain::pathway::Used;
use crate::domain::pathway::Workshop;
use crate::domain::roster::Roster;
use crate::domain::rules::Rules;
use crate::domain::words;
use serde_json::{Value, json};

const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";

/// One pathway of a patient.
pub struct StandingView<'a> {
    pub result: &'a PathwayResult,
    pub places: Places,
    /// For who waits: the turn, among how many, and how many places are free (`None`: nobody knows).
    pub turn: Option<(usize, usize, Option<u32>)>,
}

/// Answers one `pathway` part per pathway of the rulebook, as it stands on the date asked.
pub fn pathways(standings: &[StandingView<'_>], date: Day, rules: &Rules, stamp: &Stamp) -> Value {
    let mut out = vec![part("date", "valueDate", date.to_string())];
    out.extend(stamp.parameters());
    out.extend(standings.iter().map(|standing| of_patient(standing, rules)));
    parameters(out)
}

fn of_patient(view: &StandingView<'_>, rules: &Rules) -> Value {
    let rule = &rules.pathways[view.result.pathway];
    let ground = &view.result.ground;
    let mut parts = vec![
        part("id", "valueCode", &*rule.id),
        part("label", "valueString", &*rule.label_fr),
        part("eligible", "valueCode", ground.verdict.code()),
    ];
    parts.extend(ground.missing.iter().map(|m| part("missing", "valueString", &*m.label_fr)));
    parts.extend(view.result.reasons.iter().map(|one| reason(one, rules)));
    parts.extend(evidence_parts(&ground.evidence));
    parts.push(part("ruleStatus", "valueCode", ground.status.code()));
    let state = view.result.state().map_or("not-entered", |state| state.code());
    parts.push(part("state", "valueCode", state));
    if let Some(stay) = &view.result.stay {
        parts.extend(stay_parts(stay));
    }
    if let Some((turn, of, free)) = view.turn {
        parts.push(part("place", "valueInteger", turn));
        parts.push(part("waiting", "valueInteger", of));
        parts.push(known("freePlaces", free));
    }
    parts.extend(places(view.places));
    parts.extend(view.result.used.iter().map(|used| allowance(&rule.allowances[used.allowance], used)));
    json!({"name": "pathway", "part": parts})
}

/// What decided, in French and in English, with what it rests on.
fn reason(reason: &Reason, rules: &Rules) -> Value {
    let told = |language| words::reason(rules, &reason.condition, reason.verdict, language);
    let mut text = part("text", "valueString", told(Language::Fr));
    text["_valueString"] = json!({"extension": [{"url": TRANSLATION, "extension": [
        {"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": told(Language::En)}]}]});
    let mut parts = vec![text, part("verdict", "valueCode", reason.verdict.code())];
    parts.extend(evidence_parts(&reason.evidence));
    json!({"name": "reason", "part": parts})
}

fn stay_parts(stay: &Stay) -> Vec<Value> {
    let mut parts = Vec::new();
    if let Some((day, _)) = stay.waiting {
        parts.extend(waiting_since(day));
    }
    match stay.since {
        Some(day) => parts.push(part("entered", "valueDate", day.to_string())),
        None if stay.state.is_in() => parts.push(part("enteredUnknown", "valueBoolean", true)),
        None => {}
    }
    if let Some(day) = stay.until {
        parts.push(part("left", "valueDate", day.to_string()));
    }
    if stay.undated_end {
        parts.push(part("leftUndated", "valueBoolean", true));
    }
    parts.extend(stay.evidence.iter().map(|episode| part("episode", "valueReference", reference(episode))));
    parts
}

/// Since when somebody waits, and that the place rests on the last day it may be where none is known.
fn waiting_since(day: PartialDate) -> Vec<Value> {
    let mut parts = vec![part("waitingSince", "valueDate", day.to_string())];
    if !day.is_exact() {
        parts.push(part("waitingSincePartial", "valueBoolean", true));
    }
    parts
}

fn places(places: Places) -> [Value; 2] {
    [known("capacity", places.capacity), part("capacityStatus", "valueCode", places.status.code())]
}

/// A number, or that nobody knows it.
fn known(name: &str, value: Option<u32>) -> Value {
    match value {
        Some(value) => part(name, "valueInteger", value),
        None => part(&format!("{name}Unknown"), "valueBoolean", true),
    }
}

fn name_of(kind: AllowanceKind) -> &'static str {
    match kind {
        AllowanceKind::Session => "sessions",
        AllowanceKind::Workshop => "workshops",
    }
}

fn allowance(rule: &Allowance, used: &Used) -> Value {
    let mut parts = vec![
        part("label", "valueString", &*rule.label_fr),
        known("granted", used.granted),
        part("used", "valueInteger", used.used),
        known("left", used.left()),
        known("exceeded", used.exceeded()),
        part("planned", "valueInteger", used.planned),
    ];
    if used.undated > 0 {
        parts.push(part("undated", "valueInteger", used.undated));
    }
    parts.push(part("ruleStatus", "valueCode", used.status.code()));
    parts.extend(evidence_parts(&used.evidence));
    json!({"name": name_of(rule.kind), "part": parts})
}

/// The pathways of a structure, and what the answer rests on.
pub struct StructurePathwaysView<'a> {
    pub structure: &'a str,
    pub date: Day,
    pub rules: &'a Rules,
    pub stamp: &'a Stamp,
    pub overviews: &'a [Overview],
    pub workshops: &'a [Workshop],
}

/// Answers one `pathway` part per pathway, then one `workshop` part per workshop and group.
pub fn structure_pathways(view: &StructurePathwaysView<'_>) -> Value {
    let mut out = vec![
        part("structure", "valueReference", json!({"reference": format!("Organization/{}", view.structure)})),
        part("date", "valueDate", view.date.to_string()),
    ];
    out.extend(view.stamp.parameters());
    out.extend(view.overviews.iter().map(|overview| of_structure(overview, view)));
    out.extend(view.workshops.iter().map(|workshop| group(workshop, view.rules)));
    parameters(out)
}

fn of_structure(overview: &Overview, view: &StructurePathwaysView<'_>) -> Value {
    let rule = &view.rules.pathways[overview.pathway];
    let [yes, no, unknown] = overview.eligible;
    let group = |roster: Roster| {
        let id = group_id(view.structure, &roster.code(view.rules));
        json!({"reference": format!("Group/{id}")})
    };
    let mut parts = vec![
        part("id", "valueCode", &*rule.id),
        part("label", "valueString", &*rule.label_fr),
        part("eligible", "valueInteger", yes),
        part("notEligible", "valueInteger", no),
        part("eligibleUnknown", "valueInteger", unknown),
        part("entered", "valueInteger", overview.entered.len()),
        part("enteredGroup", "valueReference", group(Roster::Entered(overview.pathway))),
        part("waiting", "valueInteger", overview.waiting.len()),
        part("waitingGroup", "valueReference", group(Roster::Waiting(overview.pathway))),
    ];
    parts.extend(places(overview.places));
    parts.push(known("freePlaces", overview.places.free(overview.entered.len())));
    let entered = u32::try_from(overview.entered.len()).unwrap_or(u32::MAX);
    if let Some(over) = overview.places.capacity.map(|most| entered.saturating_sub(most)).filter(|n| *n > 0) {
        parts.push(part("overCapacity", "valueInteger", over));
    }
    for (n, rule) in rule.allowances.iter().enumerate() {
        parts.push(json!({"name": name_of(rule.kind), "part": [
            part("label", "valueString", &*rule.label_fr),
            part("used", "valueInteger", overview.used[n]),
            part("patientsExceeding", "valueInteger", overview.exceeding[n]),
        ]}));
    }
    parts.extend(overview.waiting.iter().enumerate().map(|(n, turn)| {
        let mut told = vec![
            part("place", "valueInteger", n + 1),
            part("patient", "valueReference", json!({"reference": format!("Patient/{}", turn.patient)})),
        ];
        told.extend(waiting_since(turn.since));
        json!({"name": "turn", "part": told})
    }));
    parts.push(part("ruleStatus", "valueCode", overview.status.code()));
    json!({"name": "pathway", "part": parts})
}

fn group(workshop: &Workshop, rules: &Rules) -> Value {
    let pathway = &rules.pathways[workshop.of.0];
    let (day, second) = workshop.start;
    let start = When { date: PartialDate::Day(day), second };
    let mut parts = vec![
        part("pathway", "valueCode", &*pathway.id),
        part("label", "valueString", &*pathway.allowances[workshop.of.1].label_fr),
        part("start", "valueDateTime", start.date_time()),
        part("held", "valueBoolean", workshop.held),
    ];
    // Who is named by an identifier alone is told apart, never told.
    let named = workshop.place.split(' ').filter(|name| name.contains('/'));
    parts.extend(named.map(|name| part("place", "valueReference", json!({"reference": name}))));
    parts.push(part("size", "valueInteger", workshop.patients.len()));
    parts.push(known("most", workshop.most));
    if let Some(over) = workshop.over().filter(|over| *over > 0) {
        parts.push(part("tooMany", "valueInteger", over));
    }
    let patient = |id: &str| json!({"reference": format!("Patient/{id}")});
    parts.extend(workshop.patients.iter().map(|id| part("patient", "valueReference", patient(id))));
    parts.push(part("ruleStatus", "valueCode", workshop.status.code()));
    json!({"name": "workshop", "part": parts})
}
