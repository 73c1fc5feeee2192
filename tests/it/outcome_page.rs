//! The page of every stable code, `docs/outcomes.md`, written from the table of codes.
//!
//! Holds which refusal carries which code, and what to do about it; the tests write the page, and fail
//! when it is not the table's.

use mtr_gateway::app::Reason;
use mtr_gateway::fhir::issue::Class;
use mtr_gateway::fhir::issue::IssueKind;
use mtr_gateway::fhir::issues;
use mtr_gateway::http::status;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What a group of codes speaks of: its letters, French and English.
const AREAS: &[(&str, &str, &str)] = &[
    ("JSN", "Le JSON du corps", "the JSON of the body"),
    ("RES", "La ressource, son type et son id", "the resource, its type and its id"),
    ("STR", "La structure de FHIR R4", "the structure of FHIR R4"),
    ("VAL", "Les valeurs primitives", "primitive values"),
    ("COD", "Les codes de nos nomenclatures", "codes of our own systems"),
    ("EXT", "Les extensions", "extensions"),
    ("REF", "Les références", "references"),
    ("PRF", "Les profils", "profiles"),
    ("INV", "Les règles de FHIR R4 entre éléments", "rules of FHIR R4 between elements"),
    ("CTR", "Le contrat de la passerelle", "the gateway's contract"),
    ("PAT", "Le patient et son identité", "the patient and its identity"),
    ("ENC", "Les rencontres", "encounters"),
    ("OBS", "Les observations", "observations"),
    ("CON", "Les problèmes et les ALD", "problems"),
    ("COV", "Les droits", "rights"),
    ("CTM", "Les équipes de soins", "care teams"),
    ("EOC", "Les contrats", "contracts"),
    ("APT", "Les rendez-vous", "appointments"),
    ("ACT", "Les actes, vaccins, comptes rendus et questionnaires", "procedures, vaccines, reports, questionnaires"),
    ("PRA", "Les professionnels", "professionals"),
    ("BDL", "Les Bundle", "Bundles"),
    ("GET", "Ce qui n'est pas là", "what is not there"),
    ("REQ", "La requête", "the request"),
    ("CND", "Les conditions", "conditions"),
    ("JPT", "Les patchs", "patches"),
    ("HIS", "L'historique", "the history"),
    ("SRC", "La recherche", "searches"),
    ("OPR", "Les opérations", "operations"),
    ("TRM", "Les terminologies", "terminologies"),
    ("WIF", "Les hypothèses", "what-if questions"),
    ("FIG", "Les montants", "figures"),
    ("EXP", "Les exports", "exports"),
    ("RCN", "Le rapprochement", "reconciliation"),
    ("CLO", "La clôture des mois", "closing months"),
    ("SIM", "La simulation", "simulation"),
    ("GAP", "Les écarts de prévention", "care gaps"),
    ("JOB", "Les demandes différées", "deferred requests"),
    ("ROS", "Les listes de patients", "rosters"),
    ("MEA", "Les mesures", "measures"),
    ("QLT", "La qualité des données", "data quality"),
    ("ACC", "Les accès", "access"),
    ("OKK", "Ce qui est fait", "what was done"),
    ("WRK", "Les listes de travail", "worklists"),
];

