//! Every route, in one function. The CapabilityStatement is made from the same tables.

use super::computed::{care_plan, group, invoice, measure_report, recommendation};
use super::{
    bundle, computed, conditional, conformance, create, delete, health, history, home, jobs, metadata, negotiate,
    operations, patch, read, search, update,
};
use crate::domain::fact::Kind;
use actix_web::{HttpRequest, Resource, Route, guard, web};

/// Declares the routes. Each says what it offers to a method it does not have.
pub fn routes(app: &mut web::ServiceConfig) {
    app.configure(usual)
        .service(web::resource("/").route(reads().to(home::home)).default_service(only("GET, HEAD")))
        .service(web::resource("/health/live").route(reads().to(health::live)).default_service(only("GET, HEAD")))
        .service(web::resource("/health/ready").route(reads().to(health::ready)).default_service(only("GET, HEAD")))
        .service(
            web::resource("/fhir/metadata").route(reads().to(metadata::metadata)).default_service(only("GET, HEAD")),
        )
        .service(web::resource(["/fhir", "/fhir/"]).route(web::post().to(bundle::bundle)).default_service(only("POST")))
        .configure(of_patients)
        .configure(compartments)
        .configure(measures)
        .configure(conformance::routes)
        .configure(jobs::routes)
        .configure(of_structures)
        .configure(of_computed)
        .configure(common_operations)
        .configure(histories)
        .service(web::resource("/fhir/{type}/{operation:\\$[^/]*}").route(web::to(negotiate::no_such_route)))
        .service(
            // A search of all types at once is not offered, and `_search` is no type.
            web::resource("/fhir/_search").route(web::to(negotiate::no_such_route)),
        )
        .service(
            web::resource("/fhir/{type}/_search")
                .route(web::post().to(search::search_by_form))
                .default_service(only("POST")),
        )
        .configure(|app| resources(app, "{type}", "{id}"));
}

/// Searches within a Patient's compartment.
fn compartments(app: &mut web::ServiceConfig) {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let path = format!(r"/fhir/Patient/{{id:[A-Za-z0-9\-.]{{1,64}}}}/{{type:{}}}", names.join("|"));
    app.service(
        web::resource(format!("{path}/_search"))
            .route(web::post().to(search::of_patient_by_form))
            .default_service(only("POST")),
    )
    .service(web::resource(path).route(reads().to(search::of_patient)).default_service(only("GET, HEAD")));
}

/// The operations on a Patient.
fn of_patients(app: &mut web::ServiceConfig) {
    app.service(operation("prevention").route(asks().to(operations::prevention)))
        .service(operation("typologies").route(asks().to(operations::typologies)))
        .service(operation("forfait").route(asks().to(operations::forfait)))
        .service(operation("pathways").route(asks().to(operations::pathways)))
        .service(operation("mtr-dossier").route(asks().to(operations::dossier)))
        .service(operation("explain").route(asks().to(operations::explain)))
        .service(operation("next-change").route(asks().to(operations::next_change)))
        .service(operation("everything").route(asks().to(operations::everything)))
        .service(
            web::resource("/fhir/Patient/{id}/$what-if")
                .route(web::post().to(operations::what_if))
                .default_service(only("POST")),
        );
}

/// The operations on the structure: those that only read, and those that are sent something.
fn of_structures(app: &mut web::ServiceConfig) {
    let asked = |name: &str| {
        web::resource(format!("/fhir/Organization/{{id}}/${name}")).default_service(only("GET, HEAD, POST"))
    };
    let sent = |path: &str| web::resource(path).default_service(only("POST"));
    app.service(
        web::resource(["/fhir/$data-quality", "/fhir/Organization/{id}/$data-quality"])
            .route(reads().to(operations::quality))
            .default_service(only("GET, HEAD")),
    )
    .service(asked("export-lines").route(asks().to(operations::export_lines)))
    .service(asked("leaving").route(asks().to(operations::leaving)))
    .service(asked("pathways").route(asks().to(operations::structure_pathways)))
    .service(asked("worklist").route(asks().to(operations::worklist)))
    .service(sent("/fhir/Organization/{id}/$close-month").route(web::post().to(operations::close_month)))
    .service(sent("/fhir/Organization/{id}/$reconcile").route(web::post().to(operations::reconcile)))
    .service(sent("/fhir/$simulate").route(web::post().to(operations::simulate)));
}

/// The types that are computed, and what is asked of a roster.
fn of_computed(app: &mut web::ServiceConfig) {
    app.service(
        web::resource("/fhir/Group/{id}/$diff")
            .route(asks().to(operations::roster_diff))
            .default_service(only("GET, HEAD, POST")),
    )
    .configure(computed::routes::<invoice::Asked>)
    .configure(computed::routes::<measure_report::Asked>)
    .configure(computed::routes::<group::Asked>)
    .configure(computed::routes::<care_plan::Asked>)
    .configure(computed::routes::<recommendation::Asked>);
}

/// What is asked most, of the types that are kept: told apart first, so that a request is not held
/// against every other route before.
fn usual(app: &mut web::ServiceConfig) {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    resources(app, &format!("{{type:{}}}", names.join("|")), r"{id:[A-Za-z0-9\-.]+}");
}

