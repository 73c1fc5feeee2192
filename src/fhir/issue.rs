//! Issues: everything that can be wrong or worth saying about what was sent, as one table.
//!
//! Owns: the stable codes of CodeSystem/outcome with their French and English texts, and `Issue`.
//! Must not know: HTTP statuses (only `http/problem.rs` does). No text ever holds an identifier
//! value, a name, a birth date or free text of the sender: arguments are element names, type
//! names, counts, limits and codes of ours.

/// System of the stable codes in OperationOutcome.issue.details.
pub const OUTCOME_SYSTEM: &str = "https://mtr-gateway.example/fhir/CodeSystem/outcome";

/// OperationOutcome.issue.severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Information,
    Warning,
    Error,
    Fatal,
}

impl Severity {
    /// Answers the FHIR code.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }
}

/// What class of fault it is; decides the status where an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Not JSON, or base FHIR violated: 400.
    Malformed,
    /// Our contract violated: 422.
    Contract,
    /// Type not accepted: 404 (422 in a Bundle entry).
    UnacceptedType,
    /// Said, never refused (unless handling is strict, for structure warnings).
    Advice,
    /// Not about the content of a resource: the problem that carries it decides the status.
    Exchange,
}

/// One row of the table of stable codes.
#[derive(Debug, PartialEq, Eq)]
pub struct IssueKind {
    /// Code of CodeSystem/outcome, e.g. `MTR-PAT-002`. Never reused.
    pub code: &'static str,
    /// FHIR IssueType: structure, required, value, invariant, code-invalid, not-supported, ...
    pub fhir: &'static str,
    pub severity: Severity,
    pub class: Class,
    /// Templates; `{0}`, `{1}` are the arguments.
    pub fr: &'static str,
    pub en: &'static str,
}

/// One issue of an OperationOutcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub kind: &'static IssueKind,
    /// That of the kind, unless what is usually said is refused.
    pub severity: Severity,
    /// FHIRPath from the resource's root: `Patient.name[0].given[1]`; `Bundle.entry[3].resource...`.
    pub expression: Option<String>,
    pub args: Vec<String>,
}

impl Issue {
    pub fn new(kind: &'static IssueKind, expression: impl Into<String>, args: &[&str]) -> Issue {
        let severity = kind.severity;
        Issue {
            kind,
            severity,
            expression: Some(expression.into()),
            args: args.iter().map(|a| (*a).to_owned()).collect(),
        }
    }

    /// An issue that has no place in a resource.
    pub fn general(kind: &'static IssueKind, args: &[&str]) -> Issue {
        let severity = kind.severity;
        Issue { kind, severity, expression: None, args: args.iter().map(|a| (*a).to_owned()).collect() }
    }

    /// Answers the same issue as the reason of a refusal: an error, whatever it usually is.
    pub fn refused(self) -> Issue {
        Issue { severity: self.severity.max(Severity::Error), ..self }
    }

    pub fn is_error(&self) -> bool {
        self.severity >= Severity::Error
    }

    pub fn text_fr(&self) -> String {
        fill(self.kind.fr, &self.args)
    }

    pub fn text_en(&self) -> String {
        fill(self.kind.en, &self.args)
    }
}

/// Writes CodeSystem/outcome from the table of codes, as `fhir-profiles/` holds it.
pub fn outcome_code_system() -> String {
    let concepts: Vec<_> = crate::fhir::issues::ALL
        .iter()
        .map(|kind| {
            serde_json::json!({
                "code": kind.code,
                "display": kind.fr,
                "designation": [{ "language": "en", "value": kind.en }],
                "property": [
                    { "code": "issue-type", "valueCode": kind.fhir },
                    { "code": "severity", "valueCode": kind.severity.code() },
                    { "code": "page", "valueString": format!("docs/outcomes.md#{}", kind.code.to_ascii_lowercase()) },
                ],
            })
        })
        .collect();
    let system = serde_json::json!({
        "resourceType": "CodeSystem",
        "id": "outcome",
        "url": OUTCOME_SYSTEM,
        "version": "0.1.0",
        "name": "Outcome",
        "title": "Codes des issues d'OperationOutcome",
        "status": "active",
        "experimental": false,
        "publisher": "mtr-gateway",
        "language": "fr",
        "description": "Codes stables de OperationOutcome.issue.details ; {0}, {1}... sont remplacés par des noms d'éléments, des nombres ou des codes, jamais par une valeur envoyée.",
        "caseSensitive": true,
        "valueSet": "https://mtr-gateway.example/fhir/ValueSet/outcome",
        "content": "complete",
        "count": concepts.len(),
        "property": [
            { "code": "issue-type", "description": "OperationOutcome.issue.code", "type": "code" },
            { "code": "severity", "description": "OperationOutcome.issue.severity", "type": "code" },
            { "code": "page", "description": "Ce qu'il faut faire : la page de ce code dans la documentation du projet.", "type": "string" },
        ],
        "concept": concepts,
    });
    format!("{system:#}\n")
}

/// Answers the ` (birthDate ?)` that ends the texts about an unknown name: the nearest of `known`,
/// or nothing when none is near. Reads the same in both languages.
pub fn hint<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known).map(|name| format!(" ({name} ?)")).unwrap_or_default()
}

/// Answers the known name nearest to `wanted`, when one is near enough to be meant.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wanted.to_ascii_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), name))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

fn fill(template: &str, args: &[String]) -> String {
    args.iter().enumerate().fold(template.to_owned(), |text, (n, arg)| text.replace(&format!("{{{n}}}"), arg))
}
