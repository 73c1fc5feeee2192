//! The folder `fhir-profiles/`: JSON Schemas, CodeSystems, StructureDefinitions and examples, read
//! once at start-up from a directory or from bytes held in the program.
//!
//! Owns: what each file of the folder is, and the errors of a folder that cannot be used.
//! Must not know: how schemas are compiled (`validate` does) nor what the codes mean.

use crate::domain::fact::Kind;
use crate::domain::measure::CANONICAL_BASE;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// Why a profiles folder cannot be used. Paths are relative to the folder.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("{file}: cannot be read: {source}")]
    Read { file: String, source: std::io::Error },
    #[error("{file}: not valid JSON at line {line}, column {column}")]
    Json { file: String, line: usize, column: usize },
    #[error("{file}: no usable text at {member}")]
    Member { file: String, member: &'static str },
    #[error("{file} is missing")]
    Missing { file: String },
    #[error("{file}: the same address as {other}")]
    Twice { file: String, other: String },
    #[error("{file}: this schema does not compile at {place}: {reason}")]
    Schema { file: String, place: String, reason: String },
}

/// One JSON Schema of `schemas/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    pub file: Box<str>,
    /// `$id`.
    pub uri: Box<str>,
    pub json: Value,
}

/// How much of a CodeSystem is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Every code stands here: another one is a fault.
    Complete,
    /// The rulebook may add codes: another one is worth a warning.
    Fragment,
    /// No code stands here.
    NotPresent,
}

/// One CodeSystem of ours, for checks and displays.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeSystem {
    pub url: Box<str>,
    pub listing: Listing,
    /// Code and French display, in order.
    pub codes: Vec<(Box<str>, Box<str>)>,
    /// Code -> English display.
    pub english: HashMap<Box<str>, Box<str>>,
}

impl CodeSystem {
    pub fn knows(&self, code: &str) -> bool {
        self.english.contains_key(code)
    }

    /// Answers the French display of a code.
    pub fn display(&self, code: &str) -> Option<&str> {
        self.codes.iter().find(|(c, _)| &**c == code).map(|(_, d)| &**d)
    }
}

/// A conformance resource to be served as it stands (CodeSystem, StructureDefinition, ...).
#[derive(Clone, Debug, PartialEq)]
pub struct Conformance {
    pub file: Box<str>,
    pub resource_type: Box<str>,
    pub id: Box<str>,
    pub url: Box<str>,
    pub bytes: Box<[u8]>,
}

/// The rooms of the folder.
const ROOMS: [&str; 6] =
    ["schemas", "codesystems", "valuesets", "structuredefinitions", "operationdefinitions", "examples"];

/// Everything the folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    pub schemas: Vec<Schema>,
    pub code_systems: Vec<CodeSystem>,
    pub conformance: Vec<Conformance>,
    /// Example resources: path and bytes.
    pub examples: Vec<(Box<str>, Box<[u8]>)>,
}

impl Profiles {
    /// Reads a folder laid out as `fhir-profiles/`; files that are not JSON are passed over.
    pub fn load_dir(dir: &Path) -> Result<Profiles, ProfileError> {
        let mut profiles = Profiles::default();
        for room in ROOMS {
            for name in listed(dir, room)? {
                let file = format!("{room}/{name}");
                let bytes = std::fs::read(dir.join(&file))
                    .map_err(|source| ProfileError::Read { file: file.clone(), source })?;
                profiles.add(&file, &bytes)?;
            }
        }
        profiles.complete()
    }

    /// Reads files held in memory: paths as in the folder (`schemas/Patient.schema.json`).
    pub fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Profiles, ProfileError> {
        let mut profiles = Profiles::default();
        for (file, bytes) in files {
            if file.ends_with(".json") {
                profiles.add(file, bytes)?;
            }
        }
        profiles.complete()
    }

