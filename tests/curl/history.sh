#!/usr/bin/env bash
# history: of a resource, of a type, of the structure; newest first, in pages.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p "$PATIENT"
ask PUT /Patient/p "${PATIENT/male/female}"
ask DELETE /Patient/p
expect 204
ask GET /Patient/p/_history
expect 200
has '"type":"history","total":3'
has '"method":"DELETE","url":"Patient/p"'
ask GET '/Patient/_history?_count=2'
has '"relation":"next"'
ask GET '/_history?_since=2999-01-01'
has '"total":0'
ask GET '/Patient/p/_history?_at=2000'
has '"total":0'
ask GET '/Patient/p/_history?_sinse=2026'
expect 400
has MTR-HIS-002
