//! Pathways of the drawn patients: who is in one, who waits, sessions held, a workshop group a month.
//!
//! Drawn from a stream of its own, after all else, so that no other figure of the practice moves:
//! nobody here is seen by a doctor, and nothing told here is asked by a typology or a prevention item.

use super::Plan;
use super::Resource;
use super::codes::Code;
use super::codes::*;
use super::dice::Dice;
use super::network::ADVANCED_NURSE;
use super::network::SITES;
use super::regular;
use super::resources::clock;
use super::resources::coding;
use super::resources::concept;
use super::resources::reference;
use super::resources::resource;
use crate::domain::calendar::Day;
use crate::domain::fact::Kind;
use serde_json::Value;
use serde_json::json;

/// Apart from the stream of the rest of the chart.
const STREAM: u64 = 0x7061_7263_6f75_7273;
const ADULT: i16 = 18;
/// First age of the cardiovascular pathway, as far as the draw is concerned.
const HEART_AGE: i16 = 51;
const WORKSHOPS: i32 = 4;

const PSYCHOLOGICAL: Code = pathway("souffrance-psychologique", "Souffrance psychologique");
const SOCIAL: Code = pathway("vulnerabilite-sociale", "Vulnérabilité sociale");
const HEART: Code = pathway("obesite-risque-cv", "Obésité et risque cardiovasculaire");

/// Answers what is told of a drawn patient and the pathways, for most nothing.
pub(super) fn parcours(plan: &Plan, index: u32) -> Vec<Resource> {
    let mut dice = Dice::new(plan.seed ^ STREAM, index);
    let age = regular::age(plan, index);
    let own = Own { plan, patient: format!("p{index:05}") };
    let since = plan.as_of.add_days(-dice.between(10, 300));
    if age < ADULT {
        return Vec::new();
    }
    match dice.below(1000) {
        0..25 => {
            let mut told = vec![own.episode(PSYCHOLOGICAL, "active", since)];
            let held = dice.between(0, 6);
            let days = (0..held).map(|n| since.add_days(n * 14 + 7)).filter(|day| *day <= plan.as_of);
            told.extend(
                days.enumerate().map(|(n, day)| own.session(&format!("seance-{n}"), session("psychologue"), day)),
            );
            told
        }
        25..35 => vec![own.episode(PSYCHOLOGICAL, "waitlist", since)],
        35..55 => vec![own.episode(SOCIAL, "active", since)],
        55..90 if age >= HEART_AGE => {
            // Everybody of a site sits together, on the second Tuesday or so of each month.
            let first = plan.as_of.month().add_months(-WORKSHOPS).first_day();
            let mut told = vec![own.episode(HEART, "active", first)];
            let days = (0..WORKSHOPS).map(|n| first.add_months(n).add_days(11));
            told.extend(
                days.enumerate()
                    .map(|(n, day)| own.session(&format!("atelier-{n}"), session("atelier-collectif"), day)),
            );
            told
        }
        _ => Vec::new(),
    }
}

const fn session(code: &'static str) -> Code {
    Code { system: "https://mtr-gateway.example/fhir/CodeSystem/mtr-session", code, display: "Séance de parcours" }
}

const fn pathway(code: &'static str, display: &'static str) -> Code {
    Code { system: "https://mtr-gateway.example/fhir/CodeSystem/mtr-parcours", code, display }
}

struct Own<'p> {
    plan: &'p Plan,
    patient: String,
}

impl Own<'_> {
    fn subject(&self) -> Value {
        reference(Kind::Patient, &self.patient)
    }

    fn episode(&self, pathway: Code, status: &str, since: Day) -> Resource {
        let members = json!({
            "status": status,
            "type": [concept(&[pathway])],
            "patient": self.subject(),
            "managingOrganization": reference(Kind::Organization, &self.plan.structure),
            "period": {"start": since.to_string()},
        });
        resource(Kind::EpisodeOfCare, format!("{}-parcours", self.patient), members)
    }

    fn session(&self, name: &str, kind: Code, day: Day) -> Resource {
        let id = format!("{}-{name}", self.patient);
        let members = json!({
            "identifier": [{
                "type": {"coding": [{"system": V2_0203, "code": "VN"}]},
                "system": VISIT_NUMBER,
                "value": id,
            }],
            "status": "finished",
            "class": coding(class("AMB", "Consultation au cabinet")),
            "type": [concept(&[kind])],
            "subject": self.subject(),
            "participant": [{"individual": reference(Kind::Practitioner, ADVANCED_NURSE)}],
            "period": {"start": clock(day, 18, 0), "end": clock(day, 18, 45)},
            "location": [{"location": reference(Kind::Location, &format!("salles-{}", SITES[0]))}],
            "serviceProvider": reference(Kind::Organization, SITES[0]),
        });
        resource(Kind::Encounter, id, members)
    }
}
