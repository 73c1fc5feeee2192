//! `GET /fhir/Organization/{id}/$export-lines`: the lines of a structure's statements as NDJSON, CSV
//! or Parquet; with `_control=true` their control totals, as Parameters.
//!
//! The totals and the digest (RFC 9530) go before the lines, as headers: an export is computed whole
//! before its first byte is sent, a longer one in a file rather than in memory.

use super::close_month::own_structure;
use super::parameters::{bad, pairs_of};
use crate::app::{Failure, Format, Lines, Reason, Spooled};
use crate::domain::calendar::Month;
use crate::fhir::issue::Issue;
use crate::fhir::issues;
use crate::fhir::written::Written;
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::problem::{Problem, lost_thread};
use crate::http::reply;
use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use std::sync::Arc;

const KNOWN: [&str; 7] = ["month", "from", "to", "format", "drafts", "knownAt", "_control"];
/// The header of the control totals.
pub const CONTROL: &str = "x-mtr-control";

/// Answers the lines, or their control totals.
pub async fn export_lines(
    request: HttpRequest,
    path: web::Path<String>,
    body: Body,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let structure = own_structure(&request, &path, &shared)?;
    let (asked, only_control) = asked(&request, body, structure)?;
    let gateway = Arc::clone(&shared.gateway);
    if only_control {
        let control = web::block(move || {
            let mut export = gateway.export(asked)?;
            while export.next(&gateway, &|_, _| {})?.is_some() {}
            Ok::<_, Failure>(export.control())
        });
        let control = control.await.map_err(|_| lost_thread())??;
        return Ok(reply::text_json(StatusCode::OK, Written(&control.parameters()).text()));
    }
    let spooled = web::block(move || gateway.spooled(asked)).await.map_err(|_| lost_thread())??;
    let (export, control) = (&spooled.export, spooled.export.control());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, export.format().media_type()))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export.file_name())))
        .insert_header((CONTROL, control.header()))
        .insert_header(("repr-digest", export.digest()))
        // The digest is that of the bytes as they are: they go uncompressed.
        .insert_header(header::ContentEncoding::Identity);
    Ok(response.body(sent(spooled, control.bytes, &shared)))
}

/// Answers the body of an export, chunk by chunk.
fn sent(
    spooled: Spooled,
    bytes: u64,
    shared: &web::Data<Shared>,
) -> SizedStream<impl stream::Stream<Item = Result<web::Bytes, actix_web::Error>> + use<>> {
    let begun = (spooled, Arc::clone(&shared.gateway));
    let chunks = stream::try_unfold(begun, |(mut spooled, gateway)| async move {
        let next = web::block(move || {
            let bytes = spooled.next(&gateway)?;
            Ok::<_, Failure>(bytes.map(|bytes| (web::Bytes::from(bytes), (spooled, gateway))))
        });
        Ok(next.await.map_err(|_| lost_thread())?.map_err(Problem)?)
    });
    SizedStream::new(bytes, Box::pin(chunks))
}

fn asked(request: &HttpRequest, body: Body, structure: String) -> Result<(Lines, bool), Problem> {
    let (mut month, mut from, mut to) = (None::<Month>, None::<Month>, None::<Month>);
    let (mut format, mut drafts, mut control, mut known_at) = (None, false, false, None);
    for (name, value) in pairs_of(request, body, "Organization", &KNOWN)? {
        let read = |value: &str| value.parse::<Month>().map_err(|_| bad(&name, "2026-10"));
        match name.as_str() {
            "month" => month = Some(read(&value)?),
            "from" => from = Some(read(&value)?),
            "to" => to = Some(read(&value)?),
            "format" => format = Some(Format::from_name(&value).ok_or_else(|| bad("format", "csv"))?),
            "drafts" => drafts = value.parse().map_err(|_| bad("drafts", "true"))?,
            "_control" => control = value.parse().map_err(|_| bad("_control", "true"))?,
            _ => known_at = Some(value.parse().map_err(|_| bad("knownAt", "2026-10-31T08:00:00Z"))?),
        }
    }
    let (from, to) = match (month, from, to) {
        (Some(month), None, None) => (month, month),
        (None, Some(from), Some(to)) => (from, to),
        _ => {
            let issue = Issue::general(&issues::EXPORT_MONTHS, &[&Lines::MOST_MONTHS.to_string()]);
            return Err(Problem::new(Reason::NotSupported, issue));
        }
    };
    let format = match format {
        Some(format) => format,
        None if control => Format::Ndjson,
        None => accepted(request)?,
    };
    Ok((Lines { structure, from, to, drafts, format, known_at }, control))
}

/// Answers the format that Accept prefers, the first of equals; NDJSON where it takes anything, or
/// FHIR's JSON as clients of FHIR always do.
fn accepted(request: &HttpRequest) -> Result<Format, Problem> {
    let Some(value) = request.headers().get(header::ACCEPT) else { return Ok(Format::Ndjson) };
    let text = value.to_str().unwrap_or("").to_ascii_lowercase();
    let mut best: Option<(f32, Format)> = None;
    for range in text.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let format = format_of(parts.next().unwrap_or(""));
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if let Some(format) = format.filter(|_| quality > best.map_or(0.0, |(best, _)| best)) {
            best = Some((quality, format));
        }
    }
    let offered = Format::ALL.map(|format| format.media_type().split(';').next().unwrap_or_default()).join(", ");
    let refused = || Problem::new(Reason::NotAcceptable, Issue::general(&issues::NOT_ACCEPTABLE, &[offered.as_str()]));
    best.map(|(_, format)| format).ok_or_else(refused)
}

fn format_of(range: &str) -> Option<Format> {
    match range {
        "text/csv" | "text/*" => Some(Format::Csv),
        "application/vnd.apache.parquet" | "application/x-parquet" => Some(Format::Parquet),
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/fhir+ndjson"
        | "application/fhir+json"
        | "application/json"
        | "application/*"
        | "*/*"
        | "" => Some(Format::Ndjson),
        _ => None,
    }
}
