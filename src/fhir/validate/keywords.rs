//! Two keywords of our schemas that JSON Schema has no words for.
//!
//! `fhirChoice: ["value"]`: at most one of the members `valueQuantity`, `valueString`... stands.
//! `fhirTargets: ["Patient"]`: a Reference points to one of these types. Both are annotations to
//! other validators. FHIR pages: R4 formats.html#choice, references.html.

use super::formats::ReferenceForm;
use super::formats::reference_form;
use crate::fhir::json;
use jsonschema::Keyword;
use jsonschema::ValidationError;
use serde_json::Map;
use serde_json::Value;

pub const CHOICE: &str = "fhirChoice";
pub const TARGETS: &str = "fhirTargets";

/// One choice element: its name and the members that stand for it.
pub struct Choice {
    alternatives: Vec<(Box<str>, Vec<Box<str>>)>,
}

impl Choice {
    /// Reads the keyword beside its `properties`; `None` when it is not a list of names.
    pub fn new(parent: &Map<String, Value>, value: &Value) -> Option<Choice> {
        let properties = parent.get("properties")?.as_object()?;
        let mut alternatives = Vec::new();
        for base in value.as_array()? {
            let base = base.as_str()?;
            let members = properties.keys().filter(|k| is_choice_of(k, base)).map(|k| k.as_str().into()).collect();
            alternatives.push((base.into(), members));
        }
        Some(Choice { alternatives })
    }

    /// Answers the first choice element sent twice and the members sent, as `value:valueA, valueB`.
    fn twice(&self, map: &json::Object<'_>) -> Option<String> {
        for (base, members) in &self.alternatives {
            let sent: Vec<&str> = map.keys().filter(|k| members.iter().any(|m| **m == **k)).collect();
            if sent.len() > 1 {
                return Some(format!("{base}:{}", sent.join(", ")));
            }
        }
        None
    }

    fn has_twice(&self, map: &json::Object<'_>) -> bool {
        self.alternatives.iter().any(|(base, members)| {
            let candidates = map.keys().filter(|k| k.starts_with(&**base));
            candidates.filter(|k| members.iter().any(|m| **m == **k)).nth(1).is_some()
        })
    }
}

fn is_choice_of(member: &str, base: &str) -> bool {
    member.strip_prefix(base).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

impl<'i> Keyword<'i, json::Borrowed> for Choice {
    fn validate(&self, instance: &'i json::Value<'i>) -> Result<(), ValidationError<'i>> {
        match instance.as_object().and_then(|map| self.twice(map)) {
            None => Ok(()),
            Some(sent) => Err(ValidationError::custom(sent)),
        }
    }

    fn is_valid(&self, instance: &'i json::Value<'i>) -> bool {
        instance.as_object().is_none_or(|map| !self.has_twice(map))
    }
}

/// The types a Reference may point to.
pub struct Targets {
    allowed: Vec<Box<str>>,
}

impl Targets {
    pub fn new(value: &Value) -> Option<Targets> {
        let names = value.as_array()?.iter();
        let allowed = names.map(|v| v.as_str().map(Into::into)).collect::<Option<Vec<_>>>()?;
        Some(Targets { allowed })
    }

    /// Answers the type pointed to when it is none of those allowed.
    fn wrong<'v>(&self, instance: &'v json::Value<'v>) -> Option<&'v str> {
        let map = instance.as_object()?;
        let kind = match map.get("reference").and_then(json::Value::as_str) {
            Some(text) => match reference_form(text)? {
                ReferenceForm::Relative { kind } | ReferenceForm::Conditional { kind } => kind,
                ReferenceForm::Absolute { kind } => kind?,
                ReferenceForm::Urn | ReferenceForm::Contained { .. } => return None,
            },
            // A logical reference may say its type; a type elsewhere than in R4 is left alone.
            None => map.get("type").and_then(json::Value::as_str).filter(|t| super::names::is_resource_type(t))?,
        };
        self.allowed.iter().all(|a| **a != *kind).then_some(kind)
    }
}

impl<'i> Keyword<'i, json::Borrowed> for Targets {
    fn validate(&self, instance: &'i json::Value<'i>) -> Result<(), ValidationError<'i>> {
        match self.wrong(instance) {
            None => Ok(()),
            Some(kind) => Err(ValidationError::custom(format!("{kind}:{}", self.allowed.join(", ")))),
        }
    }

    fn is_valid(&self, instance: &'i json::Value<'i>) -> bool {
        self.wrong(instance).is_none()
    }
}