    /// Answers the CodeSystem of this canonical address.
    pub fn code_system(&self, url: &str) -> Option<&CodeSystem> {
        self.code_systems.iter().find(|s| &*s.url == url)
    }

    fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), ProfileError> {
        if file.starts_with("examples/") {
            self.examples.push((file.into(), bytes.into()));
            return Ok(());
        }
        let json: Value = serde_json::from_slice(bytes).map_err(|e| ProfileError::Json {
            file: file.to_owned(),
            line: e.line(),
            column: e.column(),
        })?;
        if file.starts_with("schemas/") {
            let uri = text(&json, file, "$id")?;
            if let Some(other) = self.schemas.iter().find(|s| s.uri == uri) {
                return Err(ProfileError::Twice { file: file.to_owned(), other: other.file.to_string() });
            }
            self.schemas.push(Schema { file: file.into(), uri, json });
            return Ok(());
        }
        self.add_conformance(file, bytes, &json)
    }

    fn add_conformance(&mut self, file: &str, bytes: &[u8], json: &Value) -> Result<(), ProfileError> {
        let resource = Conformance {
            file: file.into(),
            resource_type: text(json, file, "resourceType")?,
            id: text(json, file, "id")?,
            url: text(json, file, "url")?,
            bytes: bytes.into(),
        };
        if let Some(other) = self.conformance.iter().find(|c| c.url == resource.url) {
            return Err(ProfileError::Twice { file: file.to_owned(), other: other.file.to_string() });
        }
        if &*resource.resource_type == "CodeSystem" {
            self.code_systems.push(code_system(json, file)?);
        }
        self.conformance.push(resource);
        Ok(())
    }

    fn complete(self) -> Result<Profiles, ProfileError> {
        let expected = crate::domain::fact::Kind::ALL.iter().map(|k| k.name());
        for name in expected.chain(["datatypes", "Bundle", "Parameters"]) {
            let file = format!("schemas/{name}.schema.json");
            if !self.schemas.iter().any(|s| *s.file == file) {
                return Err(ProfileError::Missing { file });
            }
        }
        Ok(self)
    }
}

/// The type a profile is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constrained {
    Type(Kind),
    /// A French profile: its resources are read whichever generation it is of.
    French,
}

/// Answers the address of our profile of an accepted type: `CareTeam` has `mtr-care-team`.
pub fn own_profile(kind: Kind) -> String {
    let mut name = String::new();
    for letter in kind.name().chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    format!("{CANONICAL_BASE}/StructureDefinition/mtr{name}")
}

/// Answers the type of a profile we know: base FHIR, ours, French ones (a version apart).
pub fn constrained_type(profile: &str) -> Option<Constrained> {
    let url = profile.split('|').next().unwrap_or(profile);
    if let Some(name) = url.strip_prefix("http://hl7.org/fhir/StructureDefinition/") {
        return Kind::from_name(name).map(Constrained::Type);
    }
    let ours = url.strip_prefix(CANONICAL_BASE).and_then(|rest| rest.strip_prefix("/StructureDefinition/mtr-"));
    if let Some(name) = ours {
        let name = name.replace('-', "");
        let kind = Kind::ALL.iter().find(|kind| kind.name().eq_ignore_ascii_case(&name));
        return kind.copied().map(Constrained::Type);
    }
    crate::fhir::validate::FRENCH_PROFILES.iter().any(|base| url.starts_with(base)).then_some(Constrained::French)
}

/// The JSON files of one room of the folder, in order of name; an absent room is empty.
fn listed(dir: &Path, room: &str) -> Result<Vec<String>, ProfileError> {
    let failed = |source| ProfileError::Read { file: room.to_owned(), source };
    let entries = match std::fs::read_dir(dir.join(room)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn text(json: &Value, file: &str, member: &'static str) -> Result<Box<str>, ProfileError> {
    match json.get(member).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.into()),
        _ => Err(ProfileError::Member { file: file.to_owned(), member }),
    }
}