fn resources(app: &mut web::ServiceConfig, name: &str, id: &str) {
    app.service(
        web::resource(format!("/fhir/{name}"))
            .route(reads().to(search::search))
            .route(web::post().to(create::create))
            .route(web::put().to(conditional::update))
            .route(web::patch().to(conditional::amend))
            .route(web::delete().to(conditional::remove))
            .default_service(only("GET, HEAD, POST, PUT, PATCH, DELETE")),
    )
    .service(
        web::resource(format!("/fhir/{name}/{id}"))
            .route(reads().to(read::read))
            .route(web::put().to(update::update))
            .route(web::patch().to(patch::patch))
            .route(web::delete().to(delete::delete))
            .default_service(only("GET, HEAD, PUT, PATCH, DELETE")),
    );
}

/// The operations on measures: of one, or of those that are named.
fn measures(app: &mut web::ServiceConfig) {
    let operation = |paths: &[&str]| web::resource(paths.to_vec()).default_service(only("GET, HEAD, POST"));
    app.service(
        operation(&["/fhir/Measure/$evaluate-measure", "/fhir/Measure/{id}/$evaluate-measure"])
            .route(asks().to(operations::evaluate_measure)),
    )
    .service(operation(&["/fhir/Measure/{id}/$trend"]).route(asks().to(operations::trend)))
    .service(operation(&["/fhir/Measure/$care-gaps"]).route(asks().to(operations::care_gaps)))
    .service(
        operation(&["/fhir/Measure/$evaluate", "/fhir/Measure/{id}/$evaluate"]).route(asks().to(operations::evaluate)),
    );
}

/// The operations that every type has.
fn common_operations(app: &mut web::ServiceConfig) {
    app.service(
        web::resource(["/fhir/{type}/$validate", "/fhir/{type}/{id}/$validate"])
            .route(web::post().to(operations::validate))
            .route(reads().to(operations::validate))
            .default_service(only("GET, HEAD, POST")),
    )
    .service(
        web::resource(["/fhir/$meta", "/fhir/{type}/$meta", "/fhir/{type}/{id}/$meta"])
            .route(reads().to(operations::meta))
            .default_service(only("GET, HEAD")),
    )
    .service(
        web::resource("/fhir/{type}/{id}/$meta-add")
            .route(web::post().to(operations::meta_add))
            .default_service(only("POST")),
    )
    .service(
        web::resource("/fhir/{type}/{id}/$meta-delete")
            .route(web::post().to(operations::meta_delete))
            .default_service(only("POST")),
    )
    .service(web::resource("/fhir/{operation:\\$[^/]*}").route(web::to(negotiate::no_such_route)));
}

fn histories(app: &mut web::ServiceConfig) {
    let history = |path: &str| web::resource(path).default_service(only("GET, HEAD"));
    app.service(history("/fhir/_history").route(reads().to(history::of_system)))
        .service(history("/fhir/{type}/_history").route(reads().to(history::of_type)))
        .service(history("/fhir/{type}/{id}/_history").route(reads().to(history::of_instance)))
        .service(history("/fhir/{type}/{id}/_history/{version}").route(reads().to(read::vread)));
}

/// GET, and HEAD as GET without a body (http.html#read).
pub fn reads() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// An operation that changes nothing: GET, or POST with Parameters (operations.html#executing).
pub fn asks() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()).or(guard::Post()))
}

fn operation(name: &str) -> Resource {
    web::resource(format!("/fhir/Patient/{{id}}/${name}")).default_service(only("GET, HEAD, POST"))
}

/// Answers 405 with the methods that are offered.
pub fn only(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| std::future::ready(negotiate::method_not_allowed(&request, allowed)))
}

/// What every type can be asked, as the CapabilityStatement tells it.
pub const INTERACTIONS: [&str; 9] =
    ["read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"];

/// What the whole can be asked.
pub const SYSTEM_INTERACTIONS: [&str; 3] = ["transaction", "batch", "history-system"];

/// The operations on a Patient, as the CapabilityStatement tells them.
pub const PATIENT_OPERATIONS: &[(&str, &str)] = &[
    ("prevention", "La carte de prévention à une date"),
    ("typologies", "Les typologies du mois : déclarée, éligible, payée"),
    ("forfait", "Le forfait du mois, ligne par ligne"),
    ("pathways", "Les parcours à une date : éligible, en attente, entré, séances et ateliers, places"),
    ("mtr-dossier", "Tout le dossier MTR à une date"),
    ("explain", "Le pourquoi de chaque montant"),
    ("next-change", "La prochaine date à laquelle quelque chose change sans nouvelle donnée, et pourquoi"),
    ("what-if", "Le mois et la carte si ce fait était ajouté ou retiré ; rien n'est enregistré"),
    ("everything", "Tout ce qui est connu du patient ; _since, start, end, _type, _count"),
];

