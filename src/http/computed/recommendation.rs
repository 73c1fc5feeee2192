//! `ImmunizationRecommendation`: read and search of what is computed (immunizationrecommendation.html);
//! nothing is written here.

use super::values::{bad, id_of, instant};
use super::{Computed, Found, Page, Parts, Taken};
use crate::app;
use crate::app::{Gateway, Question, Reason, Recommended};
use crate::config::is_id;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use crate::fhir::subset::Subset;
use crate::http::problem::Problem;
use crate::http::{Shared, access};
use actix_web::HttpRequest;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient"),
    ("patient", "reference", "Le patient"),
    ("date", "date", "Le jour regardé ; aujourd'hui à Paris par défaut"),
];
/// Patients that one search names at most.
const MOST: usize = 50;

/// A question, read: of each list one value must match, and of all lists.
#[derive(Default)]
pub struct Asked {
    structure: String,
    ids: Vec<Vec<String>>,
    patients: Vec<Vec<String>>,
    date: Option<Day>,
    known_at: Option<Instant>,
}

impl Computed for Asked {
    const NAME: &'static str = "ImmunizationRecommendation";
    const PARAMETERS: super::Told = PARAMETERS;
    const BESIDE: &'static [&'static str] = &["knownAt"];
    const READ: &'static [&'static str] = &["date", "knownAt", "_summary", "_elements"];
    const PARTS: Parts = Parts::Cut;

    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Asked, Problem> {
        Ok(Asked { structure: access::structure(request, shared)?, ..Asked::default() })
    }

    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem> {
        let values = || value.split(',').map(str::trim);
        match name {
            "_id" => self.ids.push(values().map(str::to_owned).collect()),
            "patient" | "patient:Patient" => {
                self.patients.push(values().filter_map(|v| id_of(v, "Patient")).collect());
            }
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/immunization-recommendation");
                let id = |value: &str| {
                    let value = match value.split_once('|') {
                        Some((of, value)) if of == system || of.is_empty() => value,
                        Some(_) => return None,
                        None => value,
                    };
                    value.strip_prefix(&self.structure)?.strip_prefix('/').map(str::to_owned)
                };
                let named = values().filter_map(id).collect();
                self.patients.push(named);
            }
            "date" => {
                let date = value.strip_prefix("eq").unwrap_or(value).parse().map_err(|_| bad(name, "2026-10-31"))?;
                self.date = Some(looked_at(date, app::today()));
            }
            "knownAt" => self.known_at = Some(instant(value)?),
            _ => return Ok(Taken::Unknown),
        }
        if self.patients.iter().chain(&self.ids).any(|list| list.len() > MOST) {
            return Err(bad(name, &format!("Patient/p1 (≤ {MOST})")));
        }
        Ok(Taken::Yes)
    }

    fn read(mut self, gateway: &Gateway, id: &str, _: &Subset) -> Result<Option<String>, Problem> {
        self.ids = vec![vec![id.to_owned()]];
        Ok(self.recommended(gateway)?.into_iter().find_map(|one| one.json))
    }

    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        if self.patients.is_empty() && self.ids.is_empty() {
            let issue = Issue::general(&issues::SEARCH_TOO_BROAD, &["patient, identifier, _id"]);
            return Err(Problem::new(Reason::NotSupported, issue));
        }
        let all = self.recommended(gateway)?;
        let undecided: Vec<Issue> = all.iter().flat_map(|one| one.undecided.iter().cloned()).collect();
        let outcome = (!undecided.is_empty()).then(|| render::operation_outcome(&undecided));
        let matches: Vec<Recommended> = all.into_iter().filter(|one| one.json.is_some()).collect();
        let told = (|one: &Recommended| one.id.clone(), |one: &Recommended| one.json.clone());
        let found = Found::page_of(matches, page, told, || bad(Self::CURSOR, "imr-..."))?;
        Ok(Found { outcome, ..found })
    }
}

/// Answers the day that a date stands for: of a month or a year its last, or today where that is in it.
fn looked_at(date: PartialDate, today: Day) -> Day {
    let (first, last) = (date.earliest(), date.latest());
    if first <= today { last.min(today.max(first)) } else { last }
}

impl Asked {
    /// Finds what is asked for, in the order of the patients' ids. Whoever is unknown has none.
    fn recommended(&self, gateway: &Gateway) -> Result<Vec<Recommended>, Problem> {
        let structure = &*self.structure;
        let mut patients: Vec<String> = match (self.patients.first(), self.ids.first()) {
            (Some(patients), _) => patients.clone(),
            (None, Some(ids)) => {
                let mut named = Vec::new();
                for id in ids {
                    named.extend(gateway.patient_recommended(structure, id)?.map(String::from));
                }
                named
            }
            (None, None) => Vec::new(),
        };
        patients.sort_unstable();
        patients.dedup();
        patients.retain(|patient| {
            let id = render::recommendation_id(structure, patient);
            is_id(patient)
                && self.patients.iter().all(|list| list.contains(patient))
                && self.ids.iter().all(|list| list.contains(&id))
        });
        let mut found = Vec::with_capacity(patients.len());
        for patient in patients {
            let question =
                Question { structure: structure.to_owned(), patient, known_at: self.known_at, rulebook: None };
            match gateway.recommended(&question, self.date.unwrap_or_else(app::today)) {
                Ok(one) => found.push(one),
                Err(failure) if matches!(failure.reason, Reason::NotFound | Reason::Gone) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_date_is_looked_at_on_its_last_day_or_today() {
        let cases = [
            ("2026-03-05", "2026-03-05"),
            ("2026-03", "2026-03-31"),
            ("2025", "2025-12-31"),
            ("2026-06", "2026-06-15"),
            ("2026", "2026-06-15"),
            ("2026-07-01", "2026-07-01"),
            ("2026-07", "2026-07-31"),
            ("2026-06-15", "2026-06-15"),
        ];
        let today: Day = "2026-06-15".parse().unwrap();
        for (date, want) in cases {
            assert_eq!(looked_at(date.parse().unwrap(), today).to_string(), want, "{date}");
        }
    }
}
