//! What is published beside the data: profiles, code systems, value sets, maps, tariffs, measures, definitions.
//!
//! Owns: the artefacts of `fhir-profiles/`, of the search table and of a rulebook as FHIR resources,
//! how they are found, and what the terminology operations answer about them.
//! Must not know: HTTP, the store. Implements terminology-service.html for what is published here.

mod charge_items;
mod code_systems;
mod concept_maps;
mod content;
mod expand;
mod find;
mod lookup;
mod measures;
mod quality;
mod search_parameters;
#[cfg(test)]
mod tests;
mod value_sets;

pub use expand::Designations;
pub use expand::Expansion;
pub use find::Found;
pub use find::Row;
pub use find::part;
pub use find::rows;

use crate::domain::measure::Concepts;
use crate::domain::publication::Publication;
use crate::domain::rules::Rules;
use crate::fhir::profiles::Profiles;
use crate::fhir::written::Written;
use content::Content;
use serde_json::Value;
use sha2::Digest;
use sha2::Sha256;
use std::collections::HashMap;

/// The types that are published and never received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Published {
    StructureDefinition,
    CodeSystem,
    ValueSet,
    ConceptMap,
    SearchParameter,
    OperationDefinition,
    ChargeItemDefinition,
    Measure,
    Library,
}

impl Published {
    pub const ALL: &'static [Published] = &[
        Published::StructureDefinition,
        Published::CodeSystem,
        Published::ValueSet,
        Published::ConceptMap,
        Published::SearchParameter,
        Published::OperationDefinition,
        Published::ChargeItemDefinition,
        Published::Measure,
        Published::Library,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Published::StructureDefinition => "StructureDefinition",
            Published::CodeSystem => "CodeSystem",
            Published::ValueSet => "ValueSet",
            Published::ConceptMap => "ConceptMap",
            Published::SearchParameter => "SearchParameter",
            Published::OperationDefinition => "OperationDefinition",
            Published::ChargeItemDefinition => "ChargeItemDefinition",
            Published::Measure => "Measure",
            Published::Library => "Library",
        }
    }

    pub fn from_name(name: &str) -> Option<Published> {
        Published::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// The language displays are wanted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    French,
    English,
}

/// One published resource, as it is served.
#[derive(Clone, Debug)]
pub struct Artefact {
    pub kind: Published,
    pub id: Box<str>,
    pub url: Box<str>,
    pub version: Box<str>,
    pub json: Value,
    /// The JSON as text, rendered once.
    pub text: Box<str>,
    /// Names this content: another content has another tag.
    pub tag: Box<str>,
}

/// A coding as an operation is asked about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedCoding {
    pub system: Option<String>,
    pub code: String,
    pub display: Option<String>,
}

/// Everything published while a rulebook is in force.
#[derive(Debug, Default)]
pub struct Library {
    artefacts: Vec<Artefact>,
    /// What each ValueSet holds, by its URL.
    contents: HashMap<Box<str>, Content>,
    code_systems: HashMap<Box<str>, code_systems::Codes>,
    /// URI as sent -> canonical URI, and whether codes are compared without dots.
    systems: HashMap<Box<str>, (Box<str>, bool)>,
}

