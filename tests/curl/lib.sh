# What the scripts of this folder share: ask the gateway, and fail when it answers something else.
# Usage of a script: bash tests/curl/read.sh [http://127.0.0.1:8080]
# Needs bash, curl and grep, and a gateway with open access (`mtr-gateway demo`).
set -euo pipefail
# Answers are read from here-strings, not pipes: a reader that stops early would fail the writer.

BASE="${1:-http://127.0.0.1:8080}"
# A structure of its own for each run: nothing of yours is touched, and nothing is left from before.
STRUCTURE="curl-$(date +%s)-$$"
STATUS=
HEADERS=
ANSWER=

# ask METHOD PATH [BODY [HEADER...]]: sends a request under /fhir.
ask() {
  local method="$1" path="$2" body="${3:-}"
  shift $(( $# < 3 ? $# : 3 ))
  local args=(-sS -X "$method" -D - -H "X-MTR-Structure: $STRUCTURE") header
  for header in "$@"; do args+=(-H "$header"); done
  if [ -n "$body" ]; then args+=(-H 'Content-Type: application/fhir+json' --data-binary "$body"); fi
  local whole
  whole="$(curl "${args[@]}" "$BASE/fhir$path" | tr -d '\r')"
  STATUS="$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' <<<"$whole")"
  HEADERS="$(sed '/^$/q' <<<"$whole")"
  ANSWER="$(sed '1,/^$/d' <<<"$whole")"
}

# expect STATUS: the last answer had it.
expect() {
  if [ "$STATUS" != "$1" ]; then
    echo "$0: expected $1, got $STATUS: $ANSWER" >&2
    exit 1
  fi
}

# has TEXT: the last answer holds it.
has() {
  if ! grep -qF -- "$1" <<<"$ANSWER"; then
    echo "$0: no $1 in: $ANSWER" >&2
    exit 1
  fi
}

# has_not TEXT: the last answer does not hold it.
has_not() {
  if grep -qF -- "$1" <<<"$ANSWER"; then
    echo "$0: $1 stands in: $ANSWER" >&2
    exit 1
  fi
}

# has_header TEXT: the headers of the last answer hold it, in any case.
has_header() {
  if ! grep -qiF -- "$1" <<<"$HEADERS"; then
    echo "$0: no $1 in: $HEADERS" >&2
    exit 1
  fi
}

PATIENT='{"resourceType":"Patient","id":"p","gender":"male","birthDate":"1980-01-01",
  "identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"PI"}]},
                 "system":"urn:oid:1.2.250.1.999.1.1.1","value":"N-1"}],
  "generalPractitioner":[{"reference":"Practitioner/gp"}]}'

GP='{"resourceType":"Practitioner","id":"gp","qualification":[{"code":{"coding":[
  {"system":"https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante","code":"10"}]}}]}'

ROLE='{"resourceType":"PractitionerRole","id":"gp-role","practitioner":{"reference":"Practitioner/gp"},"specialty":[{"coding":[
  {"system":"https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale","code":"SM54"}]}]}'

VISIT='{"resourceType":"Encounter","id":"e","identifier":[{"system":"urn:oid:1.2.250.1.999.1.1.2","value":"1"}],
  "status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},
  "subject":{"reference":"Patient/p"},"participant":[{"individual":{"reference":"Practitioner/gp"}}],
  "period":{"start":"2025-03-10T09:00:00+01:00"}}'

PRECAR='{"resourceType":"Observation","id":"precar","status":"final",
  "code":{"coding":[{"system":"https://mtr-gateway.example/fhir/CodeSystem/mtr-observation","code":"precar"}]},
  "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-03-10","valueInteger":60}'

ALD='{"resourceType":"Condition","id":"ald",
  "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
  "category":[{"coding":[{"system":"https://mtr-gateway.example/fhir/CodeSystem/ald-number","code":"23"}]}],
  "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"F33.1"}]},
  "subject":{"reference":"Patient/p"},"onsetDateTime":"2019-01-01"}'

PRESSURE='{"resourceType":"Observation","id":"bp","status":"final",
  "code":{"coding":[{"system":"https://mtr-gateway.example/fhir/CodeSystem/prevention-evidence","code":"blood-pressure"}]},
  "subject":{"reference":"Patient/p"},"effectiveDateTime":"2025-05"}'

# push: sends the whole practice in one transaction.
push() {
  local entries='' resource url
  for pair in "Practitioner/gp=$GP" "PractitionerRole/gp-role=$ROLE" "Patient/p=$PATIENT" "Encounter/e=$VISIT" \
              "Observation/precar=$PRECAR" "Condition/ald=$ALD" "Observation/bp=$PRESSURE"; do
    url="${pair%%=*}"
    resource="${pair#*=}"
    entries="$entries${entries:+,}{\"resource\":$resource,\"request\":{\"method\":\"PUT\",\"url\":\"$url\"}}"
  done
  ask POST "" "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[$entries]}"
  expect 200
}
