#!/usr/bin/env bash
# one person, one patient: an INS or an IPP is not carried twice; by condition a second push is an update.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p "$PATIENT"
expect 201
ask PUT /Patient/q "${PATIENT/\"id\":\"p\"/\"id\":\"q\"}"
expect 409
has MTR-PAT-023
has '"expression":["Patient.identifier"]'
has_not N-1
ask PUT '/Patient?identifier=urn:oid:1.2.250.1.999.1.1.1%7CN-1' "${PATIENT/male/female}"
expect 200
has_header 'etag: W/"2"'
