//! Parameters as operations receive them (parameters.html): named values, or a resource to look at.

use super::derive;
use super::failure::{Failure, Reason};
use crate::domain::calendar::PartialDate;
use crate::fhir::facts::date::Moment;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::json;
use crate::fhir::json::{Elements, Members};
use std::borrow::Cow;

/// Answers name and value of every parameter that has a primitive value or a Reference, as an address
/// would say them. Of a name that is not among those `known` the value is not looked at: the name is
/// what is to be refused.
pub fn parameter_values(bytes: &[u8], known: &[&str]) -> Result<Vec<(String, String)>, Failure> {
    let Some(parameters) = read(bytes)? else { return Err(no_parameters()) };
    let mut values = Vec::new();
    for (n, parameter) in parameters.iter().enumerate() {
        let name = name_of(parameter).ok_or_else(|| no_value(n))?;
        let value = match told(parameter) {
            Some(value) => value,
            None if !known.contains(&&*name) => String::new(),
            None => return Err(no_value(n)),
        };
        values.push((name.into_owned(), value));
    }
    Ok(values)
}

/// Answers the primitive value of a parameter, or what its Reference refers to.
fn told(parameter: &Parameter<'_>) -> Option<String> {
    let (name, literal) = parameter.iter().find(|(name, _)| name.starts_with("value"))?;
    match &**name {
        _ if is_primitive(literal) => Some(text(literal)),
        "valueReference" => reference_of(literal),
        _ => None,
    }
}

/// A member of a Group that was sent with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMember {
    /// What it refers to.
    pub entity: String,
    /// Where it stands, for a refusal.
    pub place: String,
    /// The days it is a member, at their widest; open where none is told.
    pub days: (Option<PartialDate>, Option<PartialDate>),
}

/// What a question of care gaps carries: its values, and the members of a Group that was sent with it.
pub struct GapParameters {
    pub values: Vec<(String, String)>,
    /// The members of `subjectGroup`, those that are inactive apart; `None` when no Group was sent.
    pub members: Option<Vec<SentMember>>,
}

/// Reads the Parameters of `$care-gaps`: primitive values, References by what they refer to, and a
/// Group as `subjectGroup`. Names that are not `known` are read as `parameter_values` reads them.
pub fn gap_parameters(bytes: &[u8], known: &[&str]) -> Result<GapParameters, Failure> {
    let Some(parameters) = read(bytes)? else { return Err(no_parameters()) };
    let mut asked = GapParameters { values: Vec::new(), members: None };
    for (n, parameter) in parameters.iter().enumerate() {
        let name = name_of(parameter).ok_or_else(|| no_value(n))?;
        let resource = parameter.iter().find(|(member, _)| member == "resource").map(|(_, literal)| *literal);
        let value = match (told(parameter), resource) {
            (Some(value), None) => value,
            (None, Some(group)) if name == "subjectGroup" => {
                let place = format!("Parameters.parameter[{n}].resource");
                if asked.members.is_some() {
                    let twice = Issue::new(&issues::PARAMETER_TWICE, place, &["subjectGroup"]);
                    return Err(Failure::new(Reason::Malformed, twice));
                }
                asked.members = Some(members_of(group, &place)?);
                continue;
            }
            _ if !known.contains(&&*name) => String::new(),
            _ => return Err(no_value(n)),
        };
        asked.values.push((name.into_owned(), value));
    }
    Ok(asked)
}

/// Answers what a Reference refers to.
fn reference_of(literal: &[u8]) -> Option<String> {
    let text = Members::of(literal).find(|(name, text)| name == "reference" && text.starts_with(b"\""));
    text.map(|(_, text)| json::decode(text).into_owned())
}

