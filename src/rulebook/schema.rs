//! The shape of each kind of file: JSON Schema 2020-12, compiled once, and its faults in words.

use super::error::Fault;
use super::node::Node;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

macro_rules! file_kinds {
    ($($name:ident = $schema:literal),+ $(,)?) => {
        /// The kinds of mapping file, each with its schema.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FileKind { $($name),+ }

        impl FileKind {
            const ALL: &'static [FileKind] = &[$(FileKind::$name),+];

            fn schema(self) -> &'static str {
                match self {
                    $(FileKind::$name => include_str!(concat!("../../mappings/schema/", $schema, ".schema.json"))),+
                }
            }
        }
    };
}

file_kinds! {
    System = "system", Concept = "concept", Codes = "codes", Evidence = "evidence", Measure = "measure",
    Flag = "flag", Parameters = "parameters", Enrolment = "enrolment", Consommant = "consommant",
    NotDone = "not-done", Typologie = "typologie", Pathway = "pathway", Prevention = "prevention",
    Indicator = "indicator", Tariff = "tariff", Statements = "statements", Reports = "reports",
    Worklist = "worklist", Source = "source",
}

impl FileKind {
    /// Answers which kind of file stands at a path of the mappings, `None` for a stranger.
    pub fn of(path: &str) -> Option<FileKind> {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(match (folder, path) {
            ("systems", _) => FileKind::System,
            ("facts/concepts", _) => FileKind::Concept,
            ("facts/codes", _) => FileKind::Codes,
            ("facts/evidence", _) => FileKind::Evidence,
            ("facts/measures", _) => FileKind::Measure,
            ("facts/flags", _) => FileKind::Flag,
            ("typologies", _) => FileKind::Typologie,
            ("pathways", _) => FileKind::Pathway,
            ("prevention", _) => FileKind::Prevention,
            ("indicators", _) => FileKind::Indicator,
            ("tariffs", _) => FileKind::Tariff,
            ("sources", _) => FileKind::Source,
            (_, "commun.yaml") => FileKind::Parameters,
            (_, "enrolment.yaml") => FileKind::Enrolment,
            (_, "consommant.yaml") => FileKind::Consommant,
            (_, "not-done.yaml") => FileKind::NotDone,
            (_, "statements.yaml") => FileKind::Statements,
            (_, "reports.yaml") => FileKind::Reports,
            (_, "worklist.yaml") => FileKind::Worklist,
            _ => return None,
        })
    }
}

/// A fault of shape and the way to it from the root.
pub struct ShapeFault {
    pub steps: Vec<String>,
    pub fault: Fault,
}

static VALIDATORS: LazyLock<HashMap<FileKind, Validator>> = LazyLock::new(|| {
    let common = include_str!("../../mappings/schema/common.schema.json").replace("common.schema.json#", "#");
    let common: Value = serde_json::from_str(&common).unwrap_or_default();
    FileKind::ALL.iter().filter_map(|kind| Some((*kind, compile(*kind, &common)?))).collect()
});

// The common definitions are copied into each schema: one document, no reference to resolve.
fn compile(kind: FileKind, common: &Value) -> Option<Validator> {
    let mut schema: Value = serde_json::from_str(&kind.schema().replace("common.schema.json#", "#")).ok()?;
    schema.as_object_mut()?.insert("$defs".to_owned(), common.get("$defs")?.clone());
    jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).ok()
}

/// Answers every fault of shape of a file.
pub fn check(kind: FileKind, tree: &Node) -> Vec<ShapeFault> {
    let json = tree.to_json();
    let Some(validator) = VALIDATORS.get(&kind) else { return Vec::new() };
    if validator.is_valid(&json) {
        return Vec::new();
    }
    let mut faults: Vec<ShapeFault> = validator.iter_errors(&json).flat_map(|error| describe(kind, &error)).collect();
    faults.dedup_by(|a, b| a.steps == b.steps && a.fault.code == b.fault.code);
    faults
}

