//! Whom a question is about, as every operation spells it: `Practitioner/gp`, the same at our own
//! address, or the id alone where one type is meant.

use super::parameters::bad;
use crate::app::Reason;
use crate::config::is_id;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::references::local;
use crate::http::problem::Problem;

/// The parameter that names who attends, as R4 and as DEQM spell it: every operation takes both.
pub(super) const ATTENDING: [&str; 2] = ["practitioner", "provider"];

/// Answers type and id of a reference, relative or at our own address.
pub(super) fn target<'v>(value: &'v str, base: &str) -> Option<(&'v str, &'v str)> {
    local(value, base).filter(|target| target.version.is_none()).map(|target| (target.resource_type, target.id))
}

/// Answers who attends, as `Practitioner/id` or `PractitionerRole/id`; `None` where the structure itself
/// is named, which narrows nothing. Of another structure nothing is told, not even whether it is there.
pub(super) fn attending(name: &str, value: &str, (base, structure): (&str, &str)) -> Result<Option<String>, Problem> {
    match target(value, base).or_else(|| is_id(value).then_some(("Practitioner", value))) {
        Some((kind @ ("Practitioner" | "PractitionerRole"), id)) => Ok(Some(format!("{kind}/{id}"))),
        Some(("Organization", id)) if id == structure => Ok(None),
        Some(("Organization", _)) => {
            Err(Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Organization"])))
        }
        _ => Err(bad(name, "Practitioner/gp")),
    }
}

/// Refuses what says the same thing twice by both of its names.
pub(super) fn once(pairs: &[(String, String)]) -> Result<(), Problem> {
    let said = |name: &str| pairs.iter().any(|(sent, _)| sent == name);
    match ATTENDING.into_iter().all(said) {
        true => Err(Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_TWICE, &["practitioner"]))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: (&str, &str) = ("https://gw.example/fhir", "cabinet");

    #[test]
    fn one_professional_has_several_spellings() {
        let cases = [
            ("Practitioner/gp", Some("Practitioner/gp")),
            ("PractitionerRole/role-gp", Some("PractitionerRole/role-gp")),
            ("https://gw.example/fhir/Practitioner/gp", Some("Practitioner/gp")),
            ("gp", Some("Practitioner/gp")),
            ("Organization/cabinet", None),
        ];
        for (value, want) in cases {
            let found = attending("provider", value, HERE).unwrap_or_else(|_| panic!("{value}"));
            assert_eq!(found.as_deref(), want, "{value}");
        }
        for value in [
            "",
            "Organization/other",
            "Patient/p",
            "Practitioner/",
            "Practitioner/a/b",
            "https://elsewhere/Practitioner/gp",
        ] {
            assert!(attending("provider", value, HERE).is_err(), "{value}");
        }
    }
}
