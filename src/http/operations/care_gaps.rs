//! `GET` and `POST /fhir/Measure/$care-gaps` (DEQM-UV 1.0.0, care-gaps operation): always Parameters with
//! one Bundle per subject.
//!
//! A structure or a roster is answered as it is walked, never held whole; with `Prefer: respond-async`
//! it becomes a job whose file has one Bundle per line.

use super::parameters::{bad, unknown};
use super::whom;
use super::whom::target;
use crate::app;
use crate::app::{Failure, GapMeasure, GapSubjects, GapWalk, GapsAsked, Reason, SentMember, Ticket};
use crate::config::is_id;
use crate::domain::calendar::Day;
use crate::domain::calendar::PartialDate;
use crate::domain::gap::GapStatus;
use crate::domain::indicator::CARD;
use crate::domain::measure::CANONICAL_BASE;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render::GapsForm;
use crate::http::Shared;
use crate::http::access;
use crate::http::body::Body;
use crate::http::jobs;
use crate::http::negotiate;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use crate::http::search::query_pairs;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use futures_util::stream;
use std::sync::Arc;

const KNOWN: [&str; 9] = [
    "periodStart",
    "periodEnd",
    "measureUrl",
    "status",
    "subject",
    "subjectGroup",
    "provider",
    "isDocument",
    "knownAt",
];
/// Older names of the same, which are taken as well.
const OLDER: [&str; 7] =
    ["measureId", "measureIdentifier", "topic", "program", "organization", "practitioner", "nonDocument"];
/// The one programme whose measures these are, as CodeSystem/episode-type names it.
const PROGRAMME: &str = "mtr";
/// Parameters of DEQM that nothing here could honour, and what to give instead.
const UNHONOURED: [(&str, &str); 5] = [
    ("program", " (program=mtr, measureUrl)"),
    ("location", " (subject=Organization/…)"),
    ("providerResource", " (provider)"),
    ("parameters", ""),
    ("manifest", " (measureUrl|version)"),
];
/// The type of the lines of a job's file.
const LINES: &str = "Bundle";

/// Answers the gaps, or that they are being worked out.
pub async fn care_gaps(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::accept(&request)?;
    let structure = access::structure(&request, &shared)?;
    let base = shared.base(&request);
    let asked = Asked::read(&request, body, (&base, &structure))?.question(structure.clone(), &base)?;
    let gateway = Arc::clone(&shared.gateway);
    let walk = web::block(move || gateway.care_gaps(&asked)).await.map_err(|_| lost_thread())??;
    if reply::prefers(&request, "respond-async") {
        return defer(&request, walk, structure, &shared);
    }
    let (patients, most) = (walk.patients(), shared.settings.max_sync_subjects);
    if patients > most {
        let issue = Issue::general(&issues::GAP_TOO_MANY, &[&patients.to_string(), &most.to_string()]);
        return Err(Problem::new(Reason::TooLarge, issue));
    }
    let mut answer = Answer { walk, gateway: Arc::clone(&shared.gateway), opening: OPENING, ended: false };
    let (first, answer) =
        web::block(move || answer.next().map(|text| (text, answer))).await.map_err(|_| lost_thread())??;
    let first = first.unwrap_or_default();
    if answer.ended {
        return Ok(reply::text_json(StatusCode::OK, first));
    }
    // An error on the way breaks the connection off: what was sent does not read as whole.
    let rest = stream::try_unfold(answer, |mut answer| async move {
        let next = web::block(move || answer.next().map(|text| text.map(|text| (web::Bytes::from(text), answer))));
        Ok::<_, actix_web::Error>(next.await.map_err(|_| lost_thread())?.map_err(Problem)?)
    });
    let first = stream::once(std::future::ready(Ok::<_, actix_web::Error>(web::Bytes::from(first))));
    Ok(HttpResponse::Ok().content_type(reply::FHIR_JSON).streaming(Box::pin(first.chain(rest))))
}

