#!/usr/bin/env bash
# terminology: what the rules read as a concept, and what a code means.
. "$(dirname "$0")/lib.sh"
SET=https://mtr-gateway.example/fhir/ValueSet
SYSTEM=https://mtr-gateway.example/fhir/CodeSystem

ask GET "/StructureDefinition?type=Patient&_summary=true"
expect 200
has '"total":1'

ask GET "/ValueSet/\$expand?url=$SET/consultation&filter=cabinet"
expect 200
has '"code":"AMB"'

# What is named by the beginning of its codes cannot be listed, but a code can be asked about.
ask GET "/ValueSet/\$expand?url=$SET/mental-disorder"
expect 422
has '"too-costly"'
ask GET "/ValueSet/mental-disorder/\$validate-code?system=http://hl7.org/fhir/sid/icd-10&code=F33.1"
expect 200
has '"valueBoolean":true'

ask GET "/CodeSystem/\$lookup?system=$SYSTEM/mtr-typologie&code=nourrisson"
expect 200
has 'Nourrisson'

ask GET "/ConceptMap/\$translate?system=https://exemple-editeur.example/nomenclature&code=TA_SYS"
expect 200
has '8480-6'

# Of its versions the one that is served is known.
ask GET "/ValueSet/consultation/_history"
expect 200
has '"type":"history"'
VERSION="$(sed -n 's/.*"versionId":"\([^"]*\)".*/\1/p' <<<"$ANSWER")"
ask GET "/ValueSet/consultation/_history/$VERSION"
expect 200
has_header "etag: W/\"$VERSION\""
ask GET "/ValueSet/consultation/_history/1"
expect 404
has MTR-GET-003

# All of it is read only.
ask DELETE "/ValueSet/consultation"
expect 405