/// Which refusals carry the codes whose class does not say it.
const REASONS: &[(Reason, &[&IssueKind])] = &[
    (
        Reason::NotSupported,
        &[
            &issues::HEADER_INVALID,
            &issues::PATCH_FHIRPATH,
            &issues::HISTORY_VALUE,
            &issues::HISTORY_PARAMETER,
            &issues::SEARCH_UNKNOWN,
            &issues::SEARCH_VALUE,
            &issues::SEARCH_NO_VALUE,
            &issues::SEARCH_VALUE_SET,
            &issues::SEARCH_TYPE,
            &issues::SEARCH_INCLUDE,
            &issues::SEARCH_MODIFIER,
            &issues::SEARCH_TWICE,
            &issues::SEARCH_TOO_BROAD,
            &issues::SEARCH_CURSOR,
            &issues::SEARCH_CHAIN,
            &issues::CONDITION_RESULT,
            &issues::CONDITION_BILLING,
            &issues::CONDITION_TWO,
            &issues::OPERATION_UNKNOWN,
            &issues::OPERATION_PLACE,
            &issues::PARAMETER_UNKNOWN,
            &issues::PARAMETER_MISSING,
            &issues::PARAMETER_VALUE,
            &issues::PARAMETER_TWICE,
            &issues::PARAMETER_INSTANCE,
            &issues::TARIFF_UNKNOWN,
            &issues::EXPORT_MONTHS,
            &issues::RULEBOOK_UNKNOWN,
            &issues::MONTH_MISSING,
            &issues::MONTH_RANGE,
            &issues::DIFF_ORDER,
            &issues::ITEM_UNKNOWN,
            &issues::WORK_SCOPE,
            &issues::MEASURE_OTHER,
            &issues::PERIOD_ORDER,
            &issues::LAST_RECEIVED_ON,
            &issues::MEASURE_PATIENT,
            &issues::TREND_FUTURE,
            &issues::PERIOD_FUTURE,
            &issues::GAP_SUBJECTS,
            &issues::GAP_PARAMETER,
            &issues::GAP_VERSIONS,
            &issues::RESOURCE_INLINE,
        ],
    ),
    (
        Reason::Malformed,
        &[
            &issues::BODY_UNREADABLE,
            &issues::GROUP_OF_PEOPLE,
            &issues::CONDITION_ID_CONFLICT,
            &issues::PATCH_FORM,
            &issues::PATCH_OPERATION,
            &issues::PATCH_MEMBER,
            &issues::PATCH_POINTER,
            &issues::PATCH_BINARY,
            &issues::RESOURCE_MISSING,
        ],
    ),
    (
        Reason::Contract,
        &[
            &issues::PATCH_TARGET,
            &issues::PATCH_TEST,
            &issues::PATCH_FIXED,
            &issues::AMOUNT_UNKNOWN,
            &issues::TARIFF_MISSING,
            &issues::FICTIONAL_REFUSED,
            &issues::CLOSE_BLOCKED,
            &issues::RULES_FAULTY,
            &issues::EXPANSION_TOO_COSTLY,
            &issues::EXPORT_OPEN,
            &issues::GAP_INDICATOR,
            &issues::WHAT_IF_OTHER_PATIENT,
            &issues::WHAT_IF_NOT_KNOWN,
            &issues::WHAT_IF_PATIENT_REMOVED,
            &issues::WHAT_IF_MERGE,
        ],
    ),
    (
        Reason::NotFound,
        &[
            &issues::NOT_FOUND,
            &issues::VERSION_NOT_FOUND,
            &issues::NO_SUCH_ADDRESS,
            &issues::NO_MATCH,
            &issues::CANONICAL_UNKNOWN,
            &issues::CODE_NOT_FOUND,
            &issues::MEASURE_UNKNOWN,
            &issues::MEASURE_VERSION,
            &issues::KNOWN_TOO_EARLY,
            &issues::JOB_UNKNOWN,
        ],
    ),
    (Reason::Gone, &[&issues::GONE]),
    (
        Reason::Conflict,
        &[
            &issues::PAT_IDENTITY_TAKEN,
            &issues::CONDITION_ID_TAKEN,
            &issues::PAT_DEPENDANTS,
            &issues::MONTH_CLOSED,
            &issues::MONTH_BEFORE_FIRST,
        ],
    ),
    (
        Reason::Precondition,
        &[
            &issues::VERSION_CONFLICT,
            &issues::ALREADY_EXISTS,
            &issues::MULTIPLE_MATCHES,
            &issues::CONDITION_TOO_MANY,
            &issues::CONDITION_EMPTY,
        ],
    ),
    (Reason::Contended, &[&issues::CONTENDED]),
    (Reason::MethodNotAllowed, &[&issues::METHOD_NOT_ALLOWED]),
    (Reason::Timeout, &[&issues::TIMEOUT]),
    (Reason::MediaType, &[&issues::MEDIA_TYPE, &issues::CONTENT_ENCODING, &issues::PATCH_MEDIA]),
    (Reason::NotAcceptable, &[&issues::NOT_ACCEPTABLE]),
    (
        Reason::TooLarge,
        &[
            &issues::BUNDLE_TOO_MANY,
            &issues::BUNDLE_ANSWER_TOO_LARGE,
            &issues::MEASURE_SUBJECTS,
            &issues::BODY_TOO_LARGE,
            &issues::PATCH_TOO_LARGE,
            &issues::PATCH_TOO_MANY,
            &issues::RECONCILE_TOO_MANY,
            &issues::GAP_TOO_MANY,
        ],
    ),
    (Reason::Throttled, &[&issues::THROTTLED]),
    (Reason::SignIn, &[&issues::SIGN_IN]),
    (Reason::Forbidden, &[&issues::PUBLISHED_ONLY]),
    (Reason::Busy, &[&issues::STORE_BUSY, &issues::STORE_READ_ONLY]),
    (Reason::Internal, &[&issues::INTERNAL, &issues::RULES_UNKNOWN]),
];

