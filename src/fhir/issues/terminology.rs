//! Codes of the terminology operations.
//!
//! FHIR pages: R4 valueset-operation-expand.html, codesystem-operation-lookup.html,
//! conceptmap-operation-translate.html.

use crate::fhir::issue::Class;
use crate::fhir::issue::IssueKind;
use crate::fhir::issue::Severity;

issue_table! {
    CANONICAL_UNKNOWN = "MTR-TRM-001" "not-found" Error Exchange,
        "Aucune ressource {0} de cette url (et de cette version) n'est publiée ici ; voir /fhir/{0}.", "No {0} of that url (and version) is published here; see /fhir/{0}.";
    CODE_NOT_FOUND = "MTR-TRM-002" "not-found" Error Exchange,
        "Ce code n'est pas dans CodeSystem/{0}.", "That code is not in CodeSystem/{0}.";
    EXPANSION_TOO_COSTLY = "MTR-TRM-003" "too-costly" Error Exchange,
        "Ce ValueSet ne peut être énuméré : il contient des codes de {0} par leur début ou en entier, et cette nomenclature n'est pas publiée ici. $validate-code répond pour un code.", "This ValueSet cannot be enumerated: it holds codes of {0} by their beginning or as a whole, and that system is not published here. $validate-code answers for one code.";
    RESOURCE_INLINE = "MTR-TRM-004" "not-supported" Error Exchange,
        "« {0} » : une ressource jointe à la question n'est pas lue ; seules le sont celles publiées ici, par leur url ou leur id.", "'{0}': a resource sent with the question is not read; only those published here are, by their url or id.";
}
