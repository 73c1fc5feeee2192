//! Condition, Flag and Coverage: what a person has, what was declared, what rights are open.

use super::act::is_choice;
use super::date::period;
use super::date::when;
use super::read::codings;
use super::read::concepts;
use super::read::has_code;
use super::read::items;
use super::read::text;
use crate::domain::fact::Clinical;
use crate::domain::fact::ConditionFact;
use crate::domain::fact::CoverageException;
use crate::domain::fact::CoverageFact;
use crate::domain::fact::FlagFact;
use crate::fhir::json::Value;

pub fn condition(resource: &Value) -> ConditionFact {
    let verification = &resource["verificationStatus"];
    let onset = when(&resource["onsetDateTime"]).or_else(|| period(&resource["onsetPeriod"]).start);
    let over = period(&resource["abatementPeriod"]);
    let abatement = when(&resource["abatementDateTime"]).or(over.end).or(over.start);
    ConditionFact {
        codings: codings(&resource["code"]).into(),
        categories: codings(&resource["category"]),
        clinical: clinical(&resource["clinicalStatus"]),
        confirmed: codings(verification).is_empty() || has_code(verification, &["confirmed"]),
        void: has_code(verification, &["entered-in-error"]),
        onset,
        abatement,
        abated: resource.as_object().is_some_and(|members| {
            members
                .iter()
                .any(|(name, value)| is_choice(name, "abatement") && !matches!(value, Value::Null | Value::Bool(false)))
        }),
        recorded: when(&resource["recordedDate"]),
    }
}

fn clinical(status: &Value) -> Clinical {
    if has_code(status, &["active", "recurrence", "relapse"]) {
        Clinical::Active
    } else if has_code(status, &["inactive", "remission", "resolved"]) {
        Clinical::Ended
    } else {
        Clinical::Absent
    }
}

pub fn flag(resource: &Value) -> FlagFact {
    let mut found = codings(&resource["code"]);
    concepts(&resource["category"], &mut found);
    FlagFact {
        active: text(&resource["status"]) == Some("active"),
        void: text(&resource["status"]) == Some("entered-in-error"),
        codings: found,
        period: period(&resource["period"]),
    }
}

pub fn coverage(resource: &Value) -> CoverageFact {
    let mut found = codings(&resource["type"]);
    items(&resource["class"]).for_each(|class| concepts(&class["type"], &mut found));
    let exceptions = items(&resource["costToBeneficiary"]).flat_map(|cost| items(&cost["exception"]));
    CoverageFact {
        active: text(&resource["status"]) == Some("active"),
        void: text(&resource["status"]) == Some("entered-in-error"),
        codings: found,
        period: period(&resource["period"]),
        exceptions: exceptions
            .map(|e| CoverageException { codings: codings(&e["type"]), period: period(&e["period"]) })
            .collect(),
    }
}
