#!/usr/bin/env bash
# search, page by page: POST _search keeps what is asked out of addresses, and so do the links.
. "$(dirname "$0")/lib.sh"

# next: the path of the next page, nothing when there is none.
next() {
  sed -n 's/.*"relation":"next","url":"[^"]*\/fhir\([^"]*\)".*/\1/p' <<<"$ANSWER"
}

push
# form PATH FORM: posts a form.
form() {
  ANSWER="$(curl -sS -H "X-MTR-Structure: $STRUCTURE" --data "$2" "$BASE/fhir$1")"
}
form /Patient/_search 'identifier=urn:oid:1.2.250.1.999.1.1.1|N-1'
has '"total":1'
has '"url":"'
if grep -q 'identifier=urn:oid:1.2.250.1.999.1.1.1|N-1' <<<"$ANSWER"; then echo "$0: a number stands in a link" >&2; exit 1; fi
form /Observation/_search 'patient=p&_sort=date&_count=1'
has '"total":2'
has '"id":"precar"'
page="$(next)"
case "$page" in '/Observation?_cursor='*) ;; *) echo "$0: no next page in: $ANSWER" >&2; exit 1 ;; esac
ask GET "$page"
expect 200
has '"id":"bp"'
has_not '"relation":"next"'
# What comes later is not on the pages of a search that began before.
form /Observation/_search 'patient=p&_count=1'
page="$(next)"
ask POST /Observation "${PRECAR/\"id\":\"precar\",/}"
expect 201
ask GET "$page"
has_not '"relation":"next"'
# A link that was changed is none.
ask GET "${page}x"
expect 400
has MTR-SRC-008
