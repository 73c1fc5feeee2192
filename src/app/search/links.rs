//! Links of a page: what was used, and what comes next. Nothing that names a person is in them.

use crate::domain::fact::Kind;
use crate::fhir::search;
use crate::fhir::search::encoded;

/// The name of the parameter that says where a page begins.
pub const CURSOR: &str = "_cursor";

/// The name of the parameter that carries what a link leaves out: with it the link can be followed.
pub const LEFT_OUT: &str = "_hidden";
/// What stands in a link for a value that may name a person.
pub(super) const HIDDEN: &str = "...";

/// The name of the parameter that says how much a page holds.
pub(super) const COUNT: &str = "_count";

/// Answers the address of the page a cursor stands for, as it was asked.
pub(super) fn turned(kind: Kind, sealed: &str, written: &[(String, String)]) -> String {
    let counts = written.iter().filter(|(name, _)| name == COUNT);
    counts.fold(next(kind, sealed, written), |out, (name, value)| format!("{out}&{name}={}", encoded(value)))
}

/// Answers `Type?_cursor=...`, and how the answer is to be written where that was said.
pub(super) fn next(kind: Kind, sealed: &str, written: &[(String, String)]) -> String {
    let mut out = format!("{}?{CURSOR}={sealed}", kind.name());
    for (name, value) in written.iter().filter(|(name, _)| matches!(name.as_str(), "_format" | "_pretty")) {
        out.push_str(&format!("&{name}={}", encoded(value)));
    }
    out
}

/// Answers `Type?a=b&c=d` with what was used; where values are left out, sealed, they come last.
pub(super) fn own(kind: Kind, used: &[(String, String)], sealed: Option<&str>) -> String {
    let mut out = String::from(kind.name());
    let mut separator = '?';
    let mut push = |name: &str, value: &str| {
        out.push(separator);
        out.push_str(&encoded(name));
        out.push('=');
        out.push_str(&encoded(value));
        separator = '&';
    };
    for (name, value) in used {
        push(name, if is_left_out(kind, name, value) { HIDDEN } else { value });
    }
    sealed.into_iter().for_each(|sealed| push(LEFT_OUT, sealed));
    out
}

/// Answers what of a query no link carries as it is.
pub(super) fn left_out(kind: Kind, used: &[(String, String)]) -> Vec<(String, String)> {
    used.iter().filter(|(name, value)| is_left_out(kind, name, value)).cloned().collect()
}

/// Answers whether a value may name a person: the system of an identifier alone does not.
fn is_left_out(kind: Kind, name: &str, value: &str) -> bool {
    let system_alone = value.ends_with('|') && !value.contains(',');
    is_personal(kind, name) && !system_alone && !matches!(value, "true" | "false")
}

fn is_personal(kind: Kind, name: &str) -> bool {
    // A chain or a reverse one is of another type: whatever parameter of that name is personal.
    if let Some(rest) = name.strip_prefix("_has:") {
        let mut parts = rest.splitn(3, ':');
        let source = parts.next().and_then(Kind::from_name).unwrap_or(Kind::Patient);
        return is_personal(source, parts.nth(1).unwrap_or_default());
    }
    if let Some((_, rest)) = name.split_once('.') {
        return Kind::ALL.iter().any(|kind| is_personal(*kind, rest));
    }
    let (bare, modifier) = name.split_once(':').unwrap_or((name, ""));
    matches!(modifier, "identifier" | "of-type") || search::parameter(kind, bare).is_some_and(|p| p.is_personal(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_name_a_person_is_left_out() {
        let cases = [
            (Kind::Patient, "identifier", "urn:x|1", false),
            (Kind::Patient, "identifier", "urn:x|", true),
            (Kind::Patient, "identifier:of-type", "a|b|1", false),
            (Kind::Patient, "name", "Dupont", false),
            (Kind::Patient, "family:exact", "Dupont", false),
            (Kind::Patient, "birthdate", "1980", false),
            (Kind::Patient, "birthdate:missing", "true", true),
            (Kind::Patient, "phone", "0601", false),
            (Kind::Patient, "address-city", "Lyon", false),
            (Kind::Patient, "gender", "male", true),
            (Kind::Patient, "_lastUpdated", "ge2026", true),
            (Kind::Patient, "_has:Observation:patient:code", "x", true),
            (Kind::Patient, "_has:Observation:patient:identifier", "x", false),
            (Kind::Observation, "date", "2026", true),
            (Kind::Observation, "patient", "p", true),
            (Kind::Observation, "patient.identifier", "x|1", false),
            (Kind::Observation, "subject:Patient.birthdate", "1980", false),
            (Kind::Observation, "encounter.subject.identifier", "x|1", false),
            (Kind::Observation, "encounter.subject.gender", "male", true),
            (Kind::Observation, "patient._has:Encounter:patient:practitioner.name", "Dupont", false),
            (Kind::Patient, "_has:Encounter:patient:_has:Observation:encounter:identifier", "x", false),
            (Kind::Patient, "_has:Encounter:patient:_has:Observation:encounter:code", "x", true),
            (Kind::Observation, "subject:identifier", "x|1", false),
            (Kind::Organization, "name", "Cabinet", true),
            (Kind::Practitioner, "name", "Dupont", false),
        ];
        for (kind, name, value, kept) in cases {
            let link = own(kind, &[(name.to_owned(), value.to_owned())], None);
            assert_eq!(!link.ends_with("=..."), kept, "{link}");
        }
    }
}
