//! `Invoice`: read and search of what is computed (invoice.html); nothing is written here.

use super::body::Body;
use super::problem::{Problem, lost_thread};
use super::search::{form_pairs, query_pairs};
use super::{Shared, access, negotiate, reply, routes};
use crate::app::{After, Invoices, Reason, Wanted};
use crate::config::is_id;
use crate::domain::calendar::Day;
use crate::domain::calendar::Instant;
use crate::domain::calendar::Month;
use crate::domain::calendar::PartialDate;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::search::encoded;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use std::fmt::Write;
use std::sync::Arc;

/// Parameter, FHIR type and meaning, as the CapabilityStatement tells them.
pub const PARAMETERS: &[(&str, &str, &str)] = &[
    ("_id", "token", "L'identifiant logique"),
    ("identifier", "token", "structure/patient/AAAA-MM, ou structure/AAAA-MM"),
    ("subject", "reference", "Le patient"),
    ("patient", "reference", "Le patient"),
    ("issuer", "reference", "La structure"),
    ("date", "date", "Le dernier jour du mois ; eq, ge, gt, le, lt"),
    ("status", "token", "draft ou issued"),
    ("type", "token", "patient-month ou structure-month"),
];

const COUNT: usize = 50;
const MOST: usize = 500;
const CURSOR: &str = "_page";

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/Invoice").route(routes::reads().to(search)).default_service(routes::only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/Invoice/_search")
            .route(web::post().to(search_by_form))
            .default_service(routes::only("POST")),
    )
    .service(
        web::resource("/fhir/Invoice/{id}").route(routes::reads().to(read)).default_service(routes::only("GET, HEAD")),
    );
}

async fn read(
    request: HttpRequest,
    path: web::Path<String>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let mut known_at = None;
    for (name, value) in query_pairs(&request)? {
        match name.as_str() {
            "_format" | "_pretty" => {}
            "knownAt" => known_at = Some(instant(&value)?),
            _ => return Err(unknown(&name)),
        }
    }
    let missing = || Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Invoice"]));
    let key = key_of(&path).ok_or_else(missing)?;
    let gateway = Arc::clone(&shared.gateway);
    let found =
        web::block(move || gateway.invoice_by_id(&structure, key, known_at)).await.map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, found.ok_or_else(missing)?))
}

async fn search(request: HttpRequest, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let pairs = query_pairs(&request)?;
    answer(request, pairs, shared).await
}

async fn search_by_form(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    let pairs = form_pairs(&request, body)?;
    answer(request, pairs, shared).await
}

async fn answer(
    request: HttpRequest,
    pairs: Vec<(String, String)>,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let asked = Asked::read(&pairs, &structure)?;
    let (gateway, base) = (Arc::clone(&shared.gateway), shared.base.clone());
    let text = web::block(move || {
        let page = match asked.none {
            true => Invoices { found: Vec::new(), next: None, total: 0 },
            false => gateway.invoices(&structure, asked.known_at, &asked.wanted, (asked.after, asked.count))?,
        };
        Ok::<_, Problem>(bundle(&page, &asked, &pairs, &base))
    })
    .await
    .map_err(|_| lost_thread())??;
    Ok(reply::text_json(StatusCode::OK, text))
}

/// A search, read.
struct Asked {
    wanted: Wanted,
    known_at: Option<Instant>,
    after: Option<After>,
    count: usize,
    /// Nothing can match: another structure, an id that is none of ours.
    none: bool,
}

