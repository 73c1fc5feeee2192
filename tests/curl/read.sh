#!/usr/bin/env bash
# read and vread: the resource with its version, 404 for none, 304 for one that is known.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p "$PATIENT"
expect 201
ask GET /Patient/p
expect 200
has '"birthDate":"1980-01-01"'
has '"versionId":"1"'
ask GET /Patient/p/_history/1
expect 200
ask GET /Patient/p '' 'If-None-Match: W/"1"'
expect 304
ask GET /Patient/nobody
expect 404
has MTR-GET-001
