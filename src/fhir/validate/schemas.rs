//! The compiled JSON Schemas, and how their errors become issues.
//!
//! Owns: one compiled validator per type, the meaning of each JSON Schema error in FHIR terms, and
//! which of them break base FHIR and which our contract (`$defs/contract`).
//! Must not know: any rule that a schema does not state.

use super::faults::Faults;
use super::formats;
use super::formats::DateFault;
use super::keywords;
use super::names;
use crate::fhir::issue::Issue;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::hint;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::profiles::ProfileError;
use crate::fhir::profiles::Profiles;
use jsonschema::JsonType;
use jsonschema::ValidationError;
use jsonschema::error::TypeKind;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// The schemas of every type, compiled as one document: what they share (datatypes) is compiled once,
/// so that start-up and memory do not grow with the number of types.
pub struct Schemas {
    document: Value,
    validator: jsonschema::Validator<json::Borrowed>,
}

/// What is asked of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    All,
    /// What is withdrawn counts for nothing, so that the contract asks nothing of it.
    BaseFhir,
}

impl Schemas {
    /// Compiles the schemas; an unusable one is an error. Nothing is ever fetched.
    pub fn new(profiles: &Profiles) -> Result<Schemas, ProfileError> {
        let document = bundled(profiles);
        let validator = compiled(&document)?;
        Ok(Schemas { document, validator })
    }

    /// Adds to `faults` everything the schema of type `name` finds, as far as that is asked.
    pub fn check(&self, name: &str, resource: &json::Value<'_>, asked: Asked, faults: &mut Faults) {
        match resource.get("resourceType").and_then(json::Value::as_str) {
            Some(told) if told == name => {}
            Some(told) => {
                let told = if names::is_resource_type(told) { told } else { "?" };
                faults.add(Issue::new(&issues::WRONG_RESOURCE_TYPE, format!("{name}.resourceType"), &[told, name]));
                return;
            }
            None => {
                faults.add(Issue::new(&issues::NOT_FHIR, format!("{name}.resourceType"), &[]));
                return;
            }
        }
        if self.validator.is_valid(resource) {
            return;
        }
        for error in self.validator.iter_errors(resource).filter(|error| asked == Asked::All || !is_contract(error)) {
            self.translate((name, name), &error, faults);
        }
    }

    /// Adds what base FHIR finds in a resource of type `name` that stands in another, at `root`: nothing is
    /// counted of it, so that the contract asks nothing of it.
    pub fn check_contained(&self, (name, root): (&str, &str), resource: &json::Value<'_>, faults: &mut Faults) {
        if self.validator.is_valid(resource) {
            return;
        }
        for error in self.validator.iter_errors(resource).filter(|error| !is_contract(error)) {
            self.translate((name, root), &error, faults);
        }
    }

    /// `root` begins the expressions: the type, or where in another resource it stands.
    fn translate(&self, (name, root): (&str, &str), error: &ValidationError<'_>, faults: &mut Faults) {
        let place = names::from_pointer(root, error.instance_path().as_str());
        let contract = is_contract(error);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => self.unknown(&place, unexpected, error, faults),
            ValidationErrorKind::Required { property } => {
                missing(name, &place, property.as_str().unwrap_or("?"), contract, faults);
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                let member = context.iter().flatten().find_map(|e| match e.kind() {
                    ValidationErrorKind::Required { property } => property.as_str(),
                    _ => None,
                });
                missing(name, &place, member.unwrap_or("?"), contract, faults);
            }
            ValidationErrorKind::Contains => {
                let kind = if contract { &issues::OBS_CODE_MISSING } else { &issues::SHAPE };
                faults.add(Issue::new(kind, place, &[last(error), name]));
            }
            ValidationErrorKind::Custom { keyword, message } => custom(keyword, message, &place, error, faults),
            ValidationErrorKind::Enum { options } => enumeration(name, contract, options, place, error, faults),
            _ => faults.add(simple(name, place, error)),
        }
    }

    fn unknown(&self, place: &str, unexpected: &[String], error: &ValidationError<'_>, faults: &mut Faults) {
        let known = self.siblings(error);
        for member in unexpected {
            let shown = names::shown(member);
            let wanted = member.strip_prefix('_').unwrap_or(member);
            let hint = if shown == "?" { String::new() } else { hint(wanted, known.iter().copied()) };
            faults.add(Issue::new(&issues::UNKNOWN_ELEMENT, format!("{place}.{shown}"), &[shown, &hint]));
        }
    }

    /// The members a schema allows where one too many was found.
    fn siblings(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let object = error.schema_path().as_str().rsplit_once('/').map_or("", |(object, _)| object);
        let properties = self.document.pointer(object).and_then(|o| o.get("properties")).and_then(Value::as_object);
        properties.into_iter().flat_map(|p| p.keys()).filter(|k| !k.starts_with('_')).map(String::as_str).collect()
    }
}