/// Answers the members of a Group (group.html), those that left it apart; refuses what is no Group of
/// people, and a member that refers to nothing or whose period does not read.
fn members_of(group: &[u8], place: &str) -> Result<Vec<SentMember>, Failure> {
    let malformed = |kind, at: String, args: &[&str]| Failure::new(Reason::Malformed, Issue::new(kind, at, args));
    let wrong = |at: String, name: &str, kind: &str| malformed(&issues::WRONG_TYPE, at, &[name, kind]);
    if group.first() != Some(&b'{') {
        return Err(wrong(place.to_owned(), "resource", "object"));
    }
    if element(group, "resourceType") != Some(&br#""Group""#[..]) {
        return Err(malformed(&issues::WRONG_RESOURCE_TYPE, format!("{place}.resourceType"), &["?", "Group"]));
    }
    // A Group that is not actual says who might be in it, and names nobody (group.html).
    for (name, wanted) in [("actual", &b"true"[..]), ("type", &br#""person""#[..])] {
        if element(group, name).is_some_and(|told| told != wanted) {
            return Err(malformed(&issues::GROUP_OF_PEOPLE, format!("{place}.{name}"), &[]));
        }
    }
    let Some(members) = element(group, "member") else { return Ok(Vec::new()) };
    if !members.starts_with(b"[") {
        return Err(wrong(format!("{place}.member"), "member", "array"));
    }
    let mut found = Vec::new();
    for (n, one) in Elements::of(members).enumerate() {
        let at = format!("{place}.member[{n}]");
        if !one.starts_with(b"{") {
            return Err(wrong(at, "member", "object"));
        }
        match element(one, "inactive") {
            None | Some(b"false") => {}
            Some(b"true") => continue,
            Some(_) => return Err(wrong(format!("{at}.inactive"), "inactive", "boolean")),
        }
        let missing = |name: &str| malformed(&issues::MISSING_ELEMENT, format!("{at}.{name}"), &[name]);
        let entity = element(one, "entity").ok_or_else(|| missing("entity"))?;
        let entity = reference_of(entity).ok_or_else(|| missing("entity.reference"))?;
        let end = |name: &str| match element(one, "period").and_then(|period| element(period, name)) {
            None => Ok(None),
            Some(literal) => {
                let date = Moment::read(&text(literal)).map(|moment| moment.when().date);
                date.map(Some).ok_or_else(|| wrong(format!("{at}.period.{name}"), name, "dateTime"))
            }
        };
        found.push(SentMember { entity, place: format!("{at}.entity"), days: (end("start")?, end("end")?) });
    }
    Ok(found)
}

/// Answers the literal of a member of an object.
fn element<'a>(object: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    Members::of(object).find(|(name, _)| name == wanted).map(|(_, literal)| literal)
}

/// A resource to look at, when there is one, and the values beside it.
pub type Asked<'a> = (Option<Cow<'a, [u8]>>, Vec<(String, String)>);

/// Answers the resource to validate: what was sent, or the parameter `resource` of a Parameters,
/// with the other parameters.
pub fn validation_parameters(bytes: &[u8]) -> Result<Asked<'_>, Failure> {
    // What is no JSON is told by validation itself.
    let Ok(Some(parameters)) = read(bytes) else { return Ok((Some(Cow::Borrowed(bytes)), Vec::new())) };
    let (mut resource, mut values) = (None, Vec::new());
    for (n, parameter) in parameters.iter().enumerate() {
        let member = |wanted: &str| parameter.iter().find(|(name, _)| name.starts_with(wanted)).map(|(_, v)| *v);
        match (name_of(parameter), member("value"), member("resource")) {
            (Some(name), _, Some(sent)) if name == "resource" => resource = Some(Cow::Borrowed(sent)),
            (Some(name), Some(literal), _) if is_primitive(literal) => values.push((name.into_owned(), text(literal))),
            _ => return Err(no_value(n)),
        }
    }
    Ok((resource, values))
}

/// Values, and files by their path in the mappings.
pub type Simulated = (Vec<(String, String)>, Vec<(String, Vec<u8>)>);

/// Answers the values of a simulation, and the mapping files sent with it: `content` alone is a tariff,
/// `file` has the parts `path` and `content`.
pub fn simulation_parameters(bytes: &[u8]) -> Result<Simulated, Failure> {
    let Some(parameters) = read(bytes)? else {
        let issue = Issue::new(&issues::WRONG_RESOURCE_TYPE, "Parameters.resourceType", &["?", "Parameters"]);
        return Err(Failure::new(Reason::Malformed, issue));
    };
    let (mut values, mut files) = (Vec::new(), Vec::new());
    for (n, parameter) in parameters.iter().enumerate() {
        let name = name_of(parameter).ok_or_else(|| no_value(n))?.into_owned();
        if name == "file" {
            let parts = parameter.iter().find(|(member, _)| member == "part").map(|(_, parts)| *parts);
            let parts: Vec<Parameter<'_>> = parts
                .into_iter()
                .flat_map(Elements::of)
                .filter(|part| part.starts_with(b"{"))
                .map(|part| Members::of(part).collect())
                .collect();
            let of = |wanted: &str| {
                let part = parts.iter().find(|part| name_of(part).as_deref() == Some(wanted));
                part.and_then(value_of)
            };
            match (of("path"), of("content")) {
                (Some(path), Some(content)) => files.push((path, content.into_bytes())),
                _ => return Err(no_value(n)),
            }
            continue;
        }
        let value = value_of(parameter).ok_or_else(|| no_value(n))?;
        if name == "content" {
            files.extend(super::simulate::yaml_file(value.as_bytes())?);
        } else {
            values.push((name, value));
        }
    }
    Ok((values, files))
}

