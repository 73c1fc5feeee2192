//! Codes of what is asked rather than of what is sent: requests, searches, operations, Bundles,
//! figures, access.
//!
//! FHIR pages: R4 http.html, search.html, operations.html, bundle.html.

use crate::fhir::issue::Class;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;

issue_table! {
    BUNDLE_TYPE = "MTR-BDL-001" "not-supported" Error Contract,
        "Seuls les Bundle de type transaction ou batch sont reçus.", "Only Bundles of type transaction or batch are received.";
    BUNDLE_REQUEST_MISSING = "MTR-BDL-002" "required" Error Contract,
        "Chaque entrée porte request (method et url).", "Each entry carries request (method and url).";
    BUNDLE_RESOURCE_MISSING = "MTR-BDL-003" "required" Error Contract,
        "Une entrée {0} porte une ressource.", "An entry {0} carries a resource.";
    BUNDLE_RESOURCE_UNEXPECTED = "MTR-BDL-004" "invalid" Error Contract,
        "Une entrée {0} ne porte pas de ressource.", "An entry {0} carries no resource.";
    BUNDLE_URL = "MTR-BDL-005" "value" Error Contract,
        "request.url n'est pas une adresse de cette interface : Type, Type/id ou Type?critères.", "request.url is no address of this interface: Type, Type/id or Type?criteria.";
    BUNDLE_FULL_URL_TWICE = "MTR-BDL-006" "duplicate" Error Contract,
        "Deux entrées portent le même fullUrl.", "Two entries carry the same fullUrl.";
    BUNDLE_FULL_URL = "MTR-BDL-007" "value" Error Contract,
        "fullUrl est une adresse absolue, un urn:uuid ou un urn:oid, sans version.", "fullUrl is an absolute address, a urn:uuid or a urn:oid, without a version.";
    BUNDLE_IDENTITY_TWICE = "MTR-BDL-008" "duplicate" Error Contract,
        "La transaction touche deux fois la ressource de {0}.", "The transaction touches the resource of {0} twice.";
    BUNDLE_TOO_MANY = "MTR-BDL-009" "too-long" Error Exchange,
        "Le Bundle compte {0} entrées, la limite est de {1}.", "The Bundle has {0} entries, the limit is {1}.";
    BUNDLE_METHOD = "MTR-BDL-010" "not-supported" Error Contract,
        "La méthode {0} n'est pas offerte dans un Bundle.", "The method {0} is not offered in a Bundle.";
    BUNDLE_CONDITIONAL_TWICE = "MTR-BDL-011" "duplicate" Error Contract,
        "Deux entrées créent sous la même condition.", "Two entries create under the same condition.";
    BUNDLE_TYPE_DISAGREES = "MTR-BDL-012" "invalid" Error Contract,
        "request.url attend {0}, la ressource est de type {1}.", "request.url expects {0}, the resource is of type {1}.";
    BUNDLE_NOT_HERE = "MTR-BDL-013" "not-supported" Error Contract,
        "Un Bundle ne peut être entrée d'un Bundle.", "A Bundle cannot be an entry of a Bundle.";
    BUNDLE_ABANDONED = "MTR-BDL-014" "processing" Error Contract,
        "La transaction est refusée à cause d'une autre entrée ; rien n'est écrit.", "The transaction is refused because of another entry; nothing is written.";
    BUNDLE_ONLY_BATCH = "MTR-BDL-015" "not-supported" Error Contract,
        "Une transaction lit des ressources reçues (lecture, version, recherche) : une opération, un historique, une ressource publiée ou calculée se demande dans un batch.", "A transaction reads received resources (read, version, search): an operation, a history, a published or computed resource is asked in a batch.";
    BUNDLE_ANSWER_TOO_LARGE = "MTR-BDL-016" "too-costly" Error Exchange,
        "Les réponses d'un Bundle tiennent ensemble dans {0} octets ; celle-ci n'y entre plus : demandez-la à part.", "The answers of one Bundle fit into {0} bytes together; this one does not fit any more: ask it by itself.";

    NOT_FOUND = "MTR-GET-001" "not-found" Error Exchange,
        "Aucune ressource {0} de cet id.", "No {0} resource of that id.";
    GONE = "MTR-GET-002" "deleted" Error Exchange,
        "La ressource {0} de cet id a été supprimée.", "The {0} resource of that id was deleted.";
    VERSION_NOT_FOUND = "MTR-GET-003" "not-found" Error Exchange,
        "La ressource existe, mais pas dans cette version.", "The resource exists, but not in that version.";
    NO_SUCH_ADDRESS = "MTR-GET-004" "not-found" Error Exchange,
        "Cette adresse n'existe pas ; voir /fhir/metadata.", "There is no such address; see /fhir/metadata.";
    METHOD_NOT_ALLOWED = "MTR-REQ-001" "not-supported" Error Exchange,
        "La méthode {0} n'est pas offerte ici. Offertes : {1}.", "The method {0} is not offered here. Offered: {1}.";
    MEDIA_TYPE = "MTR-REQ-002" "not-supported" Error Exchange,
        "Le corps doit être en application/fhir+json ou application/json.", "The body must be application/fhir+json or application/json.";
    NOT_ACCEPTABLE = "MTR-REQ-003" "not-supported" Error Exchange,
        "Seul application/fhir+json est servi.", "Only application/fhir+json is served.";
    BODY_TOO_LARGE = "MTR-REQ-004" "too-long" Error Exchange,
        "Le corps dépasse la limite de {0} octets.", "The body is over the limit of {0} bytes.";
    HEADER_INVALID = "MTR-REQ-005" "value" Error Exchange,
        "L'en-tête {0} n'a pas la forme attendue.", "The header {0} has not the expected form.";
    THROTTLED = "MTR-REQ-006" "throttled" Error Exchange,
        "Trop de requêtes ; réessayez après {0} secondes.", "Too many requests; try again after {0} seconds.";
    STORE_BUSY = "MTR-REQ-007" "transient" Error Exchange,
        "L'entrepôt est occupé ; réessayez après {0} secondes.", "The store is busy; try again after {0} seconds.";
    INTERNAL = "MTR-REQ-008" "exception" Fatal Exchange,
        "Erreur interne ; citez l'identifiant de requête au support.", "Internal error; quote the request id to the support.";
    TIMEOUT = "MTR-REQ-009" "timeout" Error Exchange,
        "La requête n'a pas abouti à temps ; rien n'est écrit.", "The request was not finished in time; nothing is written.";
    NOT_OFFERED = "MTR-REQ-010" "not-supported" Error Exchange,
        "{0} n'est pas offert.", "{0} is not offered.";
    IDEMPOTENCY_REUSED = "MTR-REQ-011" "conflict" Error Exchange,
        "Idempotency-Key a déjà servi pour une autre requête.", "Idempotency-Key was used for another request.";
    STORE_READ_ONLY = "MTR-REQ-012" "no-store" Error Exchange,
        "L'entrepôt n'accepte plus d'écriture ; prévenez l'exploitant.", "The store accepts no more writes; tell the operator.";
    STOPPING = "MTR-REQ-013" "transient" Error Exchange,
        "Le service s'arrête ; réessayez.", "The service is stopping; try again.";
    BODY_UNREADABLE = "MTR-REQ-015" "structure" Error Exchange,
        "Le corps n'a pas pu être lu jusqu'au bout ; vérifiez Content-Length et Content-Encoding.", "The body could not be read to its end; check Content-Length and Content-Encoding.";
    CONTENT_ENCODING = "MTR-REQ-016" "not-supported" Error Exchange,
        "Content-Encoding : seuls gzip et deflate sont lus.", "Content-Encoding: only gzip and deflate are read.";
    URL_TOO_LONG = "MTR-REQ-014" "too-long" Error Exchange,
        "L'adresse dépasse {0} caractères ; utilisez POST _search.", "The address is over {0} characters; use POST _search.";

    VERSION_CONFLICT = "MTR-CND-001" "conflict" Error Exchange,
        "La version attendue (If-Match) n'est pas la version courante.", "The expected version (If-Match) is not the current one.";
    ALREADY_EXISTS = "MTR-CND-002" "conflict" Error Exchange,
        "La ressource existe déjà (If-None-Match).", "The resource exists already (If-None-Match).";
    MULTIPLE_MATCHES = "MTR-CND-003" "multiple-matches" Error Exchange,
        "La condition désigne {0} ressources ; elle doit en désigner une au plus.", "The condition matches {0} resources; it must match one at most.";
    NO_MATCH = "MTR-CND-004" "not-found" Error Exchange,
        "La condition ne désigne aucune ressource.", "The condition matches no resource.";
    CONDITION_ID_CONFLICT = "MTR-CND-005" "conflict" Error Exchange,
        "La condition désigne une ressource d'un autre id que celui envoyé.", "The condition matches a resource with another id than the one sent.";
    CONDITION_EMPTY = "MTR-CND-006" "required" Error Exchange,
        "La condition ne porte aucun critère.", "The condition has no criterion.";
    VERSION_REQUIRED = "MTR-CND-007" "required" Error Exchange,
        "If-Match est exigé ici.", "If-Match is required here.";
    CONTENDED = "MTR-CND-008" "transient" Error Exchange,
        "D'autres écritures changent sans cesse ce que la condition trouve ; rien n'est écrit, réessayez.", "Other writes keep changing what the condition finds; nothing is written, try again.";

    CONDITION_ID_TAKEN = "MTR-CND-009" "conflict" Error Exchange,
        "La condition ne désigne rien, et une ressource a déjà l'id envoyé ; elle n'est pas remplacée.", "The condition matches nothing, and a resource has the id sent already; it is not replaced.";
    CONDITION_TOO_MANY = "MTR-CND-010" "too-costly" Error Exchange,
        "La condition désigne {0} ressources ; {1} au plus sont supprimées ensemble.", "The condition matches {0} resources; {1} at most are deleted together.";
    CONDITION_RESULT = "MTR-CND-011" "not-supported" Error Exchange,
        "« {0} » dit comment une recherche répond, et n'est pas un critère : une condition n'en admet pas.", "'{0}' says how a search answers and is no criterion: a condition takes none.";
    CONDITION_BILLING = "MTR-CND-012" "not-supported" Error Exchange,
        "Un numéro de facturation (NSS, type NH) ne désigne personne : celui d'un enfant peut être celui d'un parent. Désignez le patient par son INS ou son IPP.", "A billing number (NSS, type NH) identifies nobody: a child's may be a parent's. Name the patient by INS or IPP.";
    CONDITION_TWO = "MTR-CND-013" "invalid" Error Exchange,
        "L'adresse et If-None-Exist portent deux conditions différentes : n'en envoyez qu'une.", "The address and If-None-Exist carry two different conditions: send one of them.";

    PATCH_FORM = "MTR-JPT-001" "structure" Error Exchange,
        "Un JSON Patch est un tableau d'opérations (RFC 6902).", "A JSON Patch is an array of operations (RFC 6902).";
    PATCH_OPERATION = "MTR-JPT-002" "value" Error Exchange,
        "Opération {0} du patch : « op » est l'un de add, remove, replace, move, copy, test.", "Operation {0} of the patch: 'op' is one of add, remove, replace, move, copy, test.";
    PATCH_MEMBER = "MTR-JPT-003" "required" Error Exchange,
        "Opération {0} du patch : « {1} » manque ou n'est pas du bon type.", "Operation {0} of the patch: '{1}' is missing or of the wrong type.";
    PATCH_POINTER = "MTR-JPT-004" "value" Error Exchange,
        "Opération {0} du patch : « path » et « from » sont des pointeurs JSON (RFC 6901), comme /name/0/family.", "Operation {0} of the patch: 'path' and 'from' are JSON Pointers (RFC 6901), such as /name/0/family.";
    PATCH_TARGET = "MTR-JPT-005" "not-found" Error Exchange,
        "Opération {0} du patch : rien à cet endroit de la ressource, ou rien ne peut y être mis.", "Operation {0} of the patch: there is nothing at that place of the resource, or nothing can be put there.";
    PATCH_TEST = "MTR-JPT-006" "conflict" Error Exchange,
        "Opération {0} du patch : la valeur testée n'est pas celle de la ressource.", "Operation {0} of the patch: the tested value is not the one of the resource.";
    PATCH_FIXED = "MTR-JPT-007" "business-rule" Error Exchange,
        "Un patch ne change pas « {0} ».", "A patch does not change '{0}'.";
    PATCH_FHIRPATH = "MTR-JPT-008" "not-supported" Error Exchange,
        "FHIRPath Patch (Parameters) n'est pas offert : envoyez un JSON Patch (application/json-patch+json).", "FHIRPath Patch (Parameters) is not offered: send a JSON Patch (application/json-patch+json).";
    PATCH_BINARY = "MTR-JPT-009" "invalid" Error Exchange,
        "Dans un Bundle, un patch est une Binary : contentType application/json-patch+json, data en base64.", "In a Bundle, a patch is a Binary: contentType application/json-patch+json, data in base64.";
    PATCH_TOO_LARGE = "MTR-JPT-010" "too-long" Error Exchange,
        "Opération {0} du patch : le résultat serait trop grand ou trop profond.", "Operation {0} of the patch: the result would be too large or too deep.";
    PATCH_TOO_MANY = "MTR-JPT-011" "too-long" Error Exchange,
        "Le patch compte {0} opérations, la limite est de {1}.", "The patch has {0} operations, the limit is {1}.";

    PATCH_MEDIA = "MTR-JPT-012" "not-supported" Error Exchange,
        "Un patch est envoyé en application/json-patch+json.", "A patch is sent as application/json-patch+json.";

    HISTORY_VALUE = "MTR-HIS-001" "value" Error Exchange,
        "Le paramètre « {0} » de l'historique n'a pas la forme attendue, par exemple {1}.", "The parameter '{0}' of the history has not the expected form, for instance {1}.";
    HISTORY_PARAMETER = "MTR-HIS-002" "not-supported" Error Exchange,
        "L'historique n'a pas ce paramètre ; offerts : _since, _at, _count, _summary, _elements.", "The history has no such parameter; offered: _since, _at, _count, _summary, _elements.";

    SEARCH_UNKNOWN = "MTR-SRC-001" "not-supported" Error Exchange,
        "Le paramètre de recherche « {0} » n'existe pas pour {1}{2}.", "The search parameter '{0}' does not exist for {1}{2}.";
    SEARCH_VALUE = "MTR-SRC-002" "value" Error Exchange,
        "La valeur du paramètre « {0} » n'a pas la forme d'un {1}.", "The value of the parameter '{0}' has not the form of a {1}.";
    SEARCH_MODIFIER = "MTR-SRC-003" "not-supported" Error Exchange,
        "Le modificateur « {1} » n'est pas offert pour le paramètre « {0} ».", "The modifier '{1}' is not offered for the parameter '{0}'.";
    SEARCH_PREFIX = "MTR-SRC-004" "not-supported" Error Exchange,
        "Le préfixe de comparaison n'est pas offert pour le paramètre « {0} ».", "The comparison prefix is not offered for the parameter '{0}'.";
    SEARCH_IGNORED = "MTR-SRC-005" "not-supported" Warning Advice,
        "Le paramètre « {0} » est ignoré.", "The parameter '{0}' is ignored.";
    SEARCH_TWICE = "MTR-SRC-006" "invalid" Error Exchange,
        "Le paramètre « {0} » ne peut être répété.", "The parameter '{0}' cannot be repeated.";
    SEARCH_TOO_BROAD = "MTR-SRC-007" "too-costly" Error Exchange,
        "La recherche est trop large ; ajoutez un critère parmi : {0}.", "The search is too broad; add a criterion among: {0}.";
    SEARCH_CURSOR = "MTR-SRC-008" "value" Error Exchange,
        "Le lien de page n'est pas valide, ou porte autre chose que lui-même, _count, _format et _pretty.", "The page link is not valid, or carries something beside itself, _count, _format and _pretty.";
    SEARCH_CHAIN = "MTR-SRC-009" "not-supported" Error Exchange,
        "Le chaînage « {0} » n'est pas offert.", "The chain '{0}' is not offered.";
    SEARCH_IDENTIFIER_IN_URL = "MTR-SRC-010" "security" Warning Advice,
        "Un identifiant ne devrait pas voyager dans une adresse ; utilisez POST _search.", "An identifier should not travel in an address; use POST _search.";
    SEARCH_NO_VALUE = "MTR-SRC-011" "value" Error Exchange,
        "Le paramètre « {0} » est sans valeur, ou l'une de ses valeurs est vide.", "The parameter '{0}' has no value, or one of its values is empty.";
    SEARCH_VALUE_SET = "MTR-SRC-012" "not-found" Error Exchange,
        "« {0} » : ce ValueSet n'est pas de ceux qu'une recherche lit ; elle lit ceux des notions des règles, par leur url.", "'{0}': this ValueSet is none of those a search reads; it reads those of the concepts of the rules, by their url.";
    SEARCH_TYPE = "MTR-SRC-013" "not-supported" Error Exchange,
        "« {0} » nomme le type {1}, qui n'est pas reçu ici.", "'{0}' names the type {1}, which is not received here.";
    SEARCH_INCLUDE = "MTR-SRC-014" "not-supported" Error Exchange,
        "« {0}={1} » n'est pas offert sur {2} ; /fhir/metadata dit ce qui l'est (searchInclude, searchRevInclude).", "'{0}={1}' is not offered on {2}; /fhir/metadata says what is (searchInclude, searchRevInclude).";

    OPERATION_UNKNOWN = "MTR-OPR-001" "not-supported" Error Exchange,
        "L'opération « {0} » n'existe pas ici{1}.", "The operation '{0}' does not exist here{1}.";
    PARAMETER_UNKNOWN = "MTR-OPR-002" "not-supported" Error Exchange,
        "Le paramètre « {0} » n'existe pas pour {1}{2}.", "The parameter '{0}' does not exist for {1}{2}.";
    PARAMETER_MISSING = "MTR-OPR-003" "required" Error Exchange,
        "Le paramètre « {0} » est obligatoire.", "The parameter '{0}' is mandatory.";
    PARAMETER_VALUE = "MTR-OPR-004" "value" Error Exchange,
        "Le paramètre « {0} » n'a pas la forme attendue, par exemple {1}.", "The parameter '{0}' has not the expected form, for instance {1}.";
    PARAMETER_TWICE = "MTR-OPR-005" "invalid" Error Exchange,
        "Le paramètre « {0} » ne peut être répété.", "The parameter '{0}' cannot be repeated.";
    PARAMETER_INSTANCE = "MTR-OPR-010" "invalid" Error Exchange,
        "« {0} » se demande sur une ressource : Type/id/$validate.", "'{0}' is asked of a resource: Type/id/$validate.";
    MONTH_OUT_OF_RANGE = "MTR-OPR-006" "value" Error Exchange,
        "La date demandée sort de la période couverte ({0} à {1}).", "The date asked is outside the covered period ({0} to {1}).";
    KNOWN_AT_FUTURE = "MTR-OPR-007" "value" Error Exchange,
        "knownAt est dans le futur.", "knownAt is in the future.";
    TARIFF_UNKNOWN = "MTR-OPR-008" "not-found" Error Exchange,
        "Le tarif « {0} » n'existe pas. Tarifs chargés : {1}.", "The tariff '{0}' does not exist. Loaded tariffs: {1}.";
    OPERATION_PLACE = "MTR-OPR-011" "not-supported" Error Exchange,
        "L'opération « {0} » ne se demande pas ici : elle se demande à {1}.", "The operation '{0}' is not asked here: ask {1}.";
    GROUP_OF_PEOPLE = "MTR-OPR-012" "not-supported" Error Exchange,
        "Le Group doit nommer des personnes réelles (type person, actual true).", "The Group must name actual people (type person, actual true).";
    RESOURCE_MISSING = "MTR-OPR-009" "required" Error Exchange,
        "L'opération attend une ressource, seule ou dans Parameters (resource).", "The operation expects a resource, alone or in Parameters (resource).";

    WHAT_IF_OTHER_PATIENT = "MTR-WIF-001" "business-rule" Error Exchange,
        "La ressource supposée ne concerne pas ce patient.", "The supposed resource is not about this patient.";
    WHAT_IF_NOT_KNOWN = "MTR-WIF-002" "not-found" Error Exchange,
        "Aucune ressource de ce patient n'est connue sous cette référence.", "No resource of this patient is known by that reference.";
    WHAT_IF_PATIENT_REMOVED = "MTR-WIF-003" "business-rule" Error Exchange,
        "Le Patient lui-même ne peut être supposé absent.", "The Patient itself cannot be supposed absent.";
    WHAT_IF_MERGE = "MTR-WIF-004" "not-supported" Error Exchange,
        "Patient.link ne peut être supposé autre : une fusion s'écrit.", "Patient.link cannot be supposed otherwise: a merge is written.";

    AMOUNT_UNKNOWN = "MTR-FIG-001" "business-rule" Error Exchange,
        "Le montant « {0} » n'est pas connu pour {1} : aucun total ne peut être donné.", "The amount '{0}' is not known for {1}: no total can be given.";
    TARIFF_MISSING = "MTR-FIG-002" "business-rule" Error Exchange,
        "Aucun tarif n'est configuré : précisez tariff=.", "No tariff is configured: give tariff=.";
    FICTIONAL = "MTR-FIG-003" "informational" Warning Advice,
        "Montants fictifs, pour démonstration.", "Fictional amounts, for demonstration.";
    FICTIONAL_REFUSED = "MTR-FIG-004" "business-rule" Error Exchange,
        "Un tarif fictif est refusé en production.", "A fictional tariff is refused in production.";
    NOT_EVALUABLE = "MTR-FIG-005" "processing" Error Exchange,
        "Le patient n'est pas connu à cette date de connaissance.", "The patient is not known at that knowledge date.";
    RULES_UNKNOWN = "MTR-FIG-006" "not-found" Error Exchange,
        "Aucun jeu de règles n'était en vigueur à cette date.", "No rulebook was in force at that date.";

    RULEBOOK_UNKNOWN = "MTR-FIG-007" "not-found" Error Exchange,
        "Aucun jeu de règles mis en vigueur ici ne commence par cette empreinte (8 chiffres hexadécimaux au moins).", "No rulebook put in force here begins with that digest (8 hexadecimal digits at least).";
    MONTH_CLOSED = "MTR-CLO-001" "business-rule" Error Exchange,
        "Le mois {0} est déjà clos : ce qui arrive ensuite est régularisé au prochain mois ouvert.", "The month {0} is already closed: what comes later is adjusted in the next open month.";
    MONTH_BEFORE_FIRST = "MTR-CLO-002" "business-rule" Error Exchange,
        "Le mois {0} précède le premier mois clos ; le prochain à clore est {1}.", "The month {0} is before the first closed one; the next to close is {1}.";
    CLOSE_BLOCKED = "MTR-CLO-003" "business-rule" Error Exchange,
        "Le mois {0} ne peut être clos : {1} ({2}), {3} cas. La clôture à blanc (dryRun) les énumère.", "The month {0} cannot be closed: {1} ({2}), {3} cases. The dry run (dryRun) lists them.";
    MONTH_MISSING = "MTR-CLO-004" "required" Error Exchange,
        "Précisez le mois à clore : month=2026-10.", "Give the month to close: month=2026-10.";

    EXPORT_MONTHS = "MTR-EXP-001" "required" Error Exchange,
        "Précisez month=2026-10, ou from=2026-01 et to=2026-12, dans l'ordre et sur {0} mois au plus.", "Give month=2026-10, or from=2026-01 and to=2026-12, in order and over at most {0} months.";
    EXPORT_OPEN = "MTR-EXP-002" "business-rule" Error Exchange,
        "Aucun mois de {0} à {1} n'est clos ; drafts=true donne les mois commencés, comme brouillons.", "No month from {0} to {1} is closed; drafts=true gives those that have begun, as drafts.";

    RECONCILE_COLUMN = "MTR-RCN-001" "required" Error Malformed,
        "La colonne « {0} » manque à la liste : patient, month et amount sont attendues.", "The column '{0}' is missing from the list: patient, month and amount are expected.";
    RECONCILE_VALUE = "MTR-RCN-002" "value" Error Malformed,
        "Ligne {0} : « {1} » n'a pas la forme attendue, par exemple {2}.", "Line {0}: '{1}' has not the expected form, for instance {2}.";
    RECONCILE_CSV = "MTR-RCN-003" "structure" Error Malformed,
        "Ligne {0} : ce n'est pas une ligne de CSV en UTF-8 au nombre de champs de l'en-tête.", "Line {0}: this is no line of a CSV in UTF-8 with as many fields as the header.";
    RECONCILE_EMPTY = "MTR-RCN-004" "required" Error Malformed,
        "La liste n'a aucune ligne.", "The list has no line.";
    RECONCILE_TOO_MANY = "MTR-RCN-005" "too-long" Error Exchange,
        "La liste a plus de {0} lignes ou de {1} mois : envoyez-la en plusieurs fois.", "The list has more than {0} lines or {1} months: send it in parts.";
    RULES_FAULTY = "MTR-SIM-001" "business-rule" Error Exchange,
        "Règle refusée, {0} [{1}] : {2} / {3}", "Rule refused, {0} [{1}]: {3} / {2}";
    MONTH_RANGE = "MTR-SIM-002" "value" Error Exchange,
        "Précisez un premier et un dernier mois dans l'ordre, {0} mois au plus : from=2026-01&to=2026-12.", "Give a first and a last month in order, {0} months at most: from=2026-01&to=2026-12.";

    DIFF_ORDER = "MTR-ROS-001" "value" Error Exchange,
        "Le mois de départ ({0}) doit précéder le mois d'arrivée ({1}) : from=2026-09&to=2026-10.", "The first month ({0}) must be before the second ({1}): from=2026-09&to=2026-10.";

    GAP_INDICATOR = "MTR-GAP-001" "business-rule" Error Exchange,
        "La mesure {0} est un indicateur de la structure : une personne n'y a pas d'écart.", "The measure {0} is an indicator of the structure: one person has no gap in it.";
    GAP_SUBJECTS = "MTR-GAP-002" "invalid" Error Exchange,
        "Précisez de qui il s'agit, une seule fois : subject=Patient/…, subject=Group/…, subject=Organization/… ou subjectGroup ; provider le restreint, ou suffit.", "Say whom it is about, once: subject=Patient/…, subject=Group/…, subject=Organization/… or subjectGroup; provider narrows it, or is enough.";
    GAP_PARAMETER = "MTR-GAP-003" "not-supported" Error Exchange,
        "Le paramètre « {0} » de DEQM ne peut être honoré ici : retirez-le{1}.", "The parameter '{0}' of DEQM cannot be honoured here: leave it out{1}.";
    GAP_TOO_MANY = "MTR-GAP-004" "too-costly" Error Exchange,
        "La demande porte sur {0} patients, une réponse directe sur {1} au plus : demandez-la avec l'en-tête Prefer: respond-async.", "The request is about {0} patients, a direct answer about {1} at most: ask for it with the header Prefer: respond-async.";
    GAP_VERSIONS = "MTR-GAP-005" "invalid" Error Exchange,
        "Les mesures demandées sont de plusieurs versions : une réponse suit un seul jeu de règles.", "The measures asked are of several versions: one answer follows one rulebook.";
    GAP_RECOMMENDATION = "MTR-GAP-006" "incomplete" Warning Advice,
        "Vaccin « {0} » : rien ne peut être recommandé, une donnée manque ({1}).", "Vaccine '{0}': nothing can be recommended, a datum is missing ({1}).";

    JOB_UNKNOWN = "MTR-JOB-001" "not-found" Error Exchange,
        "Aucune demande différée de cet identifiant : elle a été annulée, elle a expiré, ou elle n'est pas de cette structure.", "There is no deferred request of that id: it was cancelled, it has expired, or it is not of this structure.";
    JOB_CANCELLED = "MTR-JOB-002" "informational" Information Advice,
        "La demande différée est annulée et ses fichiers sont effacés.", "The deferred request is cancelled and its files are removed.";

    MEASURE_UNKNOWN = "MTR-MEA-001" "not-found" Error Exchange,
        "Aucune mesure de ce nom ; la plus proche est « {0} ».", "There is no measure of that name; the nearest is '{0}'.";
    MEASURE_VERSION = "MTR-MEA-002" "not-found" Error Exchange,
        "La mesure « {0} » n'est pas connue dans cette version ; celle en vigueur est {1}.", "The measure '{0}' is not known in that version; the one in force is {1}.";
    MEASURE_OTHER = "MTR-MEA-003" "invalid" Error Exchange,
        "L'adresse nomme une mesure, « {0} » en nomme une autre.", "The address names a measure, '{0}' names another one.";
    PERIOD_ORDER = "MTR-MEA-004" "value" Error Exchange,
        "La période finit ({1}) avant de commencer ({0}).", "The period ends ({1}) before it begins ({0}).";
    LAST_RECEIVED_ON = "MTR-MEA-005" "not-supported" Error Exchange,
        "« lastReceivedOn » n'est pas offert : un rapport est toujours entier. Ce qui était su à un instant se demande par knownAt.", "'lastReceivedOn' is not offered: a report is always whole. What was known at an instant is asked by knownAt.";
    MEASURE_PATIENT = "MTR-MEA-006" "required" Error Exchange,
        "Un rapport individuel demande un patient : {0}=Patient/id.", "An individual report asks for a patient: {0}=Patient/id.";
    MEASURE_SUBJECTS = "MTR-MEA-007" "too-long" Error Exchange,
        "{0} patients demandés, la limite est de {1} : demandez un rapport subject-list ou summary.", "{0} patients asked for, the limit is {1}: ask for a subject-list or a summary report.";

    TREND_FUTURE = "MTR-MEA-008" "value" Error Exchange,
        "Le mois {0} n'a pas commencé ; le dernier qui se mesure est {1}.", "The month {0} has not begun; the last that can be measured is {1}.";

    PERIOD_FUTURE = "MTR-MEA-009" "value" Error Exchange,
        "La période commence le {0}, après aujourd'hui ({1}) : rien ne s'y mesure encore.", "The period begins on {0}, after today ({1}): nothing can be measured in it yet.";
    KNOWN_TOO_EARLY = "MTR-MEA-010" "not-found" Error Exchange,
        "À cet instant (knownAt) rien n'était encore connu : il n'y a rien à mesurer.", "At that instant (knownAt) nothing was known yet: there is nothing to measure.";

    QLT_INS_MISSING = "MTR-QLT-001" "incomplete" Warning Advice,
        "{0} patients sur {1} n'ont pas d'INS utilisable.", "{0} patients of {1} have no usable INS.";
    QLT_IDENTITY_MISSING = "MTR-QLT-002" "incomplete" Warning Advice,
        "{0} patients sur {1} n'ont aucun identifiant utilisable (INS ou IPP) : ils ne sont pas payables.", "{0} patients of {1} have no usable identifier (INS or PI): they are not payable.";
    QLT_IDENTITY_SHARED = "MTR-QLT-003" "duplicate" Warning Advice,
        "{0} identifiants (INS ou IPP) sont portés par plusieurs patients non fusionnés, sur {1} patients.", "{0} identifiers (INS or PI) are carried by several patients that are not merged, of {1} patients.";
    QLT_CONSULTATION_PROFESSION = "MTR-QLT-004" "incomplete" Warning Advice,
        "{0} consultations sur {1} ont été données par un professionnel de profession inconnue : elles ne comptent pas.", "{0} consultations of {1} were given by a professional of unknown profession: they do not count.";
    QLT_PRACTITIONER_PROFESSION = "MTR-QLT-005" "incomplete" Warning Advice,
        "{0} professionnels sur {1} n'ont pas de profession connue.", "{0} professionals of {1} have no known profession.";
    QLT_LOCAL_CODE = "MTR-QLT-006" "code-invalid" Warning Advice,
        "{0} faits codés sur {1} ne portent que des codes locaux qu'aucune règle ne lit ; les plus fréquents sont dans le rapport.", "{0} coded facts of {1} carry only local codes that no rule reads; the most frequent are in the report.";
    QLT_IMPOSSIBLE = "MTR-QLT-007" "value" Warning Advice,
        "{0} valeurs sur {1} sont impossibles, ou datées d'avant la naissance : elles ne comptent pas.", "{0} values of {1} are impossible, or dated before the birth: they do not count.";
    QLT_UNLIKELY = "MTR-QLT-008" "value" Warning Advice,
        "{0} valeurs sur {1} sont peu vraisemblables.", "{0} values of {1} are unlikely.";
    QLT_PARTIAL_DATE = "MTR-QLT-009" "incomplete" Warning Advice,
        "{0} dates sur {1} sont partielles (année ou mois seuls).", "{0} dates of {1} are partial (a year or a month only).";
    QLT_PENDING = "MTR-QLT-010" "not-found" Warning Advice,
        "{0} ressources attendent un patient qui n'est pas connu : elles ne comptent pour personne.", "{0} resources wait for a patient who is not known: they count for nobody.";
    QLT_END_UNDATED = "MTR-QLT-011" "incomplete" Warning Advice,
        "{0} faits terminés sur {1} ne disent pas quand : ils finissent le jour où on l'a su.", "{0} ended facts of {1} do not say when: they end on the day it became known.";
    QLT_NOTHING = "MTR-QLT-012" "informational" Information Advice,
        "Rien à signaler.", "Nothing to report.";
    QLT_ENCOUNTER_CLASS = "MTR-QLT-013" "code-invalid" Warning Advice,
        "{0} contacts terminés sur {1} ont une classe que rien ne reconnaît : ils ne comptent pas comme consultations, et peut-être à tort.", "{0} finished encounters of {1} have a class that nothing recognizes: they do not count as consultations, perhaps wrongly.";
    QLT_APPOINTMENT_PATIENT = "MTR-QLT-014" "incomplete" Warning Advice,
        "{0} rendez-vous à plusieurs patients sur {1} en nomment un sans référence littérale : ils ne comptent pas pour lui.", "{0} appointments of several patients of {1} name one of them without a literal reference: they do not count for that one.";

    SIGN_IN = "MTR-ACC-001" "login" Error Exchange,
        "Authentification nécessaire.", "Sign in first.";
    FORBIDDEN = "MTR-ACC-002" "forbidden" Error Exchange,
        "Cet accès n'est pas autorisé pour ce client.", "This access is not allowed for this client.";
    OPEN_ACCESS = "MTR-ACC-003" "security" Warning Advice,
        "Accès ouvert, pour démonstration : aucune authentification n'est demandée.", "Open access, for demonstration: no authentication is asked.";
    STRUCTURE_UNKNOWN = "MTR-ACC-004" "forbidden" Error Exchange,
        "La structure du client n'est pas connue.", "The client's structure is not known.";
    STRUCTURE_MISSING = "MTR-ACC-005" "required" Error Exchange,
        "La structure n'est pas dite : en-tête X-MTR-Structure ou configuration.", "The structure is not told: header X-MTR-Structure or configuration.";
    PUBLISHED_ONLY = "MTR-ACC-006" "forbidden" Error Exchange,
        "Ce rôle ne voit que les tableaux publiés des mois clos (MeasureReport), les règles (Measure, Library, ValueSet) et les définitions : tout autre découpage lui est refusé.", "This role sees only the tables published of closed months (MeasureReport), the rules (Measure, Library, ValueSet) and the definitions: any other cut is refused to it.";

    ITEM_UNKNOWN = "MTR-WRK-001" "value" Error Exchange,
        "Aucun item de prévention ne porte ce nom{0}.", "No prevention item has this name{0}.";
    WORK_SCOPE = "MTR-WRK-002" "value" Error Exchange,
        "scope est enrolled, seen ou all.", "scope is enrolled, seen or all.";

    VALID = "MTR-OKK-001" "informational" Information Advice,
        "La ressource est valide.", "The resource is valid.";
    STORED = "MTR-OKK-002" "informational" Information Advice,
        "La ressource est enregistrée.", "The resource is stored.";
    UNCHANGED = "MTR-OKK-003" "informational" Information Advice,
        "La ressource est identique à la version courante : aucune version n'est créée.", "The resource equals the current version: no version is made.";
    DELETED = "MTR-OKK-004" "informational" Information Advice,
        "Ressources supprimées : {0}.", "Resources deleted: {0}.";
    STRICT = "MTR-OKK-005" "processing" Error Contract,
        "handling=strict : l'avertissement {0} vaut refus.", "handling=strict: the warning {0} is a refusal.";
}
