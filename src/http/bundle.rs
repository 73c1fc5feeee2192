//! batch and transaction (http.html#transaction): `POST /fhir`.

use super::body::Body;
use super::problem::{self, Problem};
use super::reply::{self, Return};
use super::within::{Answered, Within};
use super::{Shared, access, negotiate, search};
use crate::app::{Bare, EntryResult, Failure, Outcome, Received, Terms};
use crate::domain::calendar::Instant;
use crate::fhir::bundle::Mode;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::render;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};
use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;

/// Runs a batch or a transaction. A refused transaction answers a single OperationOutcome and
/// wrote nothing; a batch answers 200 with each entry's own outcome.
pub async fn bundle(request: HttpRequest, body: Body, shared: web::Data<Shared>) -> Result<HttpResponse, Problem> {
    negotiate::content(&request)?;
    negotiate::accept(&request)?;
    // What a batch asks is answered entry by entry, also to whoever may see no patient.
    let reader = access::reader(&request, &shared)?;
    let (handling, unknown) = (access::handling(&request), search::unknown(&request));
    let body = body.bytes()?;
    let within = request.app_data::<Rc<Within>>().cloned().ok_or_else(problem::lost_thread)?;
    let (room, sent) = (within.room(), body.len());
    let gateway = Arc::clone(&shared.gateway);
    // A Bundle is long work for a processor, and once begun it is not given up when the client
    // goes away: it runs on a thread of its own.
    let preferred = preferred(&request);
    let told = reply::prefer(&request, "return").is_none_or(|text| text != "minimal");
    let run = move || {
        let (structure, sees) = (reader.structure.as_str(), reader.sees());
        let (kind, mut entries) = gateway.bundle_for(&body, Terms { structure, handling, unknown, sees, room })?;
        if !told {
            // Who asks for as little as can be is told of what was refused alone.
            entries.iter_mut().for_each(EntryResult::quiet);
        }
        if preferred == Return::Outcome {
            let advised = |(n, entry): (usize, EntryResult)| entry.advised(&gateway, structure, n);
            entries = entries.into_iter().enumerate().map(advised).collect();
        }
        Ok::<_, Failure>((kind, entries))
    };
    let (headers, base) = (request.headers().clone(), shared.base(&request).into_owned());
    let whole = actix_web::rt::spawn(async move {
        let (kind, entries) = web::block(run).await.map_err(|_| problem::lost_thread())??;
        let read: usize = entries.iter().map(EntryResult::size).sum();
        let (calls, left) = calls(&entries, (&within, room.saturating_sub(read)), &headers).await;
        // What was sent may be shown again; beyond that a preference is one.
        let text = response(kind, &entries, (preferred, &base, left + sent), &calls);
        Ok(reply::text_json(StatusCode::OK, text))
    });
    whole.await.map_err(|_| problem::lost_thread())?
}

/// Asks what the entries ask of the other routes, one after the other: after all that is written. A
/// small Bundle may ask much: what does not fit into one answer with the others is refused. Answers
/// what is left of the room as well.
async fn calls(entries: &[EntryResult], (within, mut room): (&Within, usize), headers: &HeaderMap) -> (Calls, usize) {
    let mut calls = Calls::new();
    for (n, entry) in entries.iter().enumerate() {
        if let EntryResult::Call(call) = entry {
            let answered = within.ask(call, headers, room).await;
            room -= answered.as_ref().map_or(0, Answered::size).min(room);
            calls.insert(n, answered);
        }
    }
    (calls, room)
}

/// The answers to calls, by entry.
type Calls = HashMap<usize, Result<Answered, Problem>>;

/// What each entry's answer holds: versions and outcomes, and resources only where they are asked
/// for; a Bundle's sender has just sent them all.
fn preferred(request: &HttpRequest) -> Return {
    match reply::prefer(request, "return").as_deref() {
        Some("representation") => Return::Representation,
        Some("OperationOutcome") => Return::Outcome,
        _ => Return::Minimal,
    }
}

