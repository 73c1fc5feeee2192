//! The lines of the prevention catalogue in French.

use super::bounds;
use super::condition::condition;
use super::condition::evidence;
use super::condition::sex_fr;
use super::listed;
use super::value;
use crate::domain::condition::Condition;
use crate::domain::prevention::Component;
use crate::domain::prevention::Eligibility;
use crate::domain::prevention::Exclusion;
use crate::domain::prevention::Item;
use crate::domain::prevention::Milestones;
use crate::domain::prevention::Proof;
use crate::domain::prevention::Rule;
use crate::domain::prevention::Season;
use crate::domain::prevention::Series;
use crate::domain::prevention::Validity;
use crate::domain::rules::Rules;

/// Answers what an item asks of whom, one sentence a line: who is concerned, who is not asked, what
/// keeps it up to date.
pub fn item(rules: &Rules, item: &Item) -> Vec<String> {
    let who: Vec<String> = item.eligibility.iter().map(|line| eligibility(rules, line)).collect();
    let mut told = vec![format!("Concerne : {}.", who.join(" ; ou "))];
    told.extend(item.exclusions.iter().map(|exclusion| excluded(rules, exclusion)));
    let several = item.components.len() > 1;
    if several {
        told.push("À jour quand chacune de ses composantes l'est.".to_owned());
    }
    for component in &item.components {
        let name = if several { format!("{} : ", component.id) } else { String::new() };
        told.extend(component_lines(rules, component).into_iter().map(|line| format!("{name}{line}")));
    }
    told.push(format!("Un refus vaut au plus {}.", value(rules, item.refusal_months)));
    told.into_iter().map(capital).collect()
}

/// Answers a sentence with its first letter in upper case.
fn capital(sentence: String) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn eligibility(rules: &Rules, line: &Eligibility) -> String {
    let sex = line.sex.map(|sex| sex_fr(sex).to_owned());
    let mut parts: Vec<String> = sex.into_iter().chain(bounds(rules, line.age_min, line.age_max)).collect();
    if parts.is_empty() {
        parts.push("chacun".to_owned());
    }
    let needed: Vec<String> = line.requires_any.iter().map(|required| condition(rules, required)).collect();
    if !needed.is_empty() {
        parts.push(format!("avec {}", listed(&needed, "ou")));
    }
    parts.join(" ")
}

fn excluded(rules: &Rules, exclusion: &Exclusion) -> String {
    let why = match &*exclusion.reason {
        "organ-absent" => "organe absent",
        "known-disease" => "maladie connue",
        "specialised-follow-up" => "suivi spécialisé",
        "secondary-prevention" => "prévention secondaire",
        "not-concerned" => "non concerné",
        other => other,
    };
    format!("N'est pas demandé ({why}) : {}.", condition(rules, &exclusion.when))
}

fn component_lines(rules: &Rules, component: &Component) -> Vec<String> {
    let mut told: Vec<String> = component
        .not_applicable_if
        .iter()
        .map(|when| format!("ne concerne pas : {}.", condition(rules, when)))
        .collect();
    match &component.rule {
        Rule::Validity(rule) => told.extend(validity(rules, rule)),
        Rule::Season(rule) => told.push(season(rules, rule)),
        Rule::Milestones(rule) => told.extend(milestones(rules, rule)),
        Rule::Series(rule) => told.extend(series(rules, rule)),
    }
    told
}

fn validity(rules: &Rules, rule: &Validity) -> Vec<String> {
    let mut told = Vec::new();
    for tier in &rule.tiers {
        let proofs: Vec<String> = tier.proofs.iter().map(|each| proof(rules, each)).collect();
        let when = match &tier.when {
            Condition::Always if rule.tiers.len() == 1 => String::new(),
            Condition::Always => "sinon, ".to_owned(),
            when => format!("si {}, ", condition(rules, when)),
        };
        told.push(format!("{when}à jour après : {}.", listed(&proofs, "ou")));
    }
    if let Some(abnormal) = &rule.abnormal {
        let which: Vec<String> = abnormal.evidence.iter().map(|id| evidence(rules, *id).to_owned()).collect();
        let cleared: Vec<String> = abnormal.cleared_by.iter().map(|id| evidence(rules, *id).to_owned()).collect();
        let until = if cleared.is_empty() { "un résultat normal".to_owned() } else { listed(&cleared, "ou") };
        let months = value(rules, abnormal.months);
        told.push(format!("un résultat anormal ({}) ne vaut que {months}, jusqu'à : {until}.", listed(&which, "ou")));
    }
    told
}

fn proof(rules: &Rules, proof: &Proof) -> String {
    let lasts = proof.months.map_or("à vie".to_owned(), |months| value(rules, months));
    let mut limits = vec![lasts];
    limits.extend(bounds(rules, proof.age_at.0, proof.age_at.1).map(|ages| format!("fait {ages}")));
    limits.extend(bounds(rules, proof.age_now.0, proof.age_now.1).map(|ages| format!("âge actuel {ages}")));
    limits.extend(proof.only_if_count.map(|count| format!("s'il y en a {} en tout", value(rules, count))));
    limits.extend(proof.min_count.map(|count| format!("au moins {} fois", value(rules, count))));
    format!("{} ({})", evidence(rules, proof.evidence), limits.join(", "))
}

fn season(rules: &Rules, rule: &Season) -> String {
    format!(
        "à jour après « {} » fait à partir du {} ; la campagne commence le {} (mois-jour).",
        evidence(rules, rule.evidence),
        value(rules, rule.window_start),
        value(rules, rule.campaign_start)
    )
}

fn milestones(rules: &Rules, rule: &Milestones) -> Vec<String> {
    let ages: Vec<String> = rule
        .ages
        .iter()
        .map(|(age, early)| format!("{} ({} d'avance)", value(rules, *age), value(rules, *early)))
        .collect();
    let mut told = vec![format!("« {} » à {}.", evidence(rules, rule.evidence), listed(&ages, "et"))];
    if let Some(must) = &rule.must_contain {
        told.push(format!(
            "à {}, et jusqu'à {}, il doit contenir « {} ».",
            value(rules, must.at),
            value(rules, must.until),
            evidence(rules, must.evidence)
        ));
    }
    told
}

fn series(rules: &Rules, rule: &Series) -> Vec<String> {
    let name = evidence(rules, rule.evidence);
    let mut told =
        vec![format!("« {name} » : deux doses à moins de {} n'en font qu'une.", value(rules, rule.min_days))];
    for schedule in &rule.schedules {
        let mut when = match &schedule.when {
            Condition::Always => Vec::new(),
            other => vec![condition(rules, other)],
        };
        when.extend(schedule.first_dose_before.map(|age| format!("première dose avant {}", value(rules, age))));
        when.extend(
            schedule.min_spacing_months.map(|gap| format!("deux premières doses espacées de {}", value(rules, gap))),
        );
        let when = match when.as_slice() {
            [] if rule.schedules.len() == 1 => String::new(),
            [] => "sinon : ".to_owned(),
            conditions => format!("si {} : ", listed(conditions, "et")),
        };
        told.push(format!(
            "{when}{} doses, à vie ; incomplet, il vaut {} après la dernière.",
            value(rules, schedule.doses),
            value(rules, schedule.incomplete_months)
        ));
    }
    told
}