impl Asked {
    fn read(pairs: &[(String, String)], structure: &str) -> Result<Asked, Problem> {
        let mut asked = Asked { wanted: Wanted::default(), known_at: None, after: None, count: COUNT, none: false };
        for (name, value) in pairs {
            asked.take(name, value, structure)?;
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str, structure: &str) -> Result<(), Problem> {
        match name {
            "_format" | "_pretty" | "_total" => {}
            // One value each: of a list nothing would be found, which is not true of its values.
            "_id" | "identifier" | "subject" | "subject:Patient" | "patient" | "issuer" | "issuer:Organization"
                if value.contains(',') =>
            {
                return Err(bad(name, "Patient/p1"));
            }
            "_id" => match key_of(value) {
                Some(key) => {
                    self.none |= self.wanted.id.is_some_and(|other| other != key);
                    self.wanted.id = Some(key);
                }
                None => self.none = true,
            },
            "identifier" => self.identifier(value, structure),
            "subject" | "subject:Patient" | "patient" => {
                let id = value.strip_prefix("Patient/").unwrap_or(value);
                self.none |= !is_id(id);
                self.patient(id);
            }
            "issuer" | "issuer:Organization" => {
                self.none |= value.strip_prefix("Organization/").unwrap_or(value) != structure;
            }
            "date" => self.date(value)?,
            "status" => self.choose(value, ("issued", "draft"), name, |wanted| &mut wanted.issued)?,
            "type" => self.choose(value, ("patient-month", "structure-month"), name, |w| &mut w.of_patients)?,
            "knownAt" => self.known_at = Some(instant(value)?),
            "_count" => {
                let count = value.parse::<usize>().map_err(|_| bad(name, "50"))?;
                self.count = count.min(MOST);
            }
            CURSOR => self.after = Some(cursor(value).ok_or_else(|| bad(name, "2026-09"))?),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn patient(&mut self, id: &str) {
        self.none |= self.wanted.patient.as_deref().is_some_and(|other| other != id);
        self.wanted.patient = Some(id.to_owned());
    }

    /// `system|structure/patient/YYYY-MM`, with or without system.
    fn identifier(&mut self, value: &str, structure: &str) {
        let ours = format!("{CANONICAL_BASE}/identifier/invoice");
        let value = match value.split_once('|') {
            Some((system, value)) if system == ours || system.is_empty() => value,
            None => value,
            Some(_) => return self.none = true,
        };
        let mut parts: Vec<&str> = value.split('/').collect();
        let month = parts.pop().and_then(|month| month.parse::<Month>().ok());
        let (Some(month), true) = (month, parts.first() == Some(&structure) && parts.len() <= 2) else {
            return self.none = true;
        };
        self.within(month.last_day(), month.last_day());
        match parts.get(1) {
            Some(patient) => self.patient(patient),
            None => {
                self.none |= self.wanted.of_patients == Some(true);
                self.wanted.of_patients = Some(false);
            }
        }
    }

    /// A date by its prefix: the value stands for every day it may be (search.html#date).
    fn date(&mut self, value: &str) -> Result<(), Problem> {
        let (prefix, text) = match value.split_at_checked(2) {
            Some((prefix, text)) if prefix.bytes().all(|b| b.is_ascii_lowercase()) => (prefix, text),
            _ => ("eq", value),
        };
        let date: PartialDate = text.parse().map_err(|_| bad("date", "ge2026-09-01"))?;
        let (first, last) = (date.earliest(), date.latest());
        match prefix {
            "eq" => self.within(first, last),
            "ge" => self.within(first, Day::max_value()),
            "gt" | "sa" => self.within(last.add_days(1), Day::max_value()),
            "le" => self.within(Day::min_value(), last),
            "lt" | "eb" => self.within(Day::min_value(), first.add_days(-1)),
            _ => return Err(bad("date", "ge2026-09-01")),
        }
        Ok(())
    }

    fn within(&mut self, first: Day, last: Day) {
        if first > Day::min_value() {
            self.wanted.from = Some(self.wanted.from.map_or(first, |from| from.max(first)));
        }
        if last < Day::max_value() {
            self.wanted.to = Some(self.wanted.to.map_or(last, |to| to.min(last)));
        }
        self.none |= self.wanted.from.zip(self.wanted.to).is_some_and(|(from, to)| from > to);
    }

    /// A token of two: either, or both with a comma, which asks for nothing.
    fn choose(
        &mut self,
        value: &str,
        (yes, no): (&str, &str),
        name: &str,
        place: fn(&mut Wanted) -> &mut Option<bool>,
    ) -> Result<(), Problem> {
        let code = |token: &str| token.rsplit('|').next().unwrap_or_default().to_owned();
        let codes: Vec<String> = value.split(',').map(code).collect();
        if codes.iter().any(|code| code != yes && code != no) {
            // A status of R4 that none of ours has matches nothing.
            let other = name == "status"
                && codes.iter().all(|c| matches!(c.as_str(), "balanced" | "cancelled" | "entered-in-error"));
            self.none |= other;
            return if other { Ok(()) } else { Err(bad(name, yes)) };
        }
        let both = codes.iter().any(|code| code == yes) && codes.iter().any(|code| code == no);
        if !both {
            let said = codes.iter().any(|code| code == yes);
            self.none |= place(&mut self.wanted).is_some_and(|before| before != said);
            *place(&mut self.wanted) = Some(said);
        }
        Ok(())
    }
}

fn instant(value: &str) -> Result<Instant, Problem> {
    value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))
}

fn bad(name: &str, example: &str) -> Problem {
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_VALUE, &[name, example]))
}