/// What `$validate` alone says, with 200.
const VALIDATION_ONLY: &[&IssueKind] = &[&issues::PROFILE_UNKNOWN, &issues::PROFILE_OTHER_TYPE];

/// Where more is to be said than the type of the issue does.
const ADVICE: &[(&str, &str, &str)] = &[
    (
        "MTR-PAT-001",
        "Envoyez un INS qualifié ou un IPP avec système et valeur : sans clé, rien n'est payable.",
        "Send a qualified INS, or a PI with system and value: without a key nothing is payable.",
    ),
    (
        "MTR-PAT-005",
        "Un INS de test n'a pas sa place en production : corrigez le paramétrage de l'émetteur.",
        "A test INS has no place in production: correct the sender's settings.",
    ),
    (
        "MTR-PAT-006",
        "Deux dossiers sont peut-être la même personne : réunissez-les chez l'émetteur, puis renvoyez.",
        "Two records may be one person: merge them at the sender, then send again.",
    ),
    (
        "MTR-PAT-011",
        "Joignez l'extension fr-core-identity-reliability avec le statut VALI.",
        "Add the extension fr-core-identity-reliability with status VALI.",
    ),
    (
        "MTR-PAT-012",
        "Qualifiez l'identité (VALI) pour que l'INS serve de clé.",
        "Qualify the identity (VALI) for the INS to be a key.",
    ),
    (
        "MTR-PAT-020",
        "Rien à faire : le NSS sert à facturer, non à reconnaître.",
        "Nothing to do: the NSS bills, it does not identify.",
    ),
    (
        "MTR-ENC-007",
        "Nommez le professionnel : sans lui, la consultation n'est comptée pour personne.",
        "Name the professional: without one the encounter counts for nobody.",
    ),
    (
        "MTR-CND-001",
        "Relisez la ressource, reportez votre changement sur la version courante, renvoyez avec son ETag.",
        "Read the resource again, apply your change to the current version, send it with its ETag.",
    ),
    (
        "MTR-CND-003",
        "Rendez la condition plus étroite, par exemple identifier=système|valeur.",
        "Narrow the condition, for instance identifier=system|value.",
    ),
    (
        "MTR-BDL-009",
        "Coupez l'envoi en plusieurs Bundle ; la limite est dans /fhir/metadata.",
        "Split the Bundle; the limit is told in /fhir/metadata.",
    ),
    (
        "MTR-CND-011",
        "Retirez le paramètre : la condition ne porte que des critères, et peut trouver plusieurs ressources.",
        "Leave the parameter out: a condition has criteria only, and may find several resources.",
    ),
    (
        "MTR-SRC-007",
        "Ajoutez un des critères nommés : ils mènent par un index.",
        "Add one of the criteria named: they lead by an index.",
    ),
    (
        "MTR-SRC-008",
        "Suivez les liens next tels qu'ils sont donnés, ou recommencez la recherche.",
        "Follow next links as they are given, or search again.",
    ),
    (
        "MTR-FIG-001",
        "Attendez la publication du montant, ou demandez un mois où il est connu : aucun total n'est inventé.",
        "Wait until the amount is published, or ask a month for which it is known: no total is made up.",
    ),
    (
        "MTR-CLO-001",
        "Rien à faire : ce qui est arrivé depuis est régularisé au prochain mois ouvert.",
        "Nothing to do: what came since is adjusted in the next open month.",
    ),
    (
        "MTR-CLO-002",
        "Clôturez le mois que dit le texte ; les mois d'avant le premier clos ne se clôturent plus.",
        "Close the month the text names; months before the first closed one are no longer closed.",
    ),
    (
        "MTR-CLO-003",
        "Demandez la clôture à blanc (dryRun=true), réglez chaque cas blocking, puis clôturez.",
        "Ask for the dry run (dryRun=true), settle every blocking case, then close.",
    ),
    (
        "MTR-GAP-004",
        "Envoyez la même demande avec Prefer: respond-async, puis suivez Content-Location.",
        "Send the same request with Prefer: respond-async, then follow Content-Location.",
    ),
    (
        "MTR-TRM-003",
        "Demandez $validate-code pour un code, ou développez la nomenclature sur un serveur qui la publie.",
        "Ask $validate-code for one code, or expand on a server that publishes the system.",
    ),
    (
        "MTR-COD-001",
        "Lisez les codes de la nomenclature : GET /fhir/CodeSystem?url=….",
        "Read the codes of the system: GET /fhir/CodeSystem?url=….",
    ),
];