/// Answers the primitive value of a parameter.
fn value_of(parameter: &Parameter<'_>) -> Option<String> {
    let literal = parameter.iter().find(|(name, _)| name.starts_with("value")).map(|(_, literal)| *literal)?;
    is_primitive(literal).then(|| text(literal))
}

/// What a question of what would be carries: resources to add, references to remove, each with the
/// place it stands at, and the values beside them.
pub struct Supposition<'a> {
    pub add: Vec<(usize, &'a [u8])>,
    pub remove: Vec<(usize, String)>,
    pub values: Vec<(String, String)>,
}

/// Reads the Parameters of `$what-if`: `add` holds a resource (as `resource`, or in a part of that
/// name), `remove` a Reference.
pub fn what_if_parameters(bytes: &[u8]) -> Result<Supposition<'_>, Failure> {
    let Some(parameters) = read(bytes)? else { return Err(no_parameters()) };
    let mut asked = Supposition { add: Vec::new(), remove: Vec::new(), values: Vec::new() };
    for (n, parameter) in parameters.iter().enumerate() {
        let value = parameter.iter().find(|(name, _)| name.starts_with("value")).map(|(_, literal)| *literal);
        match (name_of(parameter).as_deref(), value) {
            (Some("add"), None) => {
                let missing = || {
                    let place = format!("Parameters.parameter[{n}].resource");
                    Failure::new(Reason::Malformed, Issue::new(&issues::RESOURCE_MISSING, place, &[]))
                };
                asked.add.push((n, added(parameter).ok_or_else(missing)?));
            }
            (Some("remove"), Some(literal)) if literal.starts_with(b"{") => {
                let text = Members::of(literal).find(|(name, text)| name == "reference" && text.starts_with(b"\""));
                let missing = || {
                    let place = format!("Parameters.parameter[{n}].valueReference");
                    Failure::new(Reason::Malformed, Issue::new(&issues::PARAMETER_MISSING, place, &["reference"]))
                };
                asked.remove.push((n, json::decode(text.ok_or_else(missing)?.1).into_owned()));
            }
            (Some(name), Some(literal)) if is_primitive(literal) && !matches!(name, "add" | "remove") => {
                asked.values.push((name.to_owned(), text(literal)));
            }
            _ => return Err(no_value(n)),
        }
    }
    Ok(asked)
}

/// Answers the resource of a parameter, or of its only part of that name.
fn added<'a>(parameter: &Parameter<'a>) -> Option<&'a [u8]> {
    let member = |of: &Parameter<'a>, wanted: &str| of.iter().find(|(name, _)| name == wanted).map(|(_, v)| *v);
    let object = |literal: &&[u8]| literal.starts_with(b"{");
    if let Some(resource) = member(parameter, "resource").filter(object) {
        return Some(resource);
    }
    let parts = member(parameter, "part").filter(|parts| parts.starts_with(b"["))?;
    let mut parts = Elements::of(parts).filter(object).map(|part| Members::of(part).collect::<Parameter<'_>>());
    let part = parts.next().filter(|part| name_of(part).as_deref() == Some("resource"))?;
    if parts.next().is_some() { None } else { member(&part, "resource").filter(object) }
}

/// Answers the Meta that a Parameters carries as `meta`.
pub fn sent_meta(bytes: &[u8]) -> Result<&[u8], Failure> {
    let place = "Parameters.parameter";
    let missing = || Failure::new(Reason::Malformed, Issue::new(&issues::PARAMETER_MISSING, place, &["meta"]));
    let parameters = read(bytes)?.ok_or_else(missing)?;
    let meta = parameters.into_iter().find(|p| name_of(p).as_deref() == Some("meta")).and_then(|parameter| {
        parameter.into_iter().find(|(name, value)| name == "valueMeta" && value.starts_with(b"{"))
    });
    meta.map(|(_, value)| value).ok_or_else(missing)
}

