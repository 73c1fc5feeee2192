//! Codes of base FHIR: JSON, structure, values, references, codes.
//!
//! FHIR pages: R4 json.html, datatypes.html, references.html, extensibility.html.

use crate::fhir::issue::Class;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;

issue_table! {
    NOT_JSON = "MTR-JSN-001" "structure" Fatal Malformed,
        "Le corps n'est pas du JSON valide (ligne {0}, colonne {1}).", "The body is not valid JSON (line {0}, column {1}).";
    NOT_OBJECT = "MTR-JSN-002" "structure" Fatal Malformed,
        "Le corps doit être un objet JSON.", "The body must be a JSON object.";
    DUPLICATE_MEMBER = "MTR-JSN-003" "structure" Error Malformed,
        "Le membre « {0} » figure deux fois dans le même objet.", "The member '{0}' stands twice in the same object.";
    TOO_DEEP = "MTR-JSN-004" "structure" Fatal Malformed,
        "Le JSON est imbriqué sur plus de {0} niveaux.", "The JSON is nested deeper than {0} levels.";
    NOT_UTF8 = "MTR-JSN-005" "structure" Fatal Malformed,
        "Le corps n'est pas en UTF-8.", "The body is not UTF-8.";
    EMPTY_BODY = "MTR-JSN-006" "structure" Fatal Malformed,
        "Le corps de la requête est vide.", "The request has no body.";
    NOT_FHIR = "MTR-RES-001" "structure" Error Malformed,
        "L'objet n'est pas une ressource FHIR : « resourceType » manque.", "The object is no FHIR resource: 'resourceType' is missing.";
    UNACCEPTED_TYPE = "MTR-RES-002" "not-supported" Error UnacceptedType,
        "Le type « {0} » n'est pas accepté. Types acceptés : {1}.", "The type '{0}' is not accepted. Accepted types: {1}.";
    WRONG_RESOURCE_TYPE = "MTR-RES-003" "invalid" Error Malformed,
        "La ressource est de type « {0} », l'adresse attend « {1} ».", "The resource is of type '{0}', the address expects '{1}'.";
    ID_MISSING = "MTR-RES-004" "required" Error Malformed,
        "La ressource doit porter l'id de l'adresse.", "The resource must carry the id of the address.";
    ID_MISMATCH = "MTR-RES-005" "value" Error Malformed,
        "L'id de la ressource n'est pas celui de l'adresse.", "The id of the resource is not that of the address.";
    BAD_ID = "MTR-RES-006" "value" Error Malformed,
        "Un id compte 1 à 64 caractères parmi A-Z, a-z, 0-9, « - » et « . ».", "An id has 1 to 64 characters among A-Z, a-z, 0-9, '-' and '.'.";
    SUBSETTED = "MTR-RES-007" "business-rule" Error Contract,
        "La ressource porte la marque SUBSETTED : elle n'est qu'un extrait (_summary, _elements) et remplacerait le tout.", "The resource carries the tag SUBSETTED: it is a part only (_summary, _elements) and would take the place of the whole.";
    CONTAINED_TYPE = "MTR-RES-008" "structure" Error Malformed,
        "La ressource contenue n'est d'aucun type de FHIR R4.", "The contained resource is of no type of FHIR R4.";
    CONTAINED_ID = "MTR-RES-009" "required" Error Malformed,
        "Une ressource contenue porte un id, par lequel on la désigne.", "A contained resource carries an id, by which it is referred to.";
    CONTAINED_TWICE = "MTR-RES-010" "duplicate" Error Malformed,
        "Deux ressources contenues portent le même id.", "Two contained resources carry the same id.";
    CONTAINED_NESTED = "MTR-RES-011" "invariant" Error Malformed,
        "Une ressource contenue n'en contient pas d'autre (dom-2).", "A contained resource contains no other (dom-2).";
    CONTAINED_META = "MTR-RES-012" "invariant" Error Malformed,
        "Une ressource contenue ne porte pas « {0} » (dom-4, dom-5).", "A contained resource does not carry '{0}' (dom-4, dom-5).";
    UNKNOWN_ELEMENT = "MTR-STR-001" "structure" Error Malformed,
        "L'élément « {0} » n'existe pas ici en FHIR R4{1}.", "The element '{0}' does not exist here in FHIR R4{1}.";
    WRONG_TYPE = "MTR-STR-002" "structure" Error Malformed,
        "« {0} » doit être de type JSON {1}.", "'{0}' must be of JSON type {1}.";
    MISSING_ELEMENT = "MTR-STR-003" "required" Error Malformed,
        "L'élément « {0} » est obligatoire en FHIR R4.", "The element '{0}' is mandatory in FHIR R4.";
    NOT_REPEATING = "MTR-STR-004" "structure" Error Malformed,
        "« {0} » ne se répète pas : une seule valeur, sans tableau.", "'{0}' does not repeat: one value, no array.";
    REPEATING = "MTR-STR-005" "structure" Error Malformed,
        "« {0} » se répète : un tableau est attendu, même pour une valeur.", "'{0}' repeats: an array is expected, even for one value.";
    EMPTY_ELEMENT = "MTR-STR-006" "structure" Error Malformed,
        "« {0} » est vide ; un élément absent s'omet.", "'{0}' is empty; an absent element is left out.";
    TWO_CHOICES = "MTR-STR-007" "structure" Error Malformed,
        "« {0} » n'a qu'un type à la fois ; envoyés : {1}.", "'{0}' has one type at a time; sent: {1}.";
    STRAY_NULL = "MTR-STR-008" "structure" Error Malformed,
        "Un null de « {0} » n'est permis que si « _{0} » porte un objet au même rang.", "A null in '{0}' is allowed only where '_{0}' has an object at the same place.";
    EXTENSION_CONTENT = "MTR-STR-009" "invariant" Error Malformed,
        "Une extension porte soit une valeur, soit des extensions (ext-1).", "An extension has either a value or extensions (ext-1).";
    SHAPE = "MTR-STR-010" "invalid" Error Malformed,
        "« {0} » n'a pas la forme attendue par le schéma du type {1}.", "'{0}' has not the form that the schema of type {1} expects.";
    NARRATIVE_ACTIVE = "MTR-STR-011" "invariant" Error Malformed,
        "Un texte narratif ne porte que de la mise en forme (txt-1) : ni script, ni cadre, ni objet, ni formulaire, ni attribut d'événement, ni lien javascript.", "A narrative holds formatting only (txt-1): no script, frame, object, form, event attribute or javascript link.";
    UNKNOWN_MODIFIER = "MTR-EXT-001" "extension" Error Contract,
        "Une modifierExtension inconnue change le sens de la ressource : elle ne peut être acceptée.", "An unknown modifierExtension changes the meaning of the resource: it cannot be accepted.";
    IMPLICIT_RULES = "MTR-EXT-002" "not-supported" Error Contract,
        "implicitRules désigne des règles que cette passerelle ne connaît pas.", "implicitRules names rules this gateway does not know.";
    BAD_FORMAT = "MTR-VAL-001" "value" Error Malformed,
        "« {0} » n'a pas la forme d'un {1} FHIR.", "'{0}' has not the form of a FHIR {1}.";
    IMPOSSIBLE_DATE = "MTR-VAL-002" "value" Error Malformed,
        "« {0} » : ce jour ou cette heure n'existe pas.", "'{0}': this day or time does not exist.";
    ZONE_MISSING = "MTR-VAL-003" "value" Error Malformed,
        "« {0} » : une date avec heure porte un fuseau (Z ou +01:00).", "'{0}': a date with a time carries a time zone (Z or +01:00).";
    OUT_OF_RANGE = "MTR-VAL-004" "value" Error Malformed,
        "« {0} » sort des limites d'un {1} FHIR.", "'{0}' is outside the limits of a FHIR {1}.";
    BAD_CODE = "MTR-VAL-005" "code-invalid" Error Contract,
        "« {0} » : code hors de la liste. Codes admis : {1}.", "'{0}': code outside the list. Allowed codes: {1}.";
    END_BEFORE_START = "MTR-VAL-006" "invariant" Error Malformed,
        "« {0} » finit avant de commencer.", "'{0}' ends before it starts.";
    INSTANT_PRECISION = "MTR-VAL-007" "value" Error Malformed,
        "« {0} » : un instant porte la date, l'heure à la seconde et le fuseau.", "'{0}': an instant carries the date, the time to the second and the zone.";
    CONTROL_CHARACTER = "MTR-VAL-008" "value" Error Malformed,
        "« {0} » contient un caractère de contrôle ; sous U+0020, FHIR n'admet que la tabulation et les fins de ligne.", "'{0}' holds a control character; below U+0020 FHIR allows the tab and line ends only.";
    BAD_REFERENCE = "MTR-REF-001" "value" Error Malformed,
        "« {0} » n'est pas une référence : Type/id, adresse absolue, urn:uuid, urn:oid ou #contenu.", "'{0}' is no reference: Type/id, absolute address, urn:uuid, urn:oid or #contained.";
    WRONG_TARGET = "MTR-REF-002" "value" Error Malformed,
        "« {0} » ne peut désigner {1} ; types admis : {2}.", "'{0}' cannot point to {1}; allowed types: {2}.";
    CONTAINED_MISSING = "MTR-REF-003" "not-found" Error Malformed,
        "« {0} » désigne une ressource contenue qui n'est pas là.", "'{0}' points to a contained resource that is not there.";
    URN_UNRESOLVED = "MTR-REF-004" "not-found" Error Contract,
        "« {0} » est un urn:uuid ou urn:oid qu'aucune entrée du Bundle ne porte.", "'{0}' is a urn:uuid or urn:oid that no entry of the Bundle carries.";
    CONDITIONAL_OUTSIDE = "MTR-REF-005" "not-supported" Error Malformed,
        "« {0} » : une référence conditionnelle n'est admise que dans une transaction.", "'{0}': a conditional reference is allowed only in a transaction.";
    CONDITIONAL_NONE = "MTR-REF-006" "not-found" Error Contract,
        "« {0} » : la référence conditionnelle ne trouve rien.", "'{0}': the conditional reference finds nothing.";
    CONDITIONAL_MANY = "MTR-REF-007" "multiple-matches" Error Contract,
        "« {0} » : la référence conditionnelle trouve {1} ressources.", "'{0}': the conditional reference finds {1} resources.";
    TYPE_DISAGREES = "MTR-REF-008" "value" Error Malformed,
        "« {0} » : le type annoncé n'est pas celui de la référence.", "'{0}': the announced type is not that of the reference.";
    NOT_PATIENT = "MTR-REF-009" "processing" Warning Advice,
        "« {0} » ne désigne pas un patient : la ressource n'est comptée nulle part.", "'{0}' does not point to a patient: the resource is counted nowhere.";
    GROUP_SUBJECT = "MTR-REF-010" "not-supported" Error Contract,
        "« {0} » désigne un groupe : seul un patient est accepté.", "'{0}' points to a group: only a patient is accepted.";
    SUBJECT_UNRESOLVABLE = "MTR-REF-011" "not-found" Error Contract,
        "« {0} » doit désigner le patient par une référence ou un identifiant, un libellé ne suffit pas.", "'{0}' must point to the patient by a reference or an identifier, a display is not enough.";
    SUBJECT_PENDING = "MTR-REF-012" "processing" Warning Advice,
        "Le patient désigné par « {0} » n'est pas encore connu : la ressource attend et n'est comptée nulle part.", "The patient '{0}' points to is not known yet: the resource waits and is counted nowhere.";
    SUBJECT_UNKNOWN = "MTR-REF-013" "not-found" Error Contract,
        "Le patient désigné par « {0} » n'est pas connu.", "The patient '{0}' points to is not known.";
    SUBJECT_MISSING = "MTR-REF-014" "incomplete" Warning Advice,
        "« {0} » manque : la ressource n'est comptée pour personne.", "'{0}' is missing: the resource is counted for nobody.";
    TARGET_UNKNOWN = "MTR-REF-015" "not-found" Warning Advice,
        "La ressource désignée par « {0} » n'est pas connue.", "The resource '{0}' points to is not known.";
    UNKNOWN_LOCAL_CODE = "MTR-COD-001" "code-invalid" Error Contract,
        "« {0} » : code inconnu du système {1}{2}.", "'{0}': code unknown in system {1}{2}.";
    UNKNOWN_CATALOGUE_CODE = "MTR-COD-002" "code-invalid" Warning Advice,
        "« {0} » : code inconnu du système {1}, sans effet sur les règles{2}.", "'{0}': code unknown in system {1}, without effect on the rules{2}.";
    STATUS_SYSTEM = "MTR-COD-003" "code-invalid" Warning Advice,
        "« {0} » n'est pas codé dans {1} : lu comme absent.", "'{0}' is not coded in {1}: read as absent.";
    UNKNOWN_LOCAL_SYSTEM = "MTR-COD-004" "code-invalid" Warning Advice,
        "« {0} » : ce système de codes n'est pas l'un des nôtres{1}.", "'{0}': this code system is none of ours{1}.";
    PROFILE_VERSION = "MTR-PRF-001" "informational" Information Advice,
        "Le profil déclaré n'est d'aucune version connue ; la ressource est vérifiée contre le contrat de la passerelle.", "The declared profile is of no known version; the resource is checked against the gateway's contract.";
    PROFILE_UNKNOWN = "MTR-PRF-002" "not-found" Error Exchange,
        "Le profil demandé n'est pas connu ici ; la ressource est vérifiée contre le contrat de la passerelle seulement.", "The profile asked for is not known here; the resource is checked against the gateway's contract only.";
    PROFILE_OTHER_TYPE = "MTR-PRF-003" "invalid" Error Exchange,
        "Le profil demandé est celui d'un {0}, la ressource est de type {1}.", "The profile asked for is one of {0}, the resource is of type {1}.";
}