/// What to do, by the FHIR type of the issue.
const BY_TYPE: &[(&str, &str, &str)] = &[
    (
        "structure",
        "Corrigez la forme à l'endroit que dit expression (ou à la ligne dite), puis renvoyez.",
        "Correct the form at the place expression names (or the line told), then send again.",
    ),
    (
        "required",
        "Ajoutez l'élément ou le paramètre nommé, puis renvoyez.",
        "Add the element or parameter named, then send again.",
    ),
    (
        "value",
        "Corrigez la valeur à l'endroit nommé, puis renvoyez.",
        "Correct the value at the place named, then send again.",
    ),
    (
        "invariant",
        "Mettez en accord les éléments nommés, puis renvoyez.",
        "Make the elements named agree, then send again.",
    ),
    ("invalid", "Corrigez l'élément nommé, puis renvoyez.", "Correct the element named, then send again."),
    (
        "code-invalid",
        "Employez un code de la nomenclature ; un code proche est proposé quand il y en a un.",
        "Use a code of the system; a near one is proposed where there is one.",
    ),
    (
        "not-supported",
        "Demandez ce qui est offert : /fhir/metadata le dit.",
        "Ask for what is offered: /fhir/metadata tells it.",
    ),
    (
        "extension",
        "Retirez l'extension modificatrice, ou envoyez ce qu'elle modifie autrement.",
        "Remove the modifier extension, or send what it modifies otherwise.",
    ),
    (
        "not-found",
        "Vérifiez l'adresse, l'id ou la référence ; envoyez d'abord ce qui est référencé.",
        "Check the address, id or reference; send first what is referred to.",
    ),
    (
        "deleted",
        "La ressource a été supprimée ; son historique reste lisible, un update la recrée.",
        "The resource was deleted; its history can be read, an update makes it again.",
    ),
    ("duplicate", "Envoyez la chose une fois.", "Send the thing once."),
    ("conflict", "Relisez l'état courant, puis décidez.", "Read the current state, then decide."),
    ("multiple-matches", "Précisez ce qui est désigné.", "Say more precisely what is meant."),
    ("too-long", "Envoyez moins à la fois.", "Send less at once."),
    ("too-costly", "Demandez moins à la fois.", "Ask for less at once."),
    (
        "business-rule",
        "Une règle de l'expérimentation l'interdit ou le rend incertain : corrigez le fait à sa source.",
        "A rule of the experiment forbids it or makes it doubtful: correct the fact at its source.",
    ),
    ("processing", "Vérifiez ce qui est dit, puis renvoyez.", "Check what is told, then send again."),
    (
        "incomplete",
        "Complétez à la source quand c'est possible : le fait est gardé, il compte moins ou ne compte pas.",
        "Complete it at the source where possible: the fact is kept, and counts less or not at all.",
    ),
    ("informational", "Rien à faire.", "Nothing to do."),
    ("transient", "Réessayez après le délai de Retry-After.", "Try again after the delay of Retry-After."),
    ("timeout", "Réessayez ; rien n'est écrit.", "Try again; nothing is written."),
    ("throttled", "Réessayez plus tard.", "Try again later."),
    ("exception", "Signalez-le avec l'identifiant de requête.", "Report it with the request id."),
    (
        "no-store",
        "Prévenez l'exploitant : l'entrepôt demande une intervention.",
        "Tell the operator: the store needs attention.",
    ),
    ("login", "Présentez des identifiants de client.", "Present client credentials."),
    ("forbidden", "Demandez l'accès à l'exploitant.", "Ask the operator for access."),
    ("security", "Changez la façon d'envoyer, comme le texte le dit.", "Change the way of sending, as the text says."),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust source below a folder, with its path.
fn sources(folder: &Path, out: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            out.push((path, text));
        }
    }
}