/// Answers whether it is the contract that finds it: `/$defs/<type>/$defs/contract/...`.
fn is_contract(error: &ValidationError<'_>) -> bool {
    error.schema_path().as_str().split('/').nth(4) == Some("contract")
}

/// Types in the order of how often they are received: the first of the chain is found soonest.
const FREQUENT: &[&str] = &["Observation", "Encounter", "Patient", "Bundle", "Condition", "Immunization", "Procedure"];

/// All schemas as one: `$defs/<type>` holds each, and the root sends a resource to that of its type.
fn bundled(profiles: &Profiles) -> Value {
    let named = |schema: &'_ crate::fhir::profiles::Schema| {
        let file = schema.file.rsplit('/').next().unwrap_or_default();
        file.split('.').next().unwrap_or_default().to_owned()
    };
    let datatypes = profiles.schemas.iter().find(|s| named(s) == "datatypes").map_or(&Value::Null, |s| &s.json);
    let mut definitions = serde_json::Map::new();
    for schema in &profiles.schemas {
        let name = named(schema);
        let mut json = Prepare { name: &name, datatypes }.schema(&schema.json);
        if let Some(map) = json.as_object_mut() {
            map.retain(|k, _| !matches!(k.as_str(), "$id" | "$schema" | "title" | "description"));
        }
        definitions.insert(name, json);
    }
    let mut types: Vec<String> = definitions.keys().filter(|n| *n != "datatypes").cloned().collect();
    types.sort_by_key(|name| FREQUENT.iter().position(|f| f == name).unwrap_or(FREQUENT.len()));
    let mut root = types.iter().rev().fold(serde_json::json!({}), |others, name| {
        serde_json::json!({
            "if": { "properties": { "resourceType": { "const": name } } },
            "then": { "$ref": format!("#/$defs/{name}") },
            "else": others,
        })
    });
    root["$defs"] = Value::Object(definitions);
    root
}

fn compiled(document: &Value) -> Result<jsonschema::Validator<json::Borrowed>, ProfileError> {
    let mut options = jsonschema::options_for::<json::Borrowed>()
        .with_draft(jsonschema::Draft::Draft202012)
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .with_keyword(keywords::CHOICE, |parent, value, _| match keywords::Choice::new(parent, value) {
            Some(choice) => Ok(Box::new(choice)),
            None => Err(ValidationError::custom("a list of element names is expected")),
        })
        .with_keyword(keywords::TARGETS, |_, value, _| match keywords::Targets::new(value) {
            Some(targets) => Ok(Box::new(targets)),
            None => Err(ValidationError::custom("a list of resource types is expected")),
        });
    for (name, check) in formats::FORMATS {
        options = options.with_format(*name, *check);
    }
    options.build(document).map_err(|e| {
        // A fault against the meta-schema has its place in the schema as an instance.
        let place = e.instance_path().as_str();
        let file = place.split('/').nth(2).map_or("schemas".to_owned(), |name| format!("schemas/{name}.schema.json"));
        ProfileError::Schema { file, place: place.to_owned(), reason: e.to_string() }
    })
}

/// How one schema is made ready to be compiled with the others: references lead into the one
/// document; primitives stand in place of the references to them, which makes them cheaper to check;
/// and where a `fhir-*` format stands beside a pattern, the pattern is for other readers of the
/// schemas: our format says the same, faster and more exactly.
struct Prepare<'a> {
    name: &'a str,
    datatypes: &'a Value,
}

