//! `Group`: read and search of the rosters, which are computed (group.html); nothing is written here.

use super::values::{bad, id_of, instant, token};
use super::{Computed, Found, Page, Parts, Taken};
use crate::app;
use crate::app::{Depth, Gateway, Listed, RosterQuestion, Rosters};
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::render;
use crate::fhir::render::GroupView;
use crate::fhir::render::Stamp;
use crate::fhir::subset::Subset;
use crate::http::problem::Problem;
use crate::http::{Shared, access};
use actix_web::HttpRequest;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/code"),
    ("code", "token", "Le code de la liste (CodeSystem/roster)"),
    ("member", "reference", "Un patient de la liste"),
    ("managing-entity", "reference", "La structure"),
    ("type", "token", "person"),
    ("actual", "token", "true"),
    ("date", "date", "Un jour du mois, ou le mois ; le mois en cours à Paris par défaut"),
];
/// A question, read: of each list one value must match, and of all lists.
pub struct Asked {
    question: RosterQuestion,
    ids: Vec<Vec<String>>,
    codes: Vec<Vec<String>>,
    members: Vec<Vec<String>>,
    /// Nothing can match: another structure, a code that is none of ours.
    none: bool,
}

impl Computed for Asked {
    const NAME: &'static str = "Group";
    const PARAMETERS: super::Told = PARAMETERS;
    const BESIDE: &'static [&'static str] = &["month", "knownAt", "_count"];
    const READ: &'static [&'static str] = &["month", "date", "knownAt", "_summary", "_elements"];
    const PARTS: Parts = Parts::Own;

    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Asked, Problem> {
        let structure = access::structure(request, shared)?;
        let question = RosterQuestion { structure, month: app::today().month(), known_at: None };
        Ok(Asked { question, ids: Vec::new(), codes: Vec::new(), members: Vec::new(), none: false })
    }

    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem> {
        let values = || value.split(',').map(str::trim);
        match name {
            "_id" => self.ids.push(values().map(str::to_owned).collect()),
            "code" => self.codes.push(values().filter_map(|v| token(v, &render::code_system("roster"))).collect()),
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/group");
                let own = format!("{}/", self.question.structure);
                let code = |v: &str| token(v, &system)?.strip_prefix(&own).map(str::to_owned);
                self.codes.push(values().filter_map(code).collect());
            }
            "member" | "member:Patient" => {
                self.members.push(values().filter_map(|v| id_of(v, "Patient")).collect());
            }
            "managing-entity" | "managing-entity:Organization" => {
                let own = |v: &str| id_of(v, "Organization").as_deref() == Some(&*self.question.structure);
                self.none |= !values().any(own);
            }
            "type" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("person")),
            "actual" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("true")),
            "date" | "month" => self.question.month = month(name, value)?,
            "knownAt" => self.question.known_at = Some(instant(value)?),
            _ => return Ok(Taken::Unknown),
        }
        Ok(Taken::Yes)
    }

    fn read(mut self, gateway: &Gateway, id: &str, subset: &Subset) -> Result<Option<String>, Problem> {
        self.ids.push(vec![id.to_owned()]);
        let names = self.names(gateway)?;
        let rosters = gateway.roster_members(&self.question, names, depth(subset))?;
        Ok(rosters.found.first().map(|listed| self.shown(&rosters, listed, subset)))
    }

    /// Only the rosters of the page are asked of the patients, and no deeper than they are shown.
    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        let mut rosters = self.names(gateway)?;
        let named = std::mem::take(&mut rosters.found);
        let total = named.len() as u64;
        let mut left = named.into_iter();
        if let Some(after) = &page.after {
            left.find(|listed| listed.id == *after).ok_or_else(|| bad(Self::CURSOR, "grp-..."))?;
        }
        rosters.found = left.by_ref().take(page.room).collect();
        let more = page.room > 0 && left.next().is_some();
        let rosters = gateway.roster_members(&self.question, rosters, depth(&page.subset))?;
        let next = rosters.found.last().filter(|_| more).map(|last| last.id.clone());
        let told = |listed: &Listed| (listed.id.clone(), self.shown(&rosters, listed, &page.subset));
        let resources = rosters.found.iter().map(told).collect();
        Ok(Found { total, resources, next, outcome: None })
    }
}

impl Asked {
    /// Answers the rosters that are asked for, without their members.
    fn names(&self, gateway: &Gateway) -> Result<Rosters, Problem> {
        let mut rosters = gateway.roster_names(&self.question, None)?;
        rosters.found.retain(|listed| {
            let one = |lists: &[Vec<String>], value: &str| lists.iter().all(|list| list.iter().any(|v| v == value));
            !self.none && one(&self.ids, &listed.id) && one(&self.codes, &listed.code)
        });
        for any in &self.members {
            let mut on = Vec::new();
            for patient in any {
                on.extend(gateway.roster_names(&self.question, Some(patient))?.found.into_iter().map(|l| l.roster));
            }
            rosters.found.retain(|listed| on.contains(&listed.roster));
        }
        Ok(rosters)
    }

    fn shown(&self, rosters: &Rosters, listed: &Listed, subset: &Subset) -> String {
        let stamp = Stamp {
            known_at: rosters.known_at,
            rulebook: rosters.rulebook.clone(),
            tariff: None,
            weakest: listed.status,
            merged_into: None,
        };
        let view = GroupView {
            structure: &self.question.structure,
            id: &listed.id,
            code: &listed.code,
            label_fr: &listed.label_fr,
            month: rosters.month,
            stamp: &stamp,
            places: listed.places,
            count: listed.count,
            members: &listed.members,
        };
        render::group(&view, subset)
    }
}

/// Answers how much of a roster is shown: names need no patient, counts no days.
fn depth(subset: &Subset) -> Depth {
    let shows = |element| render::group_shows(subset, element);
    match (shows("member"), shows("quantity")) {
        (true, _) => Depth::Members,
        (false, true) => Depth::Count,
        (false, false) => Depth::Name,
    }
}

/// A month, or a day of it.
fn month(name: &str, value: &str) -> Result<Month, Problem> {
    match value.strip_prefix("eq").unwrap_or(value).parse() {
        Ok(PartialDate::Month(month)) => Ok(month),
        Ok(PartialDate::Day(day)) => Ok(day.month()),
        _ => Err(bad(name, "2026-10")),
    }
}