fn describe(kind: FileKind, error: &jsonschema::ValidationError<'_>) -> Vec<ShapeFault> {
    let steps: Vec<String> = pointer_steps(error.instance_path().as_str());
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(kind, error);
            unexpected.iter().map(|key| unknown_key(&steps, key, &known)).collect()
        }
        ValidationErrorKind::Required { property } => {
            vec![ShapeFault { steps, fault: missing(property.as_str().unwrap_or("?")) }]
        }
        ValidationErrorKind::Enum { options } => vec![ShapeFault { fault: not_listed(&steps, error, options), steps }],
        ValidationErrorKind::Type { .. } => vec![ShapeFault { fault: wrong_type(&steps, error.instance()), steps }],
        ValidationErrorKind::Pattern { .. } => vec![ShapeFault { fault: wrong_form(&steps, error.instance()), steps }],
        other => vec![ShapeFault {
            fault: Fault::new(
                "bad-shape",
                format!("forme non admise ({})", other.keyword()),
                format!("this does not fit: {}", error.masked()),
            ),
            steps,
        }],
    }
}

fn pointer_steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect()
}

fn unknown_key(steps: &[String], key: &str, known: &[String]) -> ShapeFault {
    let mut steps = steps.to_vec();
    steps.push(key.to_owned());
    let fault = Fault::unknown("unknown-key", ("mot clé", "key"), key, known.iter().map(String::as_str));
    ShapeFault { steps, fault }
}

// The keys the schema knows at that place: read from the schema that refused.
fn known_keys(kind: FileKind, error: &jsonschema::ValidationError<'_>) -> Vec<String> {
    let mut path = pointer_steps(error.schema_path().as_str());
    path.pop();
    let common = include_str!("../../mappings/schema/common.schema.json");
    let mut keys = Vec::new();
    for document in [kind.schema(), common] {
        let Ok(schema) = serde_json::from_str::<Value>(document) else { continue };
        let place = path.iter().try_fold(&schema, |here, step| match here {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => here.get(step),
        });
        let properties = place.and_then(|p| p.get("properties")).and_then(Value::as_object);
        keys.extend(properties.into_iter().flat_map(|p| p.keys().cloned()));
    }
    keys
}

fn missing(property: &str) -> Fault {
    let code = match property {
        "source" => "unsourced-value",
        "ordinal" => "missing-ordinal",
        _ => "missing-key",
    };
    Fault::new(code, format!("il manque « {property} »"), format!("\"{property}\" is missing"))
}

fn not_listed(steps: &[String], error: &jsonschema::ValidationError<'_>, options: &Value) -> Fault {
    let code = if steps.last().is_some_and(|s| s == "status") { "unknown-status" } else { "unknown-word" };
    let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match error.instance().as_str() {
        Some(word) => Fault::unknown(code, ("mot", "word"), word, options.iter().copied()),
        None => Fault::new(
            code,
            format!("un mot parmi {} est attendu", options.join(", ")),
            format!("one of {} is expected", options.join(", ")),
        ),
    }
}

fn wrong_type(steps: &[String], found: &Value) -> Fault {
    let last = steps.last().map_or("", String::as_str);
    if found.is_number() && (last == "code" || last == "to") {
        return Fault::new(
            "code-not-string",
            "un code est un texte : entre guillemets",
            "a code is a text: put it in quotes",
        );
    }
    if found.is_f64() || (found.is_number() && ["factor", "offset"].contains(&last)) || bound(last) {
        return Fault::new(
            "decimal-not-string",
            "un nombre à virgule s’écrit entre guillemets (\"2.5\")",
            "a decimal is written in quotes (\"2.5\")",
        );
    }
    if found.is_number() && !dated(last) {
        return Fault::new(
            "bare-number",
            "pas de nombre nu dans une règle : nommez un paramètre",
            "no bare number in a rule: name a parameter",
        );
    }
    Fault::new("wrong-type", format!("type inattendu pour « {last} »"), format!("unexpected type for \"{last}\""))
}

fn bound(key: &str) -> bool {
    ["hard_min", "hard_max", "soft_min", "soft_max"].contains(&key)
}

fn dated(key: &str) -> bool {
    ["from", "applies_to_closed_from"].contains(&key)
}

fn wrong_form(steps: &[String], found: &Value) -> Fault {
    let last = steps.last().map_or("", String::as_str);
    let text = found.as_str().unwrap_or_default();
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<rust_decimal::Decimal>().is_ok() && !dated(last) {
        return Fault::new(
            "bare-number",
            "pas de nombre nu dans une règle : nommez un paramètre",
            "no bare number in a rule: name a parameter",
        );
    }
    Fault::new(
        "bad-form",
        format!("écriture non admise pour « {last} »"),
        format!("\"{last}\" is not written as it should"),
    )
}