/// Writes the response Bundle: one entry per request entry, in the same order. What was written is shown,
/// where that is preferred, as long as there is room.
fn response(
    kind: Mode,
    entries: &[EntryResult],
    (preferred, base, mut room): (Return, &str, usize),
    calls: &Calls,
) -> String {
    let name = match kind {
        Mode::Batch => "batch-response",
        Mode::Transaction => "transaction-response",
    };
    let mut out = format!(r#"{{"resourceType":"Bundle","type":"{name}""#);
    let mut instants = Instants::default();
    for (n, entry) in entries.iter().enumerate() {
        out.push_str(if n == 0 { r#","entry":["# } else { "," });
        match calls.get(&n) {
            Some(Ok(answered)) => answered.write(&mut out),
            Some(Err(Problem(failure))) => write_refusal(&mut out, failure),
            None => {
                let preferred = match entry {
                    EntryResult::Written(received) if preferred == Return::Representation => {
                        match room.checked_sub(received.size()) {
                            Some(left) => {
                                room = left;
                                preferred
                            }
                            None => Return::Minimal,
                        }
                    }
                    _ => preferred,
                };
                write_entry(&mut out, entry, (preferred, base), &mut instants);
            }
        }
    }
    if !entries.is_empty() {
        out.push(']');
    }
    out.push('}');
    out
}

/// The instant met last, as text: all that a transaction writes became known at once.
#[derive(Default)]
struct Instants(Option<(Instant, String)>);

impl Instants {
    fn text(&mut self, instant: Instant) -> &str {
        let (last, text) = self.0.get_or_insert_with(|| (instant, instant.to_string()));
        if *last != instant {
            (*last, *text) = (instant, instant.to_string());
        }
        text
    }
}

fn write_entry(out: &mut String, entry: &EntryResult, (preferred, base): (Return, &str), instants: &mut Instants) {
    // Writing to a String cannot fail.
    match entry {
        EntryResult::Written(received) if received.is_deletion() => write_deletion(out, received),
        EntryResult::Written(received) => {
            let created = received.outcome == Outcome::Created;
            let status = if created { "201 Created" } else { "200 OK" };
            out.push('{');
            if preferred == Return::Representation {
                let _ = write!(out, r#""resource":{},"#, reply::as_text(&received.json()));
            }
            let _ = write!(
                out,
                r#""response":{{"status":"{status}","location":"{base}/{}/{}/_history/{}","etag":"W/\"{}\"","lastModified":"{}""#,
                received.kind.name(),
                received.id,
                received.version,
                received.version,
                instants.text(received.known)
            );
            if preferred == Return::Outcome || !received.issues.is_empty() {
                let _ = write!(out, r#","outcome":{}"#, render::outcome_text_or_ok(&received.issues));
            }
            out.push_str("}}");
        }
        EntryResult::Read(resource) => {
            let _ = write!(
                out,
                r#"{{"resource":{},"response":{{"status":"200 OK","etag":"W/\"{}\"","lastModified":"{}"}}}}"#,
                reply::as_text(&resource.json),
                resource.version,
                resource.known
            );
        }
        EntryResult::Found(page) => {
            let _ = write!(out, r#"{{"resource":{},"response":{{"status":"200 OK"}}}}"#, search::bundle(page, base));
        }
        EntryResult::Bare(bare) => {
            let (status, version) = match bare {
                Bare::Head(version) => ("200 OK", *version),
                Bare::NotModified(version, known) => ("304 Not Modified", Some((*version, *known))),
            };
            let _ = write!(out, r#"{{"response":{{"status":"{status}""#);
            if let Some((version, known)) = version {
                let _ = write!(out, r#","etag":"W/\"{version}\"","lastModified":"{known}""#);
            }
            out.push_str("}}");
        }
        EntryResult::Removed(count) => {
            out.push_str(r#"{"response":{"status":"204 No Content""#);
            if preferred == Return::Outcome {
                let told = Issue::general(&issues::DELETED, &[&count.to_string()]);
                let _ = write!(out, r#","outcome":{}"#, render::operation_outcome(&[told]));
            }
            out.push_str("}}");
        }
        EntryResult::Refused(failure) => write_refusal(out, failure),
        // Every call was asked.
        EntryResult::Call(_) => write_refusal(out, &Failure::internal()),
    }
}

fn write_refusal(out: &mut String, failure: &Failure) {
    let (status, outcome) = (problem::status(failure.reason), render::operation_outcome(&failure.issues));
    // Writing to a String cannot fail.
    let _ = write!(out, r#"{{"response":{{"status":"{status}","outcome":{outcome}}}}}"#);
}

/// A deletion has no place any more; what was not there has no version either.
fn write_deletion(out: &mut String, received: &Received) {
    out.push_str(r#"{"response":{"status":"204 No Content""#);
    if received.outcome == Outcome::Deleted {
        let _ = write!(out, r#","etag":"W/\"{}\"","lastModified":"{}""#, received.version, received.known);
    }
    out.push_str("}}");
}
