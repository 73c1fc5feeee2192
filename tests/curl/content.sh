#!/usr/bin/env bash
# content: media types, parts of a resource, indentation, what is offered.
. "$(dirname "$0")/lib.sh"

ask PUT /Patient/p "$PATIENT" 'Prefer: return=minimal'
expect 201
ask GET '/Patient/p?_elements=gender'
has SUBSETTED
has_not birthDate
ask GET '/Patient/p?_summary=true'
has birthDate
has_not generalPractitioner
ask GET '/Patient/p?_pretty=true'
has '  "gender": "male"'
ask GET '/Patient/p?_format=xml'
expect 406
has MTR-REQ-003
ask OPTIONS /Patient/p
expect 204
has_header 'allow: GET, HEAD, PUT, PATCH, DELETE'
ask PUT /Patient/p "$PATIENT" 'Content-Encoding: br'
expect 415
has MTR-REQ-016
