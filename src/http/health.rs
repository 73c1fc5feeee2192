//! Liveness and readiness, for supervisors: no figures, no data.

use super::Shared;
use actix_web::{HttpResponse, web};
use serde_json::json;

/// Answers 200 as long as the process answers at all.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

/// Answers 200 when writes are taken, 503 when a failed sync has stopped them.
pub async fn ready(shared: web::Data<Shared>) -> HttpResponse {
    if shared.gateway.accepts_writes() {
        HttpResponse::Ok().json(json!({"status": "ready"}))
    } else {
        HttpResponse::ServiceUnavailable().json(json!({"status": "writes-stopped"}))
    }
}