/// Code -> name of its constant, read from the table's own text.
fn names() -> HashMap<String, String> {
    let mut files = Vec::new();
    sources(&root().join("src/fhir/issues"), &mut files);
    let rows = files.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| {
        let (name, rest) = line.trim().split_once(" = \"")?;
        Some((rest.split('"').next()?.to_owned(), name.to_owned()))
    });
    rows.filter(|(code, _)| code.starts_with("MTR-")).collect()
}

fn says(text: &str, name: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        // The statuses of HTTP have names too.
        !before.ends_with("StatusCode::")
            && edge(before.chars().next_back())
            && edge(text[at + name.len()..].chars().next())
    })
}

/// The codes that nothing answers in this version.
fn reserved() -> Vec<&'static str> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let table = root().join("src/fhir/issues");
    files.retain(|(path, _)| !path.starts_with(&table));
    let names = names();
    // Some are named by macros and tables of words rather than one by one: the name is what counts.
    issues::ALL.iter().map(|k| k.code).filter(|c| !files.iter().any(|(_, text)| says(text, &names[*c]))).collect()
}

fn reason_of(kind: &IssueKind) -> Option<Reason> {
    REASONS.iter().find(|(_, kinds)| kinds.iter().any(|k| k.code == kind.code)).map(|(reason, _)| *reason)
}

fn status_of(kind: &IssueKind, reserved: &[&str]) -> String {
    let of = |reason| status(reason).as_u16().to_string();
    match kind.class {
        _ if reserved.contains(&kind.code) => "réservé (reserved)".to_owned(),
        Class::Malformed => of(Reason::Malformed),
        Class::Contract => of(Reason::Contract),
        Class::UnacceptedType => format!("{}, {} in a Bundle", of(Reason::UnacceptedType), of(Reason::Contract)),
        Class::Advice => "celui de la réponse (that of the answer)".to_owned(),
        Class::Exchange if VALIDATION_ONLY.iter().any(|k| k.code == kind.code) => "200 ($validate)".to_owned(),
        Class::Exchange => reason_of(kind).map(of).unwrap_or_default(),
    }
}

fn advice(kind: &IssueKind) -> (&'static str, &'static str) {
    let own = ADVICE.iter().find(|(code, ..)| *code == kind.code);
    let general = BY_TYPE.iter().find(|(fhir, ..)| *fhir == kind.fhir);
    own.or(general).map(|(_, fr, en)| (*fr, *en)).unwrap_or_default()
}

