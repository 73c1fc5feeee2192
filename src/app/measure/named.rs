//! Measures by name: an id, a reference, or a canonical with its version or without.

use crate::app::failure::{Failure, Reason};
use crate::app::rulebooks::ActiveRules;
use crate::domain::indicator::QualityMeasure;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;

/// Answers the measures named, each once and in that order; refuses one that is not of these rules,
/// with the nearest, and one of another version.
pub(super) fn measures(active: &ActiveRules, named: &[String]) -> Result<Vec<QualityMeasure>, Failure> {
    let mut found = Vec::new();
    for name in named {
        let measure = measure(active, name)?;
        if !found.contains(&measure) {
            found.push(measure);
        }
    }
    Ok(found)
}

fn measure(active: &ActiveRules, name: &str) -> Result<QualityMeasure, Failure> {
    let rules = &active.rulebook.rules;
    let (name, version) = match name.split_once('|') {
        Some((name, version)) => (name, Some(version)),
        None => (name, None),
    };
    let id = name.strip_prefix(CANONICAL_BASE).map_or(name, |rest| rest.trim_start_matches('/'));
    let id = id.strip_prefix("Measure/").unwrap_or(id);
    let Some(found) = QualityMeasure::find(rules, id) else {
        let ids = QualityMeasure::all(rules).into_iter().map(|measure| measure.id(rules));
        let near = ids.max_by(|a, b| strsim::jaro_winkler(id, a).total_cmp(&strsim::jaro_winkler(id, b)));
        let issue = Issue::general(&issues::MEASURE_UNKNOWN, &[near.unwrap_or_default()]);
        return Err(Failure::new(Reason::NotFound, issue));
    };
    let current = render::measure_version(&active.digest);
    if version.is_some_and(|version| version != current) {
        let issue = Issue::general(&issues::MEASURE_VERSION, &[id, current]);
        return Err(Failure::new(Reason::NotFound, issue));
    }
    Ok(found)
}

/// Answers the versions that the measures name.
pub(super) fn versions(named: &[String]) -> impl Iterator<Item = &str> {
    named.iter().filter_map(|name| name.split_once('|').map(|(_, version)| version))
}

/// Answers the id that a name of a measure holds, whatever its form.
pub fn measure_id(name: &str) -> &str {
    let name = name.split_once('|').map_or(name, |(name, _)| name);
    name.rsplit('/').next().unwrap_or(name)
}
