//! `MeasureReport`: read and search of the tables published of closed months (measurereport.html). What
//! is evaluated on request is answered by `$evaluate-measure` and kept nowhere.

use super::values::{Bound, bad, id_of};
use super::{Computed, Found, Page, Parts, Taken};
use crate::app::{Gateway, PublishedMonth};
use crate::domain::measure::CANONICAL_BASE;
use crate::domain::published::Table;
use crate::domain::published::Tables;
use crate::fhir::render;
use crate::fhir::subset::Subset;
use crate::fhir::written::Written;
use crate::http::access::Role;
use crate::http::problem::Problem;
use crate::http::{Shared, access};
use actix_web::HttpRequest;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("measure", "reference", "La mesure : son canonical, avec ou sans version, ou son identifiant"),
    ("reporter", "reference", "La structure"),
    ("period", "date", "Les jours sur lesquels porte le rapport ; eq, ge, gt, le, lt, sa, eb"),
    ("date", "date", "Le jour où ses données étaient connues ; les mêmes préfixes"),
    ("status", "token", "complete"),
];

/// A search, read; what is not said is not asked.
#[derive(Default)]
pub struct Asked {
    /// Whose tables are seen: a practice's own; every structure's, or that of the header, by whoever
    /// sees no patient.
    whose: Option<String>,
    /// Of each list one must match.
    ids: Vec<Vec<String>>,
    measure: Option<String>,
    reporter: Option<String>,
    period: Vec<Bound>,
    date: Vec<Bound>,
    /// Nothing can match: a status that none of ours has.
    none: bool,
}

impl Computed for Asked {
    const NAME: &'static str = "MeasureReport";
    const PARAMETERS: super::Told = PARAMETERS;
    const BESIDE: &'static [&'static str] = &[];
    const READ: &'static [&'static str] = &["_summary", "_elements"];
    const PARTS: Parts = Parts::Cut;
    const CURSOR: &'static str = "_offset";

    fn begin(request: &HttpRequest, shared: &Shared) -> Result<Asked, Problem> {
        let reader = access::reader(request, shared)?;
        let whose = match reader.role {
            Role::Practice => Some(reader.structure),
            Role::Payer | Role::Authority => reader.named.then_some(reader.structure),
        };
        Ok(Asked { whose, ..Asked::default() })
    }

    fn take(&mut self, name: &str, value: &str) -> Result<Taken, Problem> {
        match name {
            "_id" => self.ids.push(value.split(',').map(|id| id.trim().to_owned()).collect()),
            "measure" => {
                let id = value.strip_prefix(&format!("{CANONICAL_BASE}/Measure/")).unwrap_or(value);
                self.measure = Some(id.strip_prefix("Measure/").unwrap_or(id).to_owned());
            }
            "reporter" | "reporter:Organization" => match id_of(value, "Organization") {
                Some(id) => self.reporter = Some(id),
                None => self.none = true,
            },
            "period" => self.period.push(Bound::read(name, value)?),
            "date" => self.date.push(Bound::read(name, value)?),
            "status" => self.none |= !value.split(',').any(|s| s.rsplit('|').next() == Some("complete")),
            _ => return Ok(Taken::Unknown),
        }
        Ok(Taken::Yes)
    }

    fn read(self, gateway: &Gateway, id: &str, _: &Subset) -> Result<Option<String>, Problem> {
        let wanted = Asked { ids: vec![vec![id.to_owned()]], ..self };
        let page = Page { room: 1, ..Page::default() };
        Ok(wanted.find(gateway, &page)?.resources.into_iter().next().map(|(_, text)| text))
    }

    /// By structure, month and the order of the tables. Only those of the page are written, and only
    /// the months that may match are read.
    fn find(self, gateway: &Gateway, page: &Page) -> Result<Found, Problem> {
        let offset = page.after.as_deref().map_or(Ok(0), str::parse::<u64>).map_err(|_| bad(Self::CURSOR, "50"))?;
        let mut found = Found::default();
        if self.none {
            return Ok(found);
        }
        let structures = match &self.whose {
            Some(structure) => vec![structure.clone()],
            None => gateway.publishing_structures(),
        };
        for structure in structures.iter().filter(|s| self.reporter.as_ref().is_none_or(|wanted| wanted == *s)) {
            for tables in gateway.published_tables(structure, |month| self.may_want(month))? {
                for table in tables.tables.iter().filter(|table| self.wants(&tables, table)) {
                    if found.total >= offset && found.resources.len() < page.room {
                        let text = Written(&render::published_report(&tables, table)).text();
                        found.resources.push((render::published_id(&tables, table), text));
                    }
                    found.total += 1;
                }
            }
        }
        let end = offset + found.resources.len() as u64;
        found.next = (!found.resources.is_empty() && end < found.total).then(|| end.to_string());
        Ok(found)
    }
}

impl Asked {
    /// Answers whether a table of a month may be asked for, before it is read.
    fn may_want(&self, month: &PublishedMonth) -> bool {
        let known = month.known_at.paris_day();
        // Tables of older software end with their month, whenever it was closed.
        let ends = [month.until, month.month.last_day()];
        self.period.iter().all(|bound| ends.iter().any(|end| bound.may_end_on(*end)))
            && self.date.iter().all(|bound| bound.matches((Some(known), Some(known))))
    }

    fn wants(&self, tables: &Tables, table: &Table) -> bool {
        let known = tables.known_at.paris_day();
        let (start, end) = tables.period;
        let measure = |wanted: &String| match wanted.split_once('|') {
            Some((id, version)) => {
                *id == *table.measure && render::hex(&tables.rulebook).get(..version.len()) == Some(version)
            }
            None => **wanted == *table.measure,
        };
        let id = || render::published_id(tables, table);
        (self.ids.is_empty() || self.ids.iter().all(|list| list.contains(&id())))
            && self.measure.as_ref().is_none_or(measure)
            && self.period.iter().all(|bound| bound.matches((Some(start), Some(end))))
            && self.date.iter().all(|bound| bound.matches((Some(known), Some(known))))
    }
}
