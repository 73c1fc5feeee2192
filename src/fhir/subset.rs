//! Parts of a resource: `_summary` and `_elements` (search.html#summary, #elements).
//!
//! Owns: which elements of each accepted type are in its summary, which always stay, and the
//! tag that tells a reader that something is missing. Works on checked bytes: what stays, stays
//! as it was sent. Must not know: how the question came.

use crate::domain::fact::Kind;
use crate::fhir::json::Elements;
use crate::fhir::json::Members;
use crate::fhir::json::encode;
use crate::fhir::validate::names::is_type_suffix;
use std::borrow::Cow;

/// What `_summary` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Summary {
    /// `false`: everything.
    #[default]
    Whole,
    /// `true`: the elements marked as summary in R4.
    Short,
    /// `text`: narrative, id, meta, mandatory elements.
    Text,
    /// `data`: all but the narrative.
    Data,
    /// `count`: how many, none of them.
    Count,
}

impl Summary {
    /// Reads the value of `_summary`.
    pub fn from_code(code: &str) -> Option<Summary> {
        match code {
            "false" => Some(Summary::Whole),
            "true" => Some(Summary::Short),
            "text" => Some(Summary::Text),
            "data" => Some(Summary::Data),
            "count" => Some(Summary::Count),
            _ => None,
        }
    }
}

/// Which part of each resource is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subset {
    pub summary: Summary,
    /// Names of top-level elements, as `_elements` lists them; empty: all.
    pub elements: Vec<String>,
}

/// The tag of a resource of which something was left out.
const TAG: &[u8] = br#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

/// What is never left out: a resource without it is none, or says the contrary.
const ALWAYS: &[&str] = &["resourceType", "id", "meta", "implicitRules", "modifierExtension"];

impl Subset {
    /// Reads `_summary` and `_elements` among parameters; `None` when `_summary` is none of its codes.
    pub fn of<'p>(pairs: impl IntoIterator<Item = &'p (String, String)>) -> Option<Subset> {
        let mut subset = Subset::default();
        for (name, value) in pairs {
            match name.as_str() {
                "_summary" => subset.summary = Summary::from_code(value)?,
                "_elements" => subset.elements.extend(Subset::elements_of(value)),
                _ => {}
            }
        }
        Some(subset)
    }

    /// Reads `_elements=a,b` (also `Patient.a`): the elements of the first level.
    pub fn elements_of(text: &str) -> Vec<String> {
        let name = |item: &str| {
            let item = item.trim();
            let below = match item.split_once('.') {
                Some((kind, below)) if kind.starts_with(|c: char| c.is_ascii_uppercase()) => below,
                _ => item,
            };
            below.split('.').next().unwrap_or(below).to_owned()
        };
        text.split(',').map(name).filter(|name| !name.is_empty()).collect()
    }

    /// Answers whether whole resources are wanted.
    pub fn is_whole(&self) -> bool {
        self.summary == Summary::Whole && self.elements.is_empty()
    }

    /// Answers the part of a resource that is wanted, with the tag SUBSETTED.
    pub fn apply<'a>(&self, kind: Kind, resource: &'a [u8]) -> Cow<'a, [u8]> {
        if self.is_whole() { Cow::Borrowed(resource) } else { Cow::Owned(self.cut(table(kind), resource)) }
    }

    /// The same of a type that is worked out, by its name; whole where nothing is known of the type.
    pub fn apply_to_computed(&self, name: &str, resource: String) -> String {
        let table = match name {
            "Invoice" => &INVOICE,
            "MeasureReport" => &MEASURE_REPORT,
            "ImmunizationRecommendation" => &IMMUNIZATION_RECOMMENDATION,
            _ => return resource,
        };
        if self.is_whole() {
            return resource;
        }
        String::from_utf8_lossy(&self.cut(table, resource.as_bytes())).into_owned()
    }

    fn cut(&self, table: &Table, resource: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(resource.len());
        let (mut separator, mut tagged) = (b'{', false);
        for (member, value) in Members::of(resource) {
            if !self.keeps(table, &member) {
                continue;
            }
            out.push(separator);
            separator = b',';
            encode(&member, &mut out);
            out.push(b':');
            match (&*member, self.summary) {
                ("meta", _) => {
                    write_meta(value, &mut out);
                    tagged = true;
                }
                (name, Summary::Short) => write_nested(table, name, value, &mut out),
                _ => out.extend_from_slice(value),
            }
        }
        if !tagged {
            out.push(separator);
            out.extend_from_slice(b"\"meta\":{\"tag\":[");
            out.extend_from_slice(TAG);
            out.extend_from_slice(b"]}");
        }
        out.push(b'}');
        out
    }

    fn keeps(&self, table: &Table, member: &str) -> bool {
        let name = member.strip_prefix('_').unwrap_or(member);
        if ALWAYS.contains(&name) || listed(table.always, name) {
            return true;
        }
        let by_summary = match self.summary {
            Summary::Whole => self.elements.is_empty(),
            Summary::Short => listed(table.summary, name),
            Summary::Text => name == "text",
            Summary::Data => name != "text",
            Summary::Count => false,
        };
        by_summary || self.elements.iter().any(|asked| is(asked, name) || choice(asked, name))
    }
}

