//! `CarePlan`: read and search of the plans of pathways, which are computed (careplan.html); nothing
//! is written here.

use super::values::{Bound, bad, both, id_of, instant, token};
use super::{Computed, Found, Page, Parts, Taken};
use crate::app;
use crate::app::{CarePlan, CarePlans, Gateway, PlanQuestion};
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::render;
use crate::fhir::render::CarePlanView;
use crate::fhir::subset::Subset;
use crate::http::problem::Problem;
use crate::http::{Shared, access};
use actix_web::HttpRequest;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient/parcours"),
    ("subject", "reference", "Le patient"),
    ("patient", "reference", "Le patient"),
    (
        "date",
        "date",
        "Un jour du plan : sans préfixe, tout plan dont la période touche ce jour, ce mois ou cette année ; ge, gt, le, lt, sa, eb, ne",
    ),
    ("category", "token", "Le parcours (CodeSystem/mtr-parcours)"),
    ("status", "token", "draft (en attente), active, on-hold, completed ou revoked"),
    ("intent", "token", "plan"),
];
/// A question, read: of each list one value must match, and of all lists.
pub struct Asked {
    question: PlanQuestion,
    identifiers: Vec<Vec<String>>,
    categories: Vec<Vec<String>>,
    statuses: Vec<Vec<String>>,
    dates: Vec<Vec<Bound>>,
    /// Nothing can match.
    none: bool,
}

impl Computed for Asked {
    const NAME: &'static str = "CarePlan";
    const PARAMETERS: super::Told = PARAMETERS;
    const BESIDE: &'static [&'static str] = &["knownAt", "_count"];
    const READ: &'static [&'static str] = &["knownAt", "_summary", "_elements"];
    const PARTS: Parts = Parts::Own;

    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Asked, Problem> {
        Ok(Asked {
            question: PlanQuestion { structure: access::structure(request, shared)?, ..PlanQuestion::default() },
            identifiers: Vec::new(),
            categories: Vec::new(),
            statuses: Vec::new(),
            dates: Vec::new(),
            none: false,
        })
    }

    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem> {
        let values = || value.split(',').map(str::trim);
        match name {
            "_id" => both(&mut self.question.ids, values().map(str::to_owned).collect()),
            "identifier" => {
                let system = format!("{CANONICAL_BASE}/identifier/care-plan");
                self.identifiers.push(values().filter_map(|v| token(v, &system)).collect());
            }
            "subject" | "subject:Patient" | "patient" | "patient:Patient" => {
                both(&mut self.question.patients, values().filter_map(|v| id_of(v, "Patient")).collect());
            }
            "category" => {
                let system = render::code_system("mtr-parcours");
                self.categories.push(values().filter_map(|v| token(v, &system)).collect());
            }
            "status" => {
                let last = |v: &str| v.rsplit('|').next().unwrap_or_default().to_owned();
                self.statuses.push(values().map(last).collect());
            }
            "intent" => self.none |= !values().any(|v| v.rsplit('|').next() == Some("plan")),
            "date" => self.dates.push(values().map(|v| Bound::read(name, v)).collect::<Result<_, _>>()?),
            "knownAt" => self.question.known_at = Some(instant(value)?),
            _ => return Ok(Taken::Unknown),
        }
        Ok(Taken::Yes)
    }

    fn read(mut self, gateway: &Gateway, id: &str, subset: &Subset) -> Result<Option<String>, Problem> {
        self.question.ids = Some(vec![id.to_owned()]);
        let plans = gateway.care_plans(&self.question, app::today())?;
        Ok(plans.found.first().and_then(|plan| self.shown(&plans, plan, subset)))
    }

    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        let plans = gateway.care_plans(&self.question, app::today())?;
        let found: Vec<&CarePlan> = plans.found.iter().filter(|plan| self.wants(&plans, plan)).collect();
        let told = |plan: &&CarePlan| self.shown(&plans, plan, &page.subset);
        Found::page_of(found, page, (|plan: &&CarePlan| plan.id.clone(), told), || bad(Self::CURSOR, "cp-..."))
    }
}

impl Asked {
    fn wants(&self, plans: &CarePlans, plan: &CarePlan) -> bool {
        let Some(stay) = &plan.result.stay else { return false };
        let pathway = &*plans.rules.rulebook.rules.pathways[plan.result.pathway].id;
        let one = |lists: &[Vec<String>], value: &str| lists.iter().all(|list| list.iter().any(|v| v == value));
        let days = render::care_plan_days(stay)
            .map(|(start, end)| (start.map(PartialDate::earliest), end.map(PartialDate::latest)));
        let meets = |bound: &Bound| days.is_some_and(|days| bound.meets(days));
        !self.none
            && one(&self.categories, pathway)
            && one(&self.statuses, render::care_plan_status(stay))
            && one(&self.identifiers, &format!("{}/{}/{pathway}", self.question.structure, plan.patient))
            && self.dates.iter().all(|any| any.iter().any(meets))
    }

    fn shown(&self, plans: &CarePlans, plan: &CarePlan, subset: &Subset) -> Option<String> {
        let view = CarePlanView {
            structure: &self.question.structure,
            id: &plan.id,
            patient: &plan.patient,
            result: &plan.result,
            rules: &plans.rules.rulebook.rules,
            stamp: &plan.stamp,
        };
        render::care_plan(&view, subset).map(|plan| plan.to_string())
    }
}