fn defer(
    request: &HttpRequest,
    mut walk: GapWalk,
    structure: String,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let ticket = Ticket { structure, request: jobs::address(request, shared) };
    let work: app::Work = Box::new(move |gateway, desk| {
        desk.file(LINES)?;
        let all = walk.patients() as u64;
        desk.progress(0, all)?;
        while let Some(bundles) = walk.next(gateway)? {
            bundles.iter().try_for_each(|bundle| desk.line(bundle))?;
            desk.progress(walk.done() as u64, all)?;
        }
        Ok(walk.known_at())
    });
    let id = shared.gateway.start_job(ticket, work)?;
    Ok(jobs::accepted(&id, request, shared))
}

const OPENING: &str = r#"{"resourceType":"Parameters","parameter":["#;

/// The Parameters of a walk, written as it goes.
struct Answer {
    walk: GapWalk,
    gateway: Arc<app::Gateway>,
    /// What comes before the next Bundle.
    opening: &'static str,
    ended: bool,
}

impl Answer {
    /// Answers the next text, of several patients; `None` once all is written.
    fn next(&mut self) -> Result<Option<String>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let mut text = String::new();
        // A batch that says nothing is no reason to send nothing: go on to the next that does.
        while let Some(bundles) = self.walk.next(&self.gateway)? {
            for bundle in bundles {
                text.push_str(self.opening);
                text.push_str(r#"{"name":"return","resource":"#);
                text.push_str(&bundle);
                text.push('}');
                self.opening = ",";
            }
            if self.walk.done() < self.walk.patients() && !text.is_empty() {
                return Ok(Some(text));
            }
        }
        self.ended = true;
        // FHIR has no empty arrays.
        text.push_str(if self.opening == OPENING { r#"{"resourceType":"Parameters"}"# } else { "]}" });
        Ok(Some(text))
    }
}

/// The parameters as sent, older names told by the new ones.
#[derive(Default)]
struct Asked {
    period_start: Option<PartialDate>,
    period_end: Option<PartialDate>,
    measures: Vec<GapMeasure>,
    topics: Vec<String>,
    /// Every measure of the programme, where none is named.
    programme: Option<GapMeasure>,
    statuses: Vec<GapStatus>,
    subjects: Vec<GapSubjects>,
    /// The members of a Group that was sent: who of them is one on the day is known once the period is.
    members: Option<Vec<SentMember>>,
    /// What the Organization asked about is called.
    organization: Option<String>,
    /// Who attends; `Some(None)`: the structure, whoever it is.
    provider: Option<Option<String>>,
    form: Option<GapsForm>,
    known_at: Option<crate::domain::calendar::Instant>,
}

impl Asked {
    fn read(request: &HttpRequest, body: Body, here: (&str, &str)) -> Result<Asked, Problem> {
        let mut pairs = query_pairs(request)?;
        let mut asked = Asked::default();
        if request.method() == Method::POST {
            let sent = body.or_empty()?;
            if !sent.is_empty() {
                negotiate::content(request)?;
                let known: Vec<&str> = KNOWN.iter().chain(&OLDER).copied().collect();
                let sent = app::gap_parameters(&sent, &known)?;
                pairs.extend(sent.values);
                asked.members = sent.members;
            }
        }
        for (name, value) in &pairs {
            asked.take(name, value, here)?;
        }
        Ok(asked)
    }

    fn take(&mut self, name: &str, value: &str, (base, structure): (&str, &str)) -> Result<(), Problem> {
        match name {
            "_format" | "_pretty" => {}
            "periodStart" => once(&mut self.period_start, name, date(name, value)?)?,
            "periodEnd" => once(&mut self.period_end, name, date(name, value)?)?,
            "measureUrl" | "measureId" | "measureIdentifier" if value.trim().is_empty() => {
                return Err(bad(name, &format!("{CANONICAL_BASE}/Measure/bmi")));
            }
            "topic" => self.topics.push(of_system(value, "").unwrap_or_default().to_owned()),
            "program" if of_system(value, &format!("{CANONICAL_BASE}/CodeSystem/episode-type")) == Some(PROGRAMME) => {
                self.programme = Some(measure_of_id(CARD));
            }
            "measureUrl" => self.measures.push(measure_of_url(value, base)),
            "measureId" => self.measures.push(measure_of_id(value)),
            "measureIdentifier" => self.measures.push(measure_of_identifier(name, value)?),
            "status" => self.statuses.push(status(value)?),
            "subject" => self.subject(name, value, base)?,
            "subjectGroup" => match target(value, base) {
                Some(("Group", id)) => self.subjects.push(GapSubjects::Roster(id.to_owned())),
                _ => return Err(bad(name, "Group/grp-…")),
            },
            "organization" => match target(value, base).or_else(|| bare("Organization", value)) {
                Some(("Organization", id)) => self.everybody(id.to_owned()),
                _ => return Err(bad(name, "Organization/cabinet")),
            },
            "provider" | "practitioner" => {
                let who = whom::attending(name, value, (base, structure))?;
                once(&mut self.provider, "provider", who)?;
            }
            "isDocument" => once(&mut self.form, "isDocument", form(name, value, true)?)?,
            "nonDocument" => once(&mut self.form, "isDocument", form(name, value, false)?)?,
            "knownAt" => {
                let instant = value.parse().map_err(|_| bad(name, "2026-10-31T08:00:00Z"))?;
                once(&mut self.known_at, name, instant)?;
            }
            _ => return Err(refused(name)),
        }
        Ok(())
    }

    fn subject(&mut self, name: &str, value: &str, base: &str) -> Result<(), Problem> {
        match target(value, base) {
            Some(("Patient", id)) => self.subjects.push(GapSubjects::Patient(id.to_owned())),
            Some(("Group", id)) => self.subjects.push(GapSubjects::Roster(id.to_owned())),
            Some(("Organization", id)) => self.everybody(id.to_owned()),
            _ => return Err(bad(name, "Patient/p1")),
        }
        Ok(())
    }

    fn everybody(&mut self, organization: String) {
        self.subjects.push(GapSubjects::Everybody);
        self.organization = Some(organization);
    }

    /// Answers the question, whole; what is missing or contradicts itself is refused.
    fn question(mut self, structure: String, base: &str) -> Result<GapsAsked, Problem> {
        let missing =
            |name: &str| Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_MISSING, &[name]));
        let start = self.period_start.ok_or_else(|| missing("periodStart"))?;
        let end = self.period_end.ok_or_else(|| missing("periodEnd"))?;
        if self.measures.is_empty() && self.topics.is_empty() {
            self.measures.extend(self.programme.take());
        }
        if self.measures.is_empty() && self.topics.is_empty() {
            return Err(missing("measureUrl"));
        }
        if self.statuses.is_empty() {
            return Err(missing("status"));
        }
        let period = (start.earliest(), end.latest());
        let day = period.1.min(app::today());
        let sent = self.members.map(|members| patients(&members, day, base)).transpose()?;
        let mut subjects = self.subjects.into_iter().chain(sent.map(GapSubjects::Patients));
        let subjects = match (subjects.next(), subjects.next(), &self.provider) {
            (Some(one), None, _) => one,
            (None, _, Some(_)) => GapSubjects::Everybody,
            _ => return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::GAP_SUBJECTS, &[]))),
        };
        // Of another structure nothing is told, not even whether it is there.
        if self.organization.is_some_and(|organization| organization != structure) {
            return Err(Problem::new(Reason::NotFound, Issue::general(&issues::NOT_FOUND, &["Organization"])));
        }
        Ok(GapsAsked {
            structure,
            subjects,
            provider: self.provider.flatten(),
            period,
            measures: self.measures,
            topics: self.topics,
            statuses: self.statuses,
            form: self.form.unwrap_or(GapsForm::Document),
            known_at: self.known_at,
            base: base.to_owned(),
        })
    }
}

