//! `ValueSet/$expand` (valueset-operation-expand.html): what a value set holds, code by code.

use super::content::What;
use super::{Artefact, Language, Library};
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::folded;
use serde_json::{Value, json};

/// How an expansion is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// Words that displays or codes hold.
    pub filter: Option<String>,
    pub count: Option<usize>,
    pub offset: usize,
    /// Whether each code is told with its other languages.
    pub designations: Designations,
    pub language: Language,
    /// The instant of the expansion, in ISO 8601.
    pub timestamp: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Designations {
    #[default]
    Left,
    Told,
}

impl Library {
    /// Answers the ValueSet with its expansion; an issue where its members cannot be enumerated.
    pub fn expand(&self, set: &Artefact, asked: &Expansion) -> Result<Value, Issue> {
        let members = self.members(set)?;
        let wanted = asked.filter.as_deref().and_then(folded);
        let kept: Vec<Value> = members
            .into_iter()
            .filter(|member| wanted.as_ref().is_none_or(|wanted| speaks_of(member, wanted)))
            .map(|member| shown(member, asked))
            .collect();
        let total = kept.len();
        let page: Vec<Value> = kept.into_iter().skip(asked.offset).take(asked.count.unwrap_or(usize::MAX)).collect();
        let mut parameter = Vec::new();
        if let Some(filter) = &asked.filter {
            parameter.push(json!({"name": "filter", "valueString": filter}));
        }
        if let Some(count) = asked.count {
            parameter.push(json!({"name": "count", "valueInteger": count}));
        }
        let mut expansion = json!({
            "identifier": format!("{}|{}", set.url, set.tag),
            "timestamp": asked.timestamp,
            "total": total,
            "offset": asked.offset,
        });
        for (member, value) in [("parameter", parameter), ("contains", page)] {
            // FHIR has no empty arrays.
            if !value.is_empty() {
                expansion[member] = Value::from(value);
            }
        }
        let mut out = set.json.clone();
        out["expansion"] = expansion;
        Ok(out)
    }

    /// Answers each member, once, as `ValueSet.expansion.contains` with its designations.
    fn members(&self, set: &Artefact) -> Result<Vec<Value>, Issue> {
        let empty = super::content::Content::default();
        let content = self.contents.get(&set.url).unwrap_or(&empty);
        let mut out: Vec<Value> = Vec::new();
        for include in &content.includes {
            let published = self.code_systems.get(&include.system).filter(|codes| codes.listed);
            if !include.prefixes.is_empty() || include.what == What::Whole && published.is_none() {
                return Err(Issue::general(&issues::EXPANSION_TOO_COSTLY, &[&include.system]));
            }
            let known = |code: &str| published.and_then(|codes| codes.get(code));
            if include.what == What::Whole {
                for code in published.into_iter().flat_map(|codes| &codes.all) {
                    let designation = code.concept.get("designation").cloned();
                    out.push(contained(&include.system, (&code.code, Some(&code.display)), designation));
                }
            }
            for member in &include.codes {
                let code = known(&member.code);
                let display = member.display.as_deref().or(code.map(|code| &*code.display));
                let designation = code.and_then(|code| code.concept.get("designation").cloned());
                let one = contained(&include.system, (&member.code, display), designation);
                if !out.contains(&one) {
                    out.push(one);
                }
            }
        }
        Ok(out)
    }
}

fn contained(system: &str, (code, display): (&str, Option<&str>), designation: Option<Value>) -> Value {
    let mut out = json!({"system": system, "code": code});
    if let Some(display) = display {
        out["display"] = Value::from(display);
    }
    if let Some(designation) = designation {
        out["designation"] = designation;
    }
    out
}

/// Answers whether the code, its display or one of its designations holds the words.
fn speaks_of(member: &Value, wanted: &str) -> bool {
    let designations = member.get("designation").and_then(Value::as_array).into_iter().flatten();
    let texts = [&member["code"], &member["display"]].into_iter().chain(designations.map(|d| &d["value"]));
    texts.filter_map(Value::as_str).filter_map(folded).any(|text| text.contains(wanted))
}

fn shown(mut member: Value, asked: &Expansion) -> Value {
    let english = member.pointer("/designation/0/value").cloned();
    if let Some(english) = english.filter(|_| asked.language == Language::English) {
        member["display"] = english;
    }
    if asked.designations == Designations::Left
        && let Some(members) = member.as_object_mut()
    {
        members.remove("designation");
    }
    member
}