impl Library {
    /// Gathers what the folder, the search table and the rulebook named `digest` say.
    pub fn build(profiles: &Profiles, rules: &Rules, publication: &Publication, digest: &str) -> Library {
        let mut library = Library { systems: systems(&rules.concepts), ..Library::default() };
        let version = digest.get(..12).unwrap_or(digest);
        for (json, codes) in code_systems::all(profiles, &rules.concepts) {
            let url = text(&json, "url").into();
            library.code_systems.insert(url, codes);
            library.add(Published::CodeSystem, json);
        }
        for resource in &profiles.conformance {
            let kind = Published::from_name(&resource.resource_type).filter(|kind| *kind != Published::CodeSystem);
            let json = serde_json::from_slice::<Value>(&resource.bytes);
            if let (Some(kind), Ok(json)) = (kind, json) {
                if kind == Published::ValueSet {
                    library.contents.insert(resource.url.clone(), Content::of_compose(&json));
                }
                library.add(kind, json);
            }
        }
        let named = (version, digest);
        for (json, content) in value_sets::all((rules, publication), &library.code_systems, named) {
            library.contents.insert(text(&json, "url").into(), content);
            library.add(Published::ValueSet, json);
        }
        for map in &publication.maps {
            library.add(Published::ConceptMap, concept_maps::concept_map(map, version, digest));
        }
        for json in charge_items::all(rules, publication, named) {
            library.add(Published::ChargeItemDefinition, json);
        }
        for json in measures::all(rules, publication, named) {
            let kind = if text(&json, "resourceType") == "Measure" { Published::Measure } else { Published::Library };
            library.add(kind, json);
        }
        let checks = library.code_systems.get(&*crate::fhir::render::code_system(crate::fhir::render::QUALITY));
        let measure = quality::measure(checks, named);
        library.add(Published::Measure, measure);
        for json in search_parameters::all() {
            library.add(Published::SearchParameter, json);
        }
        library
    }

    /// Adds a resource; of two under one id, the first stays: the folder's word counts.
    fn add(&mut self, kind: Published, mut json: Value) {
        let id: Box<str> = text(&json, "id").into();
        if id.is_empty() || self.get(kind, &id).is_some() {
            return;
        }
        let tag: Box<str> =
            Sha256::digest(json.to_string().as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        if let Some(members) = json.as_object_mut() {
            let meta = members.entry("meta").or_insert_with(|| Value::Object(serde_json::Map::new()));
            meta["versionId"] = Value::from(&*tag);
        }
        let artefact = Artefact {
            kind,
            url: text(&json, "url").into(),
            version: text(&json, "version").into(),
            text: Written(&json).text().into(),
            id,
            json,
            tag,
        };
        self.artefacts.push(artefact);
    }

    /// Answers the resource of that id.
    pub fn get(&self, kind: Published, id: &str) -> Option<&Artefact> {
        self.artefacts.iter().find(|a| a.kind == kind && &*a.id == id)
    }

    /// Answers the resource of that canonical URL; `url|version` names one version of it.
    pub fn by_url(&self, kind: Published, canonical: &str) -> Option<&Artefact> {
        let (url, version) = match canonical.split_once('|') {
            Some((url, version)) => (url, Some(version)),
            None => (canonical, None),
        };
        let found = self.artefacts.iter().find(|a| a.kind == kind && &*a.url == url)?;
        version.is_none_or(|wanted| wanted == &*found.version).then_some(found)
    }

    /// Answers the canonical URI of a code system as sent, and whether its codes have no dots.
    fn system<'a>(&'a self, uri: &'a str) -> (&'a str, bool) {
        self.systems.get(uri).map_or((uri, false), |(canonical, dotless)| (canonical, *dotless))
    }
}

fn systems(concepts: &Concepts) -> HashMap<Box<str>, (Box<str>, bool)> {
    let mut out = HashMap::new();
    for (uri, n) in concepts.by_uri.iter() {
        if let Some(system) = concepts.systems.get(usize::from(n)) {
            out.insert(uri.into(), (system.uri.clone(), system.dotless));
        }
    }
    out
}

fn text<'v>(json: &'v Value, member: &str) -> &'v str {
    json.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// Answers an id of FHIR for a name, which is also the end of its canonical: `refused:bmi` becomes
/// `refused-bmi`.
pub fn id_of(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '-' }).take(64).collect()
}

/// Answers a name for machines: `mental-disorder` becomes `MentalDisorder`.
fn machine_name(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let mut letters = word.chars();
            Some(format!("{}{}", letters.next()?.to_ascii_uppercase(), letters.as_str()))
        })
        .collect()
}