/// Answers whether an element of the table is this member; `value[x]` stands for every type.
fn listed(elements: &[&str], name: &str) -> bool {
    elements.iter().any(|element| match element.strip_suffix("[x]") {
        Some(base) => choice(base, name),
        None => is(element, name),
    })
}

fn is(element: &str, name: &str) -> bool {
    element.strip_suffix("[x]").unwrap_or(element) == name
}

fn choice(base: &str, name: &str) -> bool {
    let base = base.strip_suffix("[x]").unwrap_or(base);
    name.strip_prefix(base).is_some_and(is_type_suffix)
}

fn write_meta(meta: &[u8], out: &mut Vec<u8>) {
    let (mut separator, mut tagged) = (b'{', false);
    for (member, value) in Members::of(meta) {
        out.push(separator);
        separator = b',';
        encode(&member, out);
        out.push(b':');
        match value.strip_suffix(b"]") {
            Some(open) if member == "tag" => {
                tagged = true;
                out.extend_from_slice(open);
                if Elements::of(value).next().is_some() {
                    out.push(b',');
                }
                out.extend_from_slice(TAG);
                out.push(b']');
            }
            _ => out.extend_from_slice(value),
        }
    }
    if !tagged {
        out.push(separator);
        out.extend_from_slice(b"\"tag\":[");
        out.extend_from_slice(TAG);
        out.push(b']');
    }
    out.push(b'}');
}

/// Writes an element of the summary without what is not in the summary below it.
fn write_nested(table: &Table, name: &str, value: &[u8], out: &mut Vec<u8>) {
    let Some((_, kept)) = table.nested.iter().find(|(element, _)| *element == name) else {
        return out.extend_from_slice(value);
    };
    if value.starts_with(b"[") {
        for (n, element) in Elements::of(value).enumerate() {
            out.push(if n == 0 { b'[' } else { b',' });
            write_kept(kept, element, out);
        }
        out.push(b']');
    } else {
        write_kept(kept, value, out);
    }
}

fn write_kept(kept: &[&str], object: &[u8], out: &mut Vec<u8>) {
    if !object.starts_with(b"{") {
        return out.extend_from_slice(object);
    }
    out.push(b'{');
    let mut separator = None;
    for (member, value) in Members::of(object) {
        let name = member.strip_prefix('_').unwrap_or(&member);
        if !matches!(name, "id" | "extension" | "modifierExtension") && !listed(kept, name) {
            continue;
        }
        out.extend(separator);
        separator = Some(b',');
        encode(&member, out);
        out.push(b':');
        out.extend_from_slice(value);
    }
    out.push(b'}');
}

/// The elements of a type: in its summary, mandatory or modifying, and of an element in the
/// summary those below it that are, where not all are.
struct Table {
    summary: &'static [&'static str],
    always: &'static [&'static str],
    nested: &'static [(&'static str, &'static [&'static str])],
}

