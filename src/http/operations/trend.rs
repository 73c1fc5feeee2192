//! `Measure/{id}/$trend?from=2026-01&to=2026-10`: a measure month by month, by GET or POST.

use super::measure_answer::{Grounds, collection, summary};
use super::parameters::{bad, values};
use super::whom;
use crate::app;
use crate::app::{MeasureQuestion, Populations, Reason, Whom};
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::indicator::Stratifier;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use std::sync::Arc;

const KNOWN: &[&str] = &["from", "to", "practitioner", "provider", "stratify", "knownAt"];
/// Every patient is evaluated on each of these months.
const MONTHS: i32 = 36;

/// Answers a collection of summary reports, the first month first.
pub async fn trend(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = access::structure(&request, &shared)?;
    let (mut from, mut to, mut stratifiers) = (None::<Month>, None::<Month>, Stratifier::ALL.to_vec());
    let (mut practitioner, mut known_at) = (None, None);
    let pairs = values(&request, body, "Measure", KNOWN)?;
    whom::once(&pairs)?;
    for (name, value) in pairs {
        match name.as_str() {
            "from" => from = Some(month(&name, &value)?),
            "to" => to = Some(month(&name, &value)?),
            "practitioner" | "provider" => {
                practitioner = whom::attending(&name, &value, (&shared.base(&request), &structure))?;
            }
            "stratify" => match value.as_str() {
                "yes" | "true" => {}
                "no" | "false" => stratifiers.clear(),
                _ => return Err(bad(&name, "no")),
            },
            _ => known_at = Some(value.parse().map_err(|_| bad(&name, "2026-10-31T08:00:00Z"))?),
        }
    }
    let months = months(from, to)?;
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Err(range()) };
    let asked = MeasureQuestion {
        structure,
        measures: vec![path.into_inner()],
        period: (first.first_day(), last.last_day()),
        known_at,
        whom: Whom::Everybody,
        practitioner,
        stratifiers,
    };
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base(&request).into_owned());
    let text = web::block(move || {
        let told = gateway.trend(&asked, &months)?;
        let rules = &told.rules.rulebook.rules;
        let each = told.reports.iter().map(|(month, day, measured)| {
            let grounds = Grounds { known_at: told.known_at, rules, rulebook: &told.rules.digest, day: *day };
            let asked = MeasureQuestion { period: (month.first_day(), month.last_day()), ..asked.clone() };
            summary(&asked, &grounds, measured, Populations::Counted)
        });
        Ok::<_, Problem>(Written(&collection(each.collect(), &base)).text())
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// A month, or a day of it.
fn month(name: &str, value: &str) -> Result<Month, Problem> {
    match value.parse() {
        Ok(PartialDate::Month(month)) => Ok(month),
        Ok(PartialDate::Day(day)) => Ok(day.month()),
        _ => Err(bad(name, "2026-10")),
    }
}

/// Answers the months from the first to the last; refuses too many, and one that has not begun.
fn months(from: Option<Month>, to: Option<Month>) -> Result<Vec<Month>, Problem> {
    let (from, to) = from.zip(to).ok_or_else(range)?;
    let count = to.months_since(from) + 1;
    if !(1..=MONTHS).contains(&count) {
        return Err(range());
    }
    let current = app::today().month();
    if to > current {
        let args = [&*to.to_string(), &*current.to_string()];
        return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::TREND_FUTURE, &args)));
    }
    Ok((0..count).map(|n| from.add_months(n)).collect())
}

fn range() -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::MONTH_RANGE, &[&MONTHS.to_string()]))
}