fn unknown(sent: &str) -> Problem {
    let names: Vec<String> = PARAMETERS.iter().map(|(name, ..)| (*name).to_owned()).chain(["knownAt".into()]).collect();
    let near = format!(" ({} ? {})", negotiate::nearest(sent, &names), names.join(", "));
    Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_UNKNOWN, &["?", "Invoice", &near]))
}

/// Reads the id of an Invoice: `inv-` and 32 hex digits.
fn key_of(id: &str) -> Option<[u8; 16]> {
    let digits = id.strip_prefix("inv-").filter(|digits| digits.len() == 32 && digits.is_ascii())?;
    let mut key = [0; 16];
    for (n, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * n..2 * n + 2)?, 16).ok()?;
    }
    Some(key)
}

fn cursor(text: &str) -> Option<After> {
    match text.split_once('~') {
        None => Some((text.parse().ok()?, None)),
        Some((month, id)) => Some((month.parse().ok()?, Some(key_of(&format!("inv-{id}"))?))),
    }
}

/// Writes the Bundle around the Invoices as they are.
fn bundle(page: &Invoices, asked: &Asked, pairs: &[(String, String)], base: &str) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let address = |pairs: &[(&str, &str)]| {
        let parts: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("{base}/Invoice{}{}", if parts.is_empty() { "" } else { "?" }, parts.join("&"))
    };
    let said: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut out = String::from(r#"{"resourceType":"Bundle","type":"searchset","#);
    // Writing to a String cannot fail.
    let _ = write!(out, r#""total":{},"link":[{{"relation":"self","url":{}}}"#, page.total, quoted(&address(&said)));
    if let Some((month, key)) = page.next.filter(|_| asked.count > 0) {
        let place = match key {
            None => month.to_string(),
            Some(key) => format!("{month}~{}", crate::fhir::render::hex(&key)),
        };
        let mut next: Vec<(&str, &str)> = said.iter().copied().filter(|(name, _)| *name != CURSOR).collect();
        next.push((CURSOR, &place));
        let _ = write!(out, r#",{{"relation":"next","url":{}}}"#, quoted(&address(&next)));
    }
    out.push(']');
    let mut opening = r#","entry":["#;
    for (id, json) in &page.found {
        let _ = write!(
            out,
            r#"{opening}{{"fullUrl":"{base}/Invoice/{id}","resource":{json},"search":{{"mode":"match"}}}}"#
        );
        opening = ",";
    }
    out.push_str(if page.found.is_empty() { "}" } else { "]}" });
    out
}
