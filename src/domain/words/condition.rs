//! Conditions in French.

use super::bounds;
use super::listed;
use super::value;
use crate::domain::condition::Absent;
use crate::domain::condition::ConceptState;
use crate::domain::condition::Condition;
use crate::domain::condition::EvidenceId;
use crate::domain::condition::Exists;
use crate::domain::condition::Latest;
use crate::domain::fact::Sex;
use crate::domain::measure::ConceptId;
use crate::domain::rules::Rules;

/// Answers a condition as a clause: "diabète actif", "dernière mesure : IMC > 30 kg/m2".
pub fn condition(rules: &Rules, asked: &Condition) -> String {
    let concept = |id: ConceptId| format!("« {} »", rules.concepts.get(id).label_fr);
    match asked {
        Condition::Always => "dans tous les cas".to_owned(),
        Condition::All(parts) => listed(&grouped(rules, parts), "et"),
        Condition::Any(parts) => listed(&grouped(rules, parts), "ou"),
        Condition::None(parts) => format!("ni {}", grouped(rules, parts).join(" ni ")),
        Condition::AllOrAny { word, parts } => {
            let label = &rules.params.get(*word).label_fr;
            format!("{} (selon « {label} »)", listed(&grouped(rules, parts), "et/ou"))
        }
        Condition::Age { min, max } => {
            bounds(rules, *min, *max).map_or("à tout âge".to_owned(), |bounds| format!("âge {bounds}"))
        }
        Condition::Sex(sex) => sex_fr(*sex).to_owned(),
        Condition::Concept { concept: id, state } => {
            let state = match state {
                ConceptState::Active => "actif",
                ConceptState::History => "présent ou passé",
                ConceptState::InMonth => "actif dans le mois",
            };
            format!("{} {state}", concept(*id))
        }
        Condition::Latest(latest) => measured(rules, latest),
        Condition::LatestCoded { question, value, absent } => {
            format!("dernière réponse à {} : {}{}", concept(*question), concept(*value), absence(rules, absent))
        }
        Condition::Exists(exists) => proof(rules, exists),
        Condition::Right { right } => format!("droit ouvert dans le mois : {}", concept(*right)),
        Condition::Ald { number: Some(number) } => format!("ALD ouverte dans le mois : {}", concept(*number)),
        Condition::Ald { number: None } => "une ALD exonérante ouverte dans le mois".to_owned(),
        Condition::Recognition { observation, value } => {
            format!("reconnaissance en cours dans le mois : {} ({})", concept(*observation), concept(*value))
        }
        Condition::Flag(flag) => format!("« {} »", rules.flags[usize::from(flag.0)].label_fr),
    }
}

/// The parts of a list; those that are lists themselves in brackets.
fn grouped(rules: &Rules, parts: &[Condition]) -> Vec<String> {
    let one = |part: &Condition| match part {
        Condition::All(inner) | Condition::Any(inner) | Condition::AllOrAny { parts: inner, .. } if inner.len() > 1 => {
            format!("({})", condition(rules, part))
        }
        _ => condition(rules, part),
    };
    parts.iter().map(one).collect()
}

pub(super) fn sex_fr(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "femme",
        Sex::Male => "homme",
        Sex::Other => "autre sexe",
        Sex::Unknown => "sexe inconnu",
    }
}

pub(super) fn evidence(rules: &Rules, id: EvidenceId) -> &str {
    &rules.evidences[usize::from(id.0)].label_fr
}

fn measured(rules: &Rules, latest: &Latest) -> String {
    let each: Vec<String> = latest
        .of
        .iter()
        .map(|bound| {
            let held: Vec<String> =
                bound.bounds.iter().map(|(compare, id)| format!("{} {}", compare.sign(), value(rules, *id))).collect();
            format!("{} {}", rules.measures.get(bound.measure).label_fr, listed(&held, "et")).trim_end().to_owned()
        })
        .collect();
    let mut told = format!("dernière mesure : {}", listed(&each, "ou"));
    if let Some(months) = latest.within_months {
        told.push_str(&format!(", de moins de {}", value(rules, months)));
    }
    if let Some(ages) = bounds(rules, latest.age_at_measure.0, latest.age_at_measure.1) {
        told.push_str(&format!(", faite {ages}"));
    }
    if let Some(problem) = latest.not_during {
        told.push_str(&format!(", hors « {} »", rules.concepts.get(problem).label_fr));
    }
    told + &absence(rules, &latest.absent)
}

fn absence(rules: &Rules, absent: &Absent) -> String {
    match absent {
        Absent::No => String::new(),
        Absent::Unknown => " (absente : inconnu)".to_owned(),
        Absent::UnknownIf(when) => format!(" (absente : inconnu si {})", condition(rules, when)),
        Absent::Yes => " (ou absente)".to_owned(),
    }
}

fn proof(rules: &Rules, exists: &Exists) -> String {
    let mut told = format!("« {} » déjà fait", evidence(rules, exists.evidence));
    if let Some(from) = exists.from {
        told.push_str(&format!(" depuis le {}", value(rules, from)));
    }
    if let Some(age) = exists.min_age {
        told.push_str(&format!(" à partir de {}", value(rules, age)));
    }
    told
}