fn code_system(json: &Value, file: &str) -> Result<CodeSystem, ProfileError> {
    let listing = match json.get("content").and_then(Value::as_str) {
        Some("complete") => Listing::Complete,
        Some("fragment" | "example") => Listing::Fragment,
        Some("not-present") => Listing::NotPresent,
        _ => return Err(ProfileError::Member { file: file.to_owned(), member: "content" }),
    };
    let mut system = CodeSystem { url: text(json, file, "url")?, listing, codes: Vec::new(), english: HashMap::new() };
    for concept in json.get("concept").and_then(Value::as_array).into_iter().flatten() {
        let code = text(concept, file, "code")?;
        let french = text(concept, file, "display")?;
        let english = concept.pointer("/designation/0/value").and_then(Value::as_str).unwrap_or(&french);
        system.english.insert(code.clone(), english.into());
        system.codes.push((code, french));
    }
    Ok(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fhir-profiles")
    }

    #[test]
    fn the_shipped_folder_loads_and_has_all_it_needs() {
        let profiles = Profiles::load_dir(&folder()).unwrap();
        assert_eq!(profiles.schemas.len(), 20);
        let typologies = profiles.code_system("https://mtr-gateway.example/fhir/CodeSystem/mtr-typologie").unwrap();
        assert_eq!(typologies.codes.len(), 10);
        assert_eq!(typologies.display("nourrisson"), Some("Nourrisson"));
        assert_eq!(typologies.english.get("nourrisson").map(|t| &**t), Some("Infant"));
    }

    #[test]
    fn every_code_of_ours_has_a_french_display_and_an_english_one() {
        for system in Profiles::load_dir(&folder()).unwrap().code_systems {
            assert_eq!(system.codes.len(), system.english.len(), "{}: a code twice", system.url);
            assert_eq!(system.codes.is_empty(), system.listing == Listing::NotPresent, "{}", system.url);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_used_names_the_file_at_fault() {
        let cases: [(&str, &[u8], &str); 4] = [
            ("schemas/Patient.schema.json", b"{\n  nonsense", "schemas/Patient.schema.json: not valid JSON at line 2"),
            ("schemas/Patient.schema.json", b"{}", "schemas/Patient.schema.json: no usable text at $id"),
            (
                "codesystems/x.json",
                br#"{"resourceType":"CodeSystem","id":"x","url":"u"}"#,
                "codesystems/x.json: no usable text at content",
            ),
            ("README.md", b"x", "schemas/Patient.schema.json is missing"),
        ];
        for (file, bytes, want) in cases {
            let error = Profiles::from_files([(file, bytes)]).unwrap_err().to_string();
            assert!(error.starts_with(want), "{error}");
        }
    }

    #[test]
    fn a_profile_tells_the_type_it_is_about() {
        let cases = [
            ("http://hl7.org/fhir/StructureDefinition/Patient|4.0.1", Some(Constrained::Type(Kind::Patient))),
            (
                "https://mtr-gateway.example/fhir/StructureDefinition/mtr-care-team",
                Some(Constrained::Type(Kind::CareTeam)),
            ),
            ("https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient", Some(Constrained::French)),
            ("https://mtr-gateway.example/fhir/StructureDefinition/mtr-nothing", None),
            ("http://elsewhere.example/StructureDefinition/x", None),
        ];
        for (profile, want) in cases {
            assert_eq!(constrained_type(profile), want, "{profile}");
        }
    }

    #[test]
    fn the_outcome_code_system_is_the_issue_table() {
        let want = crate::fhir::issue::outcome_code_system();
        let path = folder().join("codesystems/outcome.json");
        if std::env::var_os("MTR_WRITE_PROFILES").is_some() {
            std::fs::write(&path, &want).unwrap();
        }
        let have = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(have == want, "outcome.json is not the issue table: run this test with MTR_WRITE_PROFILES=1");
    }
}