/// Sets what may be said once only.
fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Problem> {
    if place.is_some() {
        return Err(Problem::new(Reason::NotSupported, Issue::general(&issues::PARAMETER_TWICE, &[name])));
    }
    *place = Some(value);
    Ok(())
}

fn refused(name: &str) -> Problem {
    match UNHONOURED.iter().find(|(known, _)| *known == name) {
        Some((known, instead)) => {
            Problem::new(Reason::NotSupported, Issue::general(&issues::GAP_PARAMETER, &[known, instead]))
        }
        None => unknown("Measure", &KNOWN, name),
    }
}

fn date(name: &str, value: &str) -> Result<PartialDate, Problem> {
    value.parse().map_err(|_| bad(name, "2026-01-01"))
}

/// Reads a status, alone or with its system: the same code of another system is another status.
fn status(value: &str) -> Result<GapStatus, Problem> {
    const SYSTEM: &str = "http://hl7.org/fhir/uv/deqm/CodeSystem/deqm-gaps-status";
    let code = of_system(value, SYSTEM).and_then(GapStatus::from_code);
    code.ok_or_else(|| bad("status", &GapStatus::ALL.map(GapStatus::code).join(", ")))
}

/// Answers the code of `system|code`, `|code` or `code`; `None` where the system is another one.
fn of_system<'v>(value: &'v str, system: &str) -> Option<&'v str> {
    match value.split_once('|') {
        None => Some(value),
        Some((of, code)) => (of.is_empty() || of == system).then_some(code),
    }
}

