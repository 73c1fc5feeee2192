#!/usr/bin/env bash
# update: PUT creates under your id, then makes versions; the same again makes none.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p "$PATIENT"
expect 201
ask PUT /Patient/p "$PATIENT"
expect 200
has_header 'etag: W/"1"'
ask PUT /Patient/p "${PATIENT/male/female}"
expect 200
has_header 'etag: W/"2"'
ask PUT /Patient/p "$PATIENT" 'If-Match: W/"1"'
expect 412
ask PUT /Patient/other "$PATIENT"
expect 400
has MTR-RES-005