fn is_primitive(literal: &[u8]) -> bool {
    !matches!(literal.first(), None | Some(b'{' | b'[' | b'n'))
}

/// Answers a primitive as an address would say it.
fn text(literal: &[u8]) -> String {
    if literal.starts_with(b"\"") {
        return json::decode(literal).into_owned();
    }
    String::from_utf8_lossy(literal).into_owned()
}

fn no_parameters() -> Failure {
    let issue = Issue::new(&issues::WRONG_RESOURCE_TYPE, "Parameters.resourceType", &["?", "Parameters"]);
    Failure::new(Reason::Malformed, issue)
}

fn no_value(n: usize) -> Failure {
    let place = format!("Parameters.parameter[{n}]");
    Failure::new(Reason::Malformed, Issue::new(&issues::WRONG_TYPE, place, &["value", "string"]))
}

/// The members of one parameter.
pub(super) type Parameter<'a> = Vec<(Cow<'a, str>, &'a [u8])>;

/// Answers the members of each parameter; `None` when it is another resource.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Vec<Parameter<'_>>>, Failure> {
    json::check(bytes, json::DEPTH_LIMIT, "Parameters").map_err(|fault| derive::json_failure(&fault))?;
    let members: Parameter<'_> = Members::of(bytes).collect();
    let member = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    if member("resourceType").filter(|t| t.starts_with(b"\"")).map(json::decode).as_deref() != Some("Parameters") {
        return Ok(None);
    }
    let array = member("parameter").filter(|a| a.starts_with(b"["));
    let objects = array.into_iter().flat_map(Elements::of).filter(|p| p.starts_with(b"{"));
    Ok(Some(objects.map(|object| Members::of(object).collect()).collect()))
}