fn form(name: &str, value: &str, document: bool) -> Result<GapsForm, Problem> {
    let said: bool = value.parse().map_err(|_| bad(name, "true"))?;
    Ok(if said == document { GapsForm::Document } else { GapsForm::Collection })
}

/// Reads the canonical of a measure, ours or at our own address, with or without version.
fn measure_of_url(value: &str, base: &str) -> GapMeasure {
    let (url, version) = match value.split_once('|') {
        Some((url, version)) => (url, Some(version.to_owned())),
        None => (value, None),
    };
    let ours = [CANONICAL_BASE, base].into_iter().find_map(|base| url.strip_prefix(base)?.strip_prefix("/Measure/"));
    // Of another's canonical the end may tell what is meant, for the refusal: it is never taken for ours.
    let id = ours.or_else(|| url.rsplit('/').next()).unwrap_or_default();
    GapMeasure { id: id.to_owned(), ours: ours.is_some(), version }
}

/// Reads an older name: the id.
fn measure_of_id(value: &str) -> GapMeasure {
    let id = value.strip_prefix("Measure/").unwrap_or(value);
    GapMeasure { id: id.to_owned(), ours: true, version: None }
}

/// Reads another: the identifier `system|value`, whose value is the id.
fn measure_of_identifier(name: &str, value: &str) -> Result<GapMeasure, Problem> {
    let system = format!("{CANONICAL_BASE}/Measure");
    let id = of_system(value, &system).ok_or_else(|| bad(name, &format!("{system}|bmi")))?;
    Ok(measure_of_id(id))
}

/// Answers an id alone, where only one type can be meant.
fn bare<'v>(kind: &'static str, value: &'v str) -> Option<(&'static str, &'v str)> {
    is_id(value).then_some((kind, value))
}

/// Answers the patients that the members of a Group refer to who are members on a day.
fn patients(members: &[SentMember], day: Day, base: &str) -> Result<Vec<String>, Problem> {
    let mut found = Vec::new();
    for member in members {
        let Some(("Patient", id)) = target(&member.entity, base) else {
            let issue = Issue::new(&issues::PARAMETER_VALUE, member.place.clone(), &["entity", "Patient/p1"]);
            return Err(Problem::new(Reason::Malformed, issue));
        };
        let (start, end) = member.days;
        if start.is_none_or(|start| start.earliest() <= day) && end.is_none_or(|end| end.latest() >= day) {
            found.push(id.to_owned());
        }
    }
    Ok(found)
}