fn table(kind: Kind) -> &'static Table {
    match kind {
        Kind::Patient => &PATIENT,
        Kind::Encounter => &ENCOUNTER,
        Kind::Observation => &OBSERVATION,
        Kind::Condition => &CONDITION,
        Kind::Coverage => &COVERAGE,
        Kind::Procedure => &PROCEDURE,
        Kind::Immunization => &IMMUNIZATION,
        Kind::DiagnosticReport => &DIAGNOSTIC_REPORT,
        Kind::QuestionnaireResponse => &QUESTIONNAIRE_RESPONSE,
        Kind::EpisodeOfCare => &EPISODE_OF_CARE,
        Kind::CareTeam => &CARE_TEAM,
        Kind::Appointment => &APPOINTMENT,
        Kind::Flag => &FLAG,
        Kind::Practitioner => &PRACTITIONER,
        Kind::PractitionerRole => &PRACTITIONER_ROLE,
        Kind::Organization => &ORGANIZATION,
        Kind::Location => &LOCATION,
    }
}

macro_rules! tables {
    ($($name:ident: $summary:literal, $always:literal, { $($element:literal: $kept:literal)* };)+) => {
        $(static $name: Table = Table {
            summary: &words::<{ count($summary) }>($summary),
            always: &words::<{ count($always) }>($always),
            nested: &[$(($element, &words::<{ count($kept) }>($kept))),*],
        };)+
    };
}

// Elements of R4 (4.0.1) marked as summary in the definition of each type.
tables! {
    PATIENT: "active address birthDate deceased[x] gender identifier link managingOrganization name telecom",
        "active deceased[x] link", {};
    ENCOUNTER: "appointment class diagnosis episodeOfCare identifier participant reasonCode reasonReference serviceType status subject type",
        "status class", { "participant": "type individual" "diagnosis": "condition" };
    OBSERVATION: "basedOn code component derivedFrom effective[x] encounter focus hasMember identifier issued partOf performer status subject value[x]",
        "status code", { "component": "code value[x]" };
    CONDITION: "asserter bodySite clinicalStatus code encounter identifier onset[x] recordedDate recorder subject verificationStatus",
        "subject clinicalStatus verificationStatus", {};
    COVERAGE: "beneficiary dependent identifier network order payor period policyHolder status subscriber subscriberId type",
        "status beneficiary payor", {};
    PROCEDURE: "asserter basedOn bodySite category code encounter identifier instantiatesCanonical instantiatesUri location outcome partOf performed[x] performer reasonCode reasonReference recorder status statusReason subject",
        "status subject", { "performer": "function actor" };
    IMMUNIZATION: "isSubpotent note occurrence[x] patient performer primarySource status vaccineCode",
        "status vaccineCode patient occurrence[x] isSubpotent", {};
    DIAGNOSTIC_REPORT: "category code effective[x] encounter identifier issued media performer resultsInterpreter status subject",
        "status code", { "media": "link" };
    QUESTIONNAIRE_RESPONSE: "author authored basedOn encounter identifier partOf questionnaire source status subject",
        "status", {};
    EPISODE_OF_CARE: "diagnosis managingOrganization patient period status type",
        "status patient", {};
    CARE_TEAM: "category encounter identifier managingOrganization name period status subject",
        "status", {};
    APPOINTMENT: "appointmentType cancelationReason end identifier participant reasonCode serviceCategory serviceType specialty start status",
        "status participant", { "participant": "type actor required status" };
    FLAG: "author category code encounter identifier period status subject",
        "status code subject", {};
    PRACTITIONER: "active address birthDate gender identifier name telecom",
        "", {};
    PRACTITIONER_ROLE: "active code identifier location organization period practitioner specialty telecom",
        "", {};
    ORGANIZATION: "active identifier name partOf type",
        "active", {};
    INVOICE: "date identifier recipient status subject totalGross totalNet type",
        "status", {};
    MEASURE_REPORT: "date identifier improvementNotation measure period reporter status subject type",
        "status type measure period improvementNotation", {};
    IMMUNIZATION_RECOMMENDATION: "date identifier patient recommendation",
        "patient date recommendation",
        { "recommendation": "vaccineCode targetDisease contraindicatedVaccineCode forecastStatus forecastReason doseNumber[x]" };
    LOCATION: "description identifier managingOrganization mode name operationalStatus physicalType status type",
        "status mode", {};
}

/// How many words a text has.
const fn count(text: &str) -> usize {
    if text.is_empty() {
        return 0;
    }
    let (bytes, mut at, mut words) = (text.as_bytes(), 0, 1);
    while at < bytes.len() {
        if bytes[at] == b' ' {
            words += 1;
        }
        at += 1;
    }
    words
}

