//! A ValueSet for each concept of the rulebook: what the rules read as that concept.

use super::code_systems::Codes;
use super::content::{Content, Member};
use super::{id_of, machine_name};
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::measure::Concept;
use crate::domain::publication::Note;
use crate::domain::publication::Publication;
use crate::domain::rules::Rules;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Answers the extension that says how sure a rule is.
pub fn rule_status(code: &str) -> Value {
    json!({"url": format!("{CANONICAL_BASE}/StructureDefinition/rule-status"), "valueCode": code})
}

/// Answers the extension that says where a rule is written and what it was taken from.
pub fn rule_source(source: &str) -> Value {
    json!({"url": format!("{CANONICAL_BASE}/StructureDefinition/rule-source"), "valueString": source})
}

/// Answers the extension that names the rulebook.
pub fn rulebook_digest(digest: &str) -> Value {
    json!({"url": format!("{CANONICAL_BASE}/StructureDefinition/rulebook-digest"), "valueString": digest})
}

/// Answers each concept as a ValueSet, with what it holds.
pub fn all(
    (rules, publication): (&Rules, &Publication),
    published: &HashMap<Box<str>, Codes>,
    named: (&str, &str),
) -> Vec<(Value, Content)> {
    let local = local_codes(rules, publication);
    let one = |(n, concept): (usize, &Concept)| {
        let mut content = content(rules, concept, local.get(&n).map(Vec::as_slice).unwrap_or_default());
        rename(&mut content, published);
        let json = value_set(rules, concept, (publication.note(&concept.id), &content), named);
        (json, content)
    };
    rules.concepts.all.iter().enumerate().map(one).collect()
}

type Local = (Box<str>, Member);

/// Answers the vendors' codes of each concept: the rules read them as the standard ones.
fn local_codes(rules: &Rules, publication: &Publication) -> HashMap<usize, Vec<Local>> {
    let mut out: HashMap<usize, Vec<Local>> = HashMap::new();
    for map in &publication.maps {
        let Some(system) = rules.concepts.system(&map.system) else { continue };
        for code in &map.codes {
            let mut found = Vec::new();
            rules.concepts.resolve_in(system, &code.code, None, &mut found);
            for concept in found {
                let member = Member { code: code.code.clone(), display: code.label_fr.clone(), unverified: false };
                out.entry(usize::from(concept.0)).or_default().push((map.system.clone(), member));
            }
        }
    }
    out
}

fn content(rules: &Rules, concept: &Concept, local: &[Local]) -> Content {
    let mut content = Content::default();
    for code in &concept.codes {
        let n = rules.concepts.system(&code.system).map(usize::from);
        let dotless = n.and_then(|n| rules.concepts.systems.get(n)).is_some_and(|system| system.dotless);
        let member = Member { code: code.code.clone(), display: code.display.clone(), unverified: !code.verified };
        if let Some(include) = content.of_system(&code.system, dotless) {
            if code.prefix { include.prefixes.push(member) } else { include.codes.push(member) }
        }
    }
    for (system, member) in local {
        if let Some(include) = content.of_system(system, false) {
            include.codes.push(member.clone());
        }
    }
    content
}

/// Our own codes are shown by the name their system gives them: a rule's label may say less.
fn rename(content: &mut Content, published: &HashMap<Box<str>, Codes>) {
    for include in &mut content.includes {
        let Some(codes) = published.get(&include.system) else { continue };
        for member in &mut include.codes {
            member.display = codes.get(&member.code).map(|code| code.display.clone()).or(member.display.take());
        }
    }
}

/// Answers the title of a concept: what was refused or declared is not what was done.
fn title(concept: &Concept) -> String {
    let what = match concept.id.split_once(':') {
        Some(("refused", _)) => "Refus : ",
        Some(("contraindicated", _)) => "Contre-indication : ",
        Some(("declared", _)) => "Typologie déclarée : ",
        _ if concept.id.starts_with("measure-") => "Mesure : ",
        _ => "",
    };
    format!("{what}{}", concept.label_fr)
}

fn value_set(
    rules: &Rules,
    concept: &Concept,
    (note, content): (Option<&Note>, &Content),
    (version, digest): (&str, &str),
) -> Value {
    let mut extensions = vec![rule_status(status(rules, concept)), rulebook_digest(digest)];
    if let Some(note) = note {
        extensions.push(rule_source(&format!("mappings/{}", note.file)));
        extensions.extend(note.sources.iter().map(|source| rule_source(source)));
    }
    let kinds: Vec<&str> = concept.kinds.iter().map(|kind| kind.name()).collect();
    let title = title(concept);
    let mut description = format!("Ce que les règles lisent comme « {title} ».");
    if !kinds.is_empty() {
        description.push_str(&format!(" Compté sur : {}.", kinds.join(", ")));
    }
    if content.includes.iter().any(|include| include.dotless) {
        description.push_str(" Les codes de la CIM-10 se comparent sans point et en majuscules.");
    }
    if let Some(said) = note.and_then(|note| note.note_fr.as_ref()) {
        description.push_str(&format!(" {said}"));
    }
    let id = id_of(&concept.id);
    json!({
        "resourceType": "ValueSet",
        "id": id,
        "language": "fr",
        "extension": extensions,
        "url": format!("{CANONICAL_BASE}/ValueSet/{id}"),
        "version": version,
        "name": machine_name(&concept.id),
        "title": title,
        "status": "active",
        "experimental": false,
        "publisher": "mtr-gateway",
        "description": description,
        "compose": content.compose(),
    })
}

/// Grouping codes is a reading of ours, unless the concept follows from a rule that says where it
/// comes from.
fn status(rules: &Rules, concept: &Concept) -> &'static str {
    let declared = concept.id.strip_prefix("declared:");
    let typologie = declared.and_then(|id| rules.typologies.iter().find(|t| &*t.id == id));
    typologie.map_or("interpretation", |t| t.status.code())
}