/// Writes the page.
fn page() -> String {
    let reserved = reserved();
    let mut out = String::from(
        "# Codes of OperationOutcome\n\n\
         Generated from the table in `src/fhir/issues/`: do not edit. `MTR_WRITE_PROFILES=1 cargo test --test it outcome_page` writes it again.\n\n\
         Every issue has its code in `details.coding`, system `https://mtr-gateway.example/fhir/CodeSystem/outcome` (served as \
         `GET /fhir/CodeSystem/outcome`), its French text in `details.text`, its English text in `diagnostics` and its place in \
         `expression`. `{0}`, `{1}`… stand for names of elements, numbers and codes of ours, never for a value sent. A code never \
         changes its meaning. A refusal carries the status told here; when several faults come together, that of the gravest. \
         A refused request has changed nothing.\n",
    );
    for (area, fr, en) in AREAS {
        let _ = write!(out, "\n## MTR-{area}: {fr} ({en})\n");
        for kind in issues::ALL.iter().filter(|kind| kind.code[4..].starts_with(area)) {
            let (todo_fr, todo_en) = advice(kind);
            let _ = write!(
                out,
                "\n### {}\n\nHTTP {} · severity `{}` · FHIR `{}`\n\n- fr: {}\n- en: {}\n- à faire : {}\n- to do: {}\n",
                kind.code,
                status_of(kind, &reserved),
                kind.severity.code(),
                kind.fhir,
                kind.fr,
                kind.en,
                todo_fr,
                todo_en
            );
        }
    }
    out
}

#[test]
fn the_page_of_the_codes_is_the_issue_table() {
    let want = page();
    let path = root().join("docs/outcomes.md");
    if std::env::var_os("MTR_WRITE_PROFILES").is_some() {
        std::fs::write(&path, &want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(have == want, "docs/outcomes.md is not the issue table: run this test with MTR_WRITE_PROFILES=1");
}

#[test]
fn every_code_has_a_group_a_status_and_something_to_do() {
    let reserved = reserved();
    for kind in issues::ALL {
        assert!(AREAS.iter().any(|(area, ..)| kind.code[4..].starts_with(area)), "{}: no group", kind.code);
        assert!(!advice(kind).0.is_empty(), "{}: nothing to do for {}", kind.code, kind.fhir);
        assert!(!status_of(kind, &reserved).is_empty(), "{}: no status", kind.code);
    }
}

#[test]
fn a_code_is_told_with_the_reasons_it_is_refused_with() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let names = names();
    for (reason, kinds) in REASONS {
        for kind in *kinds {
            let beside = format!("Reason::{reason:?}, Issue::general(&issues::{}", names[kind.code]);
            let other = |text: &str| {
                let call = format!(", Issue::general(&issues::{},", names[kind.code]);
                text.match_indices(&call).any(|(at, _)| {
                    let before = &text[..at];
                    let said = before.rsplit("Reason::").next().unwrap_or_default();
                    said.chars().all(|c| c.is_ascii_alphabetic()) && said != format!("{reason:?}")
                })
            };
            let found = files.iter().find(|(_, text)| other(text));
            let place = found.map(|(path, _)| path);
            // One code with two statuses is told by both places: only the first may be in the table.
            assert!(place.is_none() || kind.code == "MTR-OPR-003", "{}: not {beside} in {place:?}", kind.code);
        }
    }
}

/// Refusals no test can bring about in the time of a test: a store that fails, a bug, a slow client, a
/// schema of another folder.
const UNTESTED: &[&str] =
    &["MTR-REQ-007", "MTR-REQ-008", "MTR-REQ-009", "MTR-REQ-012", "MTR-CND-008", "MTR-FIG-006", "MTR-STR-010"];

#[test]
fn every_refusal_is_met_by_a_test() {
    let mut files = Vec::new();
    sources(&root().join("tests"), &mut files);
    sources(&root().join("src"), &mut files);
    files.retain(|(path, _)| !path.ends_with("outcome_page.rs"));
    let tests: Vec<&str> = files
        .iter()
        .filter_map(|(path, text)| {
            match path.starts_with(root().join("tests")) || path.to_string_lossy().contains("tests") {
                true => Some(text.as_str()),
                false => text.split_once("#[cfg(test)]").map(|(_, tests)| tests),
            }
        })
        .collect();
    let (names, reserved) = (names(), reserved());
    let refusals = issues::ALL.iter().filter(|k| k.class != Class::Advice && !reserved.contains(&k.code));
    let missing: Vec<&str> = refusals
        .map(|kind| kind.code)
        .filter(|code| !UNTESTED.contains(code))
        .filter(|code| !tests.iter().any(|text| text.contains(code) || says(text, &names[*code])))
        .collect();
    assert!(missing.is_empty(), "no test names {missing:?}");
}
