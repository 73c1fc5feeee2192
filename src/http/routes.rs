//! Every route, in one function. The CapabilityStatement is made from the same tables.

use super::{bundle, create, delete, health, home, metadata, negotiate, operations, read, search, update};
use actix_web::web;

/// Declares the routes.
pub fn routes(app: &mut web::ServiceConfig) {
    app.service(web::resource("/").route(web::get().to(home::home)))
        .service(web::resource("/health/live").route(web::get().to(health::live)))
        .service(web::resource("/health/ready").route(web::get().to(health::ready)))
        .service(web::resource(["/fhir/metadata"]).route(web::get().to(metadata::metadata)))
        .service(
            web::resource(["/fhir", "/fhir/"])
                .route(web::post().to(bundle::bundle))
                .default_service(web::to(negotiate::method_not_allowed)),
        )
        .service(web::resource("/fhir/Patient/{id}/$prevention").route(web::get().to(operations::prevention)))
        .service(web::resource("/fhir/Patient/{id}/$typologies").route(web::get().to(operations::typologies)))
        .service(web::resource("/fhir/Patient/{id}/$forfait").route(web::get().to(operations::forfait)))
        .service(web::resource("/fhir/Patient/{id}/$mtr-dossier").route(web::get().to(operations::dossier)))
        .service(web::resource("/fhir/Patient/{id}/$explain").route(web::get().to(operations::explain)))
        .service(web::resource("/fhir/{type}/$validate").route(web::post().to(operations::validate)))
        .service(
            web::resource("/fhir/{type}")
                .route(web::get().to(search::search))
                .route(web::post().to(create::create))
                .default_service(web::to(negotiate::method_not_allowed)),
        )
        .service(
            web::resource("/fhir/{type}/{id}")
                .route(web::get().to(read::read))
                .route(web::head().to(read::read))
                .route(web::put().to(update::update))
                .route(web::delete().to(delete::delete))
                .default_service(web::to(negotiate::method_not_allowed)),
        )
        .service(
            web::resource("/fhir/{type}/{id}/_history/{version}")
                .route(web::get().to(read::vread))
                .default_service(web::to(negotiate::method_not_allowed)),
        );
}

/// The operations on a Patient, as the CapabilityStatement tells them.
pub const PATIENT_OPERATIONS: &[(&str, &str)] = &[
    ("prevention", "La carte de prévention à une date"),
    ("typologies", "Les typologies du mois : déclarée, éligible, payée"),
    ("forfait", "Le forfait du mois, ligne par ligne"),
    ("mtr-dossier", "Tout le dossier MTR à une date"),
    ("explain", "Le pourquoi de chaque montant"),
];
