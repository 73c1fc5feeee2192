//! Why a condition holds of a patient or does not, a sentence a part, in French and in English.
//!
//! Names of facts stay French in both, as in an explanation.

use super::condition::condition;
use super::value_in;
use crate::domain::condition::Absent;
use crate::domain::condition::ConceptState;
use crate::domain::condition::Condition;
use crate::domain::condition::Latest;
use crate::domain::explain::Language;
use crate::domain::fact::Sex;
use crate::domain::measure::ConceptId;
use crate::domain::param::ParamId;
use crate::domain::rules::Rules;
use crate::domain::verdict::Verdict;
use std::borrow::Cow;

/// Answers what a part of a rule says of a patient: "âge à partir de 41 ans : non".
pub fn reason(rules: &Rules, asked: &Condition, verdict: Verdict, language: Language) -> String {
    let clause = |asked| match language {
        Language::Fr => condition(rules, &as_decided(asked)),
        Language::En => english(rules, asked),
    };
    // What a name stands for is told where it is one thing: a score against its limit.
    let named = match asked {
        Condition::Flag(flag) => Some(&rules.flags[usize::from(flag.0)].condition).filter(|stands| is_one(stands)),
        _ => None,
    };
    let meaning = named.map(|stands| format!(" ({})", clause(stands))).unwrap_or_default();
    format!("{}{meaning}{}{}", clause(asked), language.colon(), language.verdict(verdict))
}

/// What the absence of a measure would have said matters to nobody once it is decided.
fn as_decided(asked: &Condition) -> Cow<'_, Condition> {
    match asked {
        Condition::Latest(latest) => Cow::Owned(Condition::Latest(Latest { absent: Absent::No, ..latest.clone() })),
        Condition::LatestCoded { question, value, .. } => {
            Cow::Owned(Condition::LatestCoded { question: *question, value: *value, absent: Absent::No })
        }
        other => Cow::Borrowed(other),
    }
}

fn is_one(asked: &Condition) -> bool {
    !matches!(asked, Condition::All(_) | Condition::Any(_) | Condition::None(_) | Condition::AllOrAny { .. })
}

fn english(rules: &Rules, asked: &Condition) -> String {
    let concept = |id: ConceptId| format!("« {} »", rules.concepts.get(id).label_fr);
    match asked {
        Condition::Always => "in any case".to_owned(),
        Condition::Age { min, max } => match bounds(rules, *min, *max) {
            Some(bounds) => format!("age {bounds}"),
            None => "any age".to_owned(),
        },
        Condition::Sex(sex) => match sex {
            Sex::Female => "woman",
            Sex::Male => "man",
            Sex::Other => "other sex",
            Sex::Unknown => "unknown sex",
        }
        .to_owned(),
        Condition::Concept { concept: id, state } => {
            let state = match state {
                ConceptState::Active => "active",
                ConceptState::History => "present or past",
                ConceptState::InMonth => "active during the month",
            };
            format!("{} {state}", concept(*id))
        }
        Condition::Latest(latest) => measured(rules, latest),
        Condition::LatestCoded { question, value, .. } => {
            format!("latest answer to {}: {}", concept(*question), concept(*value))
        }
        Condition::Exists(exists) => {
            let done = &rules.evidences[usize::from(exists.evidence.0)].label_fr;
            let from = exists.from.map(|id| format!(" since {}", english_value(rules, id))).unwrap_or_default();
            let age = exists.min_age.map(|id| format!(" from the age of {}", english_value(rules, id)));
            format!("« {done} » done already{from}{}", age.unwrap_or_default())
        }
        Condition::Right { right } => format!("right open during the month: {}", concept(*right)),
        Condition::Ald { number: Some(number) } => format!("ALD open during the month: {}", concept(*number)),
        Condition::Ald { number: None } => "an exonerating ALD open during the month".to_owned(),
        Condition::Recognition { observation, value } => {
            format!("recognition in force during the month: {} ({})", concept(*observation), concept(*value))
        }
        Condition::Flag(flag) => format!("« {} »", rules.flags[usize::from(flag.0)].label_fr),
        // A list is told part by part.
        Condition::All(parts) => several(rules, parts, " and "),
        Condition::Any(parts) | Condition::AllOrAny { parts, .. } => several(rules, parts, " or "),
        Condition::None(parts) => format!("neither {}", several(rules, parts, " nor ")),
    }
}

fn several(rules: &Rules, parts: &[Condition], word: &str) -> String {
    parts.iter().map(|part| english(rules, part)).collect::<Vec<_>>().join(word)
}

fn measured(rules: &Rules, latest: &Latest) -> String {
    let each = latest.of.iter().map(|bound| {
        let held = bound.bounds.iter().map(|(compare, id)| format!("{} {}", compare.sign(), english_value(rules, *id)));
        let held = held.collect::<Vec<_>>().join(" and ");
        format!("{} {held}", rules.measures.get(bound.measure).label_fr).trim_end().to_owned()
    });
    let mut told = format!("latest measure: {}", each.collect::<Vec<_>>().join(" or "));
    if let Some(months) = latest.within_months {
        told.push_str(&format!(", less than {} old", english_value(rules, months)));
    }
    if let Some(ages) = bounds(rules, latest.age_at_measure.0, latest.age_at_measure.1) {
        told.push_str(&format!(", taken {ages}"));
    }
    if let Some(problem) = latest.not_during {
        told.push_str(&format!(", outside « {} »", rules.concepts.get(problem).label_fr));
    }
    told
}

fn english_value(rules: &Rules, id: ParamId) -> String {
    value_in(rules, id, Language::En)
}

fn bounds(rules: &Rules, min: Option<ParamId>, max: Option<ParamId>) -> Option<String> {
    Some(match (min, max) {
        (Some(min), Some(max)) => format!("from {} to {}", english_value(rules, min), english_value(rules, max)),
        (Some(min), None) => format!("from {}", english_value(rules, min)),
        (None, Some(max)) => format!("up to {}", english_value(rules, max)),
        (None, None) => return None,
    })
}