/// The operations on the whole structure, as the CapabilityStatement tells them.
pub const SYSTEM_OPERATIONS: &[(&str, &str)] = &[
    ("meta", "Les profils, étiquettes et marques en usage"),
    (
        "simulate",
        "Ce qu'un autre tarif paierait sur des mois : from, to, current, tariff, content ; rien n'est enregistré",
    ),
    ("data-quality", "Ce que les données de la structure laissent dans l'ombre, compté ; aucun patient n'y figure"),
];

/// The operations on the Organization that is the structure, as the CapabilityStatement tells them.
pub const STRUCTURE_OPERATIONS: &[(&str, &str)] = &[
    ("data-quality", "Ce que les données de la structure laissent dans l'ombre, compté ; aucun patient n'y figure"),
    ("close-month", "Clôt un mois : month, dryRun, tariff, by ; la clôture à blanc dit ce qui s'y oppose"),
    (
        "export-lines",
        "Les lignes des états : month ou from et to, format (ndjson, csv, parquet), drafts, knownAt, _control",
    ),
    (
        "reconcile",
        "Rapproche la liste du payeur (CSV ou Parameters : patient, month, amount) de ce qui est émis et de ce qui se calcule",
    ),
    ("pathways", "Les parcours de la structure : entrés, places, liste d'attente, groupes d'ateliers ; date, knownAt"),
    (
        "worklist",
        "Les patients aux écarts de prévention ouverts, les plus lourds d'abord : date, scope, practitioner, item, tariff, knownAt, _count",
    ),
    ("leaving", "Les patients dont la fenêtre de patient consommant finit bientôt : days, date, tariff, knownAt"),
];

/// The operations on measures, as the CapabilityStatement tells them.
pub const MEASURE_OPERATIONS: &[(&str, &str)] = &[
    (
        "care-gaps",
        "Les écarts de prévention (DEQM-UV 1.0.0) : periodStart, periodEnd, measureUrl, status, subject, subjectGroup, provider, isDocument, knownAt ; Prefer: respond-async",
    ),
    (
        "evaluate-measure",
        "Le MeasureReport d'une mesure : periodStart, periodEnd, reportType (subject, subject-list, population), subject, practitioner, measure, stratifier, knownAt ; rien n'est enregistré",
    ),
    (
        "evaluate",
        "DEQM : un Bundle par sujet, un rapport par mesure : measureUrl, periodStart, periodEnd, reportType (individual, subject-list, summary), subject, subjectGroup, provider, stratifier, knownAt",
    ),
    ("trend", "Une mesure mois par mois : from, to, practitioner, stratify, knownAt ; un MeasureReport par mois"),
];

pub use crate::app::COMPUTED;

/// Where each operation on measures is asked: by others of one measure, by some of all of them.
const MEASURE_PLACES: &[(&str, &[&str])] = &[
    ("care-gaps", &["Measure/$care-gaps"]),
    ("evaluate-measure", &["Measure/$evaluate-measure", "Measure/id/$evaluate-measure"]),
    ("evaluate", &["Measure/$evaluate", "Measure/id/$evaluate"]),
    ("trend", &["Measure/id/$trend"]),
];

/// Answers where an operation is asked, below the base address; nothing where there is none of that name,
/// or every kept type has it.
pub fn places_of(operation: &str) -> Vec<String> {
    let of_one = [("Patient", PATIENT_OPERATIONS), ("Organization", STRUCTURE_OPERATIONS), ("Group", GROUP_OPERATIONS)];
    let has = |table: &[(&str, &str)]| table.iter().any(|(name, _)| *name == operation);
    let mut places = Vec::new();
    if has(TYPE_OPERATIONS) {
        return places;
    }
    if has(SYSTEM_OPERATIONS) {
        places.push(format!("${operation}"));
    }
    let instances = of_one.into_iter().filter(|(_, table)| has(table));
    places.extend(instances.map(|(kind, _)| format!("{kind}/id/${operation}")));
    let measures = MEASURE_PLACES.iter().filter(|(name, _)| *name == operation).flat_map(|(_, places)| *places);
    places.extend(measures.map(|place| (*place).to_owned()));
    places
}

/// The same, asked of the whole interface: what every type has is asked of one.
pub fn places_of_any_type(operation: &str) -> Vec<String> {
    let below = if operation.starts_with("meta-") { "Type/id" } else { "Type" };
    match TYPE_OPERATIONS.iter().any(|(name, _)| *name == operation) {
        true => vec![format!("{below}/${operation}")],
        false => places_of(operation),
    }
}

/// The operations on a roster, as the CapabilityStatement tells them.
pub const GROUP_OPERATIONS: &[(&str, &str)] = &[(
    "diff",
    "Qui est entré, sorti, changé entre deux mois, pourquoi, et ce que cela coûte : from, to, unchanged, tariff, knownAt",
)];

/// The operations of every type, as the CapabilityStatement tells them.
pub const TYPE_OPERATIONS: &[(&str, &str)] = &[
    ("validate", "Ce qui serait dit de la ressource, sans rien enregistrer"),
    ("meta", "Les profils, étiquettes et marques en usage"),
    ("meta-add", "Ajoute des profils, étiquettes ou marques à une ressource"),
    ("meta-delete", "Retire des profils, étiquettes ou marques à une ressource"),
];