impl Prepare<'_> {
    fn schema(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(map) => {
                if let Some(primitive) = primitive(map, self.datatypes) {
                    return self.schema(primitive);
                }
                let ours = map.get("format").and_then(Value::as_str).is_some_and(|f| f.starts_with("fhir-"));
                let kept = map.iter().filter(|(k, v)| !(ours && *k == "pattern" && v.is_string()));
                Value::Object(kept.map(|(k, v)| (k.clone(), self.member(k, v))).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(|i| self.schema(i)).collect()),
            other => other.clone(),
        }
    }

    fn member(&self, member: &str, value: &Value) -> Value {
        let reference = value.as_str().filter(|_| member == "$ref").and_then(|r| r.split_once("#/$defs/"));
        match reference {
            Some(("", target)) => format!("#/$defs/{}/$defs/{target}", self.name).into(),
            Some(("datatypes.schema.json", target)) => format!("#/$defs/datatypes/$defs/{target}").into(),
            _ => self.schema(value),
        }
    }
}

/// The definition of the primitive that a schema of one `$ref` names; primitives have a small initial.
fn primitive<'d>(map: &serde_json::Map<String, Value>, datatypes: &'d Value) -> Option<&'d Value> {
    let reference = map.get("$ref").filter(|_| map.len() == 1)?.as_str()?;
    let (_, name) = reference.split_once("#/$defs/")?;
    let small = name.starts_with(|c: char| c.is_ascii_lowercase()) && name != "contract";
    datatypes.get("$defs")?.get(name).filter(|d| small && d.get("items").is_none())
}

/// The last member of the place of an error, as texts name it.
fn last<'e>(error: &'e ValidationError<'_>) -> &'e str {
    let pointer = error.instance_path().as_str();
    let member = pointer.rsplit('/').find(|s| !s.is_empty() && !s.bytes().all(|b| b.is_ascii_digit()));
    names::shown(names::element_name(member.unwrap_or("?")))
}

/// What the contract says of a missing element, by type and place.
fn contract_kind(name: &str, place: &str, element: &str) -> &'static IssueKind {
    match (name, place, element) {
        ("Patient", _, "birthDate") => &issues::PAT_BIRTH_MISSING,
        ("Encounter", _, "subject") => &issues::ENC_SUBJECT_MISSING,
        ("Encounter", _, "status") => &issues::ENC_STATUS_MISSING,
        ("Encounter", "Encounter", "class") | ("Encounter", "Encounter.class", _) => &issues::ENC_CLASS_MISSING,
        ("Encounter", _, "period" | "start") => &issues::ENC_PERIOD_MISSING,
        ("Observation", _, "status") => &issues::OBS_STATUS_MISSING,
        ("Observation", _, "code" | "coding") => &issues::OBS_CODE_MISSING,
        ("Observation", _, "subject") => &issues::OBS_SUBJECT_MISSING,
        ("Observation", _, "effective") => &issues::OBS_DATE_MISSING,
        ("Condition", _, "subject") => &issues::CON_SUBJECT_MISSING,
        ("Condition", _, "code") => &issues::CON_CODE_MISSING,
        ("Coverage", _, "beneficiary") => &issues::COV_BENEFICIARY_MISSING,
        ("Coverage", _, "type" | "class") => &issues::COV_TYPE_MISSING,
        ("CareTeam", _, "subject") => &issues::CTM_SUBJECT_MISSING,
        ("Appointment", _, "status") => &issues::APT_STATUS_MISSING,
        ("Appointment", _, "participant") => &issues::APT_PATIENT_MISSING,
        ("Appointment", _, "start") => &issues::APT_START_MISSING,
        ("Bundle", _, "request") => &issues::BUNDLE_REQUEST_MISSING,
        _ => &issues::CONTRACT_REQUIRED,
    }
}

fn missing(name: &str, place: &str, member: &str, contract: bool, faults: &mut Faults) {
    let element = names::element_name(member);
    let kind = if contract { contract_kind(name, place, element) } else { &issues::MISSING_ELEMENT };
    faults.add(Issue::new(kind, format!("{place}.{element}"), &[element]));
}

