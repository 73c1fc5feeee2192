#!/usr/bin/env bash
# patch: a JSON Patch changes what it names; one that does not apply changes nothing.
. "$(dirname "$0")/lib.sh"

# patch PATH BODY [HEADER...]: sends a JSON Patch.
patch() {
  local whole header args=()
  for header in "${@:3}"; do args+=(-H "$header"); done
  whole="$(curl -sS -X PATCH -D - -H "X-MTR-Structure: $STRUCTURE" -H 'Content-Type: application/json-patch+json' \
    "${args[@]+"${args[@]}"}" --data-binary "$2" "$BASE/fhir$1" | tr -d '\r')"
  STATUS="$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' <<<"$whole")"
  HEADERS="$(sed '/^$/q' <<<"$whole")"
  ANSWER="$(sed '1,/^$/d' <<<"$whole")"
}

ask PUT /Patient/p "$PATIENT"
expect 201
patch /Patient/p '[{"op":"test","path":"/gender","value":"male"},{"op":"replace","path":"/gender","value":"female"}]'
expect 200
has '"gender":"female"'
has_header 'etag: W/"2"'
patch /Patient/p '[{"op":"test","path":"/gender","value":"male"}]'
expect 422
has MTR-JPT-006
patch /Patient/p '[{"op":"replace","path":"/id","value":"q"}]'
expect 422
has MTR-JPT-007
patch /Patient/p '[{"op":"remove","path":"/gender"}]' 'If-Match: W/"1"'
expect 412
patch '/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-1' '[{"op":"add","path":"/active","value":true}]'
expect 200
has '"active":true'
ask PATCH /Patient/p '{"resourceType":"Parameters"}'
expect 415
has MTR-JPT-008
