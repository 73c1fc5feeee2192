//! What Patient/$everything asks of a resource (patient-operation-everything.html): when the care
//! took place, and which professionals, organisations and places it names.
//!
//! Must not know: which resources exist.

use crate::domain::fact::Kind;
use crate::fhir::facts::date::Interval;
use crate::fhir::facts::date::Moment;
use crate::fhir::json::Members;
use crate::fhir::json::decode;
use crate::fhir::references::collect;
use crate::fhir::references::local;

/// The types of the directory: they belong to no patient.
pub const DIRECTORY: [Kind; 4] = [Kind::Practitioner, Kind::PractitionerRole, Kind::Organization, Kind::Location];

/// Where each type says when the care took place: the first element that is there.
fn care_elements(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Encounter | Kind::Coverage | Kind::EpisodeOfCare | Kind::CareTeam | Kind::Flag => &["period"],
        Kind::Observation => &["effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"],
        Kind::Condition => &["onsetDateTime", "onsetPeriod", "recordedDate"],
        Kind::Procedure => &["performedDateTime", "performedPeriod"],
        Kind::Immunization => &["occurrenceDateTime"],
        Kind::DiagnosticReport => &["effectiveDateTime", "effectivePeriod", "issued"],
        Kind::QuestionnaireResponse => &["authored"],
        Kind::Appointment => &["start"],
        Kind::Patient | Kind::Practitioner | Kind::PractitionerRole | Kind::Organization | Kind::Location => &[],
    }
}

/// Answers when the care took place; `None` when the resource does not say.
pub fn care(kind: Kind, resource: &[u8]) -> Option<Interval> {
    let members: Vec<_> = Members::of(resource).collect();
    let at = |element: &str| {
        let (_, value) = members.iter().find(|(name, _)| name == element)?;
        if value.starts_with(b"{") { period(value) } else { moment(value) }
    };
    let care = care_elements(kind).iter().find_map(|element| at(element))?;
    if kind != Kind::Condition {
        return Some(care);
    }
    // A problem lasts from its onset until it abates.
    let abated = ["abatementDateTime", "abatementPeriod"].iter().find_map(|element| at(element));
    Some(Interval { lower: care.lower, upper: abated.map_or(i64::MAX, |end| end.upper) })
}

fn moment(literal: &[u8]) -> Option<Interval> {
    let text = literal.starts_with(b"\"").then(|| decode(literal))?;
    Moment::read(&text).map(Moment::interval)
}

fn period(object: &[u8]) -> Option<Interval> {
    let of = |name: &str| Members::of(object).find(|(member, _)| member == name).and_then(|(_, value)| moment(value));
    let (start, end) = (of("start"), of("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    Some(Interval { lower: start.map_or(i64::MIN, |m| m.lower), upper: end.map_or(i64::MAX, |m| m.upper) })
}

/// Answers the resources of the directory that this one names; `base` is our public base URL.
pub fn directory(kind: Kind, resource: &[u8], base: &str) -> Vec<(Kind, String)> {
    let target = |text: &str| {
        let target = local(text, base)?;
        let kind = Kind::from_name(target.resource_type).filter(|kind| DIRECTORY.contains(kind))?;
        Some((kind, target.id.to_owned()))
    };
    collect(resource, kind.name()).into_iter().filter_map(|found| target(&found.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_care_is_read_where_each_type_has_it() {
        let day = |text: &str| Moment::read(text).unwrap().interval();
        let cases = [
            (
                Kind::Observation,
                r#"{"issued":"2026-01-09T00:00:00Z","effectiveDateTime":"2026-01"}"#,
                Some(day("2026-01")),
            ),
            (Kind::Procedure, r#"{"performedString":"last year"}"#, None),
            (Kind::Encounter, r#"{"period":{}}"#, None),
            (
                Kind::Condition,
                r#"{"onsetDateTime":"2020","abatementDateTime":"2021-05"}"#,
                Some(Interval { lower: day("2020").lower, upper: day("2021-05").upper }),
            ),
            (Kind::Patient, r#"{"birthDate":"1950-01-01"}"#, None),
            (
                Kind::Coverage,
                r#"{"period":{"start":"2020-02-03"}}"#,
                Some(Interval { lower: day("2020-02-03").lower, upper: i64::MAX }),
            ),
        ];
        for (kind, resource, want) in cases {
            assert_eq!(care(kind, resource.as_bytes()), want, "{resource}");
        }
    }

    #[test]
    fn only_the_directory_below_our_base_is_named() {
        let resource = br##"{"performer":[{"reference":"Practitioner/a"},{"reference":"https://gw.example/fhir/Organization/b/_history/2"},
            {"reference":"https://other.example/fhir/Location/c"},{"reference":"Patient/p"},{"reference":"#x"},{"reference":"urn:uuid:1"}]}"##;
        let want = vec![(Kind::Practitioner, "a".to_owned()), (Kind::Organization, "b".to_owned())];
        assert_eq!(directory(Kind::Observation, resource, "https://gw.example/fhir"), want);
    }
}