/// Answers the name of a parameter.
pub(super) fn name_of<'a>(parameter: &Parameter<'a>) -> Option<Cow<'a, str>> {
    let literal = parameter.iter().find(|(name, _)| name == "name").map(|(_, literal)| *literal)?;
    literal.starts_with(b"\"").then(|| json::decode(literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_whatever_their_type() {
        let sent = br#"{"resourceType":"Parameters","parameter":[
            {"name":"month","valueString":"2026-10"},{"name":"knownAt","valueInstant":"2026-10-31T08:00:00Z"},
            {"name":"_count","valueInteger":20},{"name":"x","valueBoolean":true}]}"#;
        let want = [("month", "2026-10"), ("knownAt", "2026-10-31T08:00:00Z"), ("_count", "20"), ("x", "true")];
        assert_eq!(parameter_values(sent, &[]).unwrap(), want.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_name_that_is_not_known_is_read_whatever_its_value() {
        let sent = br#"{"resourceType":"Parameters","parameter":[{"name":"mounth","valuePeriod":{}},
            {"name":"part","part":[]},{"name":"resource","resource":{"resourceType":"Patient"}}]}"#;
        let want = ["mounth", "part", "resource"].map(|name| (name.to_owned(), String::new()));
        assert_eq!(parameter_values(sent, &["month"]).unwrap(), want);
        assert_eq!(gap_parameters(sent, &["month"]).unwrap().values, want);
    }

    #[test]
    fn what_is_no_parameters_is_refused() {
        let cases: [&[u8]; 4] = [
            b"{}",
            br#"{"resourceType":"Patient"}"#,
            br#"{"resourceType":"Parameters","parameter":[{"name":"month"}]}"#,
            br#"{"resourceType":"Parameters","parameter":[{"name":"month","valuePeriod":{}}]}"#,
        ];
        for sent in cases {
            assert!(parameter_values(sent, &["month"]).is_err(), "{}", String::from_utf8_lossy(sent));
        }
    }

    #[test]
    fn a_group_is_sent_with_a_question_of_gaps_and_references_are_values() {
        let sent = br#"{"resourceType":"Parameters","parameter":[
            {"name":"status","valueCode":"open-gap"},{"name":"status","valueCode":"closed-gap"},
            {"name":"provider","valueReference":{"reference":"Practitioner/gp"}},
            {"name":"subjectGroup","resource":{"resourceType":"Group","type":"person","actual":true,"member":[
                {"entity":{"reference":"Patient/a"}},{"entity":{"reference":"Patient/b"},"inactive":true},
                {"entity":{"reference":"Patient/c"},"inactive":false,"period":{"start":"2025","end":"2026-03-05T10:00:00Z"}}]}}]}"#;
        let GapParameters { values, members } = gap_parameters(sent, &[]).unwrap();
        let want = [("status", "open-gap"), ("status", "closed-gap"), ("provider", "Practitioner/gp")];
        assert_eq!(values, want.map(|(n, v)| (n.to_owned(), v.to_owned())));
        let date = |text: &str| Some(text.parse().unwrap());
        let told: Vec<_> = members.unwrap().into_iter().map(|one| (one.entity, one.days)).collect();
        let (a, c) = ("Patient/a".to_owned(), "Patient/c".to_owned());
        assert_eq!(told, [(a, (None, None)), (c, (date("2025"), date("2026-03-05")))]);
    }

    #[test]
    fn what_is_wrong_with_a_group_is_told_where_it_stands() {
        let group = "Parameters.parameter[0].resource";
        let cases = [
            (r#"{"resourceType":"Patient"}"#, format!("{group}.resourceType")),
            (r#"{"member":[]}"#, format!("{group}.resourceType")),
            (r#"[]"#, group.to_owned()),
            (r#"{"resourceType":"Group","type":"person","actual":false}"#, format!("{group}.actual")),
            (r#"{"resourceType":"Group","type":"animal","actual":true}"#, format!("{group}.type")),
            (r#"{"resourceType":"Group","actual":"true"}"#, format!("{group}.actual")),
            (r#"{"resourceType":"Group","member":{}}"#, format!("{group}.member")),
            (r#"{"resourceType":"Group","member":["x"]}"#, format!("{group}.member[0]")),
            (r#"{"resourceType":"Group","member":[{}]}"#, format!("{group}.member[0].entity")),
            (
                r#"{"resourceType":"Group","member":[{"entity":{"display":"x"}}]}"#,
                format!("{group}.member[0].entity.reference"),
            ),
            (
                r#"{"resourceType":"Group","member":[{"entity":{"reference":"Patient/a"},"inactive":"yes"}]}"#,
                format!("{group}.member[0].inactive"),
            ),
            (
                r#"{"resourceType":"Group","member":[{"entity":{"reference":"Patient/a"},"period":{"end":"hier"}}]}"#,
                format!("{group}.member[0].period.end"),
            ),
        ];
        for (sent, place) in cases {
            let all =
                format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"subjectGroup","resource":{sent}}}]}}"#);
            let refused = gap_parameters(all.as_bytes(), &["subjectGroup"]).err().unwrap();
            assert_eq!(refused.issues[0].expression.as_deref(), Some(&*place), "{sent}");
            assert_eq!(refused.reason, Reason::Malformed);
        }
        let cases: [&[u8]; 3] = [
            br#"{"name":"subject","resource":{"resourceType":"Group"}}"#,
            br#"{"name":"subject","valueReference":{"display":"x"}}"#,
            br#"{"valueCode":"open-gap"}"#,
        ];
        for case in cases {
            let sent = [&br#"{"resourceType":"Parameters","parameter":["#[..], case, &b"]}"[..]].concat();
            assert!(gap_parameters(&sent, &["subject"]).is_err(), "{}", String::from_utf8_lossy(case));
        }
    }

    #[test]
    fn the_resource_to_validate_is_sent_alone_or_as_a_parameter() {
        let alone = br#"{"resourceType":"Patient"}"#;
        assert_eq!(validation_parameters(alone).unwrap(), (Some(Cow::Borrowed(&alone[..])), Vec::new()));
        let within = br#"{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"create"},
            {"name":"resource","resource":{"resourceType":"Patient"}}]}"#;
        let mode = vec![("mode".to_owned(), "create".to_owned())];
        assert_eq!(validation_parameters(within).unwrap(), (Some(Cow::Borrowed(&alone[..])), mode));
        assert_eq!(validation_parameters(br#"{"resourceType":"Parameters"}"#).unwrap(), (None, Vec::new()));
    }
}