fn custom(keyword: &str, message: &str, place: &str, error: &ValidationError<'_>, faults: &mut Faults) {
    let (found, rest) = message.split_once(':').unwrap_or((message, ""));
    if keyword == keywords::CHOICE {
        faults.add(Issue::new(&issues::TWO_CHOICES, format!("{place}.{found}"), &[&format!("{found}[x]"), rest]));
    } else {
        // What is no type of FHIR is the sender's own text.
        let found = if names::is_resource_type(found) { found } else { "?" };
        faults.add(Issue::new(&issues::WRONG_TARGET, place, &[last(error), found, rest]));
    }
}

fn enumeration(
    name: &str,
    contract: bool,
    options: &Value,
    place: String,
    error: &ValidationError<'_>,
    faults: &mut Faults,
) {
    if !error.instance().is_string() {
        faults.add(Issue::new(&issues::WRONG_TYPE, place, &[last(error), "string"]));
        return;
    }
    if contract && name == "Bundle" {
        faults.add(Issue::new(&issues::BUNDLE_TYPE, place, &[]));
        return;
    }
    let codes: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    faults.add(Issue::new(&issues::BAD_CODE, place, &[last(error), &codes.join(", ")]));
}

fn simple(name: &str, place: String, error: &ValidationError<'_>) -> Issue {
    let element = last(error);
    match error.kind() {
        ValidationErrorKind::Type { kind } => wrong_type(kind, place, element, error.instance()),
        ValidationErrorKind::MinItems { .. }
        | ValidationErrorKind::MinLength { .. }
        | ValidationErrorKind::MinProperties { .. } => Issue::new(&issues::EMPTY_ELEMENT, place, &[element]),
        ValidationErrorKind::Format { format } => bad_format(format, place, element, error.instance()),
        ValidationErrorKind::Minimum { limit } | ValidationErrorKind::Maximum { limit } => {
            let primitive = match limit.as_i64() {
                Some(1) => "positiveInt",
                Some(0) => "unsignedInt",
                _ => "integer",
            };
            Issue::new(&issues::OUT_OF_RANGE, place, &[element, primitive])
        }
        _ => Issue::new(&issues::SHAPE, place, &[element, name]),
    }
}

fn wrong_type(expected: &TypeKind, place: String, element: &str, instance: &Value) -> Issue {
    let wanted: Vec<JsonType> = match expected {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(set) => set.iter().collect(),
    };
    match instance {
        Value::Null => Issue::new(&issues::EMPTY_ELEMENT, place, &[element]),
        Value::Array(_) => Issue::new(&issues::NOT_REPEATING, place, &[element]),
        _ if wanted.contains(&JsonType::Array) => Issue::new(&issues::REPEATING, place, &[element]),
        _ => {
            let names: Vec<String> = wanted.iter().filter(|t| **t != JsonType::Null).map(ToString::to_string).collect();
            Issue::new(&issues::WRONG_TYPE, place, &[element, &names.join(", ")])
        }
    }
}

fn bad_format(format: &str, place: String, element: &str, instance: &Value) -> Issue {
    let text = instance.as_str().unwrap_or("");
    let primitive = format.strip_prefix("fhir-").unwrap_or(format);
    if text.trim().is_empty() {
        return Issue::new(&issues::EMPTY_ELEMENT, place, &[element]);
    }
    let fault = match primitive {
        "date" => formats::check_date(text).err(),
        "dateTime" => formats::check_date_time(text).err(),
        "instant" => formats::check_instant(text).err(),
        "time" => formats::check_time(text).err(),
        "reference" => return Issue::new(&issues::BAD_REFERENCE, place, &[element]),
        "id" => return Issue::new(&issues::BAD_ID, place, &[]),
        _ => None,
    };
    match fault {
        Some(DateFault::Impossible) => Issue::new(&issues::IMPOSSIBLE_DATE, place, &[element]),
        Some(DateFault::ZoneMissing) => Issue::new(&issues::ZONE_MISSING, place, &[element]),
        Some(DateFault::Precision) => Issue::new(&issues::INSTANT_PRECISION, place, &[element]),
        Some(DateFault::Shape) | None => Issue::new(&issues::BAD_FORMAT, place, &[element, primitive]),
    }
}
