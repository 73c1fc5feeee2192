//! `GET /`: what this is and where to go, for people.

use super::Shared;
use crate::config::Mode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};

/// Answers a page for a browser, a few lines of text for curl.
pub async fn home(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let base = shared.base(&request);
    let html = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    let mode = match shared.settings.mode {
        Mode::Demo => "mode démonstration : montants fictifs, données inventées",
        Mode::Production => "mode production",
    };
    let lines = [
        format!("mtr-gateway {} ({mode})", env!("CARGO_PKG_VERSION")),
        "Passerelle FHIR R4 du Médecin Traitant Renforcé : forfait du mois, carte de prévention, et le pourquoi."
            .into(),
        String::new(),
        format!("  {base}/metadata"),
        format!("  {base}/Patient/{{id}}/$forfait?month=2026-10"),
        format!("  {base}/Patient/{{id}}/$prevention?date=2026-10-31"),
        format!("  {base}/Patient/{{id}}/$typologies?date=2026-10-31"),
        format!("  {base}/Patient/{{id}}/$explain?month=2026-10"),
        format!("  {base}/Patient/{{id}}/$mtr-dossier?date=2026-10-31"),
        format!("  {base}/Patient/{{id}}/$next-change?date=2026-10-31"),
        String::new(),
        "  /health/live  /health/ready".into(),
    ];
    if html {
        let body = lines.join("\n").replace('&', "&amp;").replace('<', "&lt;");
        let page = format!(
            "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>mtr-gateway</title>\
             <body style=\"font-family:sans-serif;max-width:50em;margin:3em auto\"><h1>mtr-gateway</h1><pre>{body}</pre></body></html>"
        );
        return HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page);
    }
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(lines.join("\n") + "\n")
}
