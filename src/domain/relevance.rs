//! Which facts can matter to a question: most of what a practice sends is for prevention alone, and of
//! prevention a visit says nothing.
//!
//! Owns: the texts one of which a fact must hold, in a code or in the name of a code system, to be met
//! by any condition of a typology or of an item. Too many texts cost time; one too few would cost
//! money, or a wrong "up to date".

use super::asked::Asked;
use super::fact::Kind;
use super::measure::ConceptId;
use super::rules::Rules;
use super::system::System;
use std::collections::BTreeSet;

/// What a monthly forfait reads only where a typology asks for one of its codes. Appointments decide
/// nothing in it.
pub const SOUGHT_FOR_MONEY: [Kind; 6] = [
    Kind::Observation,
    Kind::Procedure,
    Kind::Immunization,
    Kind::DiagnosticReport,
    Kind::QuestionnaireResponse,
    Kind::Appointment,
];

/// What the prevention card reads only where an item asks for one of its codes.
pub const SOUGHT_FOR_CARD: [Kind; 9] = [
    Kind::Observation,
    Kind::Procedure,
    Kind::Immunization,
    Kind::DiagnosticReport,
    Kind::QuestionnaireResponse,
    Kind::Appointment,
    Kind::Encounter,
    Kind::EpisodeOfCare,
    Kind::CareTeam,
];

/// Answers the texts of the codes that typologies ask of acts (Observation, Procedure, Immunization,
/// DiagnosticReport, QuestionnaireResponse). A code written in several ways is told by its systems.
pub fn texts_of_acts(rules: &Rules) -> BTreeSet<Box<str>> {
    let mut asked = Asked::of(rules);
    for typologie in &rules.typologies {
        asked.condition(&typologie.eligible);
        asked.condition(&typologie.limits);
    }
    texts(rules, asked)
}

/// Answers the texts of the codes that the items of the prevention card ask for.
pub fn texts_of_items(rules: &Rules) -> BTreeSet<Box<str>> {
    let mut asked = Asked::of(rules);
    rules.items.iter().for_each(|item| asked.item(item));
    // Our own word for a refusal or a contraindication stands alone; any other stands beside the act.
    let own = rules.not_done.per_item.iter().flat_map(|(refused, contraindicated)| [*refused, *contraindicated]);
    asked.concepts.extend(own);
    texts(rules, asked)
}

fn texts(rules: &Rules, asked: Asked<'_>) -> BTreeSet<Box<str>> {
    // Our own code of an evidence, which is its id, names it on any act.
    let own = asked.evidences.iter().map(|evidence| rules.evidences[usize::from(evidence.0)].id.clone());
    let mut texts: BTreeSet<Box<str>> = own.collect();
    let leads = |found: &[ConceptId]| found.iter().any(|concept| asked.concepts.contains(concept));
    for (system, code, _) in rules.concepts.codes().filter(|(.., found)| leads(found)) {
        if system.dotless {
            let written = system.aliases.iter().chain([&system.uri]);
            texts.extend(written.map(|address| System::from(&**address).kept()));
        } else {
            texts.insert(code.as_str().into());
        }
    }
    texts
}