/// The words of a text, split when the program is compiled.
const fn words<const N: usize>(text: &'static str) -> [&'static str; N] {
    let mut out = [""; N];
    let mut rest = text;
    let mut n = 0;
    while n < N {
        let bytes = rest.as_bytes();
        let mut at = 0;
        while at < bytes.len() && bytes[at] != b' ' {
            at += 1;
        }
        let (word, after) = rest.split_at(at);
        out[n] = word;
        rest = if after.is_empty() { after } else { after.split_at(1).1 };
        n += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(summary: Summary, elements: &str, kind: Kind, sent: &str) -> String {
        let subset = Subset { summary, elements: Subset::elements_of(elements) };
        String::from_utf8(subset.apply(kind, sent.as_bytes()).into_owned()).unwrap()
    }

    const SENT: &str = r#"{"resourceType":"Observation","id":"o","meta":{"versionId":"1","tag":[{"code":"x"}]},"text":{"status":"generated","div":"<div/>"},"status":"final","_status":{"id":"s"},"category":[{"text":"c"}],"valueQuantity":{"value":1.10},"component":[{"code":{"text":"a"},"valueString":"b","interpretation":[]}]}"#;
    const MARK: &str = r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

    #[test]
    fn each_summary_keeps_its_elements_byte_for_byte() {
        let head = format!(
            r#"{{"resourceType":"Observation","id":"o","meta":{{"versionId":"1","tag":[{{"code":"x"}},{MARK}]}}"#
        );
        let status = r#","status":"final","_status":{"id":"s"}"#;
        let text = r#","text":{"status":"generated","div":"<div/>"}"#;
        let value = r#","valueQuantity":{"value":1.10}"#;
        let cases = [
            (
                Summary::Short,
                "",
                format!(r#"{head}{status}{value},"component":[{{"code":{{"text":"a"}},"valueString":"b"}}]}}"#),
            ),
            (Summary::Text, "", format!("{head}{text}{status}}}")),
            (Summary::Whole, "value", format!("{head}{status}{value}}}")),
            (
                Summary::Whole,
                "Observation.category,nothing",
                format!(r#"{head}{status},"category":[{{"text":"c"}}]}}"#),
            ),
            (Summary::Count, "", format!("{head}{status}}}")),
        ];
        for (summary, elements, want) in cases {
            assert_eq!(part(summary, elements, Kind::Observation, SENT), want, "{summary:?} {elements}");
        }
        assert!(!part(Summary::Data, "", Kind::Observation, SENT).contains("div"));
    }

    #[test]
    fn the_whole_is_the_whole_without_a_tag() {
        assert_eq!(part(Summary::Whole, "", Kind::Observation, SENT), SENT);
    }

    #[test]
    fn a_resource_without_meta_is_tagged_all_the_same() {
        let want = format!(r#"{{"resourceType":"Patient","gender":"male","meta":{{"tag":[{MARK}]}}}}"#);
        let sent = r#"{"resourceType":"Patient","gender":"male","photo":[{}]}"#;
        assert_eq!(part(Summary::Short, "", Kind::Patient, sent), want);
        assert_eq!(
            part(Summary::Short, "", Kind::Patient, r#"{"meta":{},"photo":[]}"#),
            format!(r#"{{"meta":{{"tag":[{MARK}]}}}}"#)
        );
    }

    #[test]
    fn every_type_keeps_what_it_must_have() {
        for kind in Kind::ALL {
            let table = table(*kind);
            assert!(table.summary.len() > 4 && table.summary.iter().all(|e| !e.is_empty()), "{kind:?}");
            let missing: Vec<_> = table.nested.iter().filter(|(e, _)| !table.summary.contains(e)).collect();
            assert!(missing.is_empty(), "{kind:?} {missing:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in "[\\[\\]{}\",:a-z0-9 ]{0,60}") {
            for summary in [Summary::Short, Summary::Text, Summary::Data, Summary::Count] {
                let subset = Subset { summary, elements: vec!["a".to_owned()] };
                let _ = subset.apply(Kind::Observation, bytes.as_bytes());
                let whole = format!("{{\"meta\":{bytes},\"component\":{bytes}}}");
                let _ = subset.apply(Kind::Observation, whole.as_bytes());
            }
        }
    }
}
